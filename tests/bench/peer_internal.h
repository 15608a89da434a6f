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
    TCP_BYTES = 20,
    TCP_AT = ETHERNET_BYTES + IPV4_BYTES,
    DATA_AT = TCP_AT + TCP_BYTES,
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
uint64_t peer_pseudo_header(uint8_t protocol, size_t len);

/* peer_say.c. Headers in front of a frame's payload, and frames to the station. */
void peer_write_ethernet(const struct peer *peer, uint8_t *frame, uint16_t type);
void peer_write_ipv4(const struct peer *peer, uint8_t *frame, uint8_t protocol, size_t payload);
void peer_say(struct peer *peer, const uint8_t *frame, size_t len, uint64_t now_ns);
/* A segment of len bytes of our data from offset at on; a SYN offers the MSS. */
void peer_say_segment(struct peer *peer, uint8_t flags, uint64_t at, size_t len, uint64_t now_ns);
void peer_say_ack(struct peer *peer, uint64_t now_ns);

#endif
