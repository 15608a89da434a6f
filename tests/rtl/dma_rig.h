// dma between a host and a MAC that wait at random: what goes in, what came out, and its registers.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_DMA_RIG_H
#define TESTS_RTL_DMA_RIG_H

#include <deque>

#include "Vdma.h"
#include "tests/rtl/records.h"

namespace bench
{

struct Rig : Clocked<Vdma> {
    Random random;
    std::deque<std::pair<Bytes, size_t>> out; // transfers to come, and how far the first one is
    std::deque<Bytes> rx;                     // frames in the MAC's receive buffer
    size_t rx_at = 0;
    Bytes tx_frame, in_transfer;
    std::vector<Bytes> tx_frames, in_transfers;
    double gap = 0.2;

    explicit Rig(uint64_t seed) : Clocked("dma"), random(seed)
    {
        top.configured = 1;
        top.rst = 1;
        step();
        top.rst = 0;
        run(40);
    }

    void offer()
    {
        top.out_valid = !out.empty() && (top.out_valid || !random.chance(gap));
        top.out_data = top.rx_data = (uint8_t)random.next(); // means nothing unless it is valid
        top.out_end = top.rx_last = top.rx_verified = random.chance(0.5);
        if (top.out_valid) {
            auto &[bytes, at] = out.front();
            top.out_end = at == bytes.size();
            top.out_data = at < bytes.size() ? bytes[at] : 0xAA;
        }
        top.rx_valid = !rx.empty();
        if (top.rx_valid) {
            top.rx_length = (uint16_t)rx.front().size();
            top.rx_data = rx.front()[rx_at];
            top.rx_last = rx_at + 1 == rx.front().size();
            top.rx_verified = rx.front()[0] & 1;
        }
        top.tx_ready = !random.chance(gap);
        top.in_ready = !random.chance(gap);
    }

    void take()
    {
        if (top.tx_valid && top.tx_ready) {
            tx_frame.push_back(top.tx_data);
            if (top.tx_last && !top.tx_drop)
                tx_frames.push_back(tx_frame);
            if (top.tx_last)
                tx_frame.clear();
        }
        if (top.in_valid && top.in_ready) {
            in_transfer.push_back(top.in_data);
            if (top.in_last) {
                in_transfers.push_back(in_transfer);
                in_transfer.clear();
            }
        }
        if (top.rx_valid && top.rx_ready && ++rx_at == rx.front().size()) {
            rx.pop_front();
            rx_at = 0;
        }
    }

    void step()
    {
        offer();
        settle();
        check(!top.idle || !(top.out_valid || top.rx_valid || top.in_valid || top.mac_rst ||
                             top.reg_read || top.reg_write),
              "idle though there is work");
        take();
        bool out_taken = top.out_valid && top.out_ready, gone = top.mac_rst;
        edge();
        if (out_taken) {
            top.out_valid = 0;
            if (out.front().second++ == out.front().first.size())
                out.pop_front();
        }
        if (gone) { // what the MAC does
            rx.clear();
            rx_at = 0;
            tx_frame.clear();
        }
        top.reg_read = top.reg_write = top.rx_done = top.tx_done = 0;
    }

    void run(unsigned count)
    {
        for (unsigned i = 0; i < count; i++)
            step();
    }

    void drain()
    {
        for (int i = 0; i < 200000 && (step(), !(out.empty() && rx.empty() && top.idle)); i++)
            ;
        run(3);
        check(out.empty() && rx.empty() && top.idle,
              "it does not come to rest: %zu transfers, %zu frames left", out.size(), rx.size());
    }

    uint32_t read(uint32_t address)
    {
        top.reg_address = (uint16_t)address;
        top.reg_read = 1;
        step();
        return top.reg_read_data;
    }

    void write(uint32_t address, uint32_t value)
    {
        top.reg_address = (uint16_t)address;
        top.reg_write_data = value;
        top.reg_write = 1;
        step();
    }
};

} // namespace bench

#endif
