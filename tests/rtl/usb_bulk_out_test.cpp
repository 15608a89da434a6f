// Tests of usb_bulk_out against a queue in C++: random packets, some forgotten, and a sink that stalls.
// SPDX-License-Identifier: MIT
#include <deque>

#include "Vusb_bulk_out.h"
#include "tests/rtl/clocked.h"

using bench::Bytes;
using bench::check;

constexpr int END = 0x100;

struct Sink {
    bench::Clocked<Vusb_bulk_out> sim{"usb_bulk_out"};
    Vusb_bulk_out &dut = sim.top;
    bench::Random random;
    double take;              // how often the sink takes
    std::deque<int> expected; // items that must come
    uint64_t items = 0;

    Sink(uint64_t seed, bool high_speed, double how_often) : random(seed), take(how_often)
    {
        dut.rst = 1;
        dut.high_speed = high_speed;
        clock();
        dut.rst = 0;
    }
    void clock()
    {
        dut.out_ready = random.chance(take);
        sim.settle();
        if (dut.out_valid && dut.out_ready) {
            int item = dut.out_end ? END : dut.out_data;
            if (check(!expected.empty(), "item %03x came from nowhere", item)) {
                check(item == expected.front(), "item %03x, not %03x", item, expected.front());
                expected.pop_front();
            }
            ++items;
        }
        sim.edge();
    }
    // Returns whether there was room behind it; commit also keeps it.
    bool packet(const Bytes &bytes, bool commit)
    {
        dut.open = 1;
        clock();
        for (uint8_t byte : bytes) {
            while (random.chance(0.05))
                clock();
            dut.data_valid = 1;
            dut.data = byte;
            clock();
            dut.data_valid = 0;
        }
        dut.commit = commit;
        sim.settle();
        bool room = dut.room;
        if (commit) {
            expected.insert(expected.end(), bytes.begin(), bytes.end());
            if (bytes.size() < (dut.high_speed ? 512u : 64u))
                expected.push_back(END);
        }
        clock();
        dut.commit = 0;
        dut.open = 0;
        clock();
        clock();
        return room;
    }
};

static void keeps_what_is_good(uint64_t seed, bool high_speed)
{
    Sink sink(seed, high_speed, 0.9);
    uint32_t largest = high_speed ? 512 : 64;
    for (int i = 0; i < 300; i++) {
        sink.take = i % 50 < 25 ? 0.3 : 1;
        while (!sink.dut.room)
            sink.clock();
        sink.packet(bench::random_bytes(sink.random, sink.random.chance(0.5)
                                                         ? largest
                                                         : sink.random.below(largest)),
                    sink.random.chance(0.8));
    }
    sink.take = 1;
    for (int i = 0; i < 2200; i++)
        sink.clock();
    check(sink.expected.empty() && sink.dut.idle, "%zu items did not come", sink.expected.size());
    check(sink.items > 1000, "%d items only", (int)sink.items);
}

static void has_room_for_four_packets()
{
    Sink sink(1, true, 0);
    check(sink.dut.room, "no room at first");
    for (uint8_t i = 1; i <= 3; i++)
        check(sink.packet(Bytes(512, i), true), "no room behind %d", i);
    check(!sink.packet(Bytes(512, 4), true), "room behind four");
    sink.take = 1;
    for (int i = 0; i < 511; i++)
        sink.clock();
    check(!sink.dut.room, "room too early");
    sink.clock();
    sink.clock();
    sink.sim.settle();
    check(sink.dut.room, "no room when one is gone");
}

static void gives_a_byte_each_clock()
{
    Sink sink(1, true, 0);
    sink.packet(Bytes(512, 7), true);
    sink.packet(Bytes(500, 8), true);
    sink.take = 1;
    for (int i = 0; i < 1013; i++)
        sink.clock();
    check(sink.expected.empty(), "%zu items are late", sink.expected.size());
}

static void notices_a_packet_that_is_too_long()
{
    for (bool high_speed : {true, false}) {
        Sink sink(1, high_speed, 1);
        size_t largest = high_speed ? 512 : 64;
        sink.dut.open = 1;
        for (size_t i = 0; i < 3000; i++) {
            sink.dut.data_valid = 1;
            sink.clock();
            sink.sim.settle();
            check(sink.dut.overlong == (i >= largest), "byte %zu", i);
        }
        sink.dut.open = sink.dut.data_valid = 0;
        sink.clock();
        sink.clock();
        sink.packet({1, 2}, true);
        for (int i = 0; i < 10; i++)
            sink.clock();
        check(sink.expected.empty() && sink.items == 3, "%d items", (int)sink.items);
    }
}

int main()
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        bench::test("keeps_what_is_good_at_high_speed", [=] { keeps_what_is_good(seed, true); });
        bench::test("keeps_what_is_good_at_full_speed", [=] { keeps_what_is_good(seed, false); });
    }
    bench::test("has_room_for_four_packets", has_room_for_four_packets);
    bench::test("gives_a_byte_each_clock", gives_a_byte_each_clock);
    bench::test("notices_a_packet_that_is_too_long", notices_a_packet_that_is_too_long);
    return bench::done();
}
