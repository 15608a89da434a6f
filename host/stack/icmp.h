/* ICMP: echo, and errors both ways. RFC 792, RFC 1122 (3.2.2).
 *
 * SPDX-License-Identifier: MIT
 *
 * Echo sockets are in udp.h: they share the datagram sockets.
 */
#ifndef HOST_STACK_ICMP_H
#define HOST_STACK_ICMP_H

#include "host/stack/ip.h"

enum {
    ICMP_ECHO_REPLY = 0,
    ICMP_UNREACHABLE = 3,
    ICMP_ECHO_REQUEST = 8,
    ICMP_TIME_EXCEEDED = 11,
    ICMP_PARAMETER = 12,

    ICMP_NET_UNREACHABLE = 0, /* codes of ICMP_UNREACHABLE */
    ICMP_HOST_UNREACHABLE = 1,
    ICMP_PROTOCOL_UNREACHABLE = 2,
    ICMP_PORT_UNREACHABLE = 3,
    ICMP_FRAGMENTATION_NEEDED = 4,

    ICMP_REASSEMBLY_TIME = 1, /* code of ICMP_TIME_EXCEEDED */

    ICMP_HEADER_BYTES = 8,
};

void icmp_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns);

/* Tells the source of in that it could not be served, unless RFC 1122, 3.2.2 forbids it (an error
 * about an error, a broadcast, a fragment behind the first, an impossible source) or too many were
 * sent lately. */
void icmp_send_error(struct stack *stack, const struct ip_input *in, uint8_t type, uint8_t code,
                     uint64_t now_ns);

/* Hands an error about a packet of ours to the transport that sent it. */
void icmp_deliver_error(struct stack *stack, uint8_t protocol, const struct icmp_error *error,
                        uint64_t now_ns);

#endif
