/* A board's end of the RGMII pins for tests of the wire: sends frames nibble by nibble, well or badly, and collects
 * what comes back.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_WIRE_BOARD_H
#define TESTS_UNIT_WIRE_BOARD_H

#include "sim/wire/wire.h"

enum { WIRE_BOARD_FRAMES = 512, WIRE_BOARD_BYTES = 2048 };

struct wire_board_frame {
    uint32_t len;        /* without preamble and FCS */
    uint32_t gap_clocks; /* in front of it */
    uint64_t start_ns, end_ns;
    bool good_preamble, good_fcs;
    uint8_t bytes[WIRE_BOARD_BYTES];
};

struct wire_board {
    struct wire *wire;
    uint64_t now_ns;
    uint32_t clock_ns;
    uint8_t status; /* the last in-band status */
    uint32_t count; /* of frames received */
    struct wire_board_frame *frames;
    /* the receiver */
    bool in_frame, half;
    uint32_t taken, gap_clocks;
    uint8_t raw[WIRE_BOARD_BYTES];
};

/* How a frame is sent; all zero: properly. */
struct wire_board_fault {
    bool bad_fcs, error_signal;
    int preamble_bytes; /* in place of 7, if not 0 */
    bool no_start;      /* the start frame delimiter is missing */
    bool odd_nibble;    /* 10 and 100: half a byte too many */
};

void wire_board_open(struct wire_board *board, const struct wire_config *config);
/* Opens a wire whose far end gives so many frames, of 100 bytes each (wire_board_fill with seeds 0, 1 …), 1 us apart. */
void wire_board_open_frames(struct wire_board *board, int frames, uint32_t mbps);
void wire_board_close(struct wire_board *board);
/* Runs so many clocks without sending. */
void wire_board_idle(struct wire_board *board, uint32_t clocks);
/* Runs until the time, polling the wire every 10 us. */
void wire_board_run(struct wire_board *board, uint64_t until_ns);
/* Sends len bytes and their FCS, without padding; the gap before is the caller's. */
void wire_board_send(struct wire_board *board, const uint8_t *bytes, size_t len,
                     struct wire_board_fault fault);
/* A broadcast frame of len bytes, filled from seed. */
void wire_board_fill(uint8_t *bytes, size_t len, uint8_t seed);
/* The FCS, bit by bit, by the standard's polynomial. */
uint32_t wire_board_fcs(const uint8_t *bytes, size_t len);

#endif
