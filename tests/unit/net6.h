/* IPv6 for unit tests on top of stack_net.h: packets to the stack and from it, byte by byte.
 *
 * SPDX-License-Identifier: MIT
 *
 * The stack takes a link-local address and, once net6_router has spoken, one of fd00:1::/64; whoever
 * answers is fe80::2 (a router) or fd00:1::2, both with NET_PEER_MAC.
 */
#ifndef TESTS_UNIT_NET6_H
#define TESTS_UNIT_NET6_H

#include "tests/unit/stack_net.h"

extern const struct address NET6_ROUTER, NET6_PEER, NET6_PREFIX, NET6_ALL_NODES;

/* What stands behind the IPv6 header; headers and checksums are right in a packet that was taken. */
struct net6_packet {
    struct address source, destination;
    uint8_t next, hop_limit, traffic_class;
    uint32_t flow;
    const uint8_t *mac, *header, *payload;
    size_t length;
    uint64_t time_ns;
};

/* A stack with IPv6 beside its static IPv4 address, past its questions; no frame is listed. */
void net6_start(struct net *net);
/* Our address of that origin (struct stack_address6), which must be there. */
struct stack_address6 net6_own(const struct net *net, unsigned origin);
bool net6_has(const struct net *net, unsigned origin);

/* Fills in lengths and, with a csum_offset other than NET_NO_CSUM, the transport's checksum over the pseudo-header
 * of next; packet->hop_limit 0 means 64. Returns the frame's length; frame has room for it. */
size_t net6_build(const struct net6_packet *packet, int csum_offset, uint8_t *frame);
void net6_in(struct net *net, const struct net6_packet *packet, int csum_offset);
/* A neighbour discovery message of type, from its body on (behind the checksum), with hop limit 255. */
void net6_discovery(struct net *net, const struct address *source,
                    const struct address *destination, uint8_t type, const void *body, size_t len);
/* The router fe80::2 tells of fd00:1::/64: lifetimes in seconds. */
void net6_router(struct net *net, uint16_t router_s, uint32_t valid_s, uint32_t preferred_s);
/* address becomes a neighbour at NET_PEER_MAC. */
void net6_meet(struct net *net, const struct address *address);

/* The next frame, which must be an IPv6 packet with a right ICMPv6, TCP or UDP checksum (a fragment's is not
 * looked at). */
bool net6_take(struct net *net, struct net6_packet *out);
/* The next one with that next header (ICMPv6: and type); frames before it are passed over. */
bool net6_find(struct net *net, uint8_t next, int type, struct net6_packet *out);

#endif
