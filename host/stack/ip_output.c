/* IPv4 packets out: route, place, headers, checksum, fragments.
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
#include "host/stack/neighbor.h"
#include "host/stack/stack_internal.h"

enum {
    DEFAULT_TTL = 64,
    RECORD_OVERHEAD = RECORD_HEADER_BYTES + IP_FRAME_HEADERS + 3, /* with the most padding */
};

/* Next hop of a packet to destination; its MAC address where no neighbour needs to be asked. */
static int find_next_hop(struct stack *stack, const struct address *destination, struct building *b)
{
    uint32_t v4 = address_to_v4(destination);

    if (!address_is_v4(destination) || address_is_unspecified(destination))
        return -ENETUNREACH;
    b->local = ip_is_own(stack, destination);
    b->next_hop = *destination;
    b->mac_known = true;
    if (b->local)
        return 0;
    if (ip_is_broadcast(stack, destination)) {
        memcpy(b->mac, ETHERNET_BROADCAST, 6);
        return 0;
    }
    if (address_is_multicast(destination)) { /* RFC 1112, 6.4 */
        memcpy(b->mac, (uint8_t[]){0x01, 0x00, 0x5e, v4 >> 16 & 0x7f, v4 >> 8 & 0xff, v4 & 0xff},
               6);
        return stack->ip->configured ? 0 : -ENETUNREACH;
    }
    b->mac_known = false;
    return route_lookup(&stack->ip->routes, destination, &b->next_hop);
}

static void find_mtu(struct stack *stack, const struct address *destination, struct building *b)
{
    const struct path_mtu *path = path_mtu_find(&stack->ip->path_mtu, destination);

    b->mtu = stack->config.device.mtu;
    b->may_fragment = false;
    if (path && path->mtu < b->mtu) {
        b->mtu = path->mtu;
        b->may_fragment = path->fragments;
    }
}

/* The one place that knows what the board does for a packet. */
static bool board_does(const struct stack *stack, const struct building *b, uint32_t features)
{
    return (stack->config.device.features & features) == features && !b->local &&
           b->place != BUILD_ASIDE;
}

static bool find_mac(struct stack *stack, struct building *b)
{
    return b->mac_known || neighbor_lookup(stack->neighbors, &b->next_hop, b->mac);
}

/* Largest payload that leaves in one super-frame, 0 if none does. */
static size_t super_room(struct stack *stack, struct building *b)
{
    uint32_t most = stack->config.device.max_frame;

    if (!board_does(stack, b, DEVICE_TSO4 | DEVICE_CSUM_SEND) || b->may_fragment ||
        most <= IP_FRAME_HEADERS || !find_mac(stack, b))
        return 0;
    return most - IP_FRAME_HEADERS < IP_MAX_PAYLOAD ? most - IP_FRAME_HEADERS : IP_MAX_PAYLOAD;
}

size_t ip_payload_room(struct stack *stack, const struct address *destination)
{
    struct building b;

    if (find_next_hop(stack, destination, &b) < 0)
        return 0;
    find_mtu(stack, destination, &b);
    return (size_t)b.mtu - IPV4_HEADER_BYTES;
}

size_t ip_bulk_room(struct stack *stack, const struct address *destination, bool *cuts)
{
    const struct device *device = &stack->config.device;
    size_t one = (size_t)device->mtu - IPV4_HEADER_BYTES, most, queue;
    struct building b = {.place = BUILD_IN_DEVICE};

    *cuts = false;
    queue = device->room ? device->room(device->user) : SIZE_MAX;
    if (queue < RECORD_OVERHEAD + one && !ip_is_own(stack, destination))
        return 0; /* asked first, since it is asked in vain most often */
    if (find_next_hop(stack, destination, &b) < 0 || b.local)
        return one;
    find_mtu(stack, destination, &b);
    most = super_room(stack, &b);
    *cuts = most > one;
    if (!*cuts)
        most = one;
    return queue - RECORD_OVERHEAD < most ? queue - RECORD_OVERHEAD : most;
}

int ip_source(struct stack *stack, const struct address *destination, struct address *out)
{
    struct building b;
    int error = find_next_hop(stack, destination, &b);

    if (error < 0)
        return error;
    *out = b.local ? *destination : stack->ip->own;
    return 0;
}

/* Whether packet can leave as it is, given that one packet on the wire takes room. */
static int check_length(struct stack *stack, const struct packet *packet, struct building *b,
                        size_t room)
{
    b->place = BUILD_IN_DEVICE;
    b->super = packet->segment_bytes > 0;
    if (b->super)
        return packet->length > super_room(stack, b) ||
                       (size_t)packet->segment_bytes + packet->header_bytes > room
                   ? -EMSGSIZE
                   : 0;
    return packet->length > IP_MAX_PAYLOAD || (packet->dont_fragment && packet->length > room)
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
    if (find_mac(stack, b)) {
        b->place = BUILD_IN_DEVICE;
        return ethernet_reserve(stack, len);
    }
    b->place = BUILD_WAITING;
    return neighbor_place(stack);
}

int ip_begin(struct stack *stack, struct packet *packet)
{
    struct building *b = &stack->ip->building;
    int error = find_next_hop(stack, &packet->destination, b);
    size_t room;

    if (error < 0) {
        stack->counters.ip_out_no_routes++;
        return error;
    }
    find_mtu(stack, &packet->destination, b);
    room = (size_t)b->mtu - IPV4_HEADER_BYTES;
    error = check_length(stack, packet, b, room);
    if (error < 0)
        return error;
    if (address_is_unspecified(&packet->source))
        packet->source = b->local ? packet->destination : stack->ip->own;
    if (packet->length > room && !b->super) {
        b->place = BUILD_ASIDE;
        b->frame = stack->ip->aside;
    } else {
        b->frame = find_place(stack, b, IP_FRAME_HEADERS + packet->length);
    }
    if (!b->frame)
        return -EAGAIN;
    packet->payload = b->frame + IP_FRAME_HEADERS;
    packet->context = b;
    return 0;
}

/* Counts for each group of destinations, so that a count tells nobody how much we send to others
 * (RFC 6864, RFC 7739). Each segment that the board makes has one of its own. */
static uint16_t take_ids(struct stack *stack, const struct packet *packet)
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

static void write_header(const struct packet *packet, uint8_t *h, size_t length, uint16_t id,
                         uint16_t field)
{
    h[0] = 0x45;
    h[1] = packet->tos;
    put16(h + 2, (uint16_t)(IPV4_HEADER_BYTES + length));
    put16(h + 4, id);
    put16(h + 6, field);
    h[8] = packet->ttl ? packet->ttl : DEFAULT_TTL;
    h[9] = packet->protocol;
    put16(h + 10, 0);
    put32(h + 12, address_to_v4(&packet->source));
    put32(h + 16, address_to_v4(&packet->destination));
    put16(h + 10, checksum_fold(checksum_add(0, h, IPV4_HEADER_BYTES)));
}

/* Puts Ethernet and IP headers in front of length bytes that stand in their place, and lets the
 * frame go. Returns its ticket. */
static uint64_t send_frame(struct stack *stack, const struct packet *packet,
                           const struct vnet_header *vnet, size_t length, uint16_t id,
                           uint16_t field, uint64_t now_ns)
{
    struct building *b = &stack->ip->building;
    size_t frame_len = IP_FRAME_HEADERS + length;

    ethernet_header(stack, b->frame, b->mac, ETHERTYPE_IPV4);
    write_header(packet, b->frame + ETHERNET_HEADER_BYTES, length, id, field);
    if (b->place == BUILD_LOCAL) {
        local_send(stack, frame_len);
    } else if (b->place == BUILD_WAITING) {
        neighbor_wait(stack, &b->next_hop, vnet, frame_len, now_ns);
    } else {
        uint64_t ticket = ethernet_commit(stack, vnet, b->frame, frame_len, now_ns);

        if (!b->mac_known)
            neighbor_use(stack, &b->next_hop, now_ns);
        return ticket;
    }
    return 0;
}

/* Cuts what was built aside. A fragment without room loses the datagram, as a full queue anywhere
 * on the way would. */
static void send_aside(struct stack *stack, const struct packet *packet, uint16_t id,
                       uint64_t now_ns)
{
    static const struct vnet_header plain;
    struct building *b = &stack->ip->building;
    size_t most = ((size_t)b->mtu - IPV4_HEADER_BYTES) & ~(size_t)7;

    for (size_t at = 0; at < packet->length; at += most) {
        size_t left = packet->length - at, length = left < most ? left : most;
        uint16_t field = (uint16_t)(at / 8 | (left > most ? IP_MORE_FRAGMENTS : 0));

        b->frame = find_place(stack, b, IP_FRAME_HEADERS + length);
        if (!b->frame) {
            stack->counters.ip_out_discards++;
            return;
        }
        memcpy(b->frame + IP_FRAME_HEADERS, packet->payload + at, length);
        stack->counters.ip_frag_creates++;
        send_frame(stack, packet, &plain, length, id, field, now_ns);
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

    if (board_does(stack, b, DEVICE_CSUM_SEND)) {
        put16(field, (uint16_t)~checksum_fold(sum));
        vnet->flags = VNET_NEEDS_CSUM;
        vnet->csum_start = IP_FRAME_HEADERS;
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
    uint16_t id = take_ids(stack, packet);

    stack->counters.ip_out_requests++;
    if (csum_offset >= 0)
        finish_checksum(stack, packet, csum_offset, &vnet);
    if (b->place == BUILD_ASIDE) {
        send_aside(stack, packet, id, now_ns);
        return 0;
    }
    if (b->super) {
        vnet.gso_type = VNET_GSO_TCPV4;
        vnet.gso_size = packet->segment_bytes;
        vnet.hdr_len = (uint16_t)(IP_FRAME_HEADERS + packet->header_bytes);
    }
    return send_frame(stack, packet, &vnet, packet->length, id,
                      packet->dont_fragment && !b->may_fragment ? IP_DONT_FRAGMENT : 0, now_ns);
}
