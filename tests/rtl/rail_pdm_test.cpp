// Tests the supply that a pin's duty sets: how often the pin is high, how evenly, and what follows when.
// SPDX-License-Identifier: MIT
#include "Vrail_pdm.h"
#include "tests/rtl/clocked.h"

using bench::check;
using bench::test;

constexpr unsigned DUTY = 45000, WHOLE = 65536, WAIT = 256; // 2^BITS

struct Rail : bench::Clocked<Vrail_pdm> {
    Rail() : Clocked("rail_pdm")
    {
        settle();
    }
    // Runs for some clocks and returns in how many the pin was high.
    unsigned run(unsigned count)
    {
        unsigned high = 0;
        for (; count; --count) {
            edge();
            settle();
            high += top.pdm;
        }
        return high;
    }
};

static void duty()
{
    Rail rail;
    rail.run(123);
    unsigned high = rail.run(WHOLE);
    check(high == DUTY, "high in %u of %u clocks", high, WHOLE);
}

static void evenly()
{
    Rail rail;
    for (unsigned length = 1; length < 300; length += 7) {
        unsigned high = rail.run(length), least = length * DUTY / WHOLE;
        check(high == least || high == least + 1, "high in %u of %u clocks", high, length);
    }
}

static void order()
{
    Rail rail;
    check(!rail.top.enable && !rail.top.settled, "on from the start");
    rail.run(WAIT);
    check(!rail.top.enable, "on before the filter has its voltage");
    rail.run(2);
    check(rail.top.enable && !rail.top.settled, "enable %d, settled %d", rail.top.enable,
          rail.top.settled);
    rail.run(WAIT - 4);
    check(!rail.top.settled, "settled too early");
    rail.run(4);
    for (unsigned i = 0; i < 8 * WAIT; ++i) {
        check(rail.top.enable && rail.top.settled, "off again after %u clocks", i);
        rail.run(1);
    }
}

int main()
{
    test("the pin is high as often as its duty says", duty);
    test("its clocks are spread evenly over any stretch", evenly);
    test("the supply goes on after the filter's time, has settled after its own, and stays so",
         order);
    return bench::done();
}
