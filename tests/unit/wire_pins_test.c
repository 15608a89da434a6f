/* The wire at the board's pins: framing both ways, and the board's violations.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "sim/wire/crc32.h"
#include "tests/unit/wire_board.h"

static const struct wire_board_fault GOOD = {0};

static void open_alone(struct wire_board *board, uint32_t mbps)
{
    wire_board_open(board, &(struct wire_config){.backend = "none", .speed_mbps = mbps});
}

static void crc_agrees_with_the_standards_check_value(void **state)
{
    (void)state;
    assert_int_equal(crc32_of((const uint8_t *)"123456789", 9), 0xCBF43926);
}

static void gives_frames_with_preamble_padding_fcs_and_gap(void **state)
{
    static const uint32_t speeds[] = {10, 100, 1000};

    (void)state;
    for (int s = 0; s < 3; s++) {
        struct wire_board board;
        wire_board_open_frames(&board, 3, speeds[s]);
        wire_board_run(&board, 1000000);
        assert_int_equal(board.count, 3);
        for (uint32_t i = 0; i < 3; i++) {
            uint8_t want[100];
            wire_board_fill(want, sizeof(want), (uint8_t)i);
            assert_true(board.frames[i].good_preamble && board.frames[i].good_fcs);
            assert_int_equal(board.frames[i].len, 100);
            assert_memory_equal(board.frames[i].bytes, want, 100);
            assert_true(board.frames[i].gap_clocks >= (speeds[s] == 1000 ? 12u : 24u));
        }
        assert_int_equal(wire_counters(board.wire)->frames_to_board, 3);
        wire_board_close(&board);
    }
}

static void keeps_the_gap_between_frames_that_wait(void **state)
{
    struct wire_board board;

    (void)state;
    wire_board_open_frames(&board, 3, 1000);
    wire_board_idle(&board, 1000); /* 8 us without a poll: all three are due at once */
    wire_poll(board.wire, board.now_ns);
    wire_board_idle(&board, 1000);
    assert_int_equal(board.count, 3);
    assert_int_equal(board.frames[1].gap_clocks, 12);
    assert_int_equal(board.frames[2].gap_clocks, 12);
    wire_board_close(&board);
}

static void tells_link_speed_and_duplex_between_frames(void **state)
{
    static const struct {
        uint32_t mbps, clock_ns;
        uint8_t status;
    } cases[] = {{10, 400, 9}, {100, 40, 11}, {1000, 8, 13}};
    struct wire_board board;

    (void)state;
    for (int i = 0; i < 3; i++) {
        open_alone(&board, cases[i].mbps);
        wire_board_idle(&board, 2);
        assert_int_equal(board.status, cases[i].status);
        assert_int_equal(board.clock_ns, cases[i].clock_ns);
        wire_set_link(board.wire, false);
        wire_board_idle(&board, 2);
        assert_int_equal(board.status, 0);
        wire_board_close(&board);
    }
}

static void takes_a_good_frame_at_every_speed(void **state)
{
    static const uint32_t speeds[] = {10, 100, 1000};
    uint8_t bytes[1514];

    (void)state;
    wire_board_fill(bytes, sizeof(bytes), 3);
    for (int i = 0; i < 3; i++) {
        struct wire_board board;
        struct wire_counters want = {.frames_from_board = 2, .bytes_from_board = 1514 + 60};
        open_alone(&board, speeds[i]);
        wire_board_send(&board, bytes, 1514, GOOD);
        wire_board_idle(&board, speeds[i] == 1000 ? 12 : 24);
        wire_board_send(&board, bytes, 60, GOOD);
        wire_board_idle(&board, 24);
        assert_memory_equal(wire_counters(board.wire), &want, sizeof(want));
        wire_board_close(&board);
    }
}

static void counts_a_gap_of_less_than_twelve_bytes(void **state)
{
    struct wire_board board;
    uint8_t bytes[60];

    (void)state;
    open_alone(&board, 1000);
    wire_board_fill(bytes, sizeof(bytes), 0);
    for (uint32_t gap = 11; gap <= 13; gap++) {
        wire_board_send(&board, bytes, sizeof(bytes), GOOD);
        wire_board_idle(&board, gap);
    }
    wire_board_send(&board, bytes, sizeof(bytes), GOOD);
    wire_board_idle(&board, 1);
    assert_int_equal(wire_counters(board.wire)->short_gap, 1);
    assert_int_equal(wire_counters(board.wire)->frames_from_board, 4);
    wire_board_close(&board);
}

/* Sends one frame with a fault between two good ones, and returns the counters. */
static struct wire_counters after_fault(size_t len, uint32_t mbps, struct wire_board_fault fault)
{
    struct wire_board board;
    struct wire_counters counters;
    uint8_t bytes[3000];

    open_alone(&board, mbps);
    wire_board_fill(bytes, sizeof(bytes), 9);
    wire_board_send(&board, bytes, 60, GOOD);
    wire_board_idle(&board, 24);
    wire_board_send(&board, bytes, len, fault);
    wire_board_idle(&board, 24);
    wire_board_send(&board, bytes, 60, GOOD);
    wire_board_idle(&board, 24);
    counters = *wire_counters(board.wire);
    wire_board_close(&board);
    assert_int_equal(counters.short_gap, 0);
    return counters;
}

static void drops_and_counts_each_violation_and_goes_on(void **state)
{
    static const uint32_t speeds[] = {100, 1000};

    (void)state;
    for (int i = 0; i < 2; i++) {
        uint32_t mbps = speeds[i];
        struct wire_counters c = after_fault(60, mbps, (struct wire_board_fault){.bad_fcs = true});
        assert_true(c.bad_fcs == 1 && c.frames_from_board == 2);
        c = after_fault(60, mbps, (struct wire_board_fault){.error_signal = true});
        assert_true(c.bad_fcs == 1 && c.frames_from_board == 2);
        c = after_fault(60, mbps, (struct wire_board_fault){.preamble_bytes = 6});
        assert_true(c.bad_preamble == 1 && c.frames_from_board == 2);
        c = after_fault(60, mbps, (struct wire_board_fault){.preamble_bytes = 8});
        assert_true(c.bad_preamble == 1 && c.frames_from_board == 2);
        c = after_fault(60, mbps, (struct wire_board_fault){.no_start = true});
        assert_true(c.bad_preamble == 1 && c.frames_from_board == 2);
        c = after_fault(59, mbps, GOOD);
        assert_true(c.runts == 1 && c.frames_from_board == 2);
        c = after_fault(1514, mbps, GOOD);
        assert_true(c.oversize == 0 && c.frames_from_board == 3);
        c = after_fault(1515, mbps, GOOD);
        assert_true(c.oversize == 1 && c.frames_from_board == 2);
        c = after_fault(3000, mbps, GOOD);
        assert_true(c.oversize == 1 && c.frames_from_board == 2);
    }
    assert_int_equal(after_fault(60, 100, (struct wire_board_fault){.odd_nibble = true}).bad_fcs,
                     1);
}

static void lets_a_vlan_tag_make_a_frame_four_bytes_longer(void **state)
{
    struct wire_board board;
    uint8_t bytes[1519];

    (void)state;
    open_alone(&board, 1000);
    wire_board_fill(bytes, sizeof(bytes), 0);
    bytes[12] = 0x81;
    bytes[13] = 0x00;
    wire_board_send(&board, bytes, 1518, GOOD);
    wire_board_idle(&board, 24);
    wire_board_send(&board, bytes, 1519, GOOD);
    wire_board_idle(&board, 24);
    assert_int_equal(wire_counters(board.wire)->frames_from_board, 1);
    assert_int_equal(wire_counters(board.wire)->oversize, 1);
    wire_board_close(&board);
}

static void is_idle_only_between_frames(void **state)
{
    struct wire_board board;
    uint8_t bytes[60];

    (void)state;
    open_alone(&board, 1000);
    assert_true(wire_idle(board.wire));
    assert_true(wire_deadline(board.wire) == UINT64_MAX);
    wire_clock(board.wire, 8, (struct rgmii){5, 5, 3});
    assert_false(wire_idle(board.wire));
    wire_clock(board.wire, 16, (struct rgmii){0, 0, 0});
    assert_true(wire_idle(board.wire));
    wire_board_idle(&board, 12);
    wire_board_fill(bytes, sizeof(bytes), 0);
    wire_board_send(&board, bytes, sizeof(bytes), GOOD);
    wire_board_idle(&board, 1);
    assert_true(wire_idle(board.wire));
    assert_true(wire_deadline(board.wire) < board.now_ns); /* the far end has a frame to take */
    wire_board_close(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_agrees_with_the_standards_check_value),
        cmocka_unit_test(gives_frames_with_preamble_padding_fcs_and_gap),
        cmocka_unit_test(keeps_the_gap_between_frames_that_wait),
        cmocka_unit_test(tells_link_speed_and_duplex_between_frames),
        cmocka_unit_test(takes_a_good_frame_at_every_speed),
        cmocka_unit_test(counts_a_gap_of_less_than_twelve_bytes),
        cmocka_unit_test(drops_and_counts_each_violation_and_goes_on),
        cmocka_unit_test(lets_a_vlan_tag_make_a_frame_four_bytes_longer),
        cmocka_unit_test(is_idle_only_between_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
