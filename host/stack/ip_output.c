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
static int check_length(const struct stack *stack, const struct packet *packet, struct building *b,
                        size_t room)
{
    b->place = BUILD_IN_DEVICE;
    b->super = packet->segment_bytes > 0;
    if (b->super)
        return packet->length > ip_super_room(stack, b) ||
                       (size_t)packet->segment_bytes + packet->header_bytes > room
                   ? -EMSGSIZE
                   : 0;
    return packet->length > ip_payload_most(b) || (packet->dont_fragment && packet->length > room)
               ? -EMSGSIZE
               : 0;
}

/* A place for a frame of len bytes, by the way that the packet takes; NULL if it has no room. */
static uint8_t *find_place(struct stack *stack, struct building *b, size_t len)
{
    if (b->local) {
        b->place = BUILD_LOCAL;
        return local_place(stack);
    }
    if (ip_has_mac(b)) {
        b->place = BUILD_IN_DEVICE;
        return ethernet_reserve(stack, len);
    }
    b->place = BUILD_WAITING;
    return neighbor_place(stack);
}

int ip_begin(struct stack *stack, struct packet *packet)
{
    struct building *b = &stack->ip->building;
    int error = ip_find_way(stack, &packet->destination, b);
    const struct address *source;
    size_t room;

    if (error < 0) {
        stack->counters.ip_out_no_routes++;
        return error;
    }
    room = ip_packet_room(b);
    error = check_length(stack, packet, b, room);
    if (error < 0)
        return error;
    if (address_is_unspecified(&packet->source)) {
        source = ip_source_for(stack, b, &packet->destination);
        if (!source)
            return -EADDRNOTAVAIL;
        packet->source = *source;
    }
    if (packet->length > room && !b->super) {
        b->place = BUILD_ASIDE;
        b->frame = stack->ip->aside;
    } else {
        b->frame = find_place(stack, b, b->headers + packet->length);
    }
    if (!b->frame)
        return -EAGAIN;
    if (b->v6 && !packet->ttl)
        packet->ttl = ipv6_hop_limit(stack);
    packet->payload = b->frame + b->headers;
    packet->context = b;
    return 0;
}

/* Puts Ethernet and IP headers in front of the payload that stands in its place, and lets the frame go.
 * Returns its ticket. */
static uint64_t send_frame(struct stack *stack, const struct packet *packet,
                           const struct vnet_header *vnet, const struct ip_piece *piece,
                           uint64_t now_ns)
{
    struct building *b = &stack->ip->building;
    uint8_t *header = b->frame + ETHERNET_HEADER_BYTES;
    size_t frame_len;

    ethernet_header(stack, b->frame, b->mac, b->v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
    frame_len = ETHERNET_HEADER_BYTES + (b->v6 ? ipv6_write_header(packet, header, piece)
                                               : ipv4_write_header(packet, header, piece));
    if (b->place == BUILD_LOCAL) {
        local_send(stack, frame_len);
    } else if (b->place == BUILD_WAITING) {
        neighbor_wait(stack, &b->next_hop, vnet, frame_len, now_ns);
    } else {
        uint64_t ticket = ethernet_commit(stack, vnet, b->frame, frame_len, now_ns);

        if (b->mac_found && now_ns >= b->use_ns)
            neighbor_use(stack, &b->next_hop, now_ns);
        return ticket;
    }
    return 0;
}

/* Cuts what was built aside. A fragment without room loses the datagram, as a full queue anywhere
 * on the way would. */
static void send_aside(struct stack *stack, const struct packet *packet, struct ip_piece *piece,
                       uint64_t now_ns)
{
    static const struct vnet_header plain;
    struct building *b = &stack->ip->building;
    size_t headers = b->headers + (b->v6 ? IPV6_FRAGMENT_BYTES : 0u);
    size_t most = (b->mtu - (headers - ETHERNET_HEADER_BYTES)) & ~(size_t)7;

    for (size_t at = 0; at < packet->length; at += most) {
        size_t left = packet->length - at;

        *piece = (struct ip_piece){.id = piece->id,
                                   .offset = (uint16_t)at,
                                   .length = left < most ? left : most,
                                   .more = left > most,
                                   .fragment = true};
        b->frame = find_place(stack, b, headers + piece->length);
        if (!b->frame) {
            stack->counters.ip_out_discards++;
            return;
        }
        memcpy(b->frame + headers, packet->payload + at, piece->length);
        stack->counters.ip_frag_creates++;
        send_frame(stack, packet, &plain, piece, now_ns);
    }
}

/* If the board sums, the field takes the pseudo-header's sum, else the whole. */
static void finish_checksum(struct stack *stack, const struct packet *packet, int csum_offset,
                            struct vnet_header *vnet)
{
    const struct building *b = &stack->ip->building;
    uint8_t *field = packet->payload + csum_offset;
    uint32_t sum =
        checksum_pseudo(&packet->source, &packet->destination, packet->protocol, packet->length);
    uint16_t check;

    if (ip_board_does(stack, b, DEVICE_CSUM_SEND)) {
        put16(field, (uint16_t)~checksum_fold(sum));
        vnet->flags = VNET_NEEDS_CSUM;
        vnet->csum_start = b->headers;
        vnet->csum_offset = (uint16_t)csum_offset;
        return;
    }
    put16(field, 0);
    check = checksum_fold(checksum_add(sum, packet->payload, packet->length));
    put16(field, check == 0 && packet->protocol == PROTOCOL_UDP ? 0xffff : check);
}

uint64_t ip_send(struct stack *stack, struct packet *packet, int csum_offset, uint64_t now_ns)
{
    struct building *b = packet->context;
    struct vnet_header vnet = {0};
    struct ip_piece piece = {
        .length = packet->length,
        .dont_fragment = packet->dont_fragment && !b->may_fragment,
        .id = b->v6 ? ipv6_take_id(stack, packet, b) : ipv4_take_ids(stack, packet),
    };

    stack->counters.ip_out_requests++;
    if (csum_offset >= 0)
        finish_checksum(stack, packet, csum_offset, &vnet);
    if (b->place == BUILD_ASIDE) {
        send_aside(stack, packet, &piece, now_ns);
        return 0;
    }
    if (b->super) {
        vnet.gso_type = b->v6 ? VNET_GSO_TCPV6 : VNET_GSO_TCPV4;
        vnet.gso_size = packet->segment_bytes;
        vnet.hdr_len = (uint16_t)(b->headers + packet->header_bytes);
    }
    return send_frame(stack, packet, &vnet, &piece, now_ns);
}
