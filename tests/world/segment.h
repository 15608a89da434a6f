/* Reads a frame of either family as the wire carries it, down to TCP's options, with code of the world's own: the oracles share none with
 * the stack that they judge.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_SEGMENT_H
#define TESTS_WORLD_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEGMENT_FIN = 1, SEGMENT_SYN = 2, SEGMENT_RST = 4, SEGMENT_PSH = 8, SEGMENT_ACK = 16 };
enum { SEGMENT_ECE = 64, SEGMENT_CWR = 128 };
enum { SEGMENT_SACKS = 4, SEGMENT_CE = 3 };

struct segment {
    uint32_t source, destination;          /* of IPv4 */
    const uint8_t *source6, *destination6; /* of IPv6, else NULL */
    uint16_t source_port, destination_port;
    uint32_t seq, ack;
    uint8_t flags, ecn; /* ecn: of IP, 0 to 3 */
    uint16_t window;
    const uint8_t *data;
    uint32_t length;             /* of the data */
    uint32_t ip_length, options; /* bytes of the IP packet, of TCP's options */
    uint16_t mss;                /* 0: no such option */
    int scale;                   /* -1: none */
    bool may_sack, has_time;
    uint32_t time, time_echo;
    int sacks;
    struct {
        uint32_t from, until;
    } sack[SEGMENT_SACKS];
};

enum segment_verdict {
    SEGMENT_IS_TCP,
    SEGMENT_IS_OTHER, /* not TCP over IP, or a fragment */
    SEGMENT_IS_BAD    /* of TCP over IP, but with a wrong length or sum; *why says which */
};
enum segment_verdict segment_read(const uint8_t *frame, size_t len, struct segment *out,
                                  const char **why);

uint32_t segment_word(const uint8_t *at, int bytes); /* big-endian */
void segment_store(uint8_t *at, int bytes, uint32_t value);
/* The Internet checksum of len bytes (0: they hold a right one), on top of start. */
uint16_t segment_sum(const uint8_t *at, size_t len, uint32_t start);
/* The sum of TCP's pseudo-header for a segment of so many bytes in the IPv4 packet at ip; of any protocol's in one of IPv6. */
uint32_t segment_pseudo(const uint8_t *ip, uint32_t tcp_bytes);
uint32_t segment_pseudo6(const uint8_t *ip, uint32_t protocol, uint32_t bytes);

#endif
