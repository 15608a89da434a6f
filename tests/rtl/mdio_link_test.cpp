// Tests what is learned of the link from the PHY's registers, with accesses of the host in between.
// SPDX-License-Identifier: MIT
#include "Vmdio_link.h"
#include "tests/rtl/clocked.h"

using bench::check;
using bench::test;

enum { CONTROL = 0, STATUS = 1, OURS = 4, PARTNERS = 5 };                         // registers
enum { NEGOTIATES = 0x1000, FAST = 0x2000, FULL = 0x0100, LINK = 0x0004 };        // bits of 0 and 1
enum { CAN_10 = 0x20, CAN_10_FULL = 0x40, CAN_100 = 0x80, CAN_100_FULL = 0x100 }; // … of 4 and 5
constexpr int ROUND = 2000; // clocks, more than a round with its rest takes

// The PHY behind the port: an access takes `access` clocks.
struct Link : bench::Clocked<Vmdio_link> {
    uint16_t registers[32] = {};
    unsigned address = 0, accesses = 0;
    int left = 0, access = 40;
    bool write = false, deaf = false; // the next access is not taken
    unsigned at = 0;
    uint16_t value = 0;

    explicit Link(unsigned phy = 0) : Clocked("mdio_link"), address(phy)
    {
        registers[CONTROL] = NEGOTIATES;
        registers[OURS] = registers[PARTNERS] = CAN_100_FULL | CAN_100 | CAN_10_FULL | CAN_10 | 1;
        registers[STATUS] = 0x7809 | LINK;
    }
    void run(int clocks)
    {
        for (; clocks; --clocks) {
            top.port_busy = left != 0;
            top.port_read_data = left ? 0xA5A5 : value;
            settle();
            bool started = top.port_start && !left;
            check(!top.port_start || !left, "an access begins while one is under way");
            if (left && !--left)
                value = at / 32 != address ? 0xFFFF : registers[at % 32];
            if (started && deaf) {
                deaf = false;
            } else if (started) {
                ++accesses;
                left = access, at = top.port_phy * 32u + top.port_register;
                write = top.port_write;
            }
            edge();
            top.start = 0;
        }
    }
    uint16_t host_reads(unsigned phy, unsigned reg)
    {
        top.start = 1, top.write = 0, top.phy = (uint8_t)phy, top.phy_register = (uint8_t)reg;
        run(1);
        int waited = 0;
        for (; settle(), top.busy && waited < ROUND; ++waited)
            run(1);
        check(waited >= access, "it took %d clocks", waited);
        return top.read_data;
    }
    void expect(bool link, bool fast, bool full)
    {
        run(ROUND);
        check(top.link == link, "link %d", top.link);
        check(!link || (top.fast == fast && top.full_duplex == full), "fast %d, full duplex %d",
              top.fast, top.full_duplex);
    }
};

static void negotiated()
{
    Link link;
    for (unsigned ours = 0; ours < 16; ++ours)
        for (unsigned partners = 1; partners < 16; ++partners) {
            link.registers[OURS] = (uint16_t)(ours << 5 | 1),
            link.registers[PARTNERS] = (uint16_t)(partners << 5);
            unsigned both = ours & partners;
            if (both)
                link.expect(true, both >= 4, both >= 8 || (both < 4 && both >= 2));
        }
}

static void forced()
{
    Link link;
    for (unsigned how = 0; how < 4; ++how) {
        link.registers[CONTROL] = (uint16_t)((how & 1 ? FAST : 0) | (how & 2 ? FULL : 0));
        link.registers[PARTNERS] = 0;
        link.expect(true, how & 1, how & 2);
    }
}

static void finds_the_phy()
{
    for (unsigned phy : {1u, 7u, 31u}) {
        Link link(phy);
        link.run(ROUND * (int)phy);
        link.expect(true, true, true);
        link.address = (phy + 3) % 32; // another module is plugged in
        link.run(600);
        check(!link.top.link, "a link without a PHY");
        link.run(ROUND * 4);
        link.expect(true, true, true);
    }
}

static void follows_the_link()
{
    Link link;
    link.expect(true, true, true);
    link.registers[STATUS] &= (uint16_t)~LINK;
    link.expect(false, false, false);
    link.registers[STATUS] |= LINK;
    link.registers[PARTNERS] = CAN_10_FULL;
    link.expect(true, false, true);
}

// The host's accesses come whenever they like and see their own answers, long after too.
static void serves_the_host()
{
    Link link;
    bench::Random random(5);
    for (int i = 0; i < 300; ++i) {
        link.registers[17] = (uint16_t)random.next();
        link.run(1 + (int)random.below(200));
        uint16_t got = link.host_reads(0, 17);
        check(got == link.registers[17], "read %04x for %04x", got, link.registers[17]);
        check(link.at == 17 && !link.write, "register %u", link.at);
        link.run(400);
        check(link.top.read_data == link.registers[17], "the answer did not stay");
        check(link.host_reads(9, 17) == 0xFFFF, "somebody answers at address 9");
    }
    link.expect(true, true, true);
}

static void writes_for_the_host()
{
    Link link;
    link.top.start = link.top.write = 1, link.top.phy = 0, link.top.phy_register = 9;
    bool seen = false;
    for (int i = 0; i < ROUND; ++i) {
        link.run(1);
        seen = seen || (link.write && link.at == 9);
        check(!link.write || link.at == 9, "a write to register %u", link.at);
    }
    check(seen, "nothing was written");
}

// A clock that ran wild while its PLL had no lock may leave the two in disagreement, and no reset parts them.
static void goes_on_behind_a_lost_access()
{
    Link link;
    bench::Random random(6);
    link.expect(true, true, true);
    for (int i = 0; i < 20; ++i) {
        link.run((int)random.below(ROUND));
        link.deaf = true;
        link.run(ROUND);
        check(!link.deaf, "no access came");
        link.registers[PARTNERS] = i % 2 ? CAN_100_FULL : CAN_10;
        link.expect(true, i % 2, i % 2);
    }
}

int main()
{
    test("takes the best that both sides can do", negotiated);
    test("takes what was forced where nothing is negotiated", forced);
    test("finds the PHY at any address, and another one later", finds_the_phy);
    test("follows the link", follows_the_link);
    test("carries the host's reads between its own", serves_the_host);
    test("carries the host's writes, and none of its own", writes_for_the_host);
    test("goes on behind an access that was lost", goes_on_behind_a_lost_access);
    return bench::done();
}
