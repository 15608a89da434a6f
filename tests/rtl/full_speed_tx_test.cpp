// Tests what full_speed_tx puts on the line: SYNC, stuffed bytes, and an end, each bit four clocks long.
// SPDX-License-Identifier: MIT
#include "Vfull_speed_tx.h"
#include "tests/rtl/usb_line.h"

using bench::check;
using bench::test;

struct Mouth {
    bench::Clocked<Vfull_speed_tx> sim{"full_speed_tx"};
    Vfull_speed_tx &dut = sim.top;
    bench::Random random{1};
    LineEar ear;
    uint64_t now = 0;
    int done = 0;

    Mouth()
    {
        dut.rst = 1;
        run(4);
        dut.rst = 0;
        run(4);
        ear.bit_ps = 4 * 20833;
    }
    void run(int clocks)
    {
        while (clocks--) {
            now += 20833;
            sim.settle();
            done += dut.done;
            sim.edge();
            sim.settle();
            dut.in_valid = 0;
            ear.hear(now, dut.drive, (LineState)(dut.dn << 1 | dut.dp));
        }
    }
    void give(uint8_t byte)
    {
        dut.in_data = byte, dut.in_valid = 1;
        run(1);
        dut.in_data = (uint8_t)~byte;
    }
    // Each byte as late as `late` clocks behind `loaded` of the one before.
    void say(const Bytes &packet, uint32_t late)
    {
        int before = done;
        give(packet[0]);
        for (size_t i = 1; i <= packet.size(); i++) {
            int waited = 0;
            for (; sim.settle(), !dut.loaded && waited < 100; waited++)
                run(1);
            check(waited < 100, "byte %zu is never loaded", i - 1);
            run(1 + (int)random.below(late));
            if (i < packet.size())
                give(packet[i]);
        }
        for (int waited = 0; done == before && waited < 100; waited++)
            run(1);
        check(done == before + 1, "%d ends told", done - before);
    }
};

static void says(uint32_t late)
{
    Mouth mouth;
    for (int i = 0; i < 200; i++) {
        Bytes packet = bench::random_bytes(mouth.random, 1 + mouth.random.below(67));
        if (i % 3 == 0)
            for (uint8_t &byte : packet)
                byte |= (uint8_t)mouth.random.next() | (uint8_t)mouth.random.next();
        if (i % 7 == 0)
            packet.back() = (uint8_t)(0xFC | mouth.random.below(4)); // six ones at the end
        mouth.say(packet, late);
        mouth.run(2 + (int)mouth.random.below(9));
        check(!mouth.dut.drive, "it holds the line");
        check(mouth.ear.packets.size() == 1 && mouth.ear.packets[0] == packet,
              "packet %d is another", i);
        mouth.ear.packets.clear();
    }
}

static void begins_at_once()
{
    Mouth mouth;
    mouth.give(0xD2);
    int waited = 0;
    for (; mouth.ear.changes.empty() && waited < 9; waited++)
        mouth.run(1);
    check(waited <= 2, "SYNC begins after %d clocks", waited + 1);
}

int main()
{
    test("says what it is given", [] { says(1); });
    test("says what it is given late", [] { says(26); });
    test("begins at once", begins_at_once);
    return bench::done();
}
