// counters against sums kept in C++, with events as close together as frames can come.
// SPDX-License-Identifier: MIT
#include "Vcounters.h"
#include "driver/registers.h"
#include "tests/rtl/clocked.h"

using namespace bench;

namespace
{

enum {
    GOOD = 1,
    BAD_FCS = 2,
    RUNT = 4,
    OVERSIZE = 8,
    SYMBOL = 16,
    OVERFLOW_ = 32,
    FILTERED = 64,
    PAUSE = 128,
    MULTICAST = 256,
    BROADCAST = 512
};

struct Rig : Clocked<Vcounters> {
    Random random;
    uint32_t sums[32] = {};

    explicit Rig(uint64_t seed) : Clocked("counters"), random(seed)
    {
        top.rst = 1;
        step();
        top.rst = 0;
        settled();
    }

    uint32_t &sum(uint32_t address)
    {
        return sums[(address - 0x100) / 4];
    }

    void step()
    {
        settle();
        edge();
        top.rx_done = top.tx_done = top.bad_record = top.disabled = top.read = 0;
        top.segmented = top.segment = top.verified = 0;
    }

    void settled()
    {
        for (int i = 0; i < 200 && (step(), !top.idle); i++)
            ;
        check(top.idle, "it never becomes idle");
    }

    void receive(uint32_t flags, uint32_t length)
    {
        top.rx_done = 1;
        top.rx_done_flags = (uint16_t)flags;
        top.rx_done_length = (uint16_t)length;
        if ((flags & 0xFF) == GOOD) {
            sum(REG_RX_FRAMES)++;
            sum(REG_RX_BYTES) += length;
            if (flags & BROADCAST)
                sum(REG_RX_BROADCAST)++;
            else if (flags & MULTICAST)
                sum(REG_RX_MULTICAST)++;
        }
        static const uint32_t errors[] = {REG_RX_CRC_ERRORS,    REG_RX_RUNTS,     REG_RX_OVERSIZE,
                                          REG_RX_SYMBOL_ERRORS, REG_RX_OVERFLOWS, REG_RX_FILTERED,
                                          REG_RX_PAUSE};
        for (int i = 0; i < 7; i++)
            if (flags & (2u << i))
                sum(errors[i])++;
    }

    void send(bool pause, uint32_t length)
    {
        top.tx_done = 1;
        top.tx_done_pause = pause;
        top.tx_done_length = (uint16_t)length;
        sum(pause ? REG_TX_PAUSE : REG_TX_FRAMES)++;
        sum(REG_TX_BYTES) += pause ? 0 : length;
    }

    // A frame of a super-frame, perhaps its last.
    void cut(bool last)
    {
        top.segment = 1;
        top.segmented = last;
        sum(REG_TX_SEGMENTS)++;
        sum(REG_TX_SEGMENTED_RECORDS) += last;
    }

    void verify()
    {
        top.verified = 1;
        sum(REG_RX_VERIFIED)++;
    }

    uint32_t read(uint32_t address)
    {
        top.read = 1;
        top.index = (uint8_t)((address - 0x100) / 4);
        step();
        return top.value;
    }

    void compare()
    {
        settled();
        for (uint32_t address = 0x100; address < 0x180; address += 4) {
            uint32_t value = read(address);
            check(value == sum(address), "counter 0x%03x reads %u, expected %u", address, value,
                  sum(address));
        }
    }
};

uint32_t any_fate(Random &random)
{
    static const uint32_t fates[] = {0,
                                     MULTICAST | BROADCAST,
                                     GOOD,
                                     GOOD | MULTICAST,
                                     GOOD | MULTICAST | BROADCAST,
                                     GOOD | BROADCAST,
                                     BAD_FCS,
                                     RUNT,
                                     RUNT | BAD_FCS,
                                     OVERSIZE,
                                     SYMBOL | BAD_FCS,
                                     GOOD | OVERFLOW_,
                                     OVERFLOW_,
                                     GOOD | FILTERED | MULTICAST,
                                     FILTERED,
                                     GOOD | PAUSE | MULTICAST,
                                     PAUSE};
    return fates[random.below(sizeof fates / sizeof *fates)];
}

// What one clock brings: both directions at one frame each `spacing` clocks, and records going wrong.
void happen(Rig &rig, uint64_t clock, unsigned spacing)
{
    if (clock % spacing == 0)
        rig.receive(any_fate(rig.random), rig.random.below(65536));
    if (clock % spacing == spacing / 2)
        rig.send(rig.random.chance(0.1), rig.random.below(65536));
    if (clock % spacing == spacing / 3)
        rig.cut(rig.random.chance(0.3));
    if (clock % spacing == spacing / 4)
        rig.verify();
    if (clock % 32 == 5 && rig.random.chance(0.5)) {
        bool bad = rig.random.chance(0.5);
        (bad ? rig.top.bad_record : rig.top.disabled) = 1;
        rig.sum(bad ? REG_TX_BAD_RECORDS : REG_TX_DISABLED)++;
    }
}

// … and reads now and then.
void storm(unsigned spacing, double reads)
{
    Rig rig(spacing);
    uint32_t last[32] = {};
    for (uint64_t clock = 0; clock < 60000; clock++) {
        happen(rig, clock, spacing);
        if (!rig.random.chance(reads)) {
            rig.step();
            continue;
        }
        uint32_t index = rig.random.below(32), before = rig.sums[index],
                 value = rig.read(0x100 + 4 * index);
        check(value - last[index] <= before - last[index],
              "counter %u went from %u to %u, but the sum is %u", index, last[index], value,
              before);
        last[index] = value;
    }
    rig.compare();
}

void clears()
{
    Rig rig(1);
    rig.receive(GOOD, 100);
    rig.send(false, 100);
    rig.step();
    rig.compare();
    rig.receive(GOOD | BROADCAST, 1); // still pending when the reset comes
    rig.step();
    rig.top.rst = 1;
    rig.step();
    rig.top.rst = 0;
    for (auto &sum : rig.sums)
        sum = 0;
    rig.compare();
}

// Every counter has counted, and an addition is `under_way` clocks old; reads hold it up.
void clears_one(bool reads, unsigned under_way)
{
    Rig rig(4);
    for (uint64_t clock = 0; clock < 8000; clock++) {
        happen(rig, clock, 40);
        rig.step();
    }
    for (uint32_t address = REG_RX_FRAMES; address <= REG_TX_SEGMENTS; address += 4)
        check(rig.sum(address) || (address > REG_RX_VERIFIED && address < REG_TX_FRAMES),
              "the test does not reach counter 0x%03x", address);
    rig.settled();
    rig.receive(GOOD, 1000);
    for (unsigned i = 0; i < under_way; i++)
        rig.step();
    rig.top.rst = 1;
    for (int i = 0; i < 60; i++) {
        if (reads)
            rig.read(REG_TX_FRAMES);
        else
            rig.step();
        rig.top.rst = 0;
        check(!rig.top.idle || i >= 32, "idle while it clears");
    }
    for (auto &sum : rig.sums)
        sum = 0;
    rig.compare();
}

void clears_all()
{
    for (unsigned under_way = 1; under_way < 6; under_way++)
        for (bool reads : {false, true})
            clears_one(reads, under_way);
}

// Errors in clock after clock, each of another kind: the later ones leave the earlier ones' marks.
void keeps_each_mark()
{
    static const uint32_t kinds[] = {BAD_FCS, RUNT, OVERSIZE, SYMBOL, OVERFLOW_, FILTERED, PAUSE};
    Rig rig(6);
    for (uint32_t i = 0; i < 7 * 7 * 7; i++) {
        uint32_t seen = 0;
        for (uint32_t kind : {kinds[i % 7], kinds[i / 7 % 7], kinds[i / 49]}) {
            rig.receive(kind & ~seen, 100);
            rig.step();
            seen |= kind;
        }
        rig.settled();
    }
    rig.compare();
}

// From an event until its counter holds it.
void busy_while_it_adds()
{
    Rig rig(5);
    for (unsigned kind = 0; kind < 16; kind++) {
        if (kind < 10)
            rig.receive(kind > 7 ? GOOD | 1u << kind : 1u << kind, 100);
        else if (kind < 12)
            rig.send(kind == 10, 100);
        else if (kind < 14)
            rig.cut(kind == 12);
        else if (kind == 14)
            rig.verify();
        else
            rig.top.disabled = 1, rig.sum(REG_TX_DISABLED)++;
        rig.step();
        unsigned busy = 0;
        for (; !rig.top.idle && busy < 100; busy++)
            rig.step();
        check(busy >= 2, "event %u: idle after %u clocks", kind, busy);
        rig.step();
        check(rig.top.idle, "event %u: idle for a moment", kind);
    }
    rig.compare();
}

void wraps()
{
    Rig rig(2);
    for (int i = 0; i < 65540; i++) {
        if (i == 16400 || i == 50000)
            rig.compare();
        rig.receive(GOOD, 65535);
        for (int k = 0; k < 6; k++)
            rig.step();
    }
    check(rig.sum(REG_RX_BYTES) < 400000, "the test does not reach 2^32");
    rig.compare();
}

} // namespace

int main()
{
    test("starts_from_zero", [] { Rig(3).compare(); });
    test("loses_no_event_at_a_frame_each_way_every_40_clocks", [] { storm(40, 0); });
    test("loses_no_event_while_it_is_read", [] { storm(40, 0.2); });
    test("keeps_up_with_a_frame_each_way_every_30_clocks", [] { storm(30, 0.1); });
    test("goes_back_to_zero_by_reset_with_an_event_pending", clears);
    test("goes_back_to_zero_whatever_has_counted_and_is_read", clears_all);
    test("keeps_what_waits_to_be_counted_while_other_events_come", keeps_each_mark);
    test("is_busy_until_an_event_is_counted", busy_while_it_adds);
    test("wraps_at_32_bits", wraps);
    return done();
}
