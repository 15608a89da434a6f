/* Extension headers: gone over, few and short, before the transport's. RFC 8200, 4.
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing that they may ask for concerns the last station of a packet's way, so what is known is stepped
 * over; what is not known says itself what is to be done about it (4.2).
 */
#include "host/stack/bytes.h"
#include "host/stack/icmp.h"
#include "host/stack/ip_input.h"
#include "host/stack/ip_internal.h"
#include "host/stack/stack_internal.h"
#include "host/stack/tcp_segment.h"
#include "host/stack/udp_internal.h"

enum {
    HOP_BY_HOP = 0,
    ROUTING = 43,
    NO_NEXT_HEADER = 59,
    DESTINATION_OPTIONS = 60,
    HEADERS_MOST = 8,

    OPTION_PAD1 = 0,
    OPTION_PADN = 1,
    OPTION_ROUTER_ALERT = 5,
};

static enum ipv6_verdict refuse(struct stack *stack, const struct ipv6_walk *walk, uint8_t code,
                                size_t pointer, uint64_t now_ns)
{
    stack->counters.ip_in_hdr_errors++;
    icmpv6_problem(stack, walk->in, code, pointer, now_ns);
    return IPV6_DROP;
}

static enum ipv6_verdict drop(struct stack *stack)
{
    stack->counters.ip_in_hdr_errors++;
    return IPV6_DROP;
}

/* An option that we do not know: its two highest bits rule (4.2). */
static enum ipv6_verdict unknown_option(struct stack *stack, const struct ipv6_walk *walk,
                                        size_t at, uint64_t now_ns)
{
    switch (walk->in->payload[at] >> 6) {
    case 0: return IPV6_TRANSPORT;
    case 1: return drop(stack);
    case 2: break;
    default:
        if (walk->in->broadcast)
            return drop(stack);
    }
    return refuse(stack, walk, ICMPV6_UNKNOWN_OPTION, walk->in->header_length + at, now_ns);
}

/* Of a header of length bytes at in->payload. */
static enum ipv6_verdict read_options(struct stack *stack, const struct ipv6_walk *walk,
                                      size_t length, uint64_t now_ns)
{
    const uint8_t *h = walk->in->payload;

    for (size_t at = 2; at < length;) {
        enum ipv6_verdict verdict = IPV6_TRANSPORT;

        if (h[at] == OPTION_PAD1) {
            at++;
            continue;
        }
        if (length - at < 2 || length - at - 2 < h[at + 1])
            return refuse(stack, walk, ICMPV6_BAD_FIELD, walk->in->header_length + at, now_ns);
        if (h[at] != OPTION_PADN && h[at] != OPTION_ROUTER_ALERT)
            verdict = unknown_option(stack, walk, at, now_ns);
        if (verdict != IPV6_TRANSPORT)
            return verdict;
        at += 2u + h[at + 1];
    }
    return IPV6_TRANSPORT;
}

/* A routing header that has led the packet here says nothing more; one that would lead it on is not
 * followed (4.4, RFC 5095). */
static enum ipv6_verdict read_routing(struct stack *stack, const struct ipv6_walk *walk,
                                      uint64_t now_ns)
{
    if (walk->in->payload[3] == 0)
        return IPV6_TRANSPORT;
    return refuse(stack, walk, ICMPV6_BAD_FIELD, walk->in->header_length + 2, now_ns);
}

static bool is_extension(uint8_t protocol)
{
    return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == DESTINATION_OPTIONS ||
           protocol == IPV6_FRAGMENT;
}

/* One header; IPV6_TRANSPORT: it was stepped over. */
static enum ipv6_verdict step(struct stack *stack, struct ipv6_walk *walk, uint64_t now_ns)
{
    struct ip_input *in = walk->in;
    size_t length = in->length >= 8 ? 8u + 8u * in->payload[1] : 0;
    enum ipv6_verdict verdict;

    if (in->protocol == HOP_BY_HOP && walk->headers > 0) /* 4.1: only as the first */
        return refuse(stack, walk, ICMPV6_UNKNOWN_HEADER, walk->next_at, now_ns);
    if (in->protocol == NO_NEXT_HEADER)
        return IPV6_DROP;
    if (length == 0)
        return refuse(stack, walk, ICMPV6_CUT_CHAIN, 0, now_ns);
    if (in->protocol == IPV6_FRAGMENT)
        length = IPV6_FRAGMENT_BYTES; /* what stands where the others have it is reserved */
    if (length > in->length ||
        in->header_length + length > (size_t)IPV6_HEADER_BYTES + IPV6_EXTENSIONS_MOST)
        return drop(stack);
    if (in->protocol == IPV6_FRAGMENT)
        return IPV6_FRAGMENT_NEXT;
    verdict = in->protocol == ROUTING ? read_routing(stack, walk, now_ns)
                                      : read_options(stack, walk, length, now_ns);
    if (verdict != IPV6_TRANSPORT)
        return verdict;
    walk->next_at = in->header_length;
    in->protocol = in->payload[0];
    in->payload += length;
    in->length -= length;
    in->header_length += length;
    return IPV6_TRANSPORT;
}

/* Bytes of a transport's header, as far as we know it. */
static size_t transport_header(uint8_t protocol)
{
    switch (protocol) {
    case PROTOCOL_TCP: return TCP_HEADER_BYTES;
    case PROTOCOL_UDP: return UDP_HEADER_BYTES;
    case PROTOCOL_ICMPV6: return ICMP_HEADER_BYTES;
    default: return 0;
    }
}

bool ipv6_upper_find(struct ipv6_upper *upper, const struct ip_input *in)
{
    *upper = (struct ipv6_upper){in->protocol, in->payload, in->length};
    while (is_extension(upper->protocol)) {
        bool fragment = upper->protocol == IPV6_FRAGMENT;
        size_t length;

        if (upper->left < 8)
            return false;
        length = fragment ? IPV6_FRAGMENT_BYTES : 8u + 8u * upper->at[1];
        if (length > upper->left || (fragment && (get16(upper->at + 2) & ~7u) != 0))
            return false;
        upper->protocol = upper->at[0];
        upper->at += length;
        upper->left -= length;
    }
    return true;
}

bool ipv6_reaches_transport(const struct ip_input *in)
{
    struct ipv6_upper upper;

    return ipv6_upper_find(&upper, in) && upper.left >= transport_header(upper.protocol);
}

enum ipv6_verdict ipv6_walk(struct stack *stack, struct ipv6_walk *walk, uint64_t now_ns)
{
    while (is_extension(walk->in->protocol) || walk->in->protocol == NO_NEXT_HEADER) {
        enum ipv6_verdict verdict;

        if (walk->headers == HEADERS_MOST)
            return drop(stack);
        verdict = step(stack, walk, now_ns);
        walk->headers++;
        if (verdict != IPV6_TRANSPORT)
            return verdict;
    }
    return IPV6_TRANSPORT;
}
