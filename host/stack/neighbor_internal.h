/* The neighbour cache's own structures, for neighbor*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_NEIGHBOR_INTERNAL_H
#define HOST_STACK_NEIGHBOR_INTERNAL_H

#include "host/stack/neighbor.h"

enum { NEIGHBOR_BUCKETS = 64, NO_NEIGHBOR = -1 };

struct neighbor {
    bool used;
    struct stack_neighbor entry;
    int next;          /* in its bucket */
    unsigned asked;    /* requests sent since it was last heard */
    uint64_t deadline; /* of the next request or of the end; UINT64_MAX: not asking */
};

/* A frame that waits, complete but for its destination MAC. */
struct waiting {
    bool used;
    int neighbor;   /* NO_NEIGHBOR: its neighbour has failed, the transport is being told */
    uint64_t order; /* in which they came */
    struct vnet_header vnet;
    size_t len;
    uint8_t *frame;
};

struct neighbor_cache {
    struct neighbor neighbors[NEIGHBORS];
    int buckets[NEIGHBOR_BUCKETS];
    struct waiting waiting[NEIGHBOR_WAITING];
    int place; /* the waiting packet under construction */
    uint64_t orders;
    uint64_t poll_due_ns; /* neighbor_poll has nothing to do before; 0: not known */
    uint64_t deadline;    /* the least of the neighbours', unless poll_due_ns is 0 */
    bool blocked;         /* the device had no room for a waiting packet */
    uint8_t *frames;      /* memory of the waiting packets */
};

/* neighbor_wait.c */
int waiting_create(struct stack *stack, struct neighbor_cache *cache);
/* Sends what waits for the neighbour, as far as the device has room, in order. */
void waiting_send(struct stack *stack, int neighbor, uint64_t now_ns);
/* Takes what waits for the neighbour away and tells the transports -EHOSTUNREACH. */
void waiting_fail(struct stack *stack, int neighbor, uint64_t now_ns);
void waiting_drop(struct stack *stack, int neighbor);

/* neighbor.c */
int neighbor_index(const struct neighbor_cache *cache, const struct address *address);
/* The neighbour's index, made as INCOMPLETE if it is new. */
int neighbor_make(struct stack *stack, const struct address *address, uint64_t now_ns);
void neighbor_ask(struct stack *stack, int index, uint64_t now_ns);
void neighbor_remove(struct stack *stack, int index);
/* Until when it counts as reachable. */
uint64_t neighbor_old_at(const struct stack *stack, const struct neighbor *neighbor);

#endif
