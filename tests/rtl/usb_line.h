// A full-speed USB line for tests, in picoseconds: what a host drives on D+ and D-, and what it makes of a device's edges.
// SPDX-License-Identifier: MIT
//
// clock() lets 1/60 us pass, so that UsbHost counts here as it does at a ULPI PHY. The device's clocks run at rates and
// phases of their own; the host's bits have jitter, and the two lines do not change at the same moment.
#ifndef TESTS_RTL_USB_LINE_H
#define TESTS_RTL_USB_LINE_H

#include "tests/rtl/usb_phy.h"

constexpr double BIT_PS = 1e12 / 12e6;
constexpr LineState SE1 = (LineState)3;

struct LineChange {
    uint64_t at;
    LineState to;
};

// How a host drives its packets.
struct LineManner {
    double bit_ps = BIT_PS;
    int jitter_ps = 0;          // of each edge, either way
    int skew_ps = 0;            // at most, between the two lines; both look alike meanwhile
    int sync_bits = 8;          // those that hubs have left of SYNC
    int se0_bits_percent = 200; // length of the end
    int dribble_percent = 0;    // the last bit's excess, in bits (7.1.9.1)
    int flip = -1;              // this bit behind SYNC, stuffed ones included, is sent wrong
    bool stuffs = true;
};

// The bits of a packet behind SYNC, as they go through NRZI.
inline std::vector<bool> stuffed_bits(const Bytes &packet, bool stuffs = true)
{
    std::vector<bool> bits;
    int ones = 1; // SYNC's last bit
    for (uint8_t byte : packet)
        for (int i = 0; i < 8; i++) {
            bool bit = byte >> i & 1;
            bits.push_back(bit);
            ones = bit ? ones + 1 : 0;
            if (ones == 6 && stuffs)
                bits.push_back(false), ones = 0;
        }
    return bits;
}

// Its changes of the line from `start` on; the last is to J, one bit before the host lets go.
inline std::vector<LineChange> waveform(const Bytes &packet, uint64_t start, const LineManner &how,
                                        bench::Random &random)
{
    std::vector<bool> bits = stuffed_bits(packet, how.stuffs);
    if (how.flip >= 0)
        bits[(size_t)how.flip] = !bits[(size_t)how.flip];
    for (int i = 0; i < how.sync_bits; i++)
        bits.insert(bits.begin(), i == 0);
    std::vector<LineChange> changes;
    LineState state = LINE_J;
    double at = (double)start;
    auto edge = [&](LineState to) {
        double jitter =
            how.jitter_ps ? (double)random.below(2 * (uint32_t)how.jitter_ps) - how.jitter_ps : 0;
        uint64_t when = (uint64_t)(at + how.jitter_ps + jitter);
        if (how.skew_ps && state != SE0 && to != SE0 && random.chance(0.7))
            changes.push_back(
                {when - random.below((uint32_t)how.skew_ps), random.chance(0.5) ? SE0 : SE1});
        changes.push_back({when, to});
        state = to;
    };
    for (bool bit : bits) {
        if (!bit)
            edge(state == LINE_J ? LINE_K : LINE_J);
        at += how.bit_ps;
    }
    at += how.bit_ps * how.dribble_percent / 100;
    edge(SE0);
    at += how.bit_ps * how.se0_bits_percent / 100;
    edge(LINE_J);
    return changes;
}

// Makes packets of a device's edges; checks bit times, stuffing and the end.
struct LineEar {
    std::vector<LineChange> changes; // of the packet under way; empty between packets
    std::vector<Bytes> packets;
    double bit_ps = BIT_PS;
    bool deaf = false; // the device's clock is none: what it drives says nothing

    // The device drives `state` from now on, or nothing.
    void hear(uint64_t now, bool drives, LineState state)
    {
        if (deaf || (cut && drives)) {
            cut = drives;
            changes.clear();
            return;
        }
        cut = false;
        if (!drives && !changes.empty())
            finish(now);
        else if (drives && (changes.empty() ? state != LINE_J : state != changes.back().to))
            changes.push_back({now, state});
    }
    bool cut = false; // it was deaf when this packet began
    int bits_of(uint64_t ps)
    {
        int bits = (int)((double)ps / bit_ps + 0.5);
        bench::check(bits > 0 && std::abs((double)ps - bits * bit_ps) < 0.02 * bit_ps * bits,
                     "%.3f bit times between edges", (double)ps / bit_ps);
        return bits;
    }
    void finish(uint64_t now)
    {
        std::vector<bool> bits;
        size_t n = changes.size();
        bool whole = n >= 10 && changes[n - 2].to == SE0 && changes[n - 1].to == LINE_J;
        if (bench::check(whole, "the device's packet does not end with SE0 and J")) {
            bench::check(bits_of(changes[n - 1].at - changes[n - 2].at) == 2,
                         "SE0 does not last two bits");
            bench::check(bits_of(now - changes[n - 1].at) == 1, "J does not last one bit");
            for (size_t i = 0; i + 2 < n; i++) {
                bench::check(changes[i].to == (i % 2 ? LINE_J : LINE_K),
                             "the line does not alternate");
                bits.push_back(false);
                bits.insert(bits.end(), (size_t)bits_of(changes[i + 1].at - changes[i].at) - 1,
                            true);
            }
            unstuff(bits);
        }
        changes.clear();
    }
    void unstuff(const std::vector<bool> &bits)
    {
        bench::check(std::vector<bool>(bits.begin(), bits.begin() + 8) ==
                         std::vector<bool>({0, 0, 0, 0, 0, 0, 0, 1}),
                     "the device's SYNC is wrong");
        std::vector<bool> data;
        int ones = 1;
        for (size_t i = 8; i < bits.size(); i++) {
            if (ones == 6) {
                bench::check(!bits[i], "seven ones in a row");
                ones = 0;
                continue;
            }
            data.push_back(bits[i]);
            ones = bits[i] ? ones + 1 : 0;
        }
        bench::check(ones < 6, "six ones at the end are not followed by a zero");
        bench::check(data.size() % 8 == 0, "%zu bits are no bytes", data.size());
        Bytes packet(data.size() / 8);
        for (size_t i = 0; i < packet.size() * 8; i++)
            packet[i / 8] |= (uint8_t)(data[i] << i % 8);
        packets.push_back(packet);
    }
};

// The cable between a UsbHost and a module with D+ and D-, in the place of UsbPhy.
template <typename Model> class UsbLine
{
  public:
    struct Pins {
        bool drive, pull_up;
        LineState out;
    };
    bench::Clocked<Model> &sim;
    Model &dut;
    bench::Random random{1};
    std::function<void()> before_edge = [] {
    };                          // samples and drives the other ports, once a clock of the core
    std::function<Pins()> pins; // of the device
    std::function<void(LineState)> set_pins;
    std::function<uint64_t(uint64_t)> other_clocks = [](uint64_t) { return UINT64_MAX; };
    LineManner manner;
    bool may_collide = false; // the host may drive the line while the device does
    uint64_t now_ps = 0, core_half = 10417, usb_half = 10417, core_at, usb_at;
    uint64_t clocks = 0; // of 1/60 us
    std::vector<Bytes> &packets = ear.packets;
    uint64_t began = 0, line_quiet = 0; // in clocks
    double soonest_bits = 1e9,
           latest_bits = 0; // from the host's end of packet to the device's answer (7.1.18)

    explicit UsbLine(bench::Clocked<Model> &model) : sim(model), dut(model.top)
    {
        core_at = 1, usb_at = 7;
    }
    bool high_speed() const
    {
        return false;
    }
    bool transmitting() const
    {
        return !ear.changes.empty();
    }
    void run_to(uint64_t ps)
    {
        for (;;) {
            uint64_t next = std::min(core_at, usb_at);
            if (changes_at < changes.size())
                next = std::min(next, changes[changes_at].at);
            uint64_t other = other_clocks(now_ps);
            next = std::min(next, other);
            if (next > ps)
                break;
            now_ps = next;
            if (changes_at < changes.size() && changes[changes_at].at == next)
                host_state = changes[changes_at++].to, show();
            else if (core_at == next)
                core_edge();
            else if (usb_at == next)
                usb_edge();
            else
                other_clocks(next);
        }
        now_ps = ps;
    }
    void clock()
    {
        run_to(++clocks * 50000 / 3);
    }
    void run(uint64_t n)
    {
        while (n--)
            clock();
    }
    void receive(const Bytes &packet, bool = false)
    {
        changes = waveform(packet, now_ps + random.below(20000), manner, random);
        changes_at = 0;
        host_drives = true;
        uint64_t end = changes.back().at + (uint64_t)manner.bit_ps;
        answer_from = changes.back().at;
        while (now_ps < end)
            clock();
        host_drives = false;
        line_quiet = clocks;
        show();
    }
    void line(LineState state) // from now on; J is the pull-up's
    {
        host_state = state;
        host_drives = state != LINE_J;
        show();
        run(10);
    }
    LineState state() const
    {
        Pins now = pins();
        return now.drive ? now.out : host_drives ? host_state : now.pull_up ? LINE_J : SE0;
    }

    LineEar ear;

  private:
    std::vector<LineChange> changes;
    size_t changes_at = 0;
    bool host_drives = false;
    LineState host_state = LINE_J;
    uint64_t answer_from = 0;

    void show()
    {
        set_pins(state());
    }
    void core_edge()
    {
        sim.settle();
        before_edge();
        sim.settle();
        sim.edge();
        core_at += 2 * core_half;
        show();
    }
    void usb_edge()
    {
        usb_at += usb_half;
        dut.usb_clk = !dut.usb_clk;
        dut.eval();
        if (!dut.usb_clk)
            return;
        Pins now = pins();
        bool begins = ear.changes.empty();
        ear.bit_ps = 8.0 * (double)usb_half;
        ear.hear(now_ps, now.drive, now.out);
        bench::check(may_collide || !(now.drive && host_drives),
                     "device and host both drive the line");
        if (begins && !ear.changes.empty()) {
            began = clocks;
            double bits = (double)(now_ps - answer_from) / BIT_PS;
            soonest_bits = std::min(soonest_bits, bits), latest_bits = std::max(latest_bits, bits);
        }
        show();
    }
};

#endif
