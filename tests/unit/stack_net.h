/* A network for unit tests: a stack whose frames go into a list; time and chance are the test's.
 *
 * SPDX-License-Identifier: MIT
 *
 * The stack is 10.0.2.15/24; whoever answers is 10.0.2.2 with NET_PEER_MAC. Every frame in or out
 * is a heap block of its exact length, so that AddressSanitizer sees a read past its end. Checksums
 * are computed here by code of our own.
 */
#ifndef TESTS_UNIT_STACK_NET_H
#define TESTS_UNIT_STACK_NET_H

#include "host/stack/ip.h"
#include "host/stack/stack.h"

#define NET_ADDRESS 0x0a00020fu /* 10.0.2.15 */
#define NET_PEER    0x0a000202u /* 10.0.2.2, the gateway */
#define NET_MS      1000000ull
#define NET_S       1000000000ull
#define NET_NO_CSUM (-1)

struct net_frame {
    uint64_t time_ns;
    struct vnet_header vnet;
    size_t len;
    uint8_t *bytes;
};

struct net {
    struct stack *stack;
    uint64_t now_ns;
    uint64_t seed;
    bool no_room;       /* reserve returns NULL */
    uint8_t vnet_flags; /* of frames in */
    bool answer_arp;    /* requests for others are answered with NET_PEER_MAC and not listed */
    struct net_frame *frames;
    size_t count, room, taken;
    uint8_t *reserved;
    size_t reserved_len;
    uint32_t asked[64]; /* ARP requests that wait for their answer */
    size_t asked_count;
    struct journal journal;
    char text[65536]; /* all lines of the journal so far, "layer: text\n" each */
    size_t text_len;
};

extern const uint8_t NET_MAC[6], NET_PEER_MAC[6];

/* A stack with a static address, past its probes; no frame is listed; ARP is answered. */
void net_start(struct net *net);
/* In two steps: the same configuration to be changed, then a stack made from it, with link up and
 * the clock at 1 s. */
struct stack_config net_config(struct net *net);
void net_start_with(struct net *net, const struct stack_config *config);
/* … with net_config, but its address is to come from a server, and there is none. */
void net_start_without_server(struct net *net);
void net_stop(struct net *net);

/* Lets time pass; every timer runs at its own time. */
void net_run(struct net *net, uint64_t ns);
/* Hands the stack a frame, or an IPv4 packet for it from source. A csum_offset other than
 * NET_NO_CSUM says where in payload the transport's checksum is to be filled in (with the
 * pseudo-header but for ICMP). */
void net_frame_in(struct net *net, const void *bytes, size_t len);
void net_packet_in(struct net *net, uint32_t source, uint8_t protocol, const void *payload,
                   size_t len, int csum_offset);
/* The header of net_packet_in alone, for tests that spoil it: 14 + 20 bytes. Call net_header_sum
 * afterwards. */
void net_headers(uint8_t *frame, uint32_t source, uint32_t destination, uint8_t protocol,
                 size_t payload_len);
void net_header_sum(uint8_t *frame);
/* An ARP packet to us: operation 1 request, 2 reply. */
void net_arp_in(struct net *net, unsigned operation, uint32_t sender, const uint8_t *mac,
                uint32_t target);

/* The next frame that the stack has sent, or NULL. */
const struct net_frame *net_take(struct net *net);
/* The next ARP frame; others are stepped over. NULL: none. time_ns may be NULL. */
const uint8_t *net_take_arp(struct net *net, uint64_t *time_ns);
void net_forget(struct net *net); /* all frames so far */

/* The next frame, which must be an IPv4 packet with right checksums (a fragment's transport sum is
 * not looked at). */
struct net_packet {
    uint32_t source, destination;
    uint8_t protocol, ttl, tos;
    uint16_t id, fragment; /* flags and offset as on the wire */
    const uint8_t *header, *payload;
    size_t length;
    uint64_t time_ns;
};
bool net_take_packet(struct net *net, struct net_packet *out); /* false: no frame */

/* The ones' complement sum of len bytes on top of sum, folded and inverted: 0 over bytes that hold
 * a right checksum. */
uint16_t net_sum(uint32_t sum, const uint8_t *bytes, size_t len);
bool net_journal_has(const struct net *net, const char *text);

#endif
