/* What the files of the benchmark's far end share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_BENCH_PEER_INTERNAL_H
#define TESTS_BENCH_PEER_INTERNAL_H

#include "tests/bench/peer.h"

enum {
    ETHERNET_BYTES = 14,
    IPV4_BYTES = 20,
    IPV6_BYTES = 40,
    TCP_BYTES = 20,
    FRAME_MOST = ETHERNET_BYTES + IPV4_BYTES + TCP_BYTES + PEER_MSS,
    FIN = 1,
    SYN = 2,
    RST = 4,
    ACK = 16,
};

/* Big-endian numbers. */
uint32_t peer_get(const uint8_t *at, size_t bytes);
void peer_put(uint8_t *at, size_t bytes, uint32_t value);

/* RFC 1071; 0 over bytes that hold their own good checksum. */
uint16_t peer_sum(uint64_t sum, const uint8_t *bytes, size_t len);
/* Of the family that the peer's TCP has. */
uint64_t peer_pseudo_header(const struct peer *peer, uint8_t protocol, size_t len);

/* Where TCP stands in a frame, and its largest segment. */
static inline size_t peer_tcp_at(const struct peer *peer)
{
    return ETHERNET_BYTES + (peer->ipv6 ? (size_t)IPV6_BYTES : (size_t)IPV4_BYTES);
}

static inline size_t peer_mss(const struct peer *peer)
{
    return peer->ipv6 ? PEER_MSS6 : PEER_MSS;
}

/* peer_say.c. Headers in front of a frame's payload, and frames to the station. */
void peer_write_ethernet(const struct peer *peer, uint8_t *frame, uint16_t type);
void peer_write_ip(const struct peer *peer, uint8_t *frame, uint8_t protocol, size_t payload);
void peer_say(struct peer *peer, const uint8_t *frame, size_t len, uint64_t now_ns);
/* A segment of len bytes of our data from offset at on; a SYN offers the MSS. */
void peer_say_segment(struct peer *peer, uint8_t flags, uint64_t at, size_t len, uint64_t now_ns);
void peer_say_ack(struct peer *peer, uint64_t now_ns);

#endif
