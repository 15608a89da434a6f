/* Who is at the wire's far end in a benchmark: a station in simulated time that answers at once and checks each byte.
 *
 * SPDX-License-Identifier: MIT
 *
 * It shares no code with the stack. It answers ARP, or neighbour solicitations if it is one of IPv6, and echo requests of IPv4, and takes one TCP connection at a time, whose data
 * it reads at once, acknowledging every second segment, and on which it sends as fast as line and window let it. The
 * data both ways is peer_byte of its offset. Sequence numbers, lengths, checksums and data of what the board sends are
 * checked; the first thing that is wrong stays in fault.
 */
#ifndef TESTS_BENCH_PEER_H
#define TESTS_BENCH_PEER_H

#include "sim/wire/backend.h"

enum {
    PEER_IP = 0x0a000202,    /* 10.0.2.2 */
    STATION_IP = 0x0a00020f, /* 10.0.2.15: the only one that it talks to */
    PEER_PORT = 9000,
    PEER_MSS = 1460,  /* over IPv4 */
    PEER_MSS6 = 1440, /* over IPv6 */
    TINY_BYTES = 60,  /* 64 with FCS */
    TINY_ETHERTYPE =
        0x88b5,         /* for local experiments (IEEE 802); a serial number follows in 4 bytes */
    TINY_LINE_NS = 672, /* with FCS, preamble and gap, at 1000 Mbit/s */
};

/* One direction of the TCP connection; first is the sequence number of its first byte of data. */
struct peer_flow {
    uint32_t first;
    uint64_t moved; /* bytes sent or received */
    uint64_t last_ns;
};

struct peer {
    struct backend base; /* struct wire_config, far_end */
    char fault[160];     /* empty while all is well */

    bool ipv6;        /* set before it connects: TCP is over PEER_IP6 and STATION_IP6 */
    uint8_t mask;     /* of the data both ways, set before it connects; PEER_RANDOM at first */
    uint64_t to_send; /* bytes of TCP data to send, set before the connection is opened */
    uint64_t to_play; /* tiny frames to send at line rate, set at any time */
    uint64_t play_ns; /* … from this time on */

    struct peer_flow in, out;
    uint64_t segments, acks; /* data segments received, ACKs sent for them */
    uint64_t tiny_heard, tiny_ns, tiny_played;

    bool connected;
    uint16_t port;    /* of the station */
    uint64_t unacked; /* of out: the offset that the station has acknowledged */
    uint32_t window;  /* that it offers */
    unsigned waiting; /* segments not acknowledged yet */
    uint64_t ack_ns;  /* when they will be at the latest */
    uint64_t line_ns; /* when the line is free for the next frame of data */
    uint8_t station_mac[6];
};

void peer_init(struct peer *peer, const uint8_t station_mac[6]);
/* A byte of the stream. With PEER_RANDOM it looks random, so that USB stuffs a bit into every 126; with PEER_UNSTUFFED
 * no six ones follow each other and none is stuffed. */
enum { PEER_RANDOM = 0xff, PEER_UNSTUFFED = 0x55 };
uint8_t peer_byte(uint8_t mask, uint64_t offset);
/* Writes tiny frame number serial. */
void peer_tiny(uint8_t frame[TINY_BYTES], const uint8_t to[6], const uint8_t from[6],
               uint32_t serial);
extern const uint8_t PEER_MAC[6], PEER_IP6[16], STATION_IP6[16]; /* fd00::2, fd00::15 */

#endif
