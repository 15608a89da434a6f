// A Verilated eth_rx with a link partner at its pins, and what comes of the frames.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_ETH_RX_BENCH_H
#define TESTS_RTL_ETH_RX_BENCH_H

#include "Veth_rx.h"
#include "tests/rtl/ethernet.h"

namespace ethernet
{

using bench::check;

struct Bench {
    Veth_rx top;
    Sender partner;
    bench::Random random;
    bool room = true;
    std::deque<Bytes> kept; // frames that the frame FIFO would keep
    Bytes keeping;
    std::deque<bool> verified; // of the frames kept
    struct Report {
        unsigned length, flags;
    };
    std::vector<Report> reports;
    std::vector<unsigned> pauses;

    explicit Bench(int speed = 2, uint64_t seed = 1) : random(seed)
    {
        partner.gigabit = speed == 2;
        partner.status = (uint8_t)(9 | speed << 1);
        top.clk = 0, top.rst = 1, top.enable = 1;
        top.promiscuous = top.all_multicast = 0;
        top.mac_address = OUR_MAC;
        top.out_fill = 0;
        clocks(4);
        top.rst = 0;
        clocks(10);
    }
    void sample()
    {
        if (top.done)
            reports.push_back({top.done_length, top.done_flags});
        if (top.pause)
            pauses.push_back(top.pause_quanta);
        if (!top.out_valid)
            return;
        if (!room) {
            check(!top.out_last || top.out_drop, "a frame ends as good without room");
            keeping.clear();
            return;
        }
        keeping.push_back(top.out_data);
        if (top.out_last && !top.out_drop)
            kept.push_back(keeping), verified.push_back(top.out_verified);
        if (top.out_last)
            keeping.clear();
    }
    void clocks(uint64_t n)
    {
        for (; n; --n) {
            top.out_room = room;
            top.eval();
            sample();
            for (bool rising : {true, false}) {
                top.clk = rising;
                partner.drive(top.phy_rxd, top.phy_rx_ctl, rising);
                top.eval();
            }
        }
    }
    void run()
    {
        while (!partner.idle())
            clocks(1);
        clocks(12);
    }
    void send(const Bytes &bytes, int gap = 12, int error_at = -1, int preamble = 7)
    {
        partner.send(bytes, gap, error_at, preamble);
        run();
    }
    // One frame, and its fate.
    void expect(const Bytes &bytes, unsigned flags, const char *what, int error_at = -1)
    {
        size_t frames = kept.size(), n = reports.size();
        send(bytes, 12, error_at);
        unsigned length =
            bytes.size() > 4 ? std::min<unsigned>((unsigned)bytes.size(), 65535) - 4 : 0;
        if (!check(reports.size() == n + 1, "%s: %zu reports", what, reports.size() - n))
            return;
        check(reports[n].flags == flags, "%s: flags %#x instead of %#x", what, reports[n].flags,
              flags);
        check(reports[n].length == length, "%s: length %u", what, reports[n].length);
        check(kept.size() == frames + (flags & GOOD), "%s: %zu frames kept", what,
              kept.size() - frames);
        if (kept.size() > frames)
            check(kept.back() == Bytes(bytes.begin(), bytes.end() - 4), "%s: the frame differs",
                  what);
        check(top.quiet, "%s: not quiet behind it", what);
    }
};

} // namespace ethernet
#endif
