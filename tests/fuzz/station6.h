/* IPv6 for a stack that is fuzzed: fd00:1::15/64 behind a router, fe80::2, with a peer, fd00:1::2.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_FUZZ_STATION6_H
#define TESTS_FUZZ_STATION6_H

#include "tests/fuzz/station.h"

enum { STATION6_IP = 40, STATION6_HEADERS = 54 };
extern const struct address STATION6_ADDRESS, STATION6_LINK_PEER, STATION6_PEER, STATION6_ALL_NODES;

/* What stands behind the IPv6 header; sums says where the transport's checksum goes, -1: nowhere. */
struct station6_packet {
    struct address source, destination;
    uint8_t next, hop_limit;
    const uint8_t *payload;
    size_t len;
    int sums;
};

/* station_config with IPv6 beside IPv4. */
struct stack_config station6_config(struct station *station);
/* Hands the packet in, from PEER_MAC. */
void station6_packet(struct station *station, const struct station6_packet *packet);
/* A router that leads everywhere, and the peer, say their MAC addresses. */
void station6_meet(struct station *station);
/* Our address that routers' links see: fe80::/64. */
struct address station6_link_local(const struct station *station);

#endif
