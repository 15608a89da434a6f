/* Address conflict detection: probing an address before use, announcing it, defending it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/conflict.h"
#include "host/stack/stack_internal.h"

/* RFC 5227, 1.1 */
static const uint64_t SECOND_NS = 1000000000ull;
static const uint64_t PROBE_WAIT_NS = 1 * 1000000000ull;
static const uint64_t ANNOUNCE_WAIT_NS = 2 * 1000000000ull;
static const uint64_t ANNOUNCE_INTERVAL_NS = 2 * 1000000000ull;
static const uint64_t DEFEND_INTERVAL_NS = 10 * 1000000000ull;
enum { PROBES = 3, ANNOUNCEMENTS = 2 };

void conflict_init(struct conflict *conflict)
{
    *conflict =
        (struct conflict){.state = CONFLICT_IDLE, .address = address_v4(0), .deadline = UINT64_MAX};
}

void conflict_stop(struct conflict *conflict)
{
    conflict_init(conflict);
}

void conflict_probe(struct stack *stack, struct conflict *conflict, const struct address *address,
                    uint64_t now_ns)
{
    *conflict = (struct conflict){
        .state = CONFLICT_PROBING,
        .address = *address,
        .deadline = now_ns + stack_random(stack) % PROBE_WAIT_NS,
    };
}

static void announce(struct stack *stack, struct conflict *conflict, uint64_t now_ns)
{
    arp_announce(stack, &conflict->address, now_ns);
    conflict->sent++;
    conflict->deadline = now_ns + ANNOUNCE_INTERVAL_NS;
    if (conflict->sent < ANNOUNCEMENTS)
        return;
    conflict->state = CONFLICT_DEFENDING;
    conflict->deadline = UINT64_MAX;
}

void conflict_announce(struct stack *stack, struct conflict *conflict,
                       const struct address *address, uint64_t now_ns)
{
    *conflict = (struct conflict){.state = CONFLICT_ANNOUNCING, .address = *address};
    announce(stack, conflict, now_ns);
}

/* RFC 5227, 2.1.1: whoever sends from the address has it, whoever probes for it wants it too. */
static bool disturbs_probe(const struct conflict *conflict, const struct arp_packet *packet)
{
    bool probe = packet->operation == ARP_REQUEST && address_is_unspecified(&packet->sender);

    return address_equal(&packet->sender, &conflict->address) ||
           (probe && address_equal(&packet->target, &conflict->address));
}

static enum conflict_verdict defend(struct stack *stack, struct conflict *conflict, bool keep,
                                    uint64_t now_ns)
{
    bool again = conflict->defended_ns && now_ns - conflict->defended_ns < DEFEND_INTERVAL_NS;

    if (again)
        return keep ? CONFLICT_SEEN : CONFLICT_LOST;
    conflict->defended_ns = now_ns;
    arp_announce(stack, &conflict->address, now_ns);
    return CONFLICT_SEEN;
}

enum conflict_verdict conflict_arp(struct stack *stack, struct conflict *conflict,
                                   const struct arp_packet *packet, bool keep, uint64_t now_ns)
{
    switch (conflict->state) {
    case CONFLICT_PROBING:
        return disturbs_probe(conflict, packet) ? CONFLICT_TAKEN : CONFLICT_NOTHING;
    case CONFLICT_ANNOUNCING:
    case CONFLICT_DEFENDING:
        if (address_equal(&packet->sender, &conflict->address))
            return defend(stack, conflict, keep, now_ns);
        return CONFLICT_NOTHING;
    case CONFLICT_IDLE: break;
    }
    return CONFLICT_NOTHING;
}

enum conflict_verdict conflict_poll(struct stack *stack, struct conflict *conflict, uint64_t now_ns)
{
    if (conflict->deadline > now_ns)
        return CONFLICT_NOTHING;
    if (conflict->state == CONFLICT_ANNOUNCING) {
        announce(stack, conflict, now_ns);
        return CONFLICT_NOTHING;
    }
    if (conflict->sent == PROBES) {
        conflict_stop(conflict);
        return CONFLICT_FREE;
    }
    arp_probe(stack, &conflict->address, now_ns);
    conflict->sent++;
    conflict->deadline = now_ns + ANNOUNCE_WAIT_NS;
    if (conflict->sent < PROBES)
        conflict->deadline = now_ns + SECOND_NS + stack_random(stack) % SECOND_NS;
    return CONFLICT_NOTHING;
}
