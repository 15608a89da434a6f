/* Two boards without USB or Verilog, joined by a wire in memory.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/unit/fake_board.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "driver/record.h"
#include "driver/registers.h"

enum { MAX_TRANSFERS = 64, QUEUE_FRAMES = 256, FRAME_BYTES = 1518 };

struct queue {
    size_t count;
    struct {
        size_t len;
        uint8_t bytes[FRAME_BYTES];
    } frames[QUEUE_FRAMES];
};

struct board {
    struct transport transport;
    struct fake_wire *wire;
    struct board *other;
    int wake;
    uint32_t registers[256];
    int64_t told_status;                     /* -1: nothing yet */
    struct transfer *waiting[MAX_TRANSFERS]; /* oldest first */
    int count;
    struct queue received;
    bool unplugged;
};

struct fake_wire {
    pthread_mutex_t lock;
    bool cut, stall;
    struct board boards[2];
};

static void board_wake(struct board *board)
{
    const uint64_t one = 1;

    if (write(board->wake, &one, sizeof one) < 0)
        abort();
}

static int board_submit(struct transport *transport, struct transfer *transfer)
{
    struct board *board = (struct board *)transport;
    int error = -ENODEV;

    pthread_mutex_lock(&board->wire->lock);
    if (!board->unplugged) {
        error = board->count < MAX_TRANSFERS ? 0 : -ENOMEM;
        transfer->actual = 0;
        if (!error)
            board->waiting[board->count++] = transfer;
    }
    pthread_mutex_unlock(&board->wire->lock);
    return error;
}

/* Takes a transfer off the list and ends it, without the lock: done may submit the next. */
static void board_end(struct board *board, int index, int status)
{
    struct transfer *transfer = board->waiting[index];

    board->count--;
    memmove(&board->waiting[index], &board->waiting[index + 1],
            (size_t)(board->count - index) * sizeof board->waiting[0]);
    transfer->status = status;
    pthread_mutex_unlock(&board->wire->lock);
    transfer->done(transfer);
    pthread_mutex_lock(&board->wire->lock);
}

static void board_cancel(struct transport *transport, struct transfer *transfer)
{
    struct board *board = (struct board *)transport;

    pthread_mutex_lock(&board->wire->lock);
    for (int i = 0; i < board->count; i++)
        if (board->waiting[i] == transfer) {
            board_end(board, i, -ECANCELED);
            break;
        }
    pthread_mutex_unlock(&board->wire->lock);
}

static void control_answer(struct board *board, struct transfer *transfer)
{
    uint32_t index = (transfer->setup[4] | (uint32_t)transfer->setup[5] << 8) / 4;

    transfer->actual = transfer->length;
    if (index >= 256 || transfer->length != 4)
        return;
    if (transfer->setup[0] == 0xC0)
        memcpy(transfer->data, &board->registers[index], 4);
    else if (index * 4 == REG_CONTROL)
        memcpy(&board->registers[index], transfer->data, 4);
}

/* A transfer's frames go over to the other board. Returns false if there is no room for them
 * yet. */
static bool out_carry(struct board *board, struct transfer *transfer)
{
    struct queue *queue = &board->other->received;
    struct record record;
    size_t at = 0;
    long len;

    if (board->wire->stall || queue->count > QUEUE_FRAMES / 2)
        return false;
    while (at < transfer->length && (len = record_parse(transfer->data + at, transfer->length - at,
                                                        FRAME_BYTES, &record)) > 0) {
        at += (size_t)len;
        if (board->wire->cut || queue->count == QUEUE_FRAMES)
            continue;
        queue->frames[queue->count].len = record.length;
        memcpy(queue->frames[queue->count++].bytes, record.frame, record.length);
    }
    transfer->actual = transfer->length;
    board_wake(board->other);
    return true;
}

static bool in_fill(struct board *board, struct transfer *transfer)
{
    struct queue *queue = &board->received;
    const struct vnet_header vnet = {.num_buffers = 1};
    size_t done = 0;

    while (done < queue->count &&
           transfer->actual + record_bytes(queue->frames[done].len) <= transfer->length) {
        size_t len = queue->frames[done].len;
        record_write(transfer->data + transfer->actual, &vnet, (uint32_t)len);
        memcpy(transfer->data + transfer->actual + RECORD_HEADER_BYTES, queue->frames[done].bytes,
               len);
        transfer->actual += (uint32_t)record_bytes(len);
        done++;
    }
    queue->count -= done;
    memmove(queue->frames, queue->frames + done, queue->count * sizeof queue->frames[0]);
    if (done)
        board_wake(board->other); /* it may have waited for room */
    return done > 0;
}

static bool interrupt_fill(struct board *board, struct transfer *transfer)
{
    uint32_t status = board->registers[REG_STATUS / 4];

    if (status == board->told_status)
        return false;
    memset(transfer->data, 0, transfer->length);
    memcpy(transfer->data, &status, 4);
    transfer->actual = transfer->length;
    board->told_status = status;
    return true;
}

static bool transfer_run(struct board *board, struct transfer *transfer)
{
    switch (transfer->endpoint) {
    case 0: control_answer(board, transfer); return true;
    case 0x01: return out_carry(board, transfer);
    case 0x81: return in_fill(board, transfer);
    default: return interrupt_fill(board, transfer);
    }
}

static uint64_t board_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct board *board = (struct board *)transport;
    uint64_t count;

    (void)until_ns;
    transport->now_ns = wall_ns;
    if (read(board->wake, &count, sizeof count) < 0 && errno != EAGAIN)
        abort();
    pthread_mutex_lock(&board->wire->lock);
    for (int i = 0; i < board->count;)
        if (board->unplugged || transfer_run(board, board->waiting[i])) {
            board_end(board, i, board->unplugged ? -ENODEV : 0);
            i = 0;
        } else {
            i++;
        }
    pthread_mutex_unlock(&board->wire->lock);
    return wall_ns;
}

/* A control transfer, or one to send that can go, is taken up at the next poll. */
static uint64_t board_deadline(struct transport *transport)
{
    struct board *board = (struct board *)transport;
    bool busy = false;

    pthread_mutex_lock(&board->wire->lock);
    for (int i = 0; i < board->count; i++)
        busy |= board->unplugged || board->waiting[i]->endpoint == 0 ||
                (board->waiting[i]->endpoint == 0x01 && !board->wire->stall &&
                 board->other->received.count <= QUEUE_FRAMES / 2);
    pthread_mutex_unlock(&board->wire->lock);
    return busy ? transport->now_ns : TIME_NEVER;
}

static int board_fds(struct transport *transport, struct pollfd *fds, int max)
{
    if (max < 1)
        return 0;
    fds[0] = (struct pollfd){((struct board *)transport)->wake, POLLIN, 0};
    return 1;
}

static void board_close(struct transport *transport)
{
    (void)transport; /* fake_wire_free does it */
}

static const struct transport_ops board_ops = {.submit = board_submit,
                                               .cancel = board_cancel,
                                               .poll = board_poll,
                                               .deadline = board_deadline,
                                               .fds = board_fds,
                                               .close = board_close};

static const uint32_t LINK_UP =
    REG_STATUS_LINK | 2u << REG_STATUS_SPEED_SHIFT | REG_STATUS_FULL_DUPLEX;

static void board_make(struct fake_wire *wire, int side)
{
    struct board *board = &wire->boards[side];

    board->transport = (struct transport){.ops = &board_ops, .speed = SPEED_HIGH};
    snprintf(board->transport.name, sizeof board->transport.name, "fake %d", side);
    board->wire = wire;
    board->other = &wire->boards[!side];
    board->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    board->registers[REG_ID / 4] = REG_ID_VALUE;
    board->registers[REG_VERSION / 4] = REG_VERSION_MAJOR << 16 | REG_VERSION_MINOR;
    board->registers[REG_LIMITS / 4] = FRAME_BYTES;
    board->registers[REG_CLOCK / 4] = 60000000;
    board->registers[REG_MAC_LOW / 4] = 0x00000002;
    board->registers[REG_MAC_HIGH / 4] = (uint32_t)(side + 1) << 8;
    board->registers[REG_STATUS / 4] = LINK_UP;
    board->told_status = -1;
}

struct fake_wire *fake_wire_make(void)
{
    struct fake_wire *wire = calloc(1, sizeof *wire);

    pthread_mutex_init(&wire->lock, NULL);
    board_make(wire, 0);
    board_make(wire, 1);
    return wire;
}

void fake_wire_free(struct fake_wire *wire)
{
    close(wire->boards[0].wake);
    close(wire->boards[1].wake);
    pthread_mutex_destroy(&wire->lock);
    free(wire);
}

struct transport *fake_wire_board(struct fake_wire *wire, int side)
{
    return &wire->boards[side].transport;
}

static void change(struct fake_wire *wire, bool *what, bool value)
{
    pthread_mutex_lock(&wire->lock);
    *what = value;
    pthread_mutex_unlock(&wire->lock);
    board_wake(&wire->boards[0]);
    board_wake(&wire->boards[1]);
}

void fake_wire_unplug(struct fake_wire *wire, int side)
{
    change(wire, &wire->boards[side].unplugged, true);
}

void fake_wire_link(struct fake_wire *wire, int side, bool up)
{
    pthread_mutex_lock(&wire->lock);
    wire->boards[side].registers[REG_STATUS / 4] = up ? LINK_UP : 0;
    pthread_mutex_unlock(&wire->lock);
    board_wake(&wire->boards[side]);
}

void fake_wire_cut(struct fake_wire *wire, bool cut)
{
    change(wire, &wire->cut, cut);
}

void fake_wire_stall(struct fake_wire *wire, bool stall)
{
    change(wire, &wire->stall, stall);
}
