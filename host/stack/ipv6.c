/* IPv6 packets in: checks, fragments, delivery to the transports. RFC 8200.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/icmp.h"
#include "host/stack/ip_input.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_address.h"
#include "host/stack/reassembly.h"
#include "host/stack/stack_internal.h"

enum { NEXT_AT = 6, LENGTH_AT = 4, OFFSET_AT = 2 /* in a fragment's header */ };

/* Nobody may send from a group, from ::1, from an IPv4 address in IPv6's clothes (RFC 4942, 2.2), or from
 * an address of ours. */
static bool source_is_possible(const struct stack *stack, const struct ip_packet *packet,
                               const struct ip_input *in)
{
    const struct address *source = &in->source;

    if (packet->local)
        return true;
    return !address_is_multicast(source) && !address_is_loopback(source) &&
           !address_is_v4(source) && !ipv6_is_own(stack, source);
}

static bool is_for_us(const struct stack *stack, const struct ip_packet *packet,
                      const struct ip_input *in)
{
    if (in->broadcast)
        return ipv6_listens_to(stack, &in->destination);
    if (address_is_loopback(&in->destination))
        return packet->local;
    return ipv6_is_own(stack, &in->destination);
}

/* What two stations have to ask is asked once: the last pair that may is remembered. */
static bool addresses_are_good(struct stack *stack, const struct ip_packet *packet,
                               struct ip_input *in)
{
    struct ip *ip = stack->ip;

    if (ip->good6_known && !packet->local && address_equal(&in->source, &ip->good6[0]) &&
        address_equal(&in->destination, &ip->good6[1]))
        return true;
    in->broadcast = address_is_multicast(&in->destination);
    if (!source_is_possible(stack, packet, in) || !is_for_us(stack, packet, in))
        return false;
    if (!packet->local && !in->broadcast) {
        ip->good6_known = true;
        ip->good6[0] = in->source;
        ip->good6[1] = in->destination;
    }
    return true;
}

static void deliver(struct stack *stack, struct ipv6_walk *walk, uint64_t now_ns)
{
    const struct ip_input *in = walk->in;

    if (in->protocol == PROTOCOL_ICMPV6) {
        stack->counters.ip_in_delivers++;
        icmpv6_input(stack, in, now_ns);
    } else if (address_is_unspecified(&in->source)) {
        stack->counters.ip_in_addr_errors++; /* only neighbour discovery has no source */
    } else if (!ip_deliver(stack, in, now_ns)) {
        icmpv6_problem(stack, in, ICMPV6_UNKNOWN_HEADER, walk->next_at, now_ns);
    }
}

/* What no datagram can be made of is told of at once (RFC 8200, 4.5); fragment_at: where its header stands. */
static bool fragment_is_possible(struct stack *stack, const struct ip_input *in,
                                 const struct fragment *fragment, size_t fragment_at,
                                 uint64_t now_ns)
{
    size_t most = IPV6_MAX_PAYLOAD - (fragment_at - IPV6_HEADER_BYTES);

    if (fragment->more && in->length % 8 != 0)
        icmpv6_problem(stack, in, ICMPV6_BAD_FIELD, LENGTH_AT, now_ns);
    else if (fragment->offset + in->length > most)
        icmpv6_problem(stack, in, ICMPV6_BAD_FIELD, fragment_at + OFFSET_AT, now_ns);
    else if (fragment->offset == 0 && !ipv6_reaches_transport(in))
        icmpv6_problem(stack, in, ICMPV6_CUT_CHAIN, 0, now_ns);
    else
        return true;
    stack->counters.ip_in_hdr_errors++;
    return false;
}

/* A fragment's header stands at in->payload. True: the datagram is whole, in describes what follows it. */
static bool fragment_input(struct stack *stack, struct ipv6_walk *walk, uint64_t now_ns)
{
    struct ip_input *in = walk->in;
    uint16_t field = get16(in->payload + 2);
    struct fragment fragment = {
        .id = get32(in->payload + 4),
        .offset = field & ~7u,
        .more = field & 1,
    };

    in->protocol = in->payload[0];
    in->payload += IPV6_FRAGMENT_BYTES;
    in->length -= IPV6_FRAGMENT_BYTES;
    in->header_length += IPV6_FRAGMENT_BYTES;
    walk->next_at = in->header_length - IPV6_FRAGMENT_BYTES;
    in->sender_mac = NULL; /* neighbour discovery is not heard from fragments (RFC 6980, 5) */
    if (fragment.offset == 0 && !fragment.more)
        return true; /* whole by itself (RFC 6946) */
    if (!fragment_is_possible(stack, in, &fragment, walk->next_at, now_ns))
        return false;
    in->checksum_verified = false;
    return reassembly_add(stack, &fragment, in, now_ns);
}

static void input(struct stack *stack, struct ip_input *in, uint64_t now_ns)
{
    struct ipv6_walk walk = {.in = in, .next_at = NEXT_AT};
    enum ipv6_verdict verdict =
        in->protocol == PROTOCOL_TCP ? IPV6_TRANSPORT : ipv6_walk(stack, &walk, now_ns);

    if (verdict == IPV6_FRAGMENT_NEXT) {
        if (!fragment_input(stack, &walk, now_ns))
            return;
        verdict = ipv6_walk(stack, &walk, now_ns);
    }
    if (verdict == IPV6_TRANSPORT)
        deliver(stack, &walk, now_ns);
    else if (verdict == IPV6_FRAGMENT_NEXT)
        stack->counters.ip_in_hdr_errors++; /* a fragment in a fragment */
}

void ipv6_input(struct stack *stack, const struct ip_packet *packet, uint64_t now_ns)
{
    const uint8_t *h = packet->bytes;
    struct ip_input in;

    stack->counters.ip_in_receives++;
    if (packet->len < IPV6_HEADER_BYTES || h[0] >> 4 != 6 ||
        get16(h + LENGTH_AT) > packet->len - IPV6_HEADER_BYTES) {
        stack->counters.ip_in_hdr_errors++;
        return;
    }
    in = (struct ip_input){
        .protocol = h[NEXT_AT],
        .ttl = h[7],
        .tos = (uint8_t)(get16(h) >> 4),
        .checksum_verified = packet->checksum_verified,
        .payload = h + IPV6_HEADER_BYTES,
        .length = get16(h + LENGTH_AT),
        .header = h,
        .header_length = IPV6_HEADER_BYTES,
        .sender_mac = packet->sender_mac,
    };
    memcpy(in.source.bytes, h + 8, 16);
    memcpy(in.destination.bytes, h + 24, 16);
    if (!addresses_are_good(stack, packet, &in)) {
        stack->counters.ip_in_addr_errors++;
        return;
    }
    in.broadcast |= packet->link_broadcast; /* RFC 4443, 2.4 (e.4) */
    input(stack, &in, now_ns);
}
