// Tests of usb_reset: times and turns between its states, from line states alone.
// SPDX-License-Identifier: MIT
#include "Vusb_reset.h"
#include "tests/rtl/usb_phy.h"

using bench::check;

constexpr int US = 60; // clocks

struct Line {
    bench::Clocked<Vusb_reset> sim{"usb_reset"};
    Vusb_reset &dut = sim.top;

    Line()
    {
        dut.rst = 1;
        run(LINE_J, 2);
        dut.rst = 0;
    }
    void run(LineState state, int clocks)
    {
        dut.line_state = state;
        for (; clocks > 0; clocks--) {
            sim.settle();
            sim.edge();
        }
        sim.settle();
    }
    // Clocks until the chirp begins or ends; at most limit.
    int until_chirp(LineState state, bool chirp, int limit)
    {
        int clocks = 0;
        for (; clocks < limit && dut.chirp != chirp; clocks++)
            run(state, 1);
        return clocks;
    }
    void hub_chirps(int count, int clocks = 50 * US)
    {
        for (int i = 0; i < count; i++)
            run(i % 2 ? LINE_J : LINE_K, clocks);
    }
    void negotiate()
    {
        until_chirp(SE0, true, 1000 * US);
        until_chirp(SE0, false, 1200 * US);
        run(SE0, 50 * US);
        hub_chirps(6);
        run(SE0, 10);
    }
    int settings()
    {
        return dut.mode << 3 | dut.terminate << 2 | dut.transceiver;
    }
};

static void negotiates_with_a_hub()
{
    Line line;
    line.run(LINE_J, 100 * US);
    check(line.settings() == 0x05, "settings %02x at full speed", line.settings());
    int wait = line.until_chirp(SE0, true, 1000 * US);
    check(wait >= 150 && wait <= 180, "the chirp began after %d clocks of SE0", wait);
    check(line.settings() == 0x14 && line.dut.bus_reset, "settings %02x in the chirp",
          line.settings());
    int chirp = line.until_chirp(LINE_K, false, 2000 * US);
    check(chirp >= 1000 * US && chirp <= 1100 * US, "our K lasted %d clocks", chirp);
    line.run(SE0, 50 * US);
    line.hub_chirps(5);
    check(line.settings() == 0x14, "high speed after five chirps");
    line.run(LINE_J, 50 * US);
    line.run(SE0, 10);
    check(line.settings() == 0x00 && line.dut.high_speed && !line.dut.bus_reset, "settings %02x",
          line.settings());
}

static void takes_no_glitch_for_a_chirp()
{
    Line line;
    line.until_chirp(SE0, true, 1000 * US);
    line.until_chirp(SE0, false, 2000 * US);
    line.hub_chirps(12, 2 * US);
    check(line.settings() == 0x14, "chirps of 2 us were taken");
    line.run(LINE_K, 100 * US);
    line.run(SE0, 100 * US);
    check(line.settings() == 0x14, "one K was taken for all");
}

static void waits_for_the_end_of_a_full_speed_reset()
{
    Line line;
    line.until_chirp(SE0, true, 1000 * US);
    line.until_chirp(SE0, false, 2000 * US);
    line.run(SE0, 990 * US);
    check(line.settings() == 0x14, "fallback too early");
    line.run(SE0, 8000 * US);
    check(line.settings() == 0x05 && line.dut.bus_reset && !line.dut.chirp, "settings %02x",
          line.settings());
    line.run(LINE_J, 10);
    check(!line.dut.bus_reset && !line.dut.high_speed, "still in reset");
}

static void tells_suspend_from_reset_at_high_speed()
{
    for (bool reset : {false, true}) {
        Line line;
        line.negotiate();
        line.run(LINE_J, 100);
        line.run(SE0, 2999 * US);
        check(line.settings() == 0x00, "silence was too short");
        line.run(SE0, 20 * US);
        check(line.settings() == 0x05 && !line.dut.suspended, "settings %02x", line.settings());
        line.run(reset ? SE0 : LINE_J, 90 * US);
        check(!line.dut.suspended && !line.dut.chirp, "looked too early");
        line.run(reset ? SE0 : LINE_J, 60 * US);
        check(line.dut.chirp == reset && line.dut.suspended == !reset &&
                  line.dut.bus_reset == reset,
              "wrong about it");
    }
}

static void wakes_on_k_and_on_nothing_shorter()
{
    for (bool high_speed : {false, true}) {
        Line line;
        if (high_speed) {
            line.negotiate();
            line.run(SE0, 3010 * US);
        }
        line.run(LINE_J, 3200 * US);
        check(line.dut.suspended && line.dut.idle && line.dut.high_speed == high_speed,
              "not suspended");
        line.run(LINE_K, 2 * US);
        line.run(LINE_J, 100 * US);
        line.run(LINE_K, 20000 * US);
        check(line.dut.suspended && line.settings() == 0x05, "resumed before the end of K");
        line.run(SE0, 3);
        check(!line.dut.suspended && line.settings() == (high_speed ? 0x00 : 0x05), "settings %02x",
              line.settings());
        check(!line.dut.bus_reset, "resume is no reset");
    }
}

static void stays_awake_while_it_hears_something()
{
    Line line;
    for (int i = 0; i < 10; i++) {
        line.run(LINE_J, 1000 * US);
        line.dut.rx_active = 1;
        line.run(LINE_J, 10);
        line.dut.rx_active = 0;
    }
    check(!line.dut.suspended, "suspended at full speed");
    line.negotiate();
    for (int i = 0; i < 10; i++) {
        line.run(SE0, 1000 * US);
        line.run(LINE_J, 10);
    }
    check(line.settings() == 0x00, "suspended at high speed");
}

static void lets_go_of_the_line_without_vbus()
{
    Line line;
    line.negotiate();
    line.dut.unplugged = 1;
    line.run(SE0, 1000 * US);
    check(line.settings() == 0x0d && line.dut.bus_reset && !line.dut.high_speed, "settings %02x",
          line.settings());
    line.dut.unplugged = 0;
    line.run(LINE_J, 10);
    check(line.settings() == 0x05 && !line.dut.bus_reset, "settings %02x", line.settings());
}

static void stays_at_high_speed_in_a_test()
{
    Line line;
    line.negotiate();
    line.dut.testing = 1;
    for (LineState state : {SE0, LINE_J, LINE_K}) {
        line.run(state, 4000 * US);
        check(line.settings() == 0x00 && line.dut.high_speed && !line.dut.suspended &&
                  !line.dut.bus_reset && !line.dut.chirp,
              "line state %d: settings %02x", state, line.settings());
    }
    line.dut.unplugged = 1;
    line.run(SE0, 100 * US);
    check(line.settings() == 0x00 && !line.dut.bus_reset, "settings %02x", line.settings());
}

int main()
{
    bench::test("negotiates_with_a_hub", negotiates_with_a_hub);
    bench::test("takes_no_glitch_for_a_chirp", takes_no_glitch_for_a_chirp);
    bench::test("waits_for_the_end_of_a_full_speed_reset", waits_for_the_end_of_a_full_speed_reset);
    bench::test("tells_suspend_from_reset_at_high_speed", tells_suspend_from_reset_at_high_speed);
    bench::test("wakes_on_k_and_on_nothing_shorter", wakes_on_k_and_on_nothing_shorter);
    bench::test("stays_awake_while_it_hears_something", stays_awake_while_it_hears_something);
    bench::test("lets_go_of_the_line_without_vbus", lets_go_of_the_line_without_vbus);
    bench::test("stays_at_high_speed_in_a_test", stays_at_high_speed_in_a_test);
    return bench::done();
}
