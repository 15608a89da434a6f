/* Datagrams from one host's socket to another's, or to a port that nobody has, and what must hold for them: each arrives as
 * it was sent, at most as often as the wire brought it, from who sent it; and who sent to nobody is told so, and nobody else.
 *
 * SPDX-License-Identifier: MIT
 *
 *     datagram.c         the programs: they send, receive and are told of errors
 *     datagram_watch.c   what the wire brought: datagrams, whole or in fragments, and ICMP errors
 *
 * A datagram begins with the flow's number and its own. Only hosts with our stack have flows. Over IPv6 a whole datagram has no
 * number in its header, so what it begins with says which it is; fragments have one, over IPv4 every packet.
 */
#ifndef TESTS_WORLD_DATAGRAM_H
#define TESTS_WORLD_DATAGRAM_H

#include "host/stack/udp.h"
#include "tests/world/host.h"

enum { DATAGRAM_FROM_PORT = 30000, DATAGRAM_TO_PORT = 31000, DATAGRAM_LEAST = 4 };
enum { DATAGRAM_MISQUOTES = 8 };
enum {
    DATAGRAM_MOST = 12000,
    DATAGRAM_UNITS = (8 + DATAGRAM_MOST + 7) / 8
}; /* of 8 bytes, as fragments count */

/* "Port unreachable" that has reached a flow's sender, and what else ICMP has said to it. */
struct datagram_refusals {
    unsigned whole, most;           /* most: with those of which only a fragment has been seen */
    unsigned told;                  /* to the program */
    unsigned too_big, told_too_big; /* the same of "packet too big" */
    uint64_t arrived_ns;
    uint16_t
        misquoted[DATAGRAM_MISQUOTES]; /* other ports, of datagrams that had changed on the way */
    unsigned misquotes;
};

struct datagram {
    uint32_t bytes;
    bool out;           /* it has left … */
    bool numbered;      /* … with a number by which the wire knows its pieces … */
    uint32_t ip_id;     /* … this one … */
    uint8_t source[16]; /* … and from there */
    unsigned delivered;
    uint8_t arrived[DATAGRAM_UNITS]; /* how often, each 8 bytes of the IP packet's data */
};

struct flow {
    struct world *world;
    const struct flow_plan *plan;
    int number;
    struct udp_socket *sender, *receiver;
    struct chance chance;
    bool found;       /* where it sends to … */
    struct target to; /* … namely there */
    unsigned sent;
    uint64_t next_ns;           /* when it sends again; TIME_NEVER: it has sent all */
    struct datagram *datagrams; /* FLOW_DATAGRAMS */
    struct datagram_refusals refusals;
};

void flow_init(struct flow *flow, struct world *world, int number);
/* Makes those sockets of all flows that host has, and gives them back. */
void flows_open(struct host *host, struct stack *stack);
void flows_close(struct host *host);
void flow_free(struct flow *flow);
/* Sends what is due from host. Returns whether anything was. */
bool flows_run(struct host *host);
uint64_t flows_deadline(const struct host *host);
bool flows_have_ended(const struct world *world);
/* At the end: objects if what host was told is not what has reached it. */
void flows_judge(struct host *host);

/* A frame of host's leaves it, or reaches it. */
void flows_sent(struct host *host, const uint8_t *frame, size_t len);
void flows_arrived(struct host *host, const uint8_t *frame, size_t len, uint64_t now_ns);
/* How often the whole of it may have arrived. */
unsigned datagram_arrivals(const struct datagram *datagram);

#endif
