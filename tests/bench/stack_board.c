/* Boards in pairs, each a struct transport.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/bench/stack_board.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "driver/record.h"
#include "driver/registers.h"
#include "sim/model/verify.h"

enum {
    ENDPOINT_CONTROL = 0x00,
    ENDPOINT_OUT = 0x01,
    ENDPOINT_IN = 0x81,
    ENDPOINT_INTERRUPT = 0x82,
    SETUP_IN = 0x80,
    SHORTEST_FRAME = 60,
    LONGEST_RECORD = RECORD_HEADER_BYTES + 1520,
    CLOCK_HZ = 60000000,
    MBPS_1000 = 2,
};

static void push(struct board_queue *queue, struct transfer *transfer)
{
    if (queue->count == BOARD_QUEUE)
        stream_die("more than %d transfers in flight", BOARD_QUEUE);
    queue->transfers[(queue->first + queue->count++) % BOARD_QUEUE] = transfer;
}

static struct transfer *head(const struct board_queue *queue)
{
    return queue->count ? queue->transfers[queue->first] : NULL;
}

static struct transfer *pop(struct board_queue *queue)
{
    struct transfer *transfer = head(queue);

    queue->first = (queue->first + 1) % BOARD_QUEUE;
    queue->count--;
    return transfer;
}

/* ---- registers ---- */

static uint32_t register_read(const struct stack_board *board, uint32_t address)
{
    const uint8_t *mac = board->mac;

    switch (address) {
    case REG_ID: return REG_ID_VALUE;
    case REG_VERSION:
        return (uint32_t)REG_VERSION_MAJOR << REG_VERSION_MAJOR_SHIFT | REG_VERSION_MINOR;
    case REG_FEATURES: return board->features;
    case REG_LIMITS: return RECORD_MAX_FRAME;
    case REG_CLOCK: return CLOCK_HZ;
    case REG_STATUS:
        return REG_STATUS_LINK | REG_STATUS_FULL_DUPLEX | MBPS_1000 << REG_STATUS_SPEED_SHIFT;
    case REG_MAC_LOW: return mac[0] | mac[1] << 8 | mac[2] << 16 | (uint32_t)mac[3] << 24;
    case REG_MAC_HIGH: return mac[4] | (uint32_t)mac[5] << 8;
    default: return 0;
    }
}

/* Writes change nothing here: the adapter is always on. */
static void answer_control(const struct stack_board *board, struct transfer *transfer)
{
    const uint8_t *setup = transfer->setup;
    uint32_t value = register_read(board, setup[4] | (uint32_t)setup[5] << 8);

    for (uint32_t i = 0; i < transfer->length && (setup[0] & SETUP_IN); i++)
        transfer->data[i] = (uint8_t)(value >> 8 * i);
    transfer->actual = transfer->length;
}

/* ---- frames ---- */

static bool is_full(const struct stack_board *board, const struct transfer *transfer)
{
    return transfer->length - transfer->actual < LONGEST_RECORD ||
           (board->unbatched && transfer->actual);
}

/* Where board's next received record goes: into the transfer that has room for any. */
static struct transfer *place(struct stack_board *board)
{
    struct transfer *transfer;

    while ((transfer = head(&board->in)) && is_full(board, transfer))
        push(&board->done, pop(&board->in));
    return transfer;
}

static void receive(const struct stack_board *board, struct transfer *transfer, size_t length)
{
    uint8_t *at = transfer->data + transfer->actual, *frame = at + RECORD_HEADER_BYTES;
    struct vnet_header vnet = {.num_buffers = 1};

    if (length < SHORTEST_FRAME) {
        memset(frame + length, 0, SHORTEST_FRAME - length);
        length = SHORTEST_FRAME;
    }
    if ((board->features & REG_FEATURES_CSUM_RECEIVE) && model_verify(frame, length))
        vnet.flags = VNET_DATA_VALID;
    record_write(at, &vnet, (uint32_t)length);
    transfer->actual += (uint32_t)record_bytes(length);
}

/* Returns false if segments of the present record are left for want of room. */
static bool send_segments(struct stack_board *board)
{
    while (board->sending) {
        struct transfer *transfer = place(board->other);
        size_t length;

        if (!transfer)
            return false;
        length = segments_next(&board->segments,
                               transfer->data + transfer->actual + RECORD_HEADER_BYTES);
        board->sending = length != 0;
        if (!length)
            break;
        receive(board->other, transfer, length);
        board->frames++;
    }
    return true;
}

static void begin_record(struct stack_board *board, const struct transfer *transfer)
{
    struct record record;
    long used = record_parse(transfer->data + board->out_taken, transfer->length - board->out_taken,
                             RECORD_MAX_FRAME, &record);

    if (used < 0 || (segments_features(&record.vnet) & ~board->features) ||
        segments_begin(&board->segments, &record.vnet, record.frame, record.length))
        stream_die("a record that the board refuses");
    board->out_taken += (uint32_t)used;
    board->records++;
    board->sending = true;
}

static void send_all(struct stack_board *board)
{
    struct transfer *transfer;

    while (send_segments(board) && (transfer = head(&board->out))) {
        if (board->out_taken < transfer->length) {
            begin_record(board, transfer);
            continue;
        }
        transfer->actual = transfer->length;
        board->out_taken = 0;
        push(&board->done, pop(&board->out));
    }
}

/* ---- the transport ---- */

static int board_submit(struct transport *transport, struct transfer *transfer)
{
    struct stack_board *board = (struct stack_board *)transport;

    transfer->actual = 0;
    transfer->status = 0;
    switch (transfer->endpoint) {
    case ENDPOINT_CONTROL: push(&board->control, transfer); return 0;
    case ENDPOINT_OUT: push(&board->out, transfer); return 0;
    case ENDPOINT_IN: push(&board->in, transfer); return 0;
    case ENDPOINT_INTERRUPT: return 0; /* the link never changes */
    default: return -EINVAL;
    }
}

static void board_cancel(struct transport *transport, struct transfer *transfer)
{
    (void)transfer;
    stream_die("%s: nothing is cancelled here", transport->name);
}

static uint64_t board_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct stack_board *board = (struct stack_board *)transport;
    struct transfer *transfer;

    (void)until_ns;
    transport->now_ns = wall_ns;
    while (head(&board->control)) {
        answer_control(board, head(&board->control));
        push(&board->done, pop(&board->control));
    }
    send_all(board);
    if ((transfer = head(&board->in)) && transfer->actual)
        push(&board->done, pop(&board->in));
    while ((transfer = head(&board->done))) {
        pop(&board->done);
        meter_on(board->end);
        transfer->done(transfer);
        meter_off();
    }
    return wall_ns;
}

static uint64_t board_deadline(struct transport *transport)
{
    return transport->now_ns;
}

static int board_fds(struct transport *transport, struct pollfd *fds, int max)
{
    (void)transport;
    (void)fds;
    (void)max;
    return 0;
}

void stack_board_init(struct stack_board *board, enum stream_end end, uint32_t features,
                      struct stack_board *other)
{
    static const struct transport_ops ops = {.submit = board_submit,
                                             .cancel = board_cancel,
                                             .poll = board_poll,
                                             .deadline = board_deadline,
                                             .fds = board_fds};

    *board = (struct stack_board){
        .transport = {.ops = &ops, .speed = SPEED_HIGH, .name = "bench", .serial = "bench"},
        .other = other,
        .end = end,
        .features = features,
        .mac = {0x02, 0x46, 0x45, 0, 0, (uint8_t)(end + 1)},
    };
}
