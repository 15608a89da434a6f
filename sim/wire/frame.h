/* Frames on their way through the wire: fixed buffers from a bounded pool, and first-in, first-out queues of them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SIM_WIRE_FRAME_H
#define SIM_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FRAME_HEADER_BYTES = 14,
    FRAME_MIN_BYTES = 60,   /* without FCS, as all lengths here (IEEE 802.3, 3.2.8) */
    FRAME_MAX_BYTES = 1518, /* 1,500 bytes of payload behind one VLAN tag */
    FRAME_FCS_BYTES = 4,
};

struct frame {
    struct frame *next;
    uint64_t due_ns;   /* when it leaves the queue that it is in */
    uint64_t delay_ns; /* that the wire has in store for it (impair.h) */
    bool reorder;      /* the next frame may pass it */
    uint32_t length;
    uint32_t flipped_bit; /* 0, or 1 + the bit that the wire flips behind the FCS's back */
    uint8_t bytes[FRAME_MAX_BYTES];
};

struct frame_queue {
    struct frame *first, *last;
    uint32_t count;
};

/* Every frame of a wire comes from its pool, so that the wire's memory is bounded. */
struct frame_pool {
    struct frame *free;
    uint32_t made, limit;
};

/* Returns a frame with a copy of the bytes, or NULL if the pool is exhausted or len is more than a frame holds. */
struct frame *frame_take(struct frame_pool *pool, const uint8_t *bytes, size_t len);
struct frame *frame_copy(struct frame_pool *pool, const struct frame *frame);
void frame_give(struct frame_pool *pool, struct frame *frame);
void frame_pool_free(struct frame_pool *pool);

void frame_queue_push(struct frame_queue *queue, struct frame *frame);
/* Returns NULL if the queue is empty. */
struct frame *frame_queue_pop(struct frame_queue *queue);
void frame_queue_empty(struct frame_queue *queue, struct frame_pool *pool);

#endif
