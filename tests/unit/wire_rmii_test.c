/* RMII at the wire: frames both ways in pairs of bits, at both speeds and any phase.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "sim/wire/rmii.h"
#include "tests/unit/wire_board.h"

enum { FRAME = 100, CLOCK_NS = 20 };

struct pins {
    struct wire_board board; /* its wire alone */
    struct rmii rmii;
    unsigned repeat;
};

static struct rmii_pins clock_pins(struct pins *pins, struct rmii_pins driven)
{
    struct wire_board *board = &pins->board;
    board->now_ns += CLOCK_NS;
    if (board->now_ns % 10000 < CLOCK_NS)
        wire_poll(board->wire, board->now_ns);
    return rmii_clock(&pins->rmii, board->wire, board->now_ns, driven);
}

static void open_pins(struct pins *pins, uint32_t mbps, int frames)
{
    wire_board_open_frames(&pins->board, frames, mbps);
    rmii_init(&pins->rmii);
    pins->repeat = 100 / mbps;
}

static void send(struct pins *pins, const uint8_t *bytes, size_t len)
{
    for (size_t pair = 0; pair < 4 * len; pair++)
        for (unsigned i = 0; i < pins->repeat; i++)
            clock_pins(pins, (struct rmii_pins){bytes[pair / 4] >> 2 * (pair % 4) & 3, true});
}

static void rest(struct pins *pins, unsigned clocks)
{
    while (clocks--)
        clock_pins(pins, (struct rmii_pins){0, false});
}

static void takes_frames_that_begin_at_any_clock(void **state)
{
    static const uint32_t speeds[] = {100, 10};
    (void)state;
    for (int s = 0; s < 2; s++) {
        struct pins pins;
        uint8_t image[8 + FRAME + 4] = {0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xD5};
        wire_board_fill(image + 8, FRAME, 9);
        uint32_t fcs = wire_board_fcs(image + 8, FRAME);
        for (int i = 0; i < 4; i++)
            image[8 + FRAME + i] = (uint8_t)(fcs >> 8 * i);
        open_pins(&pins, speeds[s], 0);
        rest(&pins, 50 * pins.repeat);
        for (unsigned phase = 0; phase < 25; phase++) {
            send(&pins, image, sizeof image);
            rest(&pins, 50 * pins.repeat + phase);
        }
        const struct wire_counters *counters = wire_counters(pins.board.wire);
        assert_int_equal(counters->frames_from_board, 25);
        assert_int_equal(counters->bad_fcs + counters->bad_preamble + counters->short_gap, 0);
        assert_true(rmii_idle(&pins.rmii));
        wire_board_close(&pins.board);
    }
}

/* Reads one frame as RMII 1.2 has it: CRS_DV early, bits from a first 01 on, its end where CRS_DV is low twice. Returns its
 * bytes behind the delimiter; low is how many first halves of nibbles came without CRS_DV. */
static size_t read_frame(struct pins *pins, uint8_t *bytes, unsigned *early, unsigned *low)
{
    uint8_t window = 0;
    unsigned pairs = 0, silent = 0;
    bool inside = false;
    struct rmii_pins got;
    *early = *low = 0;
    do {
        got = clock_pins(pins, (struct rmii_pins){0, false});
    } while (!got.valid);
    for (; silent < 2; got = clock_pins(pins, (struct rmii_pins){0, false})) {
        for (unsigned i = 1; i < pins->repeat; i++) {
            struct rmii_pins again = clock_pins(pins, (struct rmii_pins){0, false});
            assert_true(again.data == got.data && again.valid == got.valid);
        }
        silent = got.valid ? 0 : silent + 1;
        *early += !inside && got.data == 0;
        window = (uint8_t)(window >> 2 | got.data << 6);
        if (inside && silent < 2 && ++pairs % 4 == 0)
            bytes[pairs / 4 - 1] = window;
        *low += inside && silent == 1;
        inside = inside || window == 0xD5;
    }
    return pairs / 4;
}

static void gives_frames_with_an_early_and_a_toggling_crs_dv(void **state)
{
    static const uint32_t speeds[] = {100, 10};
    (void)state;
    for (int s = 0; s < 2; s++) {
        struct pins pins;
        open_pins(&pins, speeds[s], 3);
        for (uint8_t i = 0; i < 3; i++) {
            uint8_t got[FRAME + 8], want[FRAME];
            unsigned early, low;
            wire_board_fill(want, FRAME, i);
            assert_int_equal(read_frame(&pins, got, &early, &low), FRAME + 4);
            assert_memory_equal(got, want, FRAME);
            assert_int_equal(early, 2 * RMII_HELD);
            assert_int_equal(low, RMII_HELD + 1); /* … and the first of the two that end it */
        }
        wire_board_close(&pins.board);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_frames_that_begin_at_any_clock),
        cmocka_unit_test(gives_frames_with_an_early_and_a_toggling_crs_dv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
