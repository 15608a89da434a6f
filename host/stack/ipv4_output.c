/* IPv4's part of a packet out: identification and header. RFC 791.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/bytes.h"
#include "host/stack/ip_internal.h"
#include "host/stack/stack_internal.h"

/* Counts for each group of destinations, so that a count tells nobody how much we send to others
 * (RFC 6864, RFC 7739). Each segment that the board makes has one of its own. */
uint16_t ipv4_take_ids(struct stack *stack, const struct packet *packet)
{
    size_t data = packet->segment_bytes ? packet->length - packet->header_bytes : 0;
    size_t count = data ? (data + packet->segment_bytes - 1) / packet->segment_bytes : 1;
    const struct address *destination = &packet->destination;
    uint16_t *next, first;
    uint64_t hash = (address_to_v4(destination) ^ stack->ip->id_secret) * 0x9e3779b97f4a7c15ull;

    next = &stack->ip->ids[hash >> 58];
    first = *next;
    *next = (uint16_t)(first + count);
    return first;
}

size_t ipv4_write_header(const struct packet *packet, uint8_t *h, const struct ip_piece *piece)
{
    uint16_t field = (uint16_t)(piece->offset / 8 | (piece->more ? IP_MORE_FRAGMENTS : 0) |
                                (piece->dont_fragment ? IP_DONT_FRAGMENT : 0));

    h[0] = 0x45;
    h[1] = packet->tos;
    put16(h + 2, (uint16_t)(IPV4_HEADER_BYTES + piece->length));
    put16(h + 4, (uint16_t)piece->id);
    put16(h + 6, field);
    h[8] = packet->ttl ? packet->ttl : IP_DEFAULT_TTL;
    h[9] = packet->protocol;
    put16(h + 10, 0);
    put32(h + 12, address_to_v4(&packet->source));
    put32(h + 16, address_to_v4(&packet->destination));
    put16(h + 10, checksum_fold(checksum_add(0, h, IPV4_HEADER_BYTES)));
    return IPV4_HEADER_BYTES + piece->length;
}
