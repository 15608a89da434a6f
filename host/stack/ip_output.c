/* Packets out: place, headers, checksum, fragments.
 *
 * SPDX-License-Identifier: MIT
 *
 * A packet that fits is built where it leaves from: in the device, or with its neighbour's waiting
 * packets. One that must be cut is built aside, and each fragment is copied to such a place; but a
 * super-segment is cut by the board, and so leaves only from the device's own memory.
 */
#include <errno.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/ethernet.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_address.h"
#include "host/stack/neighbor.h"
#include "host/stack/stack_internal.h"

/* Whether packet can leave as it is, given that one packet on the wire takes room. */
static bool length_is_good(const struct stack *stack, const struct packet *packet,
                           const struct way *way, size_t room)
{
    if (packet->segment_bytes)
        return packet->length <= ip_super_room(stack, way) &&
               (size_t)packet->segment_bytes + packet->header_bytes <= room;
    return packet->length <= room ||
           (packet->length <= ip_payload_most(way) && !packet->dont_fragment);
}

/* A place for a frame of len bytes, by the way that the packet takes; NULL if it has no room. */
static uint8_t *find_place(struct stack *stack, struct building *b, size_t len)
{
    if (b->way->local) {
        b->place = BUILD_LOCAL;
        return local_place(stack);
    }
    if (ip_has_mac(b->way)) {
        b->place = BUILD_IN_DEVICE;
        return ethernet_reserve(stack, len);
    }
    b->place = BUILD_WAITING;
    return neighbor_place(stack);
}

int ip_begin(struct stack *stack, struct packet *packet)
{
    struct building *b = &stack->ip->building;
    const struct way *way = b->way = ip_way(stack, &packet->destination);
    const struct address *source;
    size_t room;

    if (!way) {
        stack->counters.ip_out_no_routes++;
        return -ENETUNREACH;
    }
    room = ip_packet_room(way);
    if (!length_is_good(stack, packet, way, room))
        return -EMSGSIZE;
    if (address_is_unspecified(&packet->source)) {
        source = ip_source_for(stack, way, &packet->destination);
        if (!source)
            return -EADDRNOTAVAIL;
        packet->source = *source;
    }
    if (packet->length > room && !packet->segment_bytes) {
        b->place = BUILD_ASIDE;
        b->frame = stack->ip->aside;
    } else {
        b->frame = find_place(stack, b, way->headers + packet->length);
    }
    if (!b->frame)
        return -EAGAIN;
    if (way->v6 && !packet->ttl)
        packet->ttl = ipv6_hop_limit(stack);
    packet->payload = b->frame + way->headers;
    return 0;
}

/* Counts for each group of destinations, so that a count tells nobody how much we send to others
 * (RFC 6864, RFC 7739). Each segment that the board makes has one of its own. */
static uint16_t ipv4_take_ids(struct stack *stack, const struct packet *packet)
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

/* Returns the word, for the header's sum. */
static inline uint32_t put_word(uint8_t *at, uint32_t word)
{
    put16(at, (uint16_t)word);
    return word;
}

/* The header in front of piece (RFC 791, 3.1); sum: of its addresses. Returns the length of both. */
static inline size_t ipv4_write_header(const struct packet *packet, uint8_t *h,
                                       const struct ip_piece *piece, uint32_t sum)
{
    uint32_t flags =
        (piece->more ? IP_MORE_FRAGMENTS : 0u) | (piece->dont_fragment ? IP_DONT_FRAGMENT : 0u);
    uint32_t ttl = packet->ttl ? packet->ttl : IP_DEFAULT_TTL;
    uint32_t length = IPV4_HEADER_BYTES + (uint32_t)piece->length;

    sum += put_word(h, 0x4500u | packet->tos);
    sum += put_word(h + 2, length);
    sum += put_word(h + 4, piece->id);
    sum += put_word(h + 6, flags | piece->offset / 8u);
    sum += put_word(h + 8, ttl << 8 | packet->protocol);
    put16(h + 10, checksum_fold(sum));
    memcpy(h + 12, packet->source.bytes + 12, 4);
    memcpy(h + 16, packet->destination.bytes + 12, 4);
    return length;
}

/* Puts Ethernet and IP headers in front of the payload that stands in its place, and lets the frame go.
 * Returns its ticket. */
static uint64_t send_frame(struct stack *stack, const struct packet *packet,
                           const struct vnet_header *vnet, const struct ip_piece *piece,
                           uint32_t addresses_sum, uint64_t now_ns)
{
    const struct building *b = &stack->ip->building;
    const struct way *way = b->way;
    uint8_t *header = b->frame + ETHERNET_HEADER_BYTES;
    size_t frame_len =
        ETHERNET_HEADER_BYTES + (way->v6 ? ipv6_write_header(packet, header, piece)
                                         : ipv4_write_header(packet, header, piece, addresses_sum));

    memcpy(b->frame, way->ethernet, ETHERNET_HEADER_BYTES);
    if (b->place == BUILD_LOCAL) {
        local_send(stack, frame_len);
    } else if (b->place == BUILD_WAITING) {
        neighbor_wait(stack, &way->next_hop, vnet, frame_len, now_ns);
    } else {
        uint64_t ticket = ethernet_commit(stack, vnet, b->frame, frame_len, now_ns);

        if (way->mac_found && now_ns >= way->use_ns)
            neighbor_use(stack, &way->next_hop, now_ns);
        return ticket;
    }
    return 0;
}

/* The first, or the next, piece of what was built aside, in a place of its own. A fragment without room loses the datagram, as a
 * full queue anywhere on the way would. */
static bool fragment_next(struct stack *stack, const struct packet *packet, struct ip_piece *piece)
{
    struct building *b = &stack->ip->building;
    const struct way *way = b->way;
    size_t headers = way->headers + (way->v6 ? IPV6_FRAGMENT_BYTES : 0u);
    size_t most = (way->mtu - (headers - ETHERNET_HEADER_BYTES)) & ~(size_t)7;
    size_t at = piece->fragment ? piece->offset + piece->length : 0, left = packet->length - at;

    *piece = (struct ip_piece){.id = piece->id,
                               .offset = (uint16_t)at,
                               .length = left < most ? left : most,
                               .more = left > most,
                               .fragment = true};
    b->frame = find_place(stack, b, headers + piece->length);
    if (!b->frame) {
        stack->counters.ip_out_discards++;
        return false;
    }
    memcpy(b->frame + headers, packet->payload + at, piece->length);
    stack->counters.ip_frag_creates++;
    return true;
}

/* If the board sums, the field takes the pseudo-header's sum, else the whole. */
static void finish_checksum(struct stack *stack, const struct packet *packet,
                            uint32_t addresses_sum, int csum_offset, struct vnet_header *vnet)
{
    const struct building *b = &stack->ip->building;
    uint8_t *field = packet->payload + csum_offset;
    uint32_t sum = addresses_sum + checksum_rest(packet->protocol, packet->length);
    uint16_t check;

    if (b->place != BUILD_ASIDE && ip_board_does(stack, b->way, DEVICE_CSUM_SEND)) {
        put16(field, (uint16_t)~checksum_fold(sum));
        vnet->flags = VNET_NEEDS_CSUM;
        vnet->csum_start = b->way->headers;
        vnet->csum_offset = (uint16_t)csum_offset;
        return;
    }
    put16(field, 0);
    check = checksum_fold(checksum_add(sum, packet->payload, packet->length));
    put16(field, check == 0 && packet->protocol == PROTOCOL_UDP ? 0xffff : check);
}

uint64_t ip_send(struct stack *stack, struct packet *packet, int csum_offset, uint64_t now_ns)
{
    const struct building *b = &stack->ip->building;
    const struct way *way = b->way;
    bool whole = b->place != BUILD_ASIDE;
    uint32_t sum = checksum_addresses(&packet->source, &packet->destination);
    struct vnet_header vnet = {0};
    uint64_t ticket = 0;
    struct ip_piece piece = {
        .length = packet->length,
        .dont_fragment = packet->dont_fragment && !way->may_fragment,
        .id = way->v6 ? ipv6_take_id(stack, b) : ipv4_take_ids(stack, packet),
    };

    stack->counters.ip_out_requests++;
    if (csum_offset >= 0)
        finish_checksum(stack, packet, sum, csum_offset, &vnet);
    if (packet->segment_bytes) {
        vnet.gso_type = way->v6 ? VNET_GSO_TCPV6 : VNET_GSO_TCPV4;
        vnet.gso_size = packet->segment_bytes;
        vnet.hdr_len = (uint16_t)(way->headers + packet->header_bytes);
    }
    do {
        if (!whole && !fragment_next(stack, packet, &piece))
            break;
        ticket = send_frame(stack, packet, &vnet, &piece, sum, now_ns);
    } while (piece.more);
    return whole ? ticket : 0;
}
