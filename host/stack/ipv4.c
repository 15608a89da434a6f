/* IPv4 packets in: checks, reassembly, delivery to the transports.
 *
 * SPDX-License-Identifier: MIT
 *
 * Options are stepped over: none of them concerns the last station of a packet's way
 * (RFC 1122, 3.2.1.8).
 */
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/dhcp.h"
#include "host/stack/icmp.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ip_input.h"
#include "host/stack/reassembly.h"
#include "host/stack/stack_internal.h"

/* Lengths, version, and the checksum unless the board has verified it. Returns the header's length, or 0 if any of them lies. */
static size_t check_header(const struct ip_packet *packet)
{
    const uint8_t *h = packet->bytes;
    size_t header, total;

    if (packet->len < IPV4_HEADER_BYTES || h[0] >> 4 != 4)
        return 0;
    header = 4 * (h[0] & 15u);
    total = get16(h + 2);
    if (header < IPV4_HEADER_BYTES || total < header || total > packet->len)
        return 0;
    if (packet->checksum_verified)
        return header;
    return checksum_fold(checksum_add(0, h, header)) == 0 ? header : 0;
}

/* No station has such an address, or it is ours and somebody else sends from it
 * (RFC 1122, 3.2.1.3). */
static bool source_is_impossible(const struct stack *stack, const struct ip_packet *packet,
                                 const struct address *source)
{
    if (packet->local)
        return false;
    return address_is_multicast(source) || address_is_loopback(source) ||
           ip_is_broadcast(stack, source) || address_is_unspecified(source) ||
           (stack->ip->configured && ip_is_own(stack, source));
}

/* A DHCP server may answer to the address that it offers, before we have it (RFC 2131, 4.1). */
static bool is_dhcp_answer(const struct stack *stack, const struct ip_input *in)
{
    return in->protocol == PROTOCOL_UDP && in->length >= 4 &&
           get16(in->payload + 2) == DHCP_CLIENT_PORT && dhcp_is_asking(stack);
}

static bool is_for_us(const struct stack *stack, const struct ip_packet *packet,
                      const struct ip_input *in)
{
    if (in->broadcast)
        return true;
    if (is_dhcp_answer(stack, in))
        return true;
    /* RFC 1122, 3.3.6: a link broadcast must carry an IP broadcast. */
    if (packet->link_broadcast || !ip_is_own(stack, &in->destination))
        return false;
    return packet->local || !address_is_loopback(&in->destination);
}

bool ip_deliver(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    switch (in->protocol) {
    case PROTOCOL_TCP:
        /* A connection has two ends (RFC 9293, 3.9.2.3). */
        if (in->broadcast)
            break;
        run_learn(stack, in);
        tcp_input(stack, in, now_ns);
        break;
    case PROTOCOL_UDP: udp_input(stack, in, now_ns); break;
    default: stack->counters.ip_in_unknown_protos++; return false;
    }
    stack->counters.ip_in_delivers++;
    return true;
}

static void deliver(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    if (in->protocol == PROTOCOL_ICMP) {
        stack->counters.ip_in_delivers++;
        icmp_input(stack, in, now_ns);
    } else if (!ip_deliver(stack, in, now_ns)) {
        icmp_refuse(stack, in, REFUSE_PROTOCOL, now_ns);
    }
}

static void input_fragment(struct stack *stack, struct ip_input *in, uint16_t field,
                           uint64_t now_ns)
{
    struct fragment fragment = {
        .id = get16(in->header + 4),
        .protocol = in->protocol,
        .offset = 8u * (field & IP_OFFSET_MASK),
        .more = field & IP_MORE_FRAGMENTS,
    };

    in->checksum_verified = false;
    in->sender_mac = NULL;
    if (reassembly_add(stack, &fragment, in, now_ns))
        deliver(stack, in, now_ns);
}

/* Whether a packet may go from source to us, as these addresses and the link's say. What two stations
 * have to ask is asked once: the last pair that may is remembered until our address changes. */
static bool addresses_are_good(struct stack *stack, const struct ip_packet *packet,
                               struct ip_input *in)
{
    struct ip *ip = stack->ip;
    bool plain = !packet->local && !packet->link_broadcast;
    uint64_t pair;

    memcpy(&pair, packet->bytes + 12, sizeof pair);
    in->broadcast = false;
    if (plain && pair && pair == ip->good_pair)
        return true;
    in->broadcast =
        ip_is_broadcast(stack, &in->destination) || address_is_multicast(&in->destination);
    if (source_is_impossible(stack, packet, &in->source) || !is_for_us(stack, packet, in))
        return false;
    if (plain && !in->broadcast && ip_is_own(stack, &in->destination))
        ip->good_pair = pair;
    return true;
}

void ipv4_input(struct stack *stack, const struct ip_packet *packet, uint64_t now_ns)
{
    const uint8_t *h = packet->bytes;
    size_t header = check_header(packet);
    struct ip_input in;
    uint16_t field;

    stack->counters.ip_in_receives++;
    if (header == 0) {
        stack->counters.ip_in_hdr_errors++;
        return;
    }
    in = (struct ip_input){
        .source = address_v4_wire(h + 12),
        .destination = address_v4_wire(h + 16),
        .protocol = h[9],
        .ttl = h[8],
        .tos = h[1],
        .checksum_verified = packet->checksum_verified,
        .payload = h + header,
        .length = get16(h + 2) - header,
        .header = h,
        .header_length = header,
        .sender_mac = packet->sender_mac,
    };
    if (!addresses_are_good(stack, packet, &in)) {
        stack->counters.ip_in_addr_errors++;
        return;
    }
    field = get16(h + 6);
    if (field & (IP_OFFSET_MASK | IP_MORE_FRAGMENTS))
        input_fragment(stack, &in, field, now_ns);
    else
        deliver(stack, &in, now_ns);
}
