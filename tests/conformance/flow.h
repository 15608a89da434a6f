/* A conversation: what the script's numbers are on the wire, and the bytes that its ends say.
 *
 * SPDX-License-Identifier: MIT
 *
 * The peer's sequence numbers are those of the script. The stack's are counted as the script does
 * from the one in its SYN, and its timestamps are known by the numbers that the script gave them.
 */
#ifndef TESTS_CONFORMANCE_FLOW_H
#define TESTS_CONFORMANCE_FLOW_H

#include "tests/conformance/script.h"

struct flow {
    uint16_t local_port, remote_port; /* local 0: the stack has chosen none yet */
    bool began;        /* a SYN has gone by, or connect was called: a new ISN is due */
    bool known;        /* the stack's ISN is */
    uint32_t shift;    /* its number on the wire less that in the script */
    uint32_t iss, irs; /* in the script: the stack's, the peer's */
    struct stamp {
        uint32_t script, wire;
        uint64_t at_ns;
        struct stamp *next;
    } * stamps;
    struct flow *next;
};

struct flows {
    struct script *script;
    struct flow *all, *current;
    struct fragment_id {
        uint32_t script, wire;
        uint64_t sum; /* of all its fragments so far */
        struct fragment_id *next;
    } * ids;
};

/* The peer's side of a new conversation; it is the current one then. */
struct flow *flow_add(struct flows *flows, uint16_t local_port, uint16_t remote_port);
/* Which one a packet of the script belongs to: its ports say so, or it is the current one. */
struct flow *flow_of(struct flows *flows, const struct packet *packet);
/* A packet of the script for the stack, with the wire's numbers. */
void flow_to_wire(struct flows *flows, struct flow *flow, const struct packet *packet,
                  struct packet *out);
/* A packet of the stack, with the script's numbers; expected teaches those that are new. Returns what
 * is wrong with the packet, or NULL. */
const char *flow_from_wire(struct flows *flows, struct flow *flow, const struct packet *expected,
                           const struct packet *wire, struct packet *out);

/* Byte index of what the stack's programs, or the peer, say. */
uint8_t flow_byte(bool from_stack, uint32_t index);

#endif
