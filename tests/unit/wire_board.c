/* A board's end of the RGMII pins for tests of the wire.
 *
 * SPDX-License-Identifier: MIT
 *
 * It shares no code with the wire: its CRC goes bit by bit, its framing is written from the standard.
 */
#include "tests/unit/wire_board.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

uint32_t wire_board_fcs(const uint8_t *bytes, size_t len)
{
    uint32_t crc = 0xFFFFFFFF;

    for (size_t i = 0; i < len * 8; i++) {
        uint32_t bit = (bytes[i / 8] >> (i % 8) & 1) ^ (crc & 1);
        crc = crc >> 1 ^ (bit ? 0xEDB88320 : 0);
    }
    return ~crc;
}

void wire_board_fill(uint8_t *bytes, size_t len, uint8_t seed)
{
    memset(bytes, 0xFF, 6);
    for (size_t i = 6; i < len; i++)
        bytes[i] = (uint8_t)(i * 7 + seed);
    bytes[12] = 0x88;
    bytes[13] = 0xB5; /* IEEE's EtherType for experiments */
}

void wire_board_open(struct wire_board *board, const struct wire_config *config)
{
    char error[256] = "";

    memset(board, 0, sizeof(*board));
    board->now_ns = config->start_ns;
    board->frames = calloc(WIRE_BOARD_FRAMES, sizeof(*board->frames));
    if (wire_open(&board->wire, config, error, sizeof(error)))
        fail_msg("%s", error);
    board->clock_ns = wire_clock_ns(board->wire);
}

/* A far end that gives the frames of a record; each is 100 bytes and comes 1 us after the one before. */
static void record_make(char *path, int frames)
{
    FILE *file;
    int fd;

    strcpy(path, "/tmp/wire_board_XXXXXX");
    fd = mkstemp(path);
    file = fdopen(fd, "w");
    fprintf(file, "# ferrite wire record 1\n");
    for (int i = 0; i < frames; i++) {
        uint8_t bytes[100];
        wire_board_fill(bytes, sizeof(bytes), (uint8_t)i);
        fprintf(file, "%d < ", (i + 1) * 1000);
        for (size_t k = 0; k < sizeof(bytes); k++)
            fprintf(file, "%02x", bytes[k]);
        fprintf(file, "\n");
    }
    fclose(file);
}

void wire_board_open_frames(struct wire_board *board, int frames, uint32_t mbps)
{
    char path[64], backend[80];

    record_make(path, frames);
    snprintf(backend, sizeof(backend), "replay:%s", path);
    wire_board_open(board, &(struct wire_config){.backend = backend, .speed_mbps = mbps});
    unlink(path);
}

void wire_board_close(struct wire_board *board)
{
    wire_close(board->wire);
    free(board->frames);
}

static void board_take_byte(struct wire_board *board, uint8_t byte)
{
    assert_true(board->taken < sizeof(board->raw));
    board->raw[board->taken++] = byte;
}

static void board_frame_begin(struct wire_board *board)
{
    assert_true(board->count < WIRE_BOARD_FRAMES);
    board->frames[board->count].start_ns = board->now_ns;
    board->frames[board->count].gap_clocks = board->gap_clocks;
    board->in_frame = true;
    board->half = false;
    board->taken = 0;
}

static void board_frame_end(struct wire_board *board)
{
    static const uint8_t preamble[8] = {0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xD5};
    struct wire_board_frame *frame = &board->frames[board->count++];
    uint32_t fcs;

    assert_true(board->taken > 12);
    frame->end_ns = board->now_ns;
    frame->good_preamble = !memcmp(board->raw, preamble, 8);
    frame->len = board->taken - 12;
    memcpy(frame->bytes, board->raw + 8, frame->len);
    fcs = wire_board_fcs(frame->bytes, frame->len);
    frame->good_fcs = true;
    for (uint32_t i = 0; i < 4; i++)
        frame->good_fcs &= board->raw[board->taken - 4 + i] == (uint8_t)(fcs >> 8 * i);
    board->in_frame = false;
    board->gap_clocks = 1;
}

static void board_clock(struct wire_board *board, struct rgmii tx)
{
    struct rgmii rx = wire_clock(board->wire, board->now_ns, tx);

    board->now_ns += board->clock_ns;
    if (rx.ctl == 0) {
        board->status = rx.rise;
        if (board->in_frame)
            board_frame_end(board);
        else
            board->gap_clocks++;
        return;
    }
    assert_int_equal(rx.ctl, 3);
    if (!board->in_frame)
        board_frame_begin(board);
    if (board->clock_ns == 8) {
        board_take_byte(board, (uint8_t)(rx.rise | rx.fall << 4));
        return;
    }
    assert_int_equal(rx.rise, rx.fall);
    if (board->half)
        board->raw[board->taken - 1] |= (uint8_t)(rx.rise << 4);
    else
        board_take_byte(board, rx.rise);
    board->half = !board->half;
}

void wire_board_idle(struct wire_board *board, uint32_t clocks)
{
    while (clocks--)
        board_clock(board, (struct rgmii){0});
}

void wire_board_run(struct wire_board *board, uint64_t until_ns)
{
    while (board->now_ns < until_ns) {
        wire_poll(board->wire, board->now_ns);
        if (wire_idle(board->wire) && wire_deadline(board->wire) > board->now_ns + 20000) {
            uint64_t next = wire_deadline(board->wire);
            board->now_ns = next < until_ns ? next - 10000 : until_ns;
        }
        wire_board_idle(board, 10000 / board->clock_ns);
    }
}

static void board_send_byte(struct wire_board *board, uint8_t byte, uint8_t ctl)
{
    if (board->clock_ns == 8) {
        board_clock(board, (struct rgmii){byte & 15, byte >> 4, ctl});
        return;
    }
    board_clock(board, (struct rgmii){byte & 15, byte & 15, ctl});
    board_clock(board, (struct rgmii){byte >> 4, byte >> 4, ctl});
}

void wire_board_send(struct wire_board *board, const uint8_t *bytes, size_t len,
                     struct wire_board_fault fault)
{
    uint32_t fcs = wire_board_fcs(bytes, len) ^ (fault.bad_fcs ? 0x100 : 0);

    for (int i = fault.preamble_bytes ? fault.preamble_bytes : 7; i > 0; i--)
        board_send_byte(board, 0x55, 3);
    if (!fault.no_start)
        board_send_byte(board, 0xD5, 3);
    for (size_t i = 0; i < len; i++)
        board_send_byte(board, bytes[i], fault.error_signal && i == 20 ? 1 : 3);
    for (int i = 0; i < 4; i++)
        board_send_byte(board, (uint8_t)(fcs >> 8 * i), 3);
    if (fault.odd_nibble)
        board_clock(board, (struct rgmii){0, 0, 3});
}
