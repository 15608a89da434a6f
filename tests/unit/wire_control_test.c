/* The wire's link partner and PHY: pause both ways, the cable, the registers.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/wire_board.h"

static const struct wire_board_fault GOOD = {0};

static void open_alone(struct wire_board *board, uint32_t mbps)
{
    wire_board_open(board, &(struct wire_config){.backend = "none", .speed_mbps = mbps});
}

static void send_pause(struct wire_board *board, uint16_t quanta)
{
    static const uint8_t head[] = {0x01, 0x80, 0xC2, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x88, 0x08, 0, 1};
    uint8_t bytes[60] = {0};

    memcpy(bytes, head, sizeof(head));
    bytes[16] = (uint8_t)(quanta >> 8);
    bytes[17] = (uint8_t)quanta;
    wire_board_send(board, bytes, sizeof(bytes), GOOD);
    wire_board_idle(board, 24);
}

static void starts_no_frame_while_the_board_pauses_it(void **state)
{
    struct wire_board board;
    uint64_t paused_ns;

    (void)state;
    wire_board_open_frames(&board, 2, 1000);
    send_pause(&board, 1000); /* 512 us */
    paused_ns = board.now_ns;
    wire_board_run(&board, 400000);
    assert_int_equal(board.count, 0);
    wire_board_run(&board, 600000);
    assert_int_equal(board.count, 2);
    assert_in_range(board.frames[0].start_ns, paused_ns + 511000, paused_ns + 513000);
    assert_int_equal(wire_counters(board.wire)->pause_from_board, 1);
    assert_int_equal(wire_counters(board.wire)->frames_from_board, 0);
    wire_board_close(&board);
}

static void resumes_at_a_pause_of_zero(void **state)
{
    struct wire_board board;

    (void)state;
    wire_board_open_frames(&board, 2, 1000);
    send_pause(&board, 65535);
    wire_board_run(&board, 100000);
    assert_int_equal(board.count, 0);
    send_pause(&board, 0);
    wire_board_run(&board, 200000);
    assert_int_equal(board.count, 2);
    wire_board_close(&board);
}

static void pauses_a_board_that_sends_faster_than_the_far_end_takes(void **state)
{
    struct wire_board board;
    uint8_t bytes[60];

    (void)state;
    open_alone(&board, 1000);
    wire_board_fill(bytes, sizeof(bytes), 0);
    for (int i = 0; i < 100; i++) { /* without a poll nothing is taken */
        wire_board_send(&board, bytes, sizeof(bytes), GOOD);
        wire_board_idle(&board, 12);
    }
    assert_int_equal(board.count, 1);
    assert_memory_equal(board.frames[0].bytes, "\x01\x80\xC2\0\0\1", 6);
    assert_memory_equal(board.frames[0].bytes + 12, "\x88\x08\0\1\xFF\xFF", 6);
    assert_true(board.frames[0].good_fcs && board.frames[0].len == 60);
    wire_board_run(&board, board.now_ns + 100000);
    assert_int_equal(board.count, 2);
    assert_memory_equal(board.frames[1].bytes + 12, "\x88\x08\0\1\0\0", 6);
    assert_int_equal(wire_counters(board.wire)->pause_to_board, 2);
    assert_int_equal(wire_counters(board.wire)->lost, 0);
    wire_board_close(&board);
}

static void holds_a_bounded_number_of_frames_for_a_far_end_that_never_takes_any(void **state)
{
    struct wire_board board;
    uint8_t bytes[60];

    (void)state;
    open_alone(&board, 1000);
    wire_board_fill(bytes, sizeof(bytes), 0);
    for (int i = 0; i < 300; i++) {
        wire_board_send(&board, bytes, sizeof(bytes), GOOD);
        wire_board_idle(&board, 12);
    }
    assert_int_equal(wire_counters(board.wire)->lost, 300 - 256);
    wire_board_close(&board);
}

static void carries_nothing_without_a_cable(void **state)
{
    struct wire_board board;
    uint8_t bytes[60];

    (void)state;
    wire_board_open_frames(&board, 3, 1000);
    wire_set_link(board.wire, false);
    wire_board_fill(bytes, sizeof(bytes), 0);
    wire_board_send(&board, bytes, sizeof(bytes), GOOD);
    wire_board_run(&board, 100000);
    assert_int_equal(board.count, 0);
    assert_int_equal(wire_counters(board.wire)->frames_from_board, 0);
    assert_int_equal(wire_mdio_read(board.wire, 0, 1) & 4, 0);
    wire_set_link(board.wire, true);
    assert_int_equal(wire_mdio_read(board.wire, 0, 1) & 4, 0); /* latched low until read */
    assert_int_equal(wire_mdio_read(board.wire, 0, 1) & 0x24, 0x24);
    wire_board_send(&board, bytes, sizeof(bytes), GOOD);
    wire_board_idle(&board, 12);
    assert_int_equal(wire_counters(board.wire)->frames_from_board, 1);
    wire_board_close(&board);
}

static void answers_as_a_phy_over_mdio(void **state)
{
    struct wire_board board;

    (void)state;
    open_alone(&board, 1000);
    assert_int_equal(wire_mdio_read(board.wire, 0, 2), 0x0022);
    assert_int_equal(wire_mdio_read(board.wire, 0, 10) & 0x0800, 0x0800);
    assert_int_equal(wire_mdio_read(board.wire, 5, 2), 0xFFFF);
    wire_mdio_write(board.wire, 0, 9, 0); /* no longer advertise 1000 */
    wire_mdio_write(board.wire, 0, 0, 0x1200);
    assert_int_equal(wire_clock_ns(board.wire), 40);
    wire_mdio_write(board.wire, 0, 0, 0x0100); /* forced to 10 */
    assert_int_equal(wire_clock_ns(board.wire), 400);
    wire_mdio_write(board.wire, 0, 0, 0x0800); /* power down */
    assert_int_equal(wire_mdio_read(board.wire, 0, 1) & 4, 0);
    wire_mdio_write(board.wire, 0, 0, 0x8000); /* reset */
    assert_int_equal(wire_clock_ns(board.wire), 8);
    assert_int_equal(wire_mdio_read(board.wire, 0, 0) & 0x8000, 0);
    wire_board_close(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_no_frame_while_the_board_pauses_it),
        cmocka_unit_test(resumes_at_a_pause_of_zero),
        cmocka_unit_test(pauses_a_board_that_sends_faster_than_the_far_end_takes),
        cmocka_unit_test(holds_a_bounded_number_of_frames_for_a_far_end_that_never_takes_any),
        cmocka_unit_test(carries_nothing_without_a_cable),
        cmocka_unit_test(answers_as_a_phy_over_mdio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
