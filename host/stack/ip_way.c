/* The way of a packet out: next hop, MTU, what the board does for it, where it is built.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "host/stack/ethernet.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_address.h"
#include "host/stack/ndp.h"
#include "host/stack/neighbor.h"
#include "host/stack/stack_internal.h"

enum {
    RECORD_OVERHEAD = RECORD_HEADER_BYTES + IP_FRAME_HEADERS_MOST + 3
}; /* with the most padding */

static int find_next_hop_v4(struct stack *stack, const struct address *destination,
                            struct building *b)
{
    uint32_t v4 = address_to_v4(destination);

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

static int find_next_hop_v6(struct stack *stack, const struct address *destination,
                            struct building *b)
{
    if (!ipv6_is_up(stack))
        return -ENETUNREACH;
    if (address_is_multicast(destination)) {
        ethernet_group_v6(destination, b->mac);
        return 0;
    }
    b->mac_known = false;
    if (route_lookup(&stack->ip->routes, destination, &b->next_hop) < 0)
        return -ENETUNREACH;
    redirect_follow(stack, destination, &b->next_hop);
    return 0;
}

static int find_next_hop(struct stack *stack, const struct address *destination, struct building *b)
{
    b->v6 = !address_is_v4(destination);
    b->headers = ETHERNET_HEADER_BYTES + ip_header_bytes(destination);
    if (address_is_unspecified(destination) || address_is_loopback(destination))
        return -ENETUNREACH; /* neither leaves a station (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3) */
    b->local = ip_is_own(stack, destination);
    b->next_hop = *destination;
    b->mac_known = true;
    if (b->local)
        return 0;
    return b->v6 ? find_next_hop_v6(stack, destination, b)
                 : find_next_hop_v4(stack, destination, b);
}

static void find_mtu(struct stack *stack, const struct address *destination, struct building *b)
{
    const struct path_mtu *path = path_mtu_find(&stack->ip->path_mtu, destination);

    b->mtu = b->v6 ? ipv6_link_mtu(stack) : stack->config.device.mtu;
    b->may_fragment = false;
    if (path && path->mtu < b->mtu) {
        b->mtu = path->mtu;
        b->may_fragment = path->fragments;
    }
}

void ip_ways_changed(struct stack *stack)
{
    stack->ip->way_known = stack->ip->good6_known = false;
}

int ip_find_way(struct stack *stack, const struct address *destination, struct building *b)
{
    struct ip *ip = stack->ip;
    int error;

    if (ip->way_known && address_equal(&ip->way_to, destination)) {
        *b = ip->way;
        return 0;
    }
    *b = (struct building){.place = BUILD_IN_DEVICE};
    error = find_next_hop(stack, destination, b);
    if (error < 0)
        return error;
    find_mtu(stack, destination, b);
    if (!b->local && !b->mac_known)
        b->mac_found = neighbor_lookup(stack, &b->next_hop, b->mac, &b->use_ns);
    ip->way_known = b->mac_found;
    ip->way_to = *destination;
    ip->way = *b;
    return 0;
}

bool ip_board_does(const struct stack *stack, const struct building *b, uint32_t features)
{
    return (stack->config.device.features & features) == features && !b->local &&
           b->place != BUILD_ASIDE;
}

size_t ip_super_room(const struct stack *stack, const struct building *b)
{
    uint32_t most = stack->config.device.max_frame;
    uint32_t segments = b->v6 ? DEVICE_TSO6 : DEVICE_TSO4;

    if (!ip_board_does(stack, b, segments | DEVICE_CSUM_SEND) || b->may_fragment ||
        most <= b->headers || !ip_has_mac(b))
        return 0;
    return most - b->headers < ip_payload_most(b) ? most - b->headers : ip_payload_most(b);
}

size_t ip_payload_room(struct stack *stack, const struct address *destination)
{
    struct building b;

    if (ip_find_way(stack, destination, &b) < 0)
        return 0;
    return ip_packet_room(&b);
}

size_t ip_bulk_room(struct stack *stack, const struct address *destination, bool *cuts)
{
    const struct device *device = &stack->config.device;
    size_t one = (size_t)device->mtu - ip_header_bytes(destination), most, queue;
    struct building b;

    *cuts = false;
    queue = device->room ? device->room(device->user) : SIZE_MAX;
    if (queue < RECORD_OVERHEAD + one && !ip_is_own(stack, destination))
        return 0; /* asked first, since it is asked in vain most often */
    if (ip_find_way(stack, destination, &b) < 0 || b.local)
        return one;
    most = ip_super_room(stack, &b);
    *cuts = most > one;
    if (!*cuts)
        most = one;
    return queue - RECORD_OVERHEAD < most ? queue - RECORD_OVERHEAD : most;
}

const struct address *ip_source_for(const struct stack *stack, const struct building *b,
                                    const struct address *destination)
{
    if (b->local)
        return destination;
    return b->v6 ? ipv6_source(stack, destination) : &stack->ip->own;
}

int ip_source(struct stack *stack, const struct address *destination, struct address *out)
{
    struct building b;
    int error = ip_find_way(stack, destination, &b);
    const struct address *source;

    if (error < 0)
        return error;
    source = ip_source_for(stack, &b, destination);
    if (!source)
        return -EADDRNOTAVAIL;
    *out = *source;
    return 0;
}
