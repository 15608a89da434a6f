/* The IP layer as the transports inside the stack see it: packets out, packets in. RFC 791, 1122, 8200.
 *
 * SPDX-License-Identifier: MIT
 *
 * A packet to send is built in place: ip_begin finds route, source and neighbour and gives the
 * place where its payload goes, inside a USB transfer if the neighbour is known and in the
 * neighbour's waiting packet if it must be asked for first. ip_send writes the headers in front and
 * lets it go. Whether the board sums or we do is decided in ip_send only.
 */
#ifndef HOST_STACK_IP_H
#define HOST_STACK_IP_H

#include "host/stack/checksum.h"
#include "host/stack/stack.h"

enum {
    PROTOCOL_ICMP = 1,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_ICMPV6 = 58,
    IPV4_HEADER_BYTES = 20,
    IPV6_HEADER_BYTES = 40,
    IPV4_MIN_MTU = 68,
    IPV6_MIN_MTU = 1280
};

/* Of the IP header in front of packets to or from address. */
static inline unsigned ip_header_bytes(const struct address *address)
{
    return address_is_v4(address) ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
}

struct packet {
    struct address source, destination; /* source unspecified in ip_begin: chosen by the route */
    uint8_t protocol, ttl, tos;         /* ttl 0: 64 */
    bool dont_fragment;
    uint16_t segment_bytes; /* of a TCP super-segment: what the board cuts its data into; else 0 */
    uint8_t header_bytes;   /* of a super-segment: its TCP header, options included */
    uint8_t *payload;       /* set by ip_begin */
    size_t length;          /* of the payload; may shrink before ip_send */
};

/* Largest payload of one packet to destination without fragmenting (path MTU less the IP header); 0
 * if no route. */
size_t ip_payload_room(struct stack *stack, const struct address *destination);
/* Largest payload of one packet that a bulk sender should send to destination now. *cuts: the board
 * cuts TCP super-segments, with segment_bytes set; else no packet may be longer than
 * ip_payload_room. 0: enough waits for the board; stack_sent or stack_room is called later. */
size_t ip_bulk_room(struct stack *stack, const struct address *destination, bool *cuts);
/* Source address that the route to destination would use. Returns 0, -ENETUNREACH or -EADDRNOTAVAIL. */
int ip_source(struct stack *stack, const struct address *destination, struct address *out);

/* Returns 0; -ENETUNREACH; -EADDRNOTAVAIL; -EMSGSIZE (larger than the MTU with dont_fragment, or than 65,515);
 * -EAGAIN: no room in the device now. A packet that needs fragments is built aside and cut by
 * ip_send. */
int ip_begin(struct stack *stack, struct packet *packet);
/* Sends packet. csum_offset: where in the payload the transport's checksum goes (its field is
 * overwritten; the pseudo-header of RFC 9293, 3.1 is added), or -1 for none. udp: a sum of 0
 * becomes 0xFFFF. Returns the device's ticket (struct device, commit), 0 if it went elsewhere. */
uint64_t ip_send(struct stack *stack, struct packet *packet, int csum_offset, uint64_t now_ns);

/* What a transport gets: a whole datagram, header checked, reassembled. */
struct ip_input {
    struct address source, destination;
    uint8_t protocol, ttl, tos;
    bool broadcast;         /* destination was a broadcast or multicast address */
    bool checksum_verified; /* the board has verified the transport's sum (DATA_VALID) */
    const uint8_t *payload;
    size_t length;
    const uint8_t *header; /* IPv6's with its extension headers; payload follows it */
    size_t header_length;
    const uint8_t *sender_mac; /* of its frame; NULL: it is from ourselves, or was fragmented */
};
/* The transports' doors, called by the IP layer. */
void tcp_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns);
void udp_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns);
/* The next segment of a run (run.h): length bytes of header and data, of the run's connection, with a right checksum.
 * False: it is not what was expected; nothing was done. */
bool tcp_run_input(struct stack *stack, const uint8_t *segment, size_t length, uint64_t now_ns);
/* An ICMP error about a packet of ours: error is -ECONNREFUSED (port unreachable), -EHOSTUNREACH,
 * -ENETUNREACH, -EMSGSIZE (mtu holds the next hop's, RFC 1191), -EPROTO; payload points to the
 * first bytes (8 at least) of the transport header we sent. */
struct icmp_error {
    struct address source, destination; /* of the packet we sent */
    int error;
    bool hard;    /* RFC 1122, 4.2.3.9: protocol or port unreachable */
    uint16_t mtu; /* with -EMSGSIZE */
    uint8_t type, code;
    const uint8_t *payload;
    size_t length;
};
/* Whether the quoted packet may be under way: who has not seen our packets cannot quote one (RFC 5927, 4.1). */
bool tcp_icmp_believed(const struct stack *stack, const struct icmp_error *error);
bool udp_icmp_believed(const struct stack *stack, const struct icmp_error *error);
/* Passed over if it is not believed. */
void tcp_icmp_error(struct stack *stack, const struct icmp_error *error, uint64_t now_ns);
void udp_icmp_error(struct stack *stack, const struct icmp_error *error, uint64_t now_ns);

/* Timers and memory of each part; deadline UINT64_MAX for none. Called by stack.c. */
struct tcp;
int tcp_create(struct stack *stack, struct tcp **out, uint64_t now_ns);
void tcp_destroy(struct tcp *tcp);
void tcp_poll(struct stack *stack, uint64_t now_ns); /* timers, and sending that waited for room */
/* See stack_batch_begin. */
void tcp_batch_begin(struct stack *stack);
void tcp_batch_end(struct stack *stack, uint64_t now_ns);
/* stack->sent_ticket has moved on. */
void tcp_sent(struct stack *stack, uint64_t now_ns);
uint64_t tcp_deadline(const struct stack *stack);
/* What was known of paths has grown old: segments are as large again as link and peer take (RFC 8201, 5.3). */
void tcp_paths_widen(struct stack *stack, uint64_t now_ns);
/* Ends the connections of an address that is ours no more. */
void tcp_address_lost(struct stack *stack, const struct address *address, uint64_t now_ns);

#endif
