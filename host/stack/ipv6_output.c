/* IPv6's part of a packet out: header, flow label, fragment header. RFC 8200, RFC 6437.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_address.h"
#include "host/stack/stack_internal.h"

/* Fragments alone carry one; nobody can guess the next (RFC 7739, 5.3). */
uint32_t ipv6_take_id(struct stack *stack, const struct building *b)
{
    return b->place == BUILD_ASIDE ? (uint32_t)stack_random(stack) : 0;
}

/* The same for all packets of a flow, and spread over all values (RFC 6437, 3). A fragment behind the
 * first has no ports to show, so fragments go by their addresses. */
static uint32_t flow_label(const struct packet *packet, const struct ip_piece *piece)
{
    bool ports = packet->protocol == PROTOCOL_TCP || packet->protocol == PROTOCOL_UDP;
    uint64_t words[4], mixed;

    memcpy(words, packet->source.bytes, 16);
    memcpy(words + 2, packet->destination.bytes, 16);
    mixed = words[0] ^ words[2] * 3 ^ words[1] * 5 ^ words[3] * 7 ^ packet->protocol;
    if (ports && !piece->fragment)
        mixed += (uint64_t)get32(packet->payload) << 16;
    return (uint32_t)(mixed * 0x9e3779b97f4a7c15ull >> 44);
}

/* Between the header and its piece. Returns its length. */
static size_t write_fragment_header(const struct packet *packet, uint8_t *h,
                                    const struct ip_piece *piece)
{
    h[0] = packet->protocol;
    h[1] = 0;
    put16(h + 2, (uint16_t)(piece->offset | piece->more));
    put32(h + 4, piece->id);
    return IPV6_FRAGMENT_BYTES;
}

size_t ipv6_write_header(const struct packet *packet, uint8_t *h, const struct ip_piece *piece)
{
    size_t length = piece->length;

    put32(h, 6u << 28 | (uint32_t)packet->tos << 20 | flow_label(packet, piece));
    h[6] = packet->protocol;
    if (piece->fragment) {
        h[6] = IPV6_FRAGMENT;
        length += write_fragment_header(packet, h + IPV6_HEADER_BYTES, piece);
    }
    put16(h + 4, (uint16_t)length);
    h[7] = packet->ttl ? packet->ttl : IP_DEFAULT_TTL;
    memcpy(h + 8, packet->source.bytes, 16);
    memcpy(h + 24, packet->destination.bytes, 16);
    return IPV6_HEADER_BYTES + length;
}
