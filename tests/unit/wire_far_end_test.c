/* The wire with a far end of the caller's own.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "sim/wire/backend.h"
#include "tests/unit/wire_board.h"

enum { FRAME_BYTES = 100 };

/* Sends every frame back. */
struct mirror {
    struct backend base;
    unsigned frames, closed;
};

static bool mirror_send(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    ((struct mirror *)backend)->frames++;
    backend->port.frame(backend->port.user, bytes, len, now_ns);
    return true;
}

static void mirror_close(struct backend *backend)
{
    ((struct mirror *)backend)->closed++;
}

static const struct backend_ops mirror_ops = {.send = mirror_send, .close = mirror_close};

static void lets_the_callers_own_far_end_take_and_give_frames(void **state)
{
    struct mirror mirror = {.base.ops = &mirror_ops};
    struct wire_board board;
    uint8_t frame[FRAME_BYTES];

    (void)state;
    wire_board_open(&board, &(struct wire_config){.far_end = &mirror.base});
    wire_board_fill(frame, sizeof frame, 7);
    wire_board_send(&board, frame, sizeof frame, (struct wire_board_fault){0});
    wire_board_run(&board, board.now_ns + 100000);
    assert_int_equal(mirror.frames, 1);
    assert_int_equal(board.count, 1);
    assert_true(board.frames[0].good_fcs);
    assert_int_equal(board.frames[0].len, sizeof frame);
    assert_memory_equal(board.frames[0].bytes, frame, sizeof frame);
    assert_int_equal(mirror.closed, 0);
    wire_board_close(&board);
    assert_int_equal(mirror.closed, 1);
}

static void leaves_the_far_end_to_the_caller_when_it_cannot_open(void **state)
{
    struct mirror mirror = {.base.ops = &mirror_ops};
    const struct wire_config config = {.far_end = &mirror.base, .pcap = "/nonexistent/file"};
    struct wire *wire;
    char error[200];

    (void)state;
    assert_true(wire_open(&wire, &config, error, sizeof error) < 0);
    assert_int_equal(mirror.closed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_the_callers_own_far_end_take_and_give_frames),
        cmocka_unit_test(leaves_the_far_end_to_the_caller_when_it_cannot_open),
    };

    return cmocka_run_group_tests_name("wire_far_end", tests, NULL, NULL);
}
