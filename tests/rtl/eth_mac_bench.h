// A Verilated eth_mac with its three clocks, a PHY at its pins and a host at its streams.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_ETH_MAC_BENCH_H
#define TESTS_RTL_ETH_MAC_BENCH_H

#include "Veth_mac.h"
#include "tests/rtl/ethernet.h"

namespace ethernet
{

struct Report {
    unsigned length, flags;
};

struct Mac {
    Veth_mac top;
    Sender partner; // drives rxd
    Receiver line;  // reads txd
    bench::Random random;
    uint64_t now_ps = 0;
    uint64_t core_half = 8333, tx_half = 4000, rx_half = 4000;
    uint64_t core_at, tx_at, rx_at; // next edges

    std::deque<Bytes> to_send; // frames the host has for tx_*
    size_t send_index = 0;
    bool send_drop = false;                  // the frame at the front is to be dropped
    double send_chance = 1, take_chance = 1; // of offering and of taking a byte in a clock
    std::deque<Bytes> received;              // frames from rx_*
    std::deque<bool> verified;               // of those
    Bytes receiving;
    std::vector<Report> received_reports, sent_reports; // flags of sent: 1 if a pause frame
    uint64_t idle_clocks = 0;

    explicit Mac(uint64_t seed, int speed = 2) : random(seed)
    {
        set_speed(speed);
        core_at = 1 + random.below(16000), tx_at = 1 + random.below(8000),
        rx_at = 1 + random.below(8000);
        top.clk = top.tx_clk = top.rx_clk = 0;
        top.mac_address = OUR_MAC;
        top.enable = 1, top.rst = 1, top.mdio_in = 1;
        run_clocks(5);
        top.rst = 0;
        run_ns(speed == 2 ? 1000 : speed == 1 ? 5000 : 20000);
    }
    // 0: 10 Mbit/s, 1: 100, 2: 1000
    void set_speed(int speed)
    {
        static const uint64_t byte_ps[] = {800000, 80000, 8000};
        partner.gigabit = line.gigabit = speed == 2;
        partner.status = (uint8_t)(9 | speed << 1);
        line.byte_ps = byte_ps[speed];
        rx_half = speed == 2 ? 4000 : byte_ps[speed] / 4;
    }
    // Clocks as they really are: each a little off, at phases of their own.
    void vary_clocks()
    {
        core_half += random.below(20), core_half -= 10;
        tx_half += random.below(4), tx_half -= 2;
        rx_half += random.below(4), rx_half -= 2;
        line.byte_ps = line.byte_ps * tx_half / 4000;
    }

    void offer()
    {
        if (to_send.empty() || top.tx_valid)
            return;
        if (!random.chance(send_chance))
            return;
        const Bytes &frame = to_send.front();
        top.tx_valid = 1;
        top.tx_data = frame[send_index];
        top.tx_last = send_index + 1 == frame.size();
        top.tx_drop = send_drop;
    }
    void core_edge()
    {
        bool sent = top.tx_valid && top.tx_ready, taken = top.rx_valid && top.rx_ready;
        uint8_t data = top.rx_data;
        bool last = top.rx_last, mark = top.rx_verified;
        unsigned length = top.rx_length;
        if (top.rx_done)
            received_reports.push_back({top.rx_done_length, top.rx_done_flags});
        if (top.tx_done)
            sent_reports.push_back({top.tx_done_length, top.tx_done_pause});
        idle_clocks = top.idle ? idle_clocks + 1 : 0;
        top.clk = 1;
        top.eval();
        if (sent) {
            top.tx_valid = 0;
            if (++send_index == to_send.front().size())
                to_send.pop_front(), send_index = 0, send_drop = false;
        }
        if (taken) {
            receiving.push_back(data);
            if (last) {
                bench::check(receiving.size() == length, "rx_length %u, frame %zu", length,
                             receiving.size());
                received.push_back(receiving), receiving.clear();
                verified.push_back(mark);
            }
        }
        offer();
        top.rx_ready = random.chance(take_chance);
        top.eval();
    }
    // The next edge of whichever clock comes first.
    void step()
    {
        now_ps = std::min(core_at, std::min(tx_at, rx_at));
        if (core_at == now_ps) {
            core_at += core_half;
            if (top.clk)
                top.clk = 0, top.eval();
            else
                core_edge();
        } else if (tx_at == now_ps) {
            tx_at += tx_half;
            top.tx_clk = !top.tx_clk;
            top.eval();
            line.look(top.phy_tx_clk, top.phy_tx_ctl, top.phy_txd, now_ps);
        } else {
            rx_at += rx_half;
            top.rx_clk = !top.rx_clk;
            partner.drive(top.phy_rxd, top.phy_rx_ctl, top.rx_clk);
            top.eval();
        }
    }
    void run_ns(uint64_t ns)
    {
        for (uint64_t end = now_ps + ns * 1000; now_ps < end;)
            step();
    }
    void run_clocks(uint64_t clocks)
    {
        run_ns(clocks * core_half * 2 / 1000);
    }
    // A reset that just one rising edge of clk sees, and what a host forgets at it.
    void reset()
    {
        to_send.clear(), send_index = 0, top.tx_valid = 0;
        while (!top.clk)
            step();
        top.rst = 1;
        while (top.clk)
            step();
        while (!top.clk)
            step();
        top.rst = 0;
    }
    // Until `done` holds; fails the test if it does not in time.
    template <typename F> bool run_until(F done, uint64_t limit_ns, const char *what)
    {
        for (uint64_t end = now_ps + limit_ns * 1000; !done();) {
            if (!bench::check(now_ps < end, "%s did not come in %llu ns", what,
                              (unsigned long long)limit_ns))
                return false;
            step();
        }
        return true;
    }
    bool run_until_idle(uint64_t limit_ns = 5000000)
    {
        idle_clocks = 0;
        return run_until([&] { return idle_clocks > 8; }, limit_ns, "idle");
    }
    void partner_sends(const Bytes &frame, int gap = 12)
    {
        partner.send(with_fcs(frame), gap);
    }
    // How many received frames had just these flags, multicast and broadcast aside.
    size_t fates(unsigned flags) const
    {
        size_t n = 0;
        for (const Report &report : received_reports)
            n += (report.flags & 0xFF) == flags;
        return n;
    }
};

} // namespace ethernet
#endif
