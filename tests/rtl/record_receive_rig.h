// Offers frames to record_receive, takes its transfers as USB does, and compares them.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_RECORD_RECEIVE_RIG_H
#define TESTS_RTL_RECORD_RECEIVE_RIG_H

#include <deque>

#include "Vrecord_receive.h"
#include "tests/rtl/records.h"

namespace bench
{

const unsigned CLOCKS_US = 60;

struct Transfer {
    Bytes bytes;
    uint64_t first, last; // clocks in which these bytes were taken
};

struct Rig : Clocked<Vrecord_receive> {
    Random random;
    double rx_gap = 0, in_gap = 0;
    unsigned between = 0;      // clocks in which the frame FIFO brings the next frame forward
    std::deque<Bytes> waiting; // frames in the FIFO
    std::deque<bool> verified; // of those
    std::vector<bool> marks;   // of all
    std::vector<Bytes> sent;
    std::vector<Transfer> transfers;
    Transfer transfer;

    explicit Rig(uint64_t seed) : Clocked("record_receive"), random(seed)
    {
        top.batch_bytes = 16384;
        top.rst = 1;
        step();
        top.rst = 0;
    }

    void put(const Bytes &frame)
    {
        waiting.push_back(frame);
        sent.push_back(frame);
        verified.push_back(random.chance(0.5));
        marks.push_back(verified.back());
    }

    // The frame FIFO: an offered byte stays, rx_length is that of the frame at the front.
    size_t at = 0;
    unsigned pause = 0;
    bool rx_offered = false;
    void offer_rx()
    {
        if (pause > 0)
            pause--;
        else if (!waiting.empty() && !rx_offered)
            rx_offered = !random.chance(rx_gap);
        top.rx_valid = rx_offered;
        top.rx_data = (uint8_t)random.next(); // means nothing unless it is valid
        top.rx_last = top.rx_verified = random.chance(0.5);
        if (!rx_offered)
            return;
        const Bytes &frame = waiting.front();
        top.rx_data = frame[at];
        top.rx_last = at + 1 == frame.size();
        top.rx_length = (uint16_t)frame.size();
        top.rx_verified = verified.front();
    }

    void take_rx()
    {
        if (!top.rx_valid || !top.rx_ready)
            return;
        rx_offered = false;
        if (++at == waiting.front().size()) {
            waiting.pop_front();
            verified.pop_front();
            at = 0;
            pause = between;
        }
    }

    bool in_offered = false;
    int in_offer = 0;
    void take_in()
    {
        int now = top.in_data | top.in_last << 8;
        check(!in_offered || (top.in_valid && now == in_offer),
              "an offered byte changed before it was taken");
        in_offered = top.in_valid && !top.in_ready;
        in_offer = now;
        if (!top.in_valid || !top.in_ready)
            return;
        if (transfer.bytes.empty())
            transfer.first = clocks;
        transfer.bytes.push_back(top.in_data);
        transfer.last = clocks;
        if (top.in_last) {
            transfers.push_back(transfer);
            transfer.bytes.clear();
        }
    }

    void step()
    {
        offer_rx();
        top.in_ready = !random.chance(in_gap);
        settle();
        take_in();
        take_rx();
        edge();
    }

    void run(uint64_t count)
    {
        for (uint64_t i = 0; i < count; i++)
            step();
    }

    void drain()
    {
        for (uint64_t limit = clocks + 2000000; clocks < limit;) {
            step();
            settle();
            if (waiting.empty() && top.idle)
                break;
        }
        check(waiting.empty() && top.idle, "%zu frames never came out", waiting.size());
    }

    void compare()
    {
        std::vector<Bytes> frames;
        std::vector<bool> marked;
        for (auto &one : transfers)
            check(parse_received(one.bytes, frames, &marked),
                  "a transfer of %zu bytes does not hold good records", one.bytes.size());
        check(transfer.bytes.empty(), "%zu bytes have no end", transfer.bytes.size());
        check(frames == sent, "%zu frames came out, %zu went in, or their bytes differ",
              frames.size(), sent.size());
        check(marked == marks, "a frame has another's mark");
    }
};

inline size_t record_size(const Bytes &frame)
{
    return 16 + (frame.size() + 3) / 4 * 4;
}

// The sizes of transfers when all frames wait from the beginning.
inline std::vector<size_t> greedy(const std::vector<Bytes> &frames, size_t batch)
{
    std::vector<size_t> sizes;
    for (auto &frame : frames) {
        if (sizes.empty() || sizes.back() + record_size(frame) > batch)
            sizes.push_back(0);
        sizes.back() += record_size(frame);
    }
    return sizes;
}

} // namespace bench

#endif
