/* Address conflict detection: probing an address before use, announcing it, defending it. RFC 5227.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_CONFLICT_H
#define HOST_STACK_CONFLICT_H

#include "host/stack/arp.h"

struct conflict {
    enum { CONFLICT_IDLE, CONFLICT_PROBING, CONFLICT_ANNOUNCING, CONFLICT_DEFENDING } state;
    struct address address;
    unsigned sent;        /* probes or announcements */
    uint64_t deadline;    /* UINT64_MAX: no timer */
    uint64_t defended_ns; /* when it was last defended; 0: never */
};

enum conflict_verdict {
    CONFLICT_NOTHING,
    CONFLICT_FREE, /* nobody answered the probes: the address may be used; call conflict_announce */
    CONFLICT_TAKEN, /* while probing: somebody else has it */
    CONFLICT_LOST, /* in use: somebody else uses it a second time, give it up (RFC 5227, 2.4 (b)) */
    CONFLICT_SEEN, /* in use: somebody else uses it, it was defended */
};

void conflict_init(struct conflict *conflict);
/* Starts to probe: 3 probes 1 to 2 s apart after up to 1 s, then 2 s of silence. */
void conflict_probe(struct stack *stack, struct conflict *conflict, const struct address *address,
                    uint64_t now_ns);
/* The address is in use from now on: 2 announcements 2 s apart, then it is defended. */
void conflict_announce(struct stack *stack, struct conflict *conflict,
                       const struct address *address, uint64_t now_ns);
void conflict_stop(struct conflict *conflict);

/* An ARP packet of another station; keep: the address is never given up (RFC 5227, 2.4 (c)). */
enum conflict_verdict conflict_arp(struct stack *stack, struct conflict *conflict,
                                   const struct arp_packet *packet, bool keep, uint64_t now_ns);
enum conflict_verdict conflict_poll(struct stack *stack, struct conflict *conflict,
                                    uint64_t now_ns);

#endif
