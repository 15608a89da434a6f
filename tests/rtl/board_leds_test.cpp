// What each board's LEDs tell, pin by pin, as its page in rtl/boards has it: whatever its adapter says, in reset and after.
// SPDX-License-Identifier: MIT
#include "Vboard_leds.h"
#include "tests/rtl/clocked.h"

using bench::check;

constexpr unsigned POWER_ON = 2 << 20, RAIL = 1 << 19, MATRIX_TURN = 1 << 16, BLINK = 2 << 22;
constexpr unsigned RED = 0, GREEN = 1, BLUE = 2; // led_gate's bits

struct Boards : bench::Clocked<Vboard_leds> {
    bench::Random random;
    bool in_reset = true, active = false;

    explicit Boards(int seed) : Clocked("board_leds", seed), random((uint64_t)seed)
    {
        top.locked = top.button_n = 1;
        top.activity = 0;
        say_anything();
    }
    void run(unsigned count)
    {
        while (count-- && bench::failure.empty()) {
            settle();
            edge();
        }
    }
    void come_up()
    {
        run(POWER_ON + RAIL + 100);
        in_reset = false;
    }
    // What an adapter says may be anything, whether it belongs together or not.
    void say_anything()
    {
        uint32_t said = (uint32_t)random.next() >> 8;
        top.configured = said & 1, top.suspended = said >> 1 & 1, top.high_speed = said >> 2 & 1;
        top.link = said >> 3 & 1, top.fast = said >> 4 & 1, top.idle = said >> 5 & 1;
        settle();
    }
    void pulse()
    {
        top.activity = 1;
        run(1);
        top.activity = 0;
        run(1);
        active = true;
    }
    bool configured() const
    {
        return top.configured && !top.suspended; // "configured by a host": one that is awake
    }
    // ---- the boards' pages ----
    void led(const char *board, const char *says, bool lit, bool wanted)
    {
        check(lit == wanted, "%s: the LED '%s' is %s (%s)", board, says, lit ? "lit" : "dark",
              in_reset ? "in reset" : "running");
    }
    // Red, green, blue; low is on.
    void ecpix5()
    {
        led("ECPIX-5", "0 red: in reset", !(top.ecpix5_led0_n & 4), in_reset);
        led("ECPIX-5", "0 green: configured", !(top.ecpix5_led0_n & 2), configured());
        led("ECPIX-5", "0 blue: at high speed", !(top.ecpix5_led0_n & 1), top.high_speed);
        led("ECPIX-5", "1 red: never", !(top.ecpix5_led1_n & 4), false);
        led("ECPIX-5", "1 green: link", !(top.ecpix5_led1_n & 2), top.link);
        led("ECPIX-5", "1 blue: frames", !(top.ecpix5_led1_n & 1), active);
        led("ECPIX-5", "2: never", top.ecpix5_led2_n != 7, false);
        led("ECPIX-5", "3 red, green: never", (top.ecpix5_led3_n & 6) != 6, false);
        led("ECPIX-5", "3 blue: idle", !(top.ecpix5_led3_n & 1), top.idle);
    }
    // High is on: ULX3S and iCE40-HX8K breakout.
    void row(const char *board, unsigned leds)
    {
        led(board, "0: configured", leds & 1, configured());
        led(board, "1: link", leds & 2, top.link);
        led(board, "2: 100 Mbit/s", leds & 4, top.fast);
        led(board, "3: frames", leds & 8, active);
        led(board, "4, 5: never", leds & 0x30, false);
        led(board, "6: idle", leds & 0x40, top.idle);
        led(board, "7: in reset", leds & 0x80, in_reset);
    }
    void tinyfpga_bx()
    {
        led("TinyFPGA BX", "link, dark when frames come or go", top.tinyfpga_bx_led,
            top.link && !active);
    }
    // Low is on; red, green, blue from the highest bit.
    void kopflos(bool its_reset)
    {
        led("Kopflos", "red: in reset", !(top.kopflos_led_n & 4), its_reset);
        led("Kopflos", "green: configured", !(top.kopflos_led_n & 2), configured());
        led("Kopflos", "blue: frames", !(top.kopflos_led_n & 1), active);
    }
    // Its LEDs share three wires for the colours, so that it takes time to see them all.
    void butterstick(bool its_reset)
    {
        unsigned seen[3] = {};
        for (unsigned i = 0; i < 3 * MATRIX_TURN; i++) {
            run(1);
            for (unsigned color : {RED, GREEN, BLUE})
                if (top.butterstick_led_gate >> color & 1)
                    seen[color] |= top.butterstick_led_anode;
        }
        led("ButterStick", "0 red: in reset", seen[RED] & 1, its_reset);
        led("ButterStick", "0 green: configured", seen[GREEN] & 1, configured());
        led("ButterStick", "0 blue: at high speed", seen[BLUE] & 1, top.high_speed);
        led("ButterStick", "1 green: link", seen[GREEN] & 2, top.link);
        led("ButterStick", "1 blue: frames", seen[BLUE] & 2, active);
        led("ButterStick", "2 blue: idle", seen[BLUE] & 4, top.idle);
        bool others = seen[RED] & ~1u || seen[GREEN] & ~3u || seen[BLUE] & ~7u;
        led("ButterStick", "any other", others, false);
    }
    // All but ButterStick's, at once. kopflos_reset: it has neither a PLL nor a button.
    void look(bool kopflos_reset)
    {
        ecpix5();
        row("ULX3S", top.ulx3s_led);
        row("iCE40-HX8K breakout", top.hx8k_breakout_led);
        tinyfpga_bx();
        kopflos(kopflos_reset);
    }
    void look_often(bool kopflos_reset)
    {
        for (int i = 0; i < 300; i++) {
            say_anything();
            look(kopflos_reset);
        }
    }
};

static void tells_what_the_page_says()
{
    Boards boards(1);
    boards.run(100);
    boards.look_often(true);
    boards.come_up();
    boards.look_often(false);
    for (int i = 0; i < 8; i++) {
        boards.say_anything();
        boards.butterstick(false);
    }
    boards.pulse();
    boards.look_often(false);
    for (int i = 0; i < 8; i++) {
        boards.say_anything();
        boards.pulse();
        boards.butterstick(false);
    }
    boards.run(BLINK);
    boards.active = false;
    boards.look_often(false);
    boards.butterstick(false);
}

static void says_that_it_is_in_reset()
{
    Boards boards(2);
    boards.run(100);
    boards.butterstick(true);
    boards.come_up();
    boards.look(false);
    boards.top.locked = 0;
    boards.run(100);
    boards.in_reset = true;
    boards.look_often(false);
    boards.butterstick(true);
    boards.top.locked = 1;
    boards.run(1000); // not at once
    boards.look(false);
    boards.come_up();
    boards.look(false);
    boards.top.button_n = 0;
    boards.run(100);
    boards.led("ECPIX-5", "0 red: in reset", !(boards.top.ecpix5_led0_n & 4), true);
    boards.led("ULX3S", "7: in reset", boards.top.ulx3s_led & 0x80, true);
    boards.led("iCE40-HX8K breakout", "7: in reset", boards.top.hx8k_breakout_led & 0x80, false);
}

int main()
{
    bench::test("every board's LEDs tell what its page says, whatever its adapter says",
                tells_what_the_page_says);
    bench::test("from power-on, without its PLL's lock or with its button pressed a board says "
                "that it is in reset",
                says_that_it_is_in_reset);
    return bench::done();
}
