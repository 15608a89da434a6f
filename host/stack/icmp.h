/* ICMP: echo, and errors both ways. RFC 792, RFC 1122 (3.2.2); ICMPv6: RFC 4443.
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
    ICMP_QUOTED_BYTES = 8, /* of the transport header, in an error, at least (RFC 792) */

    ICMPV6_UNREACHABLE = 1,
    ICMPV6_TOO_BIG = 2,
    ICMPV6_TIME_EXCEEDED = 3,
    ICMPV6_PARAMETER = 4,
    ICMPV6_ECHO_REQUEST = 128,
    ICMPV6_ECHO_REPLY = 129,
    ICMPV6_REDIRECT = 137,

    ICMPV6_ADDRESS_UNREACHABLE = 3, /* codes of ICMPV6_UNREACHABLE */
    ICMPV6_PORT_UNREACHABLE = 4,

    ICMPV6_BAD_FIELD = 0, /* codes of ICMPV6_PARAMETER */
    ICMPV6_UNKNOWN_HEADER = 1,
    ICMPV6_UNKNOWN_OPTION = 2,
    ICMPV6_CUT_CHAIN = 3, /* RFC 7112 */
};

void icmp_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns);

void icmpv6_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns);

/* Tells the source of in that it could not be served, unless RFC 1122, 3.2.2 or RFC 4443, 2.4 (e) forbids it (an
 * error about an error, a broadcast, a fragment behind the first, an impossible source) or too many were
 * sent lately. */
enum icmp_refusal { REFUSE_PROTOCOL, REFUSE_PORT, REFUSE_REASSEMBLY_TIME };
void icmp_refuse(struct stack *stack, const struct ip_input *in, enum icmp_refusal why,
                 uint64_t now_ns);
/* One more error may be told of now: there are only so many a second. */
bool icmp_take_token(struct stack *stack, uint64_t now_ns);
/* The same with a parameter problem: pointer is where in the packet (RFC 4443, 3.4). */
void icmpv6_problem(struct stack *stack, const struct ip_input *in, uint8_t code, size_t pointer,
                    uint64_t now_ns);
/* Answers the echo request in with a message of type reply. */
void icmp_answer_echo(struct stack *stack, const struct ip_input *in, uint8_t reply,
                      uint64_t now_ns);
static inline const char *icmp_name(const struct address *peer) /* in the journal */
{
    return address_is_v4(peer) ? "icmp" : "icmp6";
}
/* Fills in the checksum of a whole message, ICMP or ICMPv6. */
void icmp_sum(struct packet *packet);

/* Whether the transport of protocol may have sent the quoted packet (ip.h). */
bool icmp_is_believed(const struct stack *stack, uint8_t protocol, const struct icmp_error *error);
/* Hands an error about a packet of ours to the transport that sent it. */
void icmp_deliver_error(struct stack *stack, uint8_t protocol, const struct icmp_error *error,
                        uint64_t now_ns);

#endif
