/* Tests the C model behind the bus model: what it makes of packets whose tokens or answers the cable loses.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "driver/record.h"
#include "driver/registers.h"
#include "sim/bus/bus.h"
#include "sim/wire/backend.h"
#include "tests/world/bus_board.h"

enum { FRAME_BYTES = 600 };

static struct {
    struct backend backend;
    struct cable cable;
    bool armed;  /* the next OUT of endpoint 0 loses its data, and then the next token is lost */
    int lost;    /* packets so far */
    int to_lose; /* of the next packets */
    unsigned frames;
    uint8_t frame[FRAME_BYTES]; /* the last */
} rig;

/* ---- the wire ---- */

static bool take_frame(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    (void)backend, (void)now_ns;
    rig.frames++;
    memcpy(rig.frame, bytes, len < FRAME_BYTES ? len : FRAME_BYTES);
    return true;
}

static const struct backend_ops wire_ops = {.send = take_frame};

/* ---- the cable ---- */

static bool is_out_of_endpoint_0(const uint8_t *packet, size_t len)
{
    return len == TOKEN_BYTES && packet_pid(packet, len) == PID_OUT &&
           !((packet[1] | packet[2] << 8) >> 7 & 15);
}

static bool lose_two(struct cable *cable, uint8_t *packet, size_t *len)
{
    bool lost = rig.to_lose > 0;

    (void)cable;
    if (lost) {
        rig.to_lose--;
        rig.lost++;
    } else if (rig.armed && is_out_of_endpoint_0(packet, *len)) {
        rig.armed = false;
        rig.to_lose = 2;
    }
    return !lost;
}

static bool lose_none(struct cable *cable, enum pid token, uint8_t *packet, size_t *len)
{
    (void)cable, (void)token, (void)packet, (void)len;
    return true;
}

static uint32_t is_never_late(struct cable *cable)
{
    (void)cable;
    return 0;
}

/* ---- the board ---- */

static struct transport *open_board(bool full_speed)
{
    struct bus_board_config config = {.wire.far_end = &rig.backend, .full_speed = full_speed};
    struct transport *board;
    char error[200];

    memset(&rig, 0, sizeof rig);
    rig.backend.ops = &wire_ops;
    rig.cable = (struct cable){lose_two, lose_none, is_never_late};
    assert_int_equal(bus_board_open(&board, &config, error, sizeof error), 0);
    bus_board_bus(board)->host.cable = &rig.cable;
    return board;
}

static void has_come(struct transfer *transfer)
{
    *(bool *)transfer->user = true;
}

/* Until done, if that is not NULL, or for 100 ms. */
static void run(struct transport *board, const bool *done)
{
    uint64_t limit = board->now_ns + 100000000;

    while (!(done && *done) && board->now_ns < limit) {
        board->ops->jump(board, limit);
        board->ops->poll(board, 0, limit);
    }
    assert_true(!done || *done);
}

static void begin_to_enable(struct transport *board, struct transfer *transfer, bool *done)
{
    static uint8_t value[4] = {REG_CONTROL_ENABLE};
    static const uint8_t setup[8] = {0x40, 1, 0, 0, REG_CONTROL, 0, 4, 0};

    *transfer = (struct transfer){.data = value, .length = 4, .done = has_come, .user = done};
    memcpy(transfer->setup, setup, sizeof setup);
    assert_int_equal(board->ops->submit(board, transfer), 0);
}

/* A request's data and the next token are lost: the data behind that are not the request's, and may not be acknowledged. */
static void takes_no_data_whose_token_was_lost(void **state)
{
    (void)state;
    for (int full_speed = 0; full_speed < 2; full_speed++) {
        struct transport *board = open_board(full_speed);
        uint8_t record[RECORD_HEADER_BYTES + FRAME_BYTES];
        struct transfer request, out = {.endpoint = 0x01, .data = record, .zero_packet = true};
        bool enabled = false, sent = false;

        begin_to_enable(board, &request, &enabled);
        run(board, &enabled);
        record_write(record, &(struct vnet_header){0}, FRAME_BYTES);
        for (size_t i = RECORD_HEADER_BYTES; i < sizeof record; i++)
            record[i] = (uint8_t)(i * 7);
        out.length = sizeof record;
        out.done = has_come;
        out.user = &sent;
        enabled = false;
        rig.armed = true;
        begin_to_enable(board, &request, &enabled);
        assert_int_equal(board->ops->submit(board, &out), 0);
        run(board, &sent);
        run(board, &enabled);
        assert_int_equal(rig.lost, 2);
        run(board, NULL);
        assert_int_equal(rig.frames, 1);
        assert_memory_equal(rig.frame, record + RECORD_HEADER_BYTES, FRAME_BYTES);
        board->ops->close(board);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_no_data_whose_token_was_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
