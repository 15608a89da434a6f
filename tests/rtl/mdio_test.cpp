// Tests management access against a PHY model that follows IEEE 802.3, clause 22, by the pins alone.
// SPDX-License-Identifier: MIT
#include "Vmdio.h"
#include "tests/rtl/mdio_phy.h"

using bench::check;
using bench::test;

struct Bench {
    Vmdio top;
    Phy phy;
    unsigned mdc_clocks = 0, rising_edges = 0;
    bool last_mdc = false, last_line = true;

    Bench()
    {
        top.clk = 0, top.start = 0, top.rst = 1, top.mdio_in = 1;
        clock(), clock();
        top.rst = 0;
        clock();
    }
    void clock()
    {
        top.clk = 1;
        top.eval();
        phy.clock();
        check(!(top.mdio_drive && phy.drives), "both drive the line");
        bool line = top.mdio_drive ? top.mdio_out : phy.drives ? phy.out : true;
        top.mdio_in = line;
        ++mdc_clocks;
        if (top.mdc && !last_mdc) {
            check(!rising_edges || mdc_clocks >= 24, "mdc period of %u clocks", mdc_clocks);
            check(line == last_line || phy.drives, "the line changes with mdc");
            ++rising_edges, mdc_clocks = 0;
            phy.rising(line);
        }
        last_mdc = top.mdc, last_line = line;
        top.clk = 0;
        top.eval();
    }
    uint16_t access(bool write, unsigned phy_address, unsigned reg, uint16_t data = 0)
    {
        top.write = write, top.phy = (uint8_t)phy_address, top.phy_register = (uint8_t)reg,
        top.write_data = data;
        top.start = 1;
        clock();
        top.start = 0;
        top.write = !write, top.phy = 9, top.phy_register = 9,
        top.write_data = 0x5AA5; // taken at start only
        check(top.busy, "not busy behind start");
        for (int i = 0; top.busy && check(i < 3000, "busy without end"); ++i)
            clock();
        check(!top.mdc && !top.mdio_drive, "the pins do not rest");
        for (int i = 0; i < 40; ++i)
            clock();
        return top.read_data;
    }
};

// The PHY answers at once or as late as it may.
static void writes_and_reads(unsigned answer_clocks)
{
    Bench b;
    b.phy.answer_clocks = answer_clocks;
    bench::Random random(7);
    uint16_t values[32];
    for (unsigned i = 0; i < 32; ++i)
        b.access(true, 3, i, values[i] = (uint16_t)random.next());
    for (unsigned i = 0; i < 32; ++i) {
        check(b.phy.registers[i] == values[i], "register %u holds %#x", i, b.phy.registers[i]);
        unsigned data = b.access(false, 3, i);
        check(data == values[i], "register %u reads %#x instead of %#x", i, data, values[i]);
    }
}

static void leaves_others_alone()
{
    Bench b;
    for (unsigned address = 0; address < 32; ++address) {
        b.phy.address = address;
        b.phy.registers[1] = 0x796D;
        b.access(true, address ^ 1, 1, 0x1111);
        check(b.phy.registers[1] == 0x796D, "PHY %u was written", address);
        check(b.access(false, address ^ 1, 1) == 0xFFFF, "nobody answers, but it reads");
        check(b.access(false, address, 1) == 0x796D, "PHY %u does not answer", address);
    }
}

static void starts_while_busy()
{
    Bench b;
    b.top.write = 1, b.top.phy = 3, b.top.phy_register = 4, b.top.write_data = 0xBEEF,
    b.top.start = 1;
    b.clock();
    b.top.write_data = 0xDEAD;
    for (int i = 0; i < 500; ++i)
        b.clock();
    b.top.start = 0;
    while (b.top.busy)
        b.clock();
    check(b.phy.registers[4] == 0xBEEF, "register holds %#x", b.phy.registers[4]);
}

static void recovers_from_reset()
{
    Bench b;
    for (int clocks : {1, 100, 800, 1000, 1300}) {
        b.top.write = 0, b.top.phy = 3, b.top.start = 1;
        b.clock();
        b.top.start = 0;
        for (int i = 0; i < clocks; ++i)
            b.clock();
        b.top.rst = 1;
        b.clock();
        b.top.rst = 0;
        b.mdc_clocks = 100;
        check(!b.top.busy && !b.top.mdio_drive, "busy behind a reset");
        b.phy.bit = -1, b.phy.ones = 0, b.phy.drives = false, b.phy.wait = 0;
        b.access(true, 3, 2, (uint16_t)clocks);
        check(b.access(false, 3, 2) == clocks, "no access behind a reset");
    }
}

int main()
{
    test("writes and reads every register with mdc at 2.5 MHz at most",
         [] { writes_and_reads(17); });
    test("lets go of the line before a quick PHY takes it", [] { writes_and_reads(1); });
    test("leaves other PHYs alone, and reads ones where nobody answers", leaves_others_alone);
    test("ignores a start while busy", starts_while_busy);
    test("recovers from a reset in the middle", recovers_from_reset);
    return bench::done();
}
