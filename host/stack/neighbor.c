/* Neighbours: MAC addresses learned by ARP and neighbour discovery, with their ages.
 *
 * SPDX-License-Identifier: MIT
 *
 * A table of fixed size with hash chains by index. When it is full the entry heard longest ago goes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/arp.h"
#include "host/stack/ethernet.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_address.h"
#include "host/stack/ndp.h"
#include "host/stack/neighbor_internal.h"
#include "host/stack/stack_internal.h"

static const uint64_t ASK_INTERVAL_NS = 1000000000ull;
static const uint64_t REACHABLE_NS = 60 * 1000000000ull;
static const uint64_t DELAY_NS = 5 * 1000000000ull; /* RFC 4861, 10: DELAY_FIRST_PROBE_TIME */

int neighbor_create(struct stack *stack, struct neighbor_cache **out)
{
    struct neighbor_cache *cache = calloc(1, sizeof *cache);

    if (!cache)
        return -ENOMEM;
    for (int i = 0; i < NEIGHBOR_BUCKETS; i++)
        cache->buckets[i] = NO_NEIGHBOR;
    if (waiting_create(stack, cache) < 0) {
        free(cache);
        return -ENOMEM;
    }
    *out = cache;
    return 0;
}

void neighbor_destroy(struct neighbor_cache *cache)
{
    if (cache)
        free(cache->frames);
    free(cache);
}

static void timers_changed(struct stack *stack)
{
    stack->neighbors->poll_due_ns = 0;
    stack_parts_stirred(stack);
}

static int *bucket_of(const struct neighbor_cache *cache, const struct address *address)
{
    const uint8_t *b = address->bytes;
    unsigned hash = b[15] ^ b[14] * 5u ^ b[13] * 25u ^ b[7];

    return (int *)&cache->buckets[hash % NEIGHBOR_BUCKETS];
}

int neighbor_index(const struct neighbor_cache *cache, const struct address *address)
{
    int index = *bucket_of(cache, address);

    while (index != NO_NEIGHBOR && !address_equal(&cache->neighbors[index].entry.address, address))
        index = cache->neighbors[index].next;
    return index;
}

void neighbor_remove(struct stack *stack, int index)
{
    struct neighbor_cache *cache = stack->neighbors;
    int *link = bucket_of(cache, &cache->neighbors[index].entry.address);

    while (*link != index)
        link = &cache->neighbors[*link].next;
    *link = cache->neighbors[index].next;
    cache->neighbors[index].used = false;
    ip_ways_changed(stack);
}

static int count_asked_for(const struct neighbor_cache *cache)
{
    int count = 0;

    for (int i = 0; i < NEIGHBORS; i++)
        count += cache->neighbors[i].used && cache->neighbors[i].entry.state == NEIGHBOR_INCOMPLETE;
    return count;
}

/* A free entry, or the one heard longest ago. Those that are being asked for may take half of the table from those
 * that answered, no more: who makes us ask for stations that there are not must not push the router out (RFC 6583, 7.1). */
static int choose_entry(const struct neighbor_cache *cache)
{
    bool spare_asked = count_asked_for(cache) < NEIGHBORS / 2;
    int best = 0;

    for (int i = 0; i < NEIGHBORS; i++) {
        const struct neighbor *at = &cache->neighbors[i], *oldest = &cache->neighbors[best];
        bool asking = at->entry.state == NEIGHBOR_INCOMPLETE;
        bool oldest_asking = oldest->entry.state == NEIGHBOR_INCOMPLETE;

        if (!at->used)
            return i;
        if (asking != oldest_asking ? asking != spare_asked
                                    : at->entry.updated_ns < oldest->entry.updated_ns)
            best = i;
    }
    return best;
}

int neighbor_make(struct stack *stack, const struct address *address, uint64_t now_ns)
{
    struct neighbor_cache *cache = stack->neighbors;
    int index = neighbor_index(cache, address), *bucket = bucket_of(cache, address);

    if (index != NO_NEIGHBOR)
        return index;
    index = choose_entry(cache);
    if (cache->neighbors[index].used) {
        waiting_drop(stack, index);
        neighbor_remove(stack, index);
    }
    cache->neighbors[index] = (struct neighbor){
        .used = true,
        .entry = {.address = *address, .state = NEIGHBOR_INCOMPLETE, .updated_ns = now_ns},
        .next = *bucket,
        .deadline = UINT64_MAX,
    };
    timers_changed(stack);
    *bucket = index;
    return index;
}

/* Sends a request: to everybody, or to the station alone if its address is known. */
void neighbor_ask(struct stack *stack, int index, uint64_t now_ns)
{
    struct neighbor *neighbor = &stack->neighbors->neighbors[index];
    bool known = neighbor->entry.state != NEIGHBOR_INCOMPLETE;

    timers_changed(stack);
    neighbor->asked++;
    if (address_is_v4(&neighbor->entry.address)) {
        neighbor->deadline = now_ns + ASK_INTERVAL_NS;
        arp_ask(stack, &neighbor->entry.address, known ? neighbor->entry.mac : NULL, now_ns);
    } else {
        neighbor->deadline = now_ns + ipv6_retrans_ns(stack);
        ndp_ask(stack, &neighbor->entry.address, known ? neighbor->entry.mac : NULL, now_ns);
    }
}

uint64_t neighbor_old_at(const struct stack *stack, const struct neighbor *neighbor)
{
    bool v4 = address_is_v4(&neighbor->entry.address);

    return neighbor->entry.updated_ns + (v4 ? REACHABLE_NS : ipv6_reachable_ns(stack));
}

bool neighbor_lookup(const struct stack *stack, const struct address *address, uint8_t mac[6],
                     uint64_t *use_ns)
{
    int index = neighbor_index(stack->neighbors, address);
    const struct neighbor *neighbor = &stack->neighbors->neighbors[index < 0 ? 0 : index];

    if (index == NO_NEIGHBOR || neighbor->entry.state == NEIGHBOR_INCOMPLETE)
        return false;
    memcpy(mac, neighbor->entry.mac, 6);
    if (neighbor->entry.state == NEIGHBOR_REACHABLE)
        *use_ns = neighbor_old_at(stack, neighbor);
    else
        *use_ns = neighbor->deadline != UINT64_MAX ? neighbor->deadline : 0;
    return true;
}

void neighbor_use(struct stack *stack, const struct address *address, uint64_t now_ns)
{
    int index = neighbor_index(stack->neighbors, address);
    struct neighbor *neighbor = &stack->neighbors->neighbors[index < 0 ? 0 : index];

    if (index == NO_NEIGHBOR || neighbor->deadline != UINT64_MAX ||
        (neighbor->entry.state != NEIGHBOR_STALE && now_ns < neighbor_old_at(stack, neighbor)))
        return;
    neighbor->entry.state = NEIGHBOR_STALE;
    ip_ways_changed(stack); /* nobody need tell again before the answer is due */
    if (address_is_v4(address)) {
        neighbor_ask(stack, index, now_ns);
        return;
    }
    neighbor->asked = 0;
    neighbor->deadline = now_ns + DELAY_NS;
    timers_changed(stack);
}

void neighbor_learn(struct stack *stack, const struct address *address, const uint8_t mac[6],
                    bool create, uint64_t now_ns)
{
    int index = neighbor_index(stack->neighbors, address);
    struct neighbor *neighbor;
    char text[ADDRESS_TEXT_BYTES], mac_text[MAC_TEXT_BYTES];

    if (index == NO_NEIGHBOR && !create)
        return;
    if (index == NO_NEIGHBOR)
        index = neighbor_make(stack, address, now_ns);
    neighbor = &stack->neighbors->neighbors[index];
    if (neighbor->entry.state != NEIGHBOR_REACHABLE || memcmp(neighbor->entry.mac, mac, 6) != 0)
        journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "arp", "%s is-at %s",
                      address_format(address, text), mac_format(mac, mac_text));
    timers_changed(stack);
    memcpy(neighbor->entry.mac, mac, 6);
    neighbor->entry.state = NEIGHBOR_REACHABLE;
    neighbor->entry.updated_ns = now_ns;
    neighbor->asked = 0;
    neighbor->deadline = UINT64_MAX;
    ip_ways_changed(stack);
    waiting_send(stack, index, now_ns);
}

static void hear(struct stack *stack, struct neighbor *neighbor, const uint8_t *mac, bool reachable,
                 uint64_t now_ns)
{
    char text[ADDRESS_TEXT_BYTES], mac_text[MAC_TEXT_BYTES];

    if (mac &&
        (neighbor->entry.state == NEIGHBOR_INCOMPLETE || memcmp(neighbor->entry.mac, mac, 6) != 0))
        journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ndp", "%s is at %s",
                      address_format(&neighbor->entry.address, text), mac_format(mac, mac_text));
    if (mac)
        memcpy(neighbor->entry.mac, mac, 6);
    neighbor->entry.state = reachable ? NEIGHBOR_REACHABLE : NEIGHBOR_STALE;
    neighbor->entry.updated_ns = now_ns;
    neighbor->asked = 0;
    neighbor->deadline = UINT64_MAX;
    timers_changed(stack);
    ip_ways_changed(stack);
}

bool neighbor_hear(struct stack *stack, const struct address *address, const uint8_t *mac,
                   unsigned heard, uint64_t now_ns)
{
    int index = neighbor_index(stack->neighbors, address);
    struct neighbor *neighbor;
    bool incomplete, other;

    if (index == NO_NEIGHBOR && !(heard & NEIGHBOR_HEARD_CREATE))
        return false;
    if (index == NO_NEIGHBOR)
        index = neighbor_make(stack, address, now_ns);
    neighbor = &stack->neighbors->neighbors[index];
    incomplete = neighbor->entry.state == NEIGHBOR_INCOMPLETE;
    other = mac && memcmp(neighbor->entry.mac, mac, 6) != 0;
    if (incomplete && !mac)
        return false;
    if (!incomplete && other && !(heard & NEIGHBOR_HEARD_OVERRIDE)) {
        ip_ways_changed(stack);
        neighbor->entry.state = NEIGHBOR_STALE; /* two stations disagree: the next use asks */
        return false;
    }
    if (incomplete || other || heard & NEIGHBOR_HEARD_REACHABLE)
        hear(stack, neighbor, mac, heard & NEIGHBOR_HEARD_REACHABLE, now_ns);
    waiting_send(stack, index, now_ns);
    return true;
}

void neighbor_forget(struct stack *stack, bool v6_too)
{
    struct neighbor_cache *cache = stack->neighbors;

    for (int i = 0; i < NEIGHBORS; i++) {
        if (!cache->neighbors[i].used ||
            !(v6_too || address_is_v4(&cache->neighbors[i].entry.address)))
            continue;
        waiting_drop(stack, i);
        neighbor_remove(stack, i);
    }
    timers_changed(stack);
}
