/* Packets that wait for their neighbour's MAC address.
 *
 * SPDX-License-Identifier: MIT
 *
 * A pool of fixed size for all neighbours together. When it is used up, the packet that has waited
 * longest is dropped: the newest is the one to keep (RFC 1122, 2.3.2.2).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/ethernet.h"
#include "host/stack/icmp.h"
#include "host/stack/ip_internal.h"
#include "host/stack/neighbor_internal.h"
#include "host/stack/stack_internal.h"

int waiting_create(struct stack *stack, struct neighbor_cache *cache)
{
    size_t frame_bytes = (size_t)ETHERNET_HEADER_BYTES + stack->config.device.mtu;

    cache->frames = malloc(NEIGHBOR_WAITING * frame_bytes);
    if (!cache->frames)
        return -ENOMEM;
    for (int i = 0; i < NEIGHBOR_WAITING; i++)
        cache->waiting[i].frame = cache->frames + (size_t)i * frame_bytes;
    return 0;
}

/* The packet that came first, of one neighbour or, with NO_NEIGHBOR, of all that still wait; NULL
 * if none. */
static struct waiting *first_waiting(struct neighbor_cache *cache, int neighbor)
{
    struct waiting *first = NULL;

    for (int i = 0; i < NEIGHBOR_WAITING; i++) {
        struct waiting *at = &cache->waiting[i];
        bool fits =
            neighbor == NO_NEIGHBOR ? at->neighbor != NO_NEIGHBOR : at->neighbor == neighbor;

        if (at->used && fits && (!first || at->order < first->order))
            first = at;
    }
    return first;
}

uint8_t *neighbor_place(struct stack *stack)
{
    struct neighbor_cache *cache = stack->neighbors;
    struct waiting *oldest;

    for (int i = 0; i < NEIGHBOR_WAITING; i++) {
        if (!cache->waiting[i].used) {
            cache->place = i;
            return cache->waiting[i].frame;
        }
    }
    oldest = first_waiting(cache, NO_NEIGHBOR);
    if (!oldest)
        return NULL;
    oldest->used = false;
    stack->counters.ip_out_discards++;
    cache->place = (int)(oldest - cache->waiting);
    return oldest->frame;
}

void neighbor_wait(struct stack *stack, const struct address *address,
                   const struct vnet_header *vnet, size_t frame_len, uint64_t now_ns)
{
    struct neighbor_cache *cache = stack->neighbors;
    struct waiting *packet = &cache->waiting[cache->place];
    int index = neighbor_make(stack, address, now_ns);

    packet->used = true;
    packet->neighbor = index;
    packet->order = cache->orders++;
    packet->vnet = *vnet;
    packet->len = frame_len;
    if (cache->neighbors[index].deadline == UINT64_MAX)
        neighbor_ask(stack, index, now_ns);
}

void waiting_send(struct stack *stack, int neighbor, uint64_t now_ns)
{
    struct neighbor_cache *cache = stack->neighbors;
    struct waiting *packet;

    while ((packet = first_waiting(cache, neighbor)) != NULL) {
        uint8_t *frame = ethernet_reserve(stack, packet->len);

        if (!frame) {
            cache->blocked = true;
            return;
        }
        memcpy(frame, packet->frame, packet->len);
        memcpy(frame, cache->neighbors[neighbor].entry.mac, 6);
        packet->used = false;
        ethernet_commit(stack, &packet->vnet, frame, packet->len, now_ns);
    }
}

static void tell_transport(struct stack *stack, const struct waiting *packet, uint64_t now_ns)
{
    const uint8_t *header = packet->frame + ETHERNET_HEADER_BYTES;
    bool v6 = header[0] >> 4 == 6;
    unsigned header_bytes = v6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES;
    struct icmp_error error = {
        .error = -EHOSTUNREACH,
        .payload = header + header_bytes,
        .length = packet->len - ETHERNET_HEADER_BYTES - header_bytes,
    };
    uint8_t protocol = header[v6 ? 6 : 9];

    if (v6) {
        error.type = ICMPV6_UNREACHABLE;
        error.code = ICMPV6_ADDRESS_UNREACHABLE;
        memcpy(error.source.bytes, header + 8, 16);
        memcpy(error.destination.bytes, header + 24, 16);
        if (protocol == IPV6_FRAGMENT && (get16(error.payload + 2) & ~7u) == 0) {
            protocol = error.payload[0];
            error.payload += IPV6_FRAGMENT_BYTES;
            error.length -= IPV6_FRAGMENT_BYTES;
        }
    } else {
        error.type = ICMP_UNREACHABLE;
        error.code = ICMP_HOST_UNREACHABLE;
        error.source = address_v4_wire(header + 12);
        error.destination = address_v4_wire(header + 16);
        if (get16(header + 6) & IP_OFFSET_MASK)
            return; /* a later fragment names no ports */
    }
    if (error.length >= 8)
        icmp_deliver_error(stack, protocol, &error, now_ns);
}

void waiting_fail(struct stack *stack, int neighbor, uint64_t now_ns)
{
    struct neighbor_cache *cache = stack->neighbors;
    struct waiting *failed[NEIGHBOR_WAITING + 1];
    int count = 0;

    /* Taken out first: a transport that is told may send again, to the same neighbour. */
    while ((failed[count] = first_waiting(cache, neighbor)) != NULL)
        failed[count++]->neighbor = NO_NEIGHBOR;
    for (int i = 0; i < count; i++) {
        stack->counters.ip_out_discards++;
        tell_transport(stack, failed[i], now_ns);
        failed[i]->used = false;
    }
}

void waiting_drop(struct stack *stack, int neighbor)
{
    struct waiting *packet;

    while ((packet = first_waiting(stack->neighbors, neighbor)) != NULL) {
        packet->used = false;
        stack->counters.ip_out_discards++;
    }
}

void neighbor_room(struct stack *stack, uint64_t now_ns)
{
    struct neighbor_cache *cache = stack->neighbors;

    if (!cache->blocked)
        return;
    cache->blocked = false;
    for (int i = 0; i < NEIGHBORS && !cache->blocked; i++)
        if (cache->neighbors[i].used && cache->neighbors[i].entry.state != NEIGHBOR_INCOMPLETE)
            waiting_send(stack, i, now_ns);
}
