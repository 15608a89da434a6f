/* How the station gets its address: link, static or DHCP, link-local, probes, lease.
 *
 * SPDX-License-Identifier: MIT
 *
 * An address is a candidate while it is probed, then it is the lease. A static address that
 * somebody else has stays a candidate and is probed again and again; a leased one is declined; a
 * link-local one is replaced by the next.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/stack/configure_internal.h"
#include "host/stack/dhcp.h"
#include "host/stack/ethernet.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_address.h"
#include "host/stack/neighbor.h"
#include "host/stack/stack_internal.h"

static const uint64_t STATIC_RETRY_NS = 10 * 1000000000ull;

int configure_create(struct stack *stack, struct configure **out)
{
    struct configure *configure = calloc(1, sizeof *configure);

    (void)stack;
    if (!configure)
        return -ENOMEM;
    conflict_init(&configure->primary);
    conflict_init(&configure->second);
    linklocal_init(&configure->linklocal);
    configure->retry_ns = UINT64_MAX;
    *out = configure;
    return 0;
}

void configure_destroy(struct configure *configure)
{
    free(configure);
}

static void drop_lease(struct stack *stack, uint64_t now_ns)
{
    struct address address = stack->configure->lease.address;

    if (!stack->configure->has_lease)
        return;
    stack->configure->has_lease = false;
    ip_unconfigure(stack);
    tcp_address_lost(stack, &address, now_ns);
}

/* The candidate has become ours: every part learns it. */
static void take_candidate(struct stack *stack, uint64_t now_ns)
{
    struct configure *configure = stack->configure;
    struct stack_lease lease = configure->candidate;

    drop_lease(stack, now_ns);
    configure->lease = lease;
    configure->has_lease = true;
    ip_configure(stack, &lease.address, lease.prefix_len, &lease.gateway);
    if (!lease.link_local) {
        conflict_stop(&configure->second);
        linklocal_init(&configure->linklocal);
    }
    configure_tell(stack, now_ns);
    conflict_announce(stack, lease.link_local ? &configure->second : &configure->primary,
                      &lease.address, now_ns);
}

static void try_candidate(struct stack *stack, const struct stack_lease *candidate, uint64_t now_ns)
{
    struct configure *configure = stack->configure;

    /* There is one candidate: what a server gives goes before a link-local address. */
    if (configure->second.state == CONFLICT_PROBING)
        conflict_stop(&configure->second);
    configure->candidate = *candidate;
    if (stack->config.dns[0].port)
        for (int i = 0; i < 3; i++)
            configure->candidate.dns[i] = stack->config.dns[i];
    if (stack->config.skip_probing)
        take_candidate(stack, now_ns);
    else
        conflict_probe(stack, candidate->link_local ? &configure->second : &configure->primary,
                       &candidate->address, now_ns);
}

static void try_static(struct stack *stack, uint64_t now_ns)
{
    struct stack_lease lease = {
        .address = stack->config.address,
        .server = address_v4(0),
        .gateway =
            address_is_unspecified(&stack->config.gateway) ? address_v4(0) : stack->config.gateway,
        .prefix_len = stack->config.prefix_len,
        .obtained_ns = now_ns,
        .renew_ns = UINT64_MAX,
        .rebind_ns = UINT64_MAX,
        .expires_ns = UINT64_MAX,
    };

    stack->configure->retry_ns = UINT64_MAX;
    try_candidate(stack, &lease, now_ns);
}

static void try_link_local(struct stack *stack, uint64_t now_ns)
{
    struct linklocal *linklocal = &stack->configure->linklocal;
    struct stack_lease lease = {
        .link_local = true,
        .address = linklocal_address(linklocal, stack->config.device.mac),
        .server = address_v4(0),
        .gateway = address_v4(0),
        .prefix_len = LINKLOCAL_PREFIX_LEN,
        .obtained_ns = now_ns,
        .renew_ns = UINT64_MAX,
        .rebind_ns = UINT64_MAX,
        .expires_ns = UINT64_MAX,
    };

    linklocal->deadline = UINT64_MAX;
    /* A lease that is being probed will do better. */
    if (!stack->configure->has_lease && stack->configure->primary.state == CONFLICT_IDLE)
        try_candidate(stack, &lease, now_ns);
}

static void ask_server(struct stack *stack, uint64_t now_ns)
{
    if (!stack->configure->has_lease)
        stack->configure->linklocal.deadline = now_ns + stack->config.dhcp_patience_ns;
    dhcp_start(stack, now_ns);
}

static void link_down(struct stack *stack, uint64_t now_ns)
{
    struct configure *configure = stack->configure;

    dhcp_pause(stack);
    conflict_stop(&configure->primary);
    conflict_stop(&configure->second);
    linklocal_init(&configure->linklocal);
    configure->retry_ns = UINT64_MAX;
    neighbor_forget(stack, true);
    /* A link-local address holds for one link only; another may come back after a pulled cable. */
    if (configure->has_lease && configure->lease.link_local)
        drop_lease(stack, now_ns);
}

void configure_link(struct stack *stack, bool up, uint64_t now_ns)
{
    struct configure *configure = stack->configure;

    if (up == stack->link)
        return;
    stack->link = up;
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ip", "link %s",
                  up ? "up" : "down");
    ipv6_link(stack, up, now_ns);
    if (!up)
        link_down(stack, now_ns);
    else if (stack->config.source == ADDRESS_FROM_DHCP)
        ask_server(stack, now_ns);
    else if (configure->has_lease)
        conflict_announce(stack, &configure->primary, &configure->lease.address, now_ns);
    else
        try_static(stack, now_ns);
}

void configure_leased(struct stack *stack, const struct stack_lease *lease, uint64_t now_ns)
{
    struct configure *configure = stack->configure;
    bool same = configure->has_lease && address_equal(&configure->lease.address, &lease->address);

    configure->linklocal.deadline = UINT64_MAX;
    if (!same) {
        try_candidate(stack, lease, now_ns);
        return;
    }
    configure->lease = *lease;
    if (stack->config.dns[0].port)
        for (int i = 0; i < 3; i++)
            configure->lease.dns[i] = stack->config.dns[i];
    ip_configure(stack, &lease->address, lease->prefix_len, &lease->gateway);
    configure_tell(stack, now_ns);
    if (configure->primary.state == CONFLICT_IDLE)
        conflict_announce(stack, &configure->primary, &lease->address, now_ns);
}

void configure_lease_over(struct stack *stack, const char *why, uint64_t now_ns)
{
    struct configure *configure = stack->configure;

    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "dhcp", "the lease is over: %s",
                  why);
    conflict_stop(&configure->primary);
    if (configure->has_lease && configure->lease.from_dhcp)
        drop_lease(stack, now_ns);
    if (stack->link && !configure->has_lease)
        configure->linklocal.deadline = now_ns + stack->config.dhcp_patience_ns;
}

/* Somebody else has the candidate, or goes on using our address. */
static void primary_lost(struct stack *stack, uint64_t now_ns)
{
    struct configure *configure = stack->configure;

    conflict_stop(&configure->primary);
    if (stack->config.source == ADDRESS_STATIC) {
        configure->retry_ns = now_ns + STATIC_RETRY_NS;
        return;
    }
    dhcp_decline(stack, now_ns);
    if (configure->has_lease && configure->lease.from_dhcp)
        drop_lease(stack, now_ns);
    if (!configure->has_lease)
        configure->linklocal.deadline = now_ns + stack->config.dhcp_patience_ns;
}

static void second_lost(struct stack *stack, uint64_t now_ns)
{
    struct configure *configure = stack->configure;

    conflict_stop(&configure->second);
    if (configure->has_lease && configure->lease.link_local)
        drop_lease(stack, now_ns);
    configure->linklocal.deadline = linklocal_conflict(&configure->linklocal, now_ns);
}

bool configure_arp(struct stack *stack, const struct arp_packet *packet, uint64_t now_ns)
{
    struct configure *configure = stack->configure;
    bool keep = stack->config.source == ADDRESS_STATIC;
    enum conflict_verdict primary = conflict_arp(stack, &configure->primary, packet, keep, now_ns);
    enum conflict_verdict second = CONFLICT_NOTHING;

    if (primary == CONFLICT_NOTHING)
        second = conflict_arp(stack, &configure->second, packet, false, now_ns);
    if (primary == CONFLICT_NOTHING && second == CONFLICT_NOTHING)
        return false;
    stack->counters.arp_conflicts++;
    configure_tell_conflict(stack, packet, primary != CONFLICT_NOTHING ? primary : second, now_ns);
    if (primary == CONFLICT_TAKEN || primary == CONFLICT_LOST)
        primary_lost(stack, now_ns);
    if (second == CONFLICT_TAKEN || second == CONFLICT_LOST)
        second_lost(stack, now_ns);
    return true;
}

void configure_poll(struct stack *stack, uint64_t now_ns)
{
    struct configure *configure = stack->configure;

    if (conflict_poll(stack, &configure->primary, now_ns) == CONFLICT_FREE)
        take_candidate(stack, now_ns);
    if (conflict_poll(stack, &configure->second, now_ns) == CONFLICT_FREE && !configure->has_lease)
        take_candidate(stack, now_ns);
    if (configure->linklocal.deadline <= now_ns)
        try_link_local(stack, now_ns);
    if (configure->retry_ns <= now_ns)
        try_static(stack, now_ns);
}
