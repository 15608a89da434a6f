/* A UDP socket of ours that hears what an IPv6 neighbour sends.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_NET6_HEARD_H
#define TESTS_UNIT_NET6_HEARD_H

#include "host/stack/udp.h"
#include "tests/unit/net6.h"

enum { HEARD_PORT = 9 };

struct heard {
    struct udp_socket *socket;
    unsigned count;
    int error;
    struct endpoint from;
    uint8_t data[70000];
    size_t len;
};

/* A stack with a socket on HEARD_PORT of all its addresses; the router has spoken and NET6_PEER is a
 * neighbour. No frame is listed. */
struct heard *heard_start(struct net *net);
void heard_stop(struct net *net, struct heard *heard);

/* A packet of NET6_PEER to our address of its prefix. */
struct net6_packet heard_from_peer(const struct net *net, uint8_t next, const void *payload,
                                   size_t length);
extern const uint8_t HEARD_DATAGRAM[12]; /* to HEARD_PORT, with "data"; its checksum is at 6 */
/* That datagram with a right checksum behind len bytes of headers, the first of type next. */
void heard_datagram_behind(struct net *net, uint8_t next, const uint8_t *headers, size_t len);
/* The code of the parameter problem that was answered, and its pointer; -1: none was. */
int heard_problem(struct net *net, uint32_t *pointer);

#endif
