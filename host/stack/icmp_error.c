/* ICMP errors out: the source of a packet is told that it could not be served.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/icmp.h"
#include "host/stack/ip_input.h"
#include "host/stack/ip_internal.h"
#include "host/stack/stack_internal.h"

enum {
    QUOTE_MOST = 548, /* the whole message stays within 576 bytes */
    QUOTE6_MOST = IPV6_MIN_MTU - IPV6_HEADER_BYTES - ICMP_HEADER_BYTES,
};

/* RFC 1122, 3.2.2: never about these, or stations would answer each other for ever. */
static bool is_forbidden_v4(const struct ip_input *in)
{
    bool icmp_error = in->protocol == PROTOCOL_ICMP &&
                      (in->length < 1 ||
                       (in->payload[0] != ICMP_ECHO_REQUEST && in->payload[0] != ICMP_ECHO_REPLY));
    bool later_fragment = (get16(in->header + 6) & IP_OFFSET_MASK) != 0;

    return icmp_error || later_fragment || in->broadcast;
}

static bool is_icmpv6_error(uint8_t protocol, const uint8_t *at, size_t length)
{
    return protocol == PROTOCOL_ICMPV6 &&
           (length < 1 || at[0] < ICMPV6_ECHO_REQUEST || at[0] == ICMPV6_REDIRECT);
}

/* Also behind extension headers that are not gone over yet, one of which may be the error's cause. */
static bool leads_to_icmpv6_error(const struct ip_input *in)
{
    struct ipv6_upper upper;

    return ipv6_upper_find(&upper, in) && is_icmpv6_error(upper.protocol, upper.at, upper.left);
}

/* RFC 4443, 2.4 (e); to_group: what is told may be said of packets to a group too. */
static bool is_forbidden_v6(const struct ip_input *in, bool to_group)
{
    return (in->broadcast && !to_group) || address_is_multicast(&in->source) ||
           leads_to_icmpv6_error(in);
}

static bool is_forbidden(const struct ip_input *in, bool to_group)
{
    if (address_is_unspecified(&in->source))
        return true;
    return address_is_v4(&in->source) ? is_forbidden_v4(in) : is_forbidden_v6(in, to_group);
}

struct message {
    uint8_t type, code;
    uint32_t parameter;
    bool to_group;
};

static void send_message(struct stack *stack, const struct ip_input *in,
                         const struct message *message, uint64_t now_ns)
{
    bool v6 = !address_is_v4(&in->source);
    size_t payload_most = (size_t)(v6 ? QUOTE6_MOST : QUOTE_MOST) - in->header_length;
    size_t quoted = in->length < payload_most ? in->length : payload_most;
    char text[ADDRESS_TEXT_BYTES];
    struct packet packet = {
        .destination = in->source,
        .protocol = v6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP,
        .length = ICMP_HEADER_BYTES + in->header_length + quoted,
    };

    if (is_forbidden(in, message->to_group))
        return;
    if (!icmp_take_token(stack, now_ns)) {
        stack->counters.icmp_out_ratelimited++;
        return;
    }
    if (!in->broadcast)
        packet.source = in->destination;
    if (ip_begin(stack, &packet) < 0)
        return;
    packet.payload[0] = message->type;
    packet.payload[1] = message->code;
    put16(packet.payload + 2, 0);
    put32(packet.payload + 4, message->parameter);
    memcpy(packet.payload + ICMP_HEADER_BYTES, in->header, in->header_length + quoted);
    icmp_sum(&packet);
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, icmp_name(&in->source),
                  "told %s: type %u, code %u", address_format(&in->source, text), message->type,
                  message->code);
    stack->counters.icmp_out_msgs++;
    ip_send(stack, &packet, -1, now_ns);
}

void icmp_refuse(struct stack *stack, const struct ip_input *in, enum icmp_refusal why,
                 uint64_t now_ns)
{
    static const struct message v4[] = {
        [REFUSE_PROTOCOL] = {ICMP_UNREACHABLE, ICMP_PROTOCOL_UNREACHABLE, 0, false},
        [REFUSE_PORT] = {ICMP_UNREACHABLE, ICMP_PORT_UNREACHABLE, 0, false},
        [REFUSE_REASSEMBLY_TIME] = {ICMP_TIME_EXCEEDED, ICMP_REASSEMBLY_TIME, 0, false},
    };
    static const struct message v6[] = {
        [REFUSE_PROTOCOL] = {ICMPV6_PARAMETER, ICMPV6_UNKNOWN_HEADER, 0, false},
        [REFUSE_PORT] = {ICMPV6_UNREACHABLE, ICMPV6_PORT_UNREACHABLE, 0, false},
        [REFUSE_REASSEMBLY_TIME] = {ICMPV6_TIME_EXCEEDED, ICMP_REASSEMBLY_TIME, 0, false},
    };

    send_message(stack, in, address_is_v4(&in->source) ? &v4[why] : &v6[why], now_ns);
}

void icmpv6_problem(struct stack *stack, const struct ip_input *in, uint8_t code, size_t pointer,
                    uint64_t now_ns)
{
    const struct message message = {ICMPV6_PARAMETER, code, (uint32_t)pointer,
                                    code == ICMPV6_UNKNOWN_OPTION};

    send_message(stack, in, &message, now_ns);
}
