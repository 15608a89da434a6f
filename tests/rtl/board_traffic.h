// Frames both ways through a whole board while things happen to it: what arrives was sent, as it was, and no more than once.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_BOARD_TRAFFIC_H
#define TESTS_RTL_BOARD_TRAFFIC_H

#include <map>

#include "tests/rtl/nic_driver.h"

// The frames of one direction.
struct Ledger {
    const char *way;
    std::map<Bytes, bool> given; // whether it has arrived
    size_t arrived = 0;

    void give(const Bytes &frame)
    {
        given[frame] = false;
    }
    void arrive(const Bytes &frame)
    {
        auto found = given.find(frame);
        if (!bench::check(found != given.end(), "a frame of %zu bytes %s that nobody sent",
                          frame.size(), way))
            return;
        bench::check(!found->second, "a frame %s came twice", way);
        found->second = true;
        ++arrived;
    }
    bool has(const Bytes &frame) const
    {
        auto found = given.find(frame);
        return found != given.end() && found->second;
    }
};

// A driver that goes on whatever happens. A board adds what is behind the Ethernet pins.
template <typename Host> struct BoardTraffic : NicDriver<Host> {
    using NicDriver<Host>::host;
    using NicDriver<Host>::largest;
    bench::Random random;
    Ledger to_host{"to the host", {}, 0}, to_wire{"to the wire", {}, 0};
    static constexpr size_t LONGEST = 600;             // bytes of a frame
    std::function<bool()> wants = [] { return true; }; // the partner sends another frame
    std::function<void(const Bytes &)> partner_sends;

    BoardTraffic(Host &usb, size_t packet, uint64_t seed)
        : NicDriver<Host>{usb, packet}, random(seed)
    {
    }
    // One packet each way, as far as the board lets it.
    void turn()
    {
        pour();
        if (outgoing.empty())
            queue(random_frame(ethernet::OUR_MAC));
        send_packet();
        take_packet();
    }
    // The partner sends as much as it may.
    void pour()
    {
        if (wants())
            offer(random_frame(0xFFFFFFFFFFFF));
    }
    // What the host forgets when a device goes or is reset: its transfers with it.
    void forget()
    {
        host.forget();
        outgoing.clear(), incoming.clear();
        began = 0;
    }
    // Frames pass both ways again, all of them, once those from before have come.
    void exchange(const char *when, int count = 3)
    {
        std::vector<Bytes> in, out;
        for (int i = 0; i < 500 && (take_packet() || i < 20); i++)
            ;
        for (int i = 0; i < count; i++) {
            in.push_back(random_frame(0xFFFFFFFFFFFF)), offer(in.back());
            out.push_back(random_frame(ethernet::OUR_MAC)), queue(out.back());
        }
        size_t missing = 1;
        for (int i = 0; i < 4000 && missing && bench::failure.empty(); i++) {
            if (!outgoing.empty())
                send_packet();
            else
                host.phy.run(500);
            take_packet();
            missing = 0;
            for (int k = 0; k < count; k++)
                missing += !to_host.has(in[(size_t)k]) + !to_wire.has(out[(size_t)k]);
        }
        size_t lost = 0;
        for (const Bytes &frame : in)
            lost += !to_host.has(frame);
        bench::check(!missing, "%s: %zu of %d frames did not reach the host, %zu not the wire",
                     when, lost, count, missing - lost);
    }

  private:
    Bytes outgoing, incoming; // the transfers under way
    size_t began = 0;         // of outgoing: bytes that the board has

    Bytes random_frame(uint64_t destination)
    {
        return ethernet::frame(random, 60 + random.below(LONGEST - 60), destination);
    }
    void offer(const Bytes &frame)
    {
        to_host.give(frame);
        partner_sends(frame);
    }
    void queue(const Bytes &frame)
    {
        to_wire.give(frame);
        bench::append_record(outgoing, frame);
    }
    void send_packet()
    {
        size_t end = std::min(began + largest, outgoing.size());
        Pid pid = host.out(1, Bytes(outgoing.begin() + (long)began, outgoing.begin() + (long)end));
        if (pid != ACK && pid != NYET)
            return;
        bool last = end - began < largest;
        began = end;
        if (last)
            outgoing.clear(), began = 0;
    }
    // Returns whether there was one.
    bool take_packet()
    {
        Pid pid = host.in(1, false);
        if (pid != DATA0 && pid != DATA1)
            return false;
        host.gap();
        host.phy.receive({ACK});
        host.phy.run(12);
        if (pid != (host.in_toggle[1] ? DATA1 : DATA0))
            return true; // again, since our ACK was lost
        host.in_toggle[1] = !host.in_toggle[1];
        incoming.insert(incoming.end(), host.payload.begin(), host.payload.end());
        if (host.payload.size() == largest)
            return true;
        std::vector<Bytes> frames;
        bench::check(bench::parse_received(incoming, frames), "a transfer without good records");
        for (const Bytes &frame : frames)
            to_host.arrive(frame);
        incoming.clear();
        return true;
    }
};

inline bool is_pause(const Bytes &frame)
{
    return frame.size() == 60 && frame[12] == 0x88 && frame[13] == 0x08;
}

// A time between the two, each order of magnitude as likely.
inline uint64_t any_time(bench::Random &random, uint64_t least_ps, uint64_t most_ps)
{
    uint64_t ps = least_ps;
    while (ps < most_ps && random.chance(0.75))
        ps *= 2;
    return std::min(most_ps, ps + random.below((uint32_t)std::min<uint64_t>(ps, 1u << 30)));
}

#endif
