/* Neighbours: MAC addresses learned by ARP and neighbour discovery, and packets that wait for one.
 * RFC 826, RFC 1122, RFC 4861.
 *
 * SPDX-License-Identifier: MIT
 *
 * An entry is INCOMPLETE while it is asked for (three requests, one second apart; over IPv6 as far as the routers
 * tell), REACHABLE for a minute (IPv6: what the routers tell) after its station was heard, then STALE: still used, while
 * the station is asked again by a request to it alone. An IPv6 neighbour in use is given 5 seconds to be heard first
 * (RFC 4861, 7.3.3).
 */
#ifndef HOST_STACK_NEIGHBOR_H
#define HOST_STACK_NEIGHBOR_H

#include "host/stack/stack.h"

enum { NEIGHBORS = 128, NEIGHBOR_WAITING = 64 };

struct neighbor_cache;

int neighbor_create(struct stack *stack, struct neighbor_cache **out);
void neighbor_destroy(struct neighbor_cache *cache);

/* Returns true and copies the station's address to mac, or false if it must be asked for. Packets to it must be told by
 * neighbor_use from use_ns on. */
bool neighbor_lookup(const struct stack *stack, const struct address *address, uint8_t mac[6],
                     uint64_t *use_ns);
/* address is being sent to: a stale entry is asked again. */
void neighbor_use(struct stack *stack, const struct address *address, uint64_t now_ns);

/* A packet whose neighbour is unknown is built in the place that neighbor_place returns (a whole
 * frame of the MTU; NULL if there is none), then handed over; the oldest waiting packet makes room.
 * When nobody answers, its transport is told -EHOSTUNREACH. */
uint8_t *neighbor_place(struct stack *stack);
void neighbor_wait(struct stack *stack, const struct address *address,
                   const struct vnet_header *vnet, size_t frame_len, uint64_t now_ns);

/* Somebody told its address. Only an entry that exists is changed, unless create. */
void neighbor_learn(struct stack *stack, const struct address *address, const uint8_t mac[6],
                    bool create, uint64_t now_ns);
/* Neighbour discovery told of a station; mac may be NULL where it told none. Returns whether it was believed. heard: */
enum {
    NEIGHBOR_HEARD_CREATE = 1,    /* also of one that we do not know */
    NEIGHBOR_HEARD_REACHABLE = 2, /* it answered us: it hears us too */
    NEIGHBOR_HEARD_OVERRIDE = 4,  /* also if it had another address (RFC 4861, 7.2.5) */
};
bool neighbor_hear(struct stack *stack, const struct address *address, const uint8_t *mac,
                   unsigned heard, uint64_t now_ns);
/* All of IPv4, or of both families, with what waits. */
void neighbor_forget(struct stack *stack, bool v6_too);

void neighbor_poll(struct stack *stack, uint64_t now_ns);
uint64_t neighbor_deadline(const struct stack *stack);
uint64_t
neighbor_ages(const struct stack *stack); /* when neighbor_poll has something to do; 0: unknown */
void neighbor_room(struct stack *stack, uint64_t now_ns);

#endif
