/* IPv6 and its extension headers, to bytes and back. See frame.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/conformance/frame.h"
#include "tests/conformance/message.h"

enum {
    IP_HEADER = 40,
    FRAGMENT_HEADER = 8,
    OTHER_HOP_LIMIT = 64,
    DISCOVERY_HOP_LIMIT = 255,
    FIRST_OF_DISCOVERY = 133,
    LAST_OF_DISCOVERY = 137,
};

uint64_t ipv6_pseudo_sum(const struct ip *source, const struct ip *destination, uint8_t protocol,
                         size_t length)
{
    uint64_t sum = protocol + length;
    for (int i = 0; i < 16; i += 2)
        sum += number_get(source->bytes + i, 2) + number_get(destination->bytes + i, 2);
    return sum;
}

static void header_write(uint8_t *ip, const struct packet *packet, const struct ip *source,
                         const struct ip *destination, uint8_t next, size_t length)
{
    memset(ip, 0, IP_HEADER);
    number_put(ip, 6u << 28 | (uint32_t)(packet->ecn & 3) << 20, 4);
    number_put(ip + 4, length, 2);
    ip[6] = next;
    ip[7] = packet->hop_limit;
    memcpy(ip + 8, source->bytes, 16);
    memcpy(ip + 24, destination->bytes, 16);
}

/* packet->data is the message; behind that of an error comes the packet of the stack that it is about. */
static size_t icmpv6_write(const struct packet *packet, uint8_t *icmp)
{
    const struct message *message = packet->message;
    uint8_t *quoted = icmp + message->length;
    memcpy(icmp, packet->data, message->length);
    if (!message->layout || message->layout->tail != TAIL_QUOTE || message->length < ERROR_BYTES)
        return message->length;
    header_write(quoted, packet, &packet->quoted_from.address, &packet->quoted_to.address,
                 packet->inner, TCP_HEADER + packet->length);
    quoted_write(packet, quoted + IP_HEADER);
    return message->length + IP_HEADER + ICMP_QUOTED;
}

static size_t transport_write(const struct packet *packet, uint8_t *at)
{
    size_t length = packet->length;
    switch (packet->protocol) {
    case PROTOCOL_IS_TCP: length = tcp_write(packet, at); break;
    case PROTOCOL_IS_UDP: length = udp_write(packet, at); break;
    case PROTOCOL_IS_ICMPV6: length = icmpv6_write(packet, at); break;
    default: memset(at, 0, length); return length; /* of a protocol that nobody knows */
    }
    if (length >= (size_t)sum_offset(packet->protocol) + 2)
        sum_write(
            packet,
            ipv6_pseudo_sum(&packet->source_ip, &packet->destination_ip, packet->protocol, length),
            at, length);
    return length;
}

/* Cuts from length bytes what the fragment has, zeros where there is nothing. */
static size_t slice(const struct header *header, uint8_t *at, size_t length)
{
    if (!header->to)
        return length;
    if (header->to > length)
        memset(at + length, 0, header->to - length);
    memmove(at, at + header->from, header->to - header->from);
    return header->to - header->from;
}

/* The headers from header on in front of the transport; returns the length, next is what comes first. */
static size_t chain_write(const struct packet *packet, const struct header *header, uint8_t *at,
                          uint8_t *next)
{
    *next = packet->protocol;
    if (!header)
        return transport_write(packet, at);
    size_t length = chain_write(packet, header->next, at + header->length, next);
    if (header->type == HEADER_FRAGMENT)
        length = slice(header, at + header->length, length);
    memcpy(at, header->bytes, header->length);
    at[0] = *next;
    *next = (uint8_t)header->type;
    return header->length + length;
}

static bool is_discovery(uint8_t protocol, const uint8_t *message)
{
    return protocol == PROTOCOL_IS_ICMPV6 && message[0] >= FIRST_OF_DISCOVERY &&
           message[0] <= LAST_OF_DISCOVERY;
}

size_t ipv6_write(const struct packet *packet, uint8_t *ip)
{
    struct packet sent = *packet;
    uint8_t next;
    if (!packet->has_hop_limit)
        sent.hop_limit = packet->message && is_discovery(packet->protocol, packet->message->bytes)
                             ? DISCOVERY_HOP_LIMIT
                             : OTHER_HOP_LIMIT;
    size_t length = chain_write(&sent, packet->headers, ip + IP_HEADER, &next);
    header_write(ip, &sent, &packet->source_ip, &packet->destination_ip, next, length);
    return IP_HEADER + length;
}

static bool icmpv6_read(const uint8_t *icmp, size_t length, struct packet *out, const char **why)
{
    *why = "neighbour discovery with a hop limit that is not 255";
    if (length < 4 ||
        (is_discovery(PROTOCOL_IS_ICMPV6, icmp) && out->hop_limit != DISCOVERY_HOP_LIMIT))
        return false;
    out->data = icmp;
    out->length = (uint32_t)length;
    return true;
}

static bool fragment_read(const uint8_t *at, size_t length, struct packet *out)
{
    struct header *header = &out->fragment;
    if (length < FRAGMENT_HEADER || at[1])
        return false;
    uint32_t field = number_get(at + 2, 2);
    out->protocol = at[0];
    header->type = HEADER_FRAGMENT;
    header->from = field & ~7u;
    header->to = header->from + (uint32_t)(length - FRAGMENT_HEADER);
    header->more = field & 1;
    header->id = number_get(at + 4, 4);
    out->data = at + FRAGMENT_HEADER;
    out->length = (uint32_t)(length - FRAGMENT_HEADER);
    out->headers = header;
    return !(field & 6) && !(header->more && out->length % 8);
}

static bool transport_read(const uint8_t *at, size_t length, struct packet *out, const char **why)
{
    *why = "a wrong checksum";
    if (internet_sum(ipv6_pseudo_sum(&out->source_ip, &out->destination_ip, out->protocol, length),
                     at, length))
        return false;
    *why = "a wrong header";
    switch (out->protocol) {
    case PROTOCOL_IS_TCP: return tcp_read(at, length, out);
    case PROTOCOL_IS_UDP: return number_get(at + 6, 2) && udp_read(at, length, out);
    default: return icmpv6_read(at, length, out, why);
    }
}

bool ipv6_read(const uint8_t *ip, size_t length, struct packet *out, const char **why)
{
    *why = "a wrong length in the IPv6 header";
    if (length < IP_HEADER || ip[0] >> 4 != 6 || number_get(ip + 4, 2) > length - IP_HEADER)
        return false;
    out->ecn = (uint8_t)(number_get(ip, 4) >> 20) & 3;
    out->protocol = ip[6];
    out->hop_limit = ip[7];
    out->source_ip.v6 = out->destination_ip.v6 = true;
    memcpy(out->source_ip.bytes, ip + 8, 16);
    memcpy(out->destination_ip.bytes, ip + 24, 16);
    const uint8_t *at = ip + IP_HEADER;
    length = number_get(ip + 4, 2);
    *why = "a wrong fragment header";
    if (out->protocol == HEADER_FRAGMENT)
        return fragment_read(at, length, out);
    *why = "an unknown protocol";
    if (out->protocol != PROTOCOL_IS_TCP && out->protocol != PROTOCOL_IS_UDP &&
        out->protocol != PROTOCOL_IS_ICMPV6)
        return false;
    return transport_read(at, length, out, why);
}
