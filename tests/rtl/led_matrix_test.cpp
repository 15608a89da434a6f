// Tests LEDs that share a wire for each colour: each shows its colours, as long as any other, and no colour of another.
// SPDX-License-Identifier: MIT
#include "Vled_matrix.h"
#include "tests/rtl/clocked.h"

using bench::check;
using bench::test;

constexpr unsigned TURN = 16, COUNT = 7; // 2^BITS clocks

static void shows()
{
    bench::Clocked<Vled_matrix> leds("led_matrix");
    bench::Random random(1);
    for (int round = 0; round < 50; ++round) {
        unsigned wanted[3], lit[3][COUNT] = {};
        for (unsigned &color : wanted)
            color = random.below(1 << COUNT);
        leds.top.red = wanted[0], leds.top.green = wanted[1], leds.top.blue = wanted[2];
        for (unsigned i = 0; i < 3 * TURN + 1; ++i) {
            leds.settle();
            leds.edge();
            unsigned gates = leds.top.gates, anodes = leds.top.anodes;
            check(gates == 0 || gates == 1 || gates == 2 || gates == 4, "gates %u", gates);
            check(gates || !anodes, "an anode is high without a colour");
            for (unsigned led = 0; i && led < COUNT; ++led)
                for (unsigned color = 0; color < 3; ++color)
                    lit[color][led] += (gates >> color & 1) && (anodes >> led & 1);
        }
        for (unsigned led = 0; led < COUNT; ++led)
            for (unsigned color = 0; color < 3; ++color) {
                unsigned clocks = wanted[color] >> led & 1 ? TURN * 3 / 4 : 0;
                check(lit[color][led] == clocks, "LED %u, colour %u: lit for %u clocks, not %u",
                      led, color, lit[color][led], clocks);
            }
    }
}

static void pauses()
{
    bench::Clocked<Vled_matrix> leds("led_matrix");
    unsigned last = 0, dark = 0, changes = 0;
    leds.top.red = leds.top.green = leds.top.blue = 0x7F;
    for (unsigned i = 0; i < 20 * TURN; ++i) {
        leds.settle();
        leds.edge();
        unsigned gates = leds.top.gates;
        if (gates && gates != last) {
            check(dark >= TURN / 4, "dark for %u clocks between two colours", dark);
            last = gates, ++changes;
        }
        dark = gates ? 0 : dark + 1;
    }
    check(changes >= 18, "%u changes of colour", changes);
}

int main()
{
    test("every LED shows its colours and no other's, each as long", shows);
    test("between two colours all are dark", pauses);
    return bench::done();
}
