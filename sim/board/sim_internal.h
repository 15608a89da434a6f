/* The simulated board's state, shared by the files of this folder.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SIM_BOARD_SIM_INTERNAL_H
#define SIM_BOARD_SIM_INTERNAL_H

#include "sim/board/gates.h"
#include "sim/board/sim.h"

struct sim {
    struct transport transport;
    const struct gates_build *build;
    struct gates *gates;
    struct outside outside;
    struct bus bus;
    struct wire *wire;
    struct bus_device device;
    bool real_time, unplugged;
    bool idle;             /* the clocks stand still; time follows the wall clock */
    bool follows;          /* … from last_wall_ns on */
    uint64_t last_wall_ns; /* wall time up to which our time has followed */
    uint64_t (*wall_clock)(void);
    struct sim_counters counters;
};

/* clockwork.c */

/* Lets the clocks run, at most until until_ns, or until a transfer is complete or nothing goes on any more. */
void clockwork_run(struct sim *sim, uint64_t until_ns);
/* What one poll does about time: follows the wall clock, or runs for a slice. */
void clockwork_poll(struct sim *sim, uint64_t wall_ns, uint64_t until_ns);
uint64_t clockwork_deadline(struct sim *sim);
bool clockwork_jump(struct sim *sim, uint64_t until_ns);

/* start.c: lets the board see that its power has gone. */
void notice_power(struct sim *sim);
/* Resets the bus and enumerates. Returns 0, or a negative errno and a message. */
int start_board(struct sim *sim, char *error, size_t error_len);

#endif
