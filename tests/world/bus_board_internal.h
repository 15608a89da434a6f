/* What the files of the board behind a bus share.
 *
 * SPDX-License-Identifier: MIT
 *
 *     bus_board.c     it is a transport, and is plugged in
 *     bus_clock.c     clocks: the device's side of the cable, and time
 *     bus_function.c  packets -> the C model
 */
#ifndef TESTS_WORLD_BUS_BOARD_INTERNAL_H
#define TESTS_WORLD_BUS_BOARD_INTERNAL_H

#include "sim/bus/bus.h"
#include "tests/world/bus_board.h"
#include "tests/world/bus_function.h"

enum { /* Function Control, as the device writes it */
       BUS_FULL_SPEED = 0x45,
       BUS_CHIRPS = 0x54,
       BUS_HIGH_SPEED = 0x40,
};

struct bus_board {
    struct transport transport;
    struct transport *model;
    struct bus bus;
    struct bus_function function;
    struct bus_device device;
    uint64_t base_ns; /* time of clock 0 */
    uint64_t model_due;
    uint64_t active_clock, changes, chirp_end;
    bool idle, unplugged, chirped;
    uint8_t reply[MAX_PACKET];
    size_t reply_len;
    uint64_t reply_at, reply_end;
    uint64_t waits_until; /* the clock up to which data or an ACK may begin */
};

static inline uint64_t bus_board_now(const struct bus_board *board)
{
    return board->base_ns + board->bus.host.clock * 50 / 3;
}

/* Its clocks stand still. */
static inline bool bus_board_rests(const struct bus_board *board)
{
    return board->idle && board->bus.port.state == PORT_ENABLED;
}

/* Lets the clocks run until until_ns, or until a transfer is complete, or nothing goes on any more (idle). */
void bus_board_run(struct bus_board *board, uint64_t until_ns);

#endif
