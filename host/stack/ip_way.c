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

static int find_next_hop_v4(struct stack *stack, const struct address *destination, struct way *way)
{
    uint32_t v4 = address_to_v4(destination);

    if (ip_is_broadcast(stack, destination)) {
        memcpy(way->mac, ETHERNET_BROADCAST, 6);
        return 0;
    }
    if (address_is_multicast(destination)) { /* RFC 1112, 6.4 */
        memcpy(way->mac, (uint8_t[]){0x01, 0x00, 0x5e, v4 >> 16 & 0x7f, v4 >> 8 & 0xff, v4 & 0xff},
               6);
        return stack->ip->configured ? 0 : -ENETUNREACH;
    }
    way->mac_known = false;
    return route_lookup(&stack->ip->routes, destination, &way->next_hop);
}

static int find_next_hop_v6(struct stack *stack, const struct address *destination, struct way *way)
{
    if (!ipv6_is_up(stack))
        return -ENETUNREACH;
    if (address_is_multicast(destination)) {
        ethernet_group_v6(destination, way->mac);
        return 0;
    }
    way->mac_known = false;
    if (route_lookup(&stack->ip->routes, destination, &way->next_hop) < 0)
        return -ENETUNREACH;
    redirect_follow(stack, destination, &way->next_hop);
    return 0;
}

static int find_next_hop(struct stack *stack, const struct address *destination, struct way *way)
{
    if (address_is_unspecified(destination))
        return -ENETUNREACH;
    way->local = ip_is_own(stack, destination);
    way->next_hop = *destination;
    way->mac_known = true;
    if (way->local)
        return 0;
    return way->v6 ? find_next_hop_v6(stack, destination, way)
                   : find_next_hop_v4(stack, destination, way);
}

static void find_mtu(struct stack *stack, const struct address *destination, struct way *way)
{
    const struct path_mtu *path = path_mtu_find(&stack->ip->path_mtu, destination);

    way->mtu = way->v6 ? ipv6_link_mtu(stack) : stack->config.device.mtu;
    if (path && path->mtu < way->mtu) {
        way->mtu = path->mtu;
        way->may_fragment = path->fragments;
    }
}

void ip_ways_changed(struct stack *stack)
{
    stack->ip->way_known = stack->ip->good6_known = stack->run.known = false;
}

const struct way *ip_way_find(struct stack *stack, const struct address *destination)
{
    struct way *way = &stack->ip->way;
    bool v6 = !address_is_v4(destination);

    stack->ip->way_known = false;
    *way = (struct way){.to = *destination,
                        .v6 = v6,
                        .headers = (uint8_t)(ETHERNET_HEADER_BYTES + ip_header_bytes(destination))};
    if (find_next_hop(stack, destination, way) < 0)
        return NULL;
    find_mtu(stack, destination, way);
    if (!way->local && !way->mac_known)
        way->mac_found = neighbor_lookup(stack, &way->next_hop, way->mac, &way->use_ns);
    ethernet_header(stack, way->ethernet, way->mac, v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
    stack->ip->way_known = way->mac_found;
    return way;
}

size_t ip_super_room(const struct stack *stack, const struct way *way)
{
    uint32_t most = stack->config.device.max_frame;
    uint32_t segments = way->v6 ? DEVICE_TSO6 : DEVICE_TSO4;

    if (!ip_board_does(stack, way, segments | DEVICE_CSUM_SEND) || way->may_fragment ||
        most <= way->headers || !ip_has_mac(way))
        return 0;
    return most - way->headers < ip_payload_most(way) ? most - way->headers : ip_payload_most(way);
}

size_t ip_payload_room(struct stack *stack, const struct address *destination)
{
    const struct way *way = ip_way(stack, destination);

    return way ? ip_packet_room(way) : 0;
}

size_t ip_bulk_room(struct stack *stack, const struct address *destination, bool *cuts)
{
    const struct device *device = &stack->config.device;
    size_t one = (size_t)device->mtu - ip_header_bytes(destination), most, queue;
    const struct way *way;

    *cuts = false;
    queue = device->room ? device->room(device->user) : SIZE_MAX;
    if (queue < RECORD_OVERHEAD + one && !ip_is_own(stack, destination))
        return 0; /* asked first, since it is asked in vain most often */
    way = ip_way(stack, destination);
    if (!way || way->local)
        return one;
    most = ip_super_room(stack, way);
    *cuts = most > one;
    if (!*cuts)
        most = one;
    return queue - RECORD_OVERHEAD < most ? queue - RECORD_OVERHEAD : most;
}

const struct address *ip_source_for(const struct stack *stack, const struct way *way,
                                    const struct address *destination)
{
    if (way->local)
        return destination;
    return way->v6 ? ipv6_source(stack, destination) : &stack->ip->own;
}

int ip_source(struct stack *stack, const struct address *destination, struct address *out)
{
    const struct way *way = ip_way(stack, destination);
    const struct address *source = way ? ip_source_for(stack, way, destination) : NULL;

    if (!source)
        return way ? -EADDRNOTAVAIL : -ENETUNREACH;
    *out = *source;
    return 0;
}
