/* One direction of a wire that is slow, long, or loses, swaps, doubles and spoils frames.
 *
 * SPDX-License-Identifier: MIT
 *
 * A frame meets, in this order: chance (loss, duplicate, corrupt, reorder), the rate's bounded queue, and the
 * delay. Jitter alone keeps the order; a reordered frame lets the next one pass. The chance comes from a
 * generator of this direction, which draws the same count of numbers for each frame, so that one seed gives the
 * same losses whatever else is set.
 */
#ifndef SIM_WIRE_IMPAIR_H
#define SIM_WIRE_IMPAIR_H

#include "sim/wire/frame.h"
#include "sim/wire/wire.h"

struct impair {
    struct wire_impairment config;
    struct frame_pool *pool;
    struct wire_counters *counters;
    uint64_t random;
    uint64_t rate_free_ns;    /* when the slow line has sent what it holds */
    uint64_t last_due_ns;     /* of the last frame on the delay line */
    struct frame_queue queue; /* waits for the slow line; due_ns: sent */
    struct frame_queue line;  /* on its way; due_ns: arrives */
    struct frame *held;       /* to be overtaken; due_ns: it waits no longer */
};

enum wire_direction { FROM_BOARD, TO_BOARD };

void impair_init(struct impair *impair, const struct wire_impairment *config,
                 enum wire_direction direction, struct frame_pool *pool,
                 struct wire_counters *counters);
/* Takes the frame over. */
void impair_push(struct impair *impair, struct frame *frame, uint64_t now_ns);
/* The next frame that has arrived, or NULL. */
struct frame *impair_pop(struct impair *impair, uint64_t now_ns);
/* When impair_pop may have one; TIME_NEVER if none is on its way. */
uint64_t impair_deadline(const struct impair *impair);
/* Gives all frames back to the pool. */
void impair_empty(struct impair *impair);

#endif
