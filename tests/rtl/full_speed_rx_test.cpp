// Tests how full_speed_rx hears the line: packets from hosts whose clock, edges and ends are as bad as may be.
// SPDX-License-Identifier: MIT
#include "Vfull_speed_rx.h"
#include "tests/rtl/usb_line.h"

using bench::check;
using bench::test;

struct Ear {
    bench::Clocked<Vfull_speed_rx> sim{"full_speed_rx"};
    Vfull_speed_rx &dut = sim.top;
    bench::Random random;
    LineManner manner;
    uint64_t now = 0;
    LineState state = LINE_J;
    std::vector<Bytes> packets; // that ended
    std::vector<bool> errors;   // of those
    Bytes taking;
    bool was_active = false, error = false;
    uint64_t ended_ps = 0;

    explicit Ear(uint64_t seed = 1) : random(seed)
    {
        dut.rst = 1, dut.pins = LINE_J, dut.mute = 0;
        run(10);
        dut.rst = 0;
        run(20);
    }
    void run(int clocks)
    {
        while (clocks--)
            step();
    }
    void step()
    {
        now += 20833;
        dut.pins = state;
        sim.settle();
        sim.edge();
        sim.settle();
        if (dut.active && !was_active)
            taking.clear(), error = false;
        if (dut.byte_valid && check(dut.active, "a byte outside a packet"))
            taking.push_back(dut.byte_data);
        error = error || (dut.active && dut.error);
        if (was_active && !dut.active) {
            packets.push_back(taking), errors.push_back(error);
            ended_ps = now;
        }
        was_active = dut.active;
    }
    // A packet at any phase of the clock, and some idle time behind it. Returns when its SE0 began.
    uint64_t hear(const Bytes &packet, int idle_clocks = 12)
    {
        std::vector<LineChange> changes =
            waveform(packet, now + random.below(20833), manner, random);
        for (const LineChange &change : changes) {
            while (now + 20833 <= change.at)
                step();
            state = change.to;
        }
        run(idle_clocks);
        return changes[changes.size() - 2].at;
    }
    void must_hear(const Bytes &packet)
    {
        packets.clear(), errors.clear();
        hear(packet);
        check(packets.size() == 1 && packets[0] == packet && !errors[0],
              "%zu packets of %zu bytes, error %d", packets.size(), packet.size(),
              !errors.empty() && errors[0]);
    }
};

static Bytes any_packet(bench::Random &random)
{
    Bytes packet = bench::random_bytes(random, 1 + random.below(70));
    if (random.chance(0.3)) // long runs of ones
        for (uint8_t &byte : packet)
            byte |= (uint8_t)random.next() | (uint8_t)random.next();
    return packet;
}

static void hears(int ppm, int jitter_ps, int skew_ps)
{
    Ear ear(3 + (uint64_t)jitter_ps);
    ear.manner.bit_ps = BIT_PS * (1 + ppm * 1e-6);
    ear.manner.jitter_ps = jitter_ps, ear.manner.skew_ps = skew_ps;
    for (int i = 0; i < 300; i++)
        ear.must_hear(any_packet(ear.random));
}

static void hears_what_hubs_leave()
{
    Ear ear;
    for (int sync : {6, 7, 8})
        for (int se0 : {105, 150, 200, 210})
            for (int dribble : {0, 40, 99}) {
                ear.manner.sync_bits = sync, ear.manner.se0_bits_percent = se0,
                ear.manner.dribble_percent = dribble;
                for (int i = 0; i < 20; i++)
                    ear.must_hear(any_packet(ear.random));
                ear.must_hear({0xC3, 0xFF, 0xFF, 0xF8}); // ends with five ones
            }
}

static void ends_early_enough()
{
    Ear ear;
    for (int i = 0; i < 100; i++) {
        uint64_t se0 = ear.hear(any_packet(ear.random));
        check(ear.ended_ps - se0 < 5 * 20833, "the end is known after %.1f clocks",
              (double)(ear.ended_ps - se0) / 20833);
    }
}

static void tells_a_stuffing_error()
{
    Ear ear;
    for (int i = 0; i < 200; i++) {
        Bytes packet = bench::random_bytes(ear.random, 2 + ear.random.below(30));
        packet[ear.random.below((uint32_t)packet.size() - 1)] = 0xFF;
        ear.packets.clear(), ear.errors.clear();
        ear.manner.stuffs = false;
        ear.hear(packet);
        check(!ear.packets.empty() && ear.errors[0], "seven ones in a row passed");
        ear.manner.stuffs = true;
        ear.must_hear(any_packet(ear.random));
    }
}

static void tells_bits_that_make_no_byte()
{
    Ear ear;
    for (int extra = 2; extra < 8; extra++) {
        ear.packets.clear(), ear.errors.clear();
        ear.manner.dribble_percent = 100 * extra;
        ear.hear({0xC3, 0x00, 0x50});
        check(ear.packets.size() == 1 && ear.errors[0], "%d bits too many passed", extra);
    }
}

static void comes_back_when_an_end_is_lost()
{
    Ear ear;
    ear.manner.se0_bits_percent = 1; // too short to be one
    ear.hear({0x69, 0x12, 0x34}, 200);
    check(!ear.dut.active, "it listens for ever");
    ear.manner.se0_bits_percent = 200;
    ear.must_hear({0xD2});
}

static void hears_nothing_where_nothing_is()
{
    Ear ear;
    for (LineState state : {LINE_J, SE0, LINE_K, LINE_J, SE0, LINE_J}) {
        ear.state = state;
        ear.run(400);
    }
    ear.dut.mute = 1;
    ear.hear({0xD2});
    ear.dut.mute = 0;
    check(ear.packets.empty() && ear.taking.empty(), "%zu packets", ear.packets.size());
    ear.run(40);
    ear.must_hear({0xD2});
}

// A bit that is wrong makes another packet or none, never a stuck receiver.
static void survives_wrong_bits()
{
    Ear ear;
    for (int i = 0; i < 2000; i++) {
        Bytes packet = any_packet(ear.random);
        ear.manner.flip = (int)ear.random.below((uint32_t)stuffed_bits(packet).size());
        ear.packets.clear();
        ear.hear(packet, 80);
        check(!ear.dut.active, "it listens for ever");
        check(ear.packets.size() == 1 && ear.packets[0] != packet, "the packet came as it was");
        ear.manner.flip = -1;
        ear.must_hear(packet);
    }
}

int main()
{
    test("hears packets", [] { hears(0, 0, 0); });
    test("hears a host whose clock is 2500 ppm slow", [] { hears(2500, 0, 0); });
    test("hears a host whose clock is 2500 ppm fast", [] { hears(-2500, 0, 0); });
    test("hears through jitter", [] { hears(0, 9000, 0); });
    test("hears through skew between the lines", [] { hears(0, 0, 14000); });
    test("hears through all of it", [] { hears(2900, 7000, 10000); });
    test("hears what hubs leave of SYNC, ends and last bits", hears_what_hubs_leave);
    test("knows a packet's end in the first half of its SE0", ends_early_enough);
    test("tells a stuffing error, and hears the next packet", tells_a_stuffing_error);
    test("tells bits that make no byte", tells_bits_that_make_no_byte);
    test("comes back when an end is lost", comes_back_when_an_end_is_lost);
    test("hears nothing where nothing is, or while muted", hears_nothing_where_nothing_is);
    test("survives wrong bits", survives_wrong_bits);
    return bench::done();
}
