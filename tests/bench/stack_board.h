/* Two boards whose wires are joined, as transports: records in, segments out at the other end, at memory speed.
 *
 * SPDX-License-Identifier: MIT
 *
 * What the gates do is done by the C model's pure functions (sim/model/segment.h, verify.h). Its cost stays outside the
 * meter, which runs from the call of a transfer's done to its return: so it sees the driver and what lies above.
 */
#ifndef TESTS_BENCH_STACK_BOARD_H
#define TESTS_BENCH_STACK_BOARD_H

#include "driver/transport.h"
#include "sim/model/segment.h"
#include "tests/bench/stack_meter.h"

enum { BOARD_QUEUE = 32 }; /* transfers of one endpoint in flight */

struct board_queue {
    struct transfer *transfers[BOARD_QUEUE];
    unsigned first, count;
};

struct stack_board {
    struct transport transport;
    struct stack_board *other;
    enum stream_end end;
    uint32_t features; /* of the FEATURES register */
    bool unbatched;    /* each received record is a transfer of its own */
    uint8_t mac[6];
    struct board_queue control, out, in, done;
    uint32_t out_taken; /* bytes of the first OUT transfer that have been looked at */
    bool sending;       /* segments of its present record wait for room at the other end */
    struct segments segments;
    uint64_t records, frames; /* sent */
};

/* features: bits of the FEATURES register that it has. */
void stack_board_init(struct stack_board *board, enum stream_end end, uint32_t features,
                      struct stack_board *other);

#endif
