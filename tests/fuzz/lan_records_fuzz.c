/* Bulk IN and interrupt IN as a hostile board fills them: the driver's record parser and its recovery.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: the frames that come out are exactly those that the bytes hold by the contract (driver/README.md), told by a
 * reading of this file's own; a driver that is closed has nothing in flight.
 */
#include <errno.h>

#include "driver/lan.h"
#include "driver/registers.h"
#include "tests/fuzz/fuzz.h"

enum { STEPS_MOST = 100, PENDING_MOST = 32, TRANSFER = 4096, HEADER = 16, MARK = 0xFE };

struct board {
    struct transport transport;
    uint32_t registers[256];
    struct transfer *pending[PENDING_MOST];
    int count;
    int control_status;
    bool unplugged;
    uint64_t frames, bytes; /* that the driver handed on */
    enum {
        IN_PLACE,
        IN_FAILED,
        IN_CLEARED
    } in; /* whether what comes begins with a record (driver/README.md, 3) */
    int gone;
};

static uint64_t clock_ns;

static uint64_t wall(void)
{
    return clock_ns += 100 * MS_NS;
}

static int board_submit(struct transport *transport, struct transfer *transfer)
{
    struct board *board = (struct board *)transport;

    if (board->unplugged)
        return -ENODEV;
    must(board->count < PENDING_MOST);
    transfer->actual = 0;
    board->pending[board->count++] = transfer;
    return 0;
}

static bool clears_in(const struct transfer *transfer)
{
    return transfer->endpoint == 0 && transfer->setup[0] == 2 && transfer->setup[1] == 1 &&
           transfer->setup[4] == 0x81;
}

static void board_end(struct board *board, int index, int status, uint32_t actual)
{
    struct transfer *transfer = board->pending[index];

    memmove(&board->pending[index], &board->pending[index + 1],
            (size_t)(--board->count - index) * sizeof board->pending[0]);
    transfer->status = status;
    transfer->actual = actual;
    if (transfer->endpoint == 0x81 && status)
        board->in = IN_FAILED;
    if (board->in == IN_FAILED && clears_in(transfer) && !status)
        board->in = IN_CLEARED;
    transfer->done(transfer);
}

static void board_cancel(struct transport *transport, struct transfer *transfer)
{
    struct board *board = (struct board *)transport;

    for (int i = 0; i < board->count; i++)
        if (board->pending[i] == transfer) {
            board_end(board, i, -ECANCELED, 0);
            return;
        }
}

static void control_answer(struct board *board, int index)
{
    struct transfer *transfer = board->pending[index];
    size_t at = (transfer->setup[4] | (size_t)transfer->setup[5] << 8) / 4 % 256;

    if (transfer->setup[0] == 0xC0 && transfer->length >= 4)
        memcpy(transfer->data, &board->registers[at], 4);
    else if (transfer->setup[0] == 0x40 && transfer->length >= 4 && at * 4 != REG_ID)
        memcpy(&board->registers[at], transfer->data, 4);
    board_end(board, index, board->control_status, board->control_status ? 0 : transfer->length);
}

static uint64_t board_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct board *board = (struct board *)transport;

    (void)until_ns;
    transport->now_ns = wall_ns;
    for (int i = 0; i < board->count; i++)
        if (board->pending[i]->endpoint == 0) {
            control_answer(board, i);
            break;
        }
    return wall_ns;
}

static uint64_t board_deadline(struct transport *transport)
{
    return transport->now_ns;
}

static int board_fds(struct transport *transport, struct pollfd *fds, int max)
{
    (void)transport, (void)fds, (void)max;
    return 0;
}

static void frame_came(void *user, const struct vnet_header *vnet, const uint8_t *frame, size_t len,
                       uint64_t now_ns)
{
    struct board *board = user;

    (void)vnet, (void)now_ns;
    must(len >= 14);
    board->frames++;
    for (size_t i = 0; i < len; i++)
        board->bytes += frame[i] + 1u;
}

static void link_changed(void *user, const struct lan_status *status, uint64_t now_ns)
{
    (void)user, (void)now_ns;
    must(status->link || !status->speed_mbps);
}

static void board_gone(void *user, int error, uint64_t now_ns)
{
    struct board *board = user;

    (void)now_ns;
    must(error < 0 && board->gone++ == 0);
}

/* What the bytes hold: frames, and their bytes' sum as frame_came makes it. */
static void count_records(const uint8_t *bytes, size_t len, uint64_t *frames, uint64_t *sum)
{
    for (size_t at = 0; len - at >= HEADER;) {
        size_t frame = bytes[at] | (size_t)bytes[at + 1] << 8 | (size_t)bytes[at + 2] << 16;
        if (bytes[at + 3] != MARK || frame < 14 || frame > 65593 || frame > len - at - HEADER)
            return;
        ++*frames;
        for (size_t i = 0; i < frame; i++)
            *sum += bytes[at + HEADER + i] + 1u;
        size_t used = HEADER + (frame + 3) / 4 * 4;
        at = used < len - at ? at + used : len;
    }
}

static int find(const struct board *board, uint8_t endpoint)
{
    for (int i = 0; i < board->count; i++)
        if (board->pending[i]->endpoint == endpoint)
            return i;
    return -1;
}

/* Records with a length that is right or nearly, and bytes between them. */
static size_t records_write(uint8_t *out, struct input *input)
{
    size_t at = 0;

    for (int records = input_8(input) % 12; records > 0 && at + HEADER <= TRANSFER; records--) {
        uint8_t how = input_8(input);
        size_t frame = how & 1 ? input_16(input) % 4100 : 14 + how / 2u;
        memset(out + at, 0, HEADER);
        out[at] = (uint8_t)frame;
        out[at + 1] = (uint8_t)(frame >> 8);
        out[at + 2] = how >= 250 ? input_8(input) : 0;
        out[at + 3] = how == 248 ? input_8(input) : MARK;
        out[at + 4] = how;
        at += HEADER;
        for (size_t i = 0; i < (frame + 3) / 4 * 4 && at < TRANSFER; i++)
            out[at++] = (uint8_t)(frame + i);
    }
    return at;
}

static void records_step(struct board *board, struct input *input)
{
    int index = find(board, 0x81);
    uint64_t frames = board->frames, sum = board->bytes;
    uint8_t how = input_8(input);
    size_t len, cut;

    if (index < 0)
        return;
    uint8_t *data = board->pending[index]->data;
    if (how & 1) {
        uint8_t *bytes = input_block(input, TRANSFER, &len);
        memcpy(data, bytes, len);
        free(bytes);
    } else {
        len = records_write(data, input);
    }
    cut = how >= 192 ? input_16(input) % (len + 1) : len;
    if (board->in == IN_PLACE)
        count_records(data, cut, &frames, &sum);
    else if (board->in == IN_CLEARED && cut < TRANSFER)
        board->in = IN_PLACE; /* for the next one */
    board_end(board, index, 0, (uint32_t)cut);
    must(board->gone || (board->frames == frames && board->bytes == sum));
}

static void interrupt_step(struct board *board, struct input *input)
{
    int index = find(board, 0x82);

    if (index < 0)
        return;
    for (int i = 0; i < 8; i++)
        board->pending[index]->data[i] = input_8(input);
    board_end(board, index, 0, input_8(input) % 9);
}

static void failure_step(struct board *board, struct input *input)
{
    static const int errors[] = {-EPIPE, -EOVERFLOW, -EPROTO, -EIO, -ENODEV, -ECANCELED, 0};
    uint8_t which = input_8(input), error = input_8(input);

    if (!board->count)
        return;
    struct transfer *transfer = board->pending[which % board->count];
    if (transfer->endpoint == 0 || transfer->endpoint == 0x81)
        board_end(board, which % board->count, errors[error % 6], 0);
    else
        board_end(board, which % board->count, errors[error % 7], 0);
}

static void send_step(struct lan *lan, struct input *input)
{
    static const struct vnet_header plain;
    size_t len = 14 + input_16(input) % 1505;
    uint8_t *place = lan_reserve(lan, len);

    if (!place)
        return;
    memset(place, 0x5a, len);
    lan_commit(lan, &plain, len - input_8(input) % 2 * (len - 14));
    if (input_8(input) & 1)
        lan_flush(lan, clock_ns);
}

static void step(struct board *board, struct lan *lan, struct input *input)
{
    switch (input_8(input) % 16) {
    case 0: interrupt_step(board, input); break;
    case 1: failure_step(board, input); break;
    case 2: board->control_status = input_8(input) % 4 ? 0 : -EPIPE; break;
    case 3:
    case 4: lan_poll(lan, clock_ns += input_8(input) * MS_NS, TIME_NEVER); break;
    case 5:
    case 6: send_step(lan, input); break;
    case 7: /* what was sent has left */
        if (find(board, 0x01) >= 0)
            board_end(board, find(board, 0x01), 0, board->pending[find(board, 0x01)]->length);
        break;
    case 8: board->unplugged = input_8(input) >= 250; break;
    default: records_step(board, input); break;
    }
    must(lan_deadline(lan) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct transport_ops ops = {.submit = board_submit,
                                             .cancel = board_cancel,
                                             .poll = board_poll,
                                             .deadline = board_deadline,
                                             .fds = board_fds};
    struct input input = {data, data + size};
    struct board board = {.transport = {.ops = &ops, .name = "fuzz"}};
    const struct lan_config config = {.mac = {2, 1, 2, 3, 4, 5},
                                      .transfer_bytes = TRANSFER,
                                      .transfer_out_bytes = TRANSFER,
                                      .transfers_in = 2,
                                      .transfers_out = 2};
    const struct lan_handler handler = {
        .frame = frame_came, .link = link_changed, .gone = board_gone, .user = &board};
    struct lan *lan;
    char error[200];

    clock_ns = S_NS;
    board.registers[REG_ID / 4] = REG_ID_VALUE;
    board.registers[REG_VERSION / 4] = REG_VERSION_MAJOR << 16 | REG_VERSION_MINOR;
    board.registers[REG_LIMITS / 4] = 1518;
    board.registers[REG_STATUS / 4] = REG_STATUS_LINK;
    must(!lan_open(&lan, &board.transport, &config, &handler, wall, error, sizeof error));
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++)
        step(&board, lan, &input);
    lan_close(lan);
    must(board.count == 0);
    return 0;
}
