/* Neighbours over time: asked again, grown old, given up.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_address.h"
#include "host/stack/ndp.h"
#include "host/stack/neighbor_internal.h"
#include "host/stack/stack_internal.h"

enum { ASK_TIMES = 3 };

static void give_up(struct stack *stack, int index, uint64_t now_ns)
{
    struct neighbor *neighbor = &stack->neighbors->neighbors[index];
    bool v4 = address_is_v4(&neighbor->entry.address);
    char text[ADDRESS_TEXT_BYTES];

    if (!v4) {
        ipv6_router_fails(stack, &neighbor->entry.address);
        redirect_fails(stack, &neighbor->entry.address);
    }
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, v4 ? "arp" : "ndp",
                  "nobody answers for %s: host unreachable",
                  address_format(&neighbor->entry.address, text));
    neighbor_remove(stack, index);
    waiting_fail(stack, index, now_ns);
}

static uint64_t least_deadline(const struct neighbor_cache *cache)
{
    uint64_t deadline = UINT64_MAX;

    for (int i = 0; i < NEIGHBORS; i++)
        if (cache->neighbors[i].used && cache->neighbors[i].deadline < deadline)
            deadline = cache->neighbors[i].deadline;
    return deadline;
}

/* Notes when the next entry asks again, and when it does or ages. */
static void note_due(const struct stack *stack, struct neighbor_cache *cache)
{
    cache->deadline = least_deadline(cache);
    cache->poll_due_ns = cache->deadline;
    for (int i = 0; i < NEIGHBORS; i++) {
        const struct neighbor *neighbor = &cache->neighbors[i];

        if (neighbor->used && neighbor->entry.state == NEIGHBOR_REACHABLE &&
            neighbor_old_at(stack, neighbor) < cache->poll_due_ns)
            cache->poll_due_ns = neighbor_old_at(stack, neighbor);
    }
}

void neighbor_poll(struct stack *stack, uint64_t now_ns)
{
    if (now_ns < stack->neighbors->poll_due_ns)
        return;
    for (int i = 0; i < NEIGHBORS; i++) {
        struct neighbor *neighbor = &stack->neighbors->neighbors[i];

        if (!neighbor->used)
            continue;
        if (neighbor->entry.state == NEIGHBOR_REACHABLE &&
            now_ns >= neighbor_old_at(stack, neighbor))
            neighbor->entry.state = NEIGHBOR_STALE;
        if (neighbor->deadline > now_ns)
            continue;
        if (neighbor->asked < ASK_TIMES)
            neighbor_ask(stack, i, now_ns);
        else
            give_up(stack, i, now_ns);
    }
    note_due(stack, stack->neighbors);
}

uint64_t neighbor_ages(const struct stack *stack)
{
    return stack->neighbors->poll_due_ns;
}

/* Asked for all the time, so it must not look at every entry. */
uint64_t neighbor_deadline(const struct stack *stack)
{
    const struct neighbor_cache *cache = stack->neighbors;

    return cache->poll_due_ns ? cache->deadline : least_deadline(cache);
}
