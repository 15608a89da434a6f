/* Our IPv6 addresses: the table, and which of them to send from. See ipv6_address.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/ipv6_address.h"

#include <errno.h>
#include <stdlib.h>

#include "host/stack/dhcp6.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_internal.h"
#include "host/stack/mld.h"
#include "host/stack/stack_internal.h"

#define EACH_OWN(stack, at)                                                                     \
    for (struct own_address *at = (stack)->ipv6->own; at < (stack)->ipv6->own + IPV6_ADDRESSES; \
         at++)                                                                                  \
        if (at->used)

int ipv6_create(struct stack *stack, struct ipv6 **out)
{
    struct ipv6 *ipv6 = calloc(1, sizeof *ipv6);

    if (!ipv6)
        return -ENOMEM;
    *out = ipv6;
    stack->ipv6 = ipv6;
    router_stop(stack);
    return 0;
}

void ipv6_destroy(struct ipv6 *ipv6)
{
    free(ipv6);
}

struct address address_join_v6(const struct address *prefix, uint64_t identifier)
{
    struct address joined = *prefix;

    for (int i = 15; i >= 8; i--, identifier >>= 8)
        joined.bytes[i] = (uint8_t)identifier;
    return joined;
}

struct address address_solicited_node(const struct address *address)
{
    const uint8_t *b = address->bytes;

    return (struct address){.bytes = {0xff, 2, [11] = 1, 0xff, b[13], b[14], b[15]}};
}

struct own_address *own_find(const struct stack *stack, const struct address *address)
{
    EACH_OWN(stack, at)
    if (address_equal(&at->told.address, address))
        return at;
    return NULL;
}

int own_add(struct stack *stack, const struct stack_address6 *told, unsigned conflicts,
            uint64_t now_ns)
{
    struct own_address *own = own_find(stack, &told->address);

    ipv6_timers_changed(stack);
    if (own) {
        own->told.preferred_until_ns = told->preferred_until_ns;
        own->told.valid_until_ns = told->valid_until_ns;
        return 0;
    }
    for (own = stack->ipv6->own; own < stack->ipv6->own + IPV6_ADDRESSES; own++) {
        if (own->used)
            continue;
        *own = (struct own_address){.used = true, .told = *told, .conflicts = conflicts};
        dad_start(stack, own, now_ns);
        return 0;
    }
    return -ENOSPC;
}

void own_take(struct stack *stack, struct own_address *own, uint64_t now_ns)
{
    char text[ADDRESS_TEXT_BYTES];

    ip_ways_changed(stack);
    ipv6_timers_changed(stack);
    own->told.state = ADDRESS6_PREFERRED;
    own->probe_ns = UINT64_MAX;
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ip", "%s/%u is ours",
                  address_format(&own->told.address, text), own->told.prefix_len);
    mld_follow(stack, now_ns);
    if (own->told.origin == ADDRESS6_LINK_LOCAL)
        router_start(stack, now_ns);
}

void own_remove(struct stack *stack, struct own_address *own, uint64_t now_ns)
{
    struct address address = own->told.address;
    bool was_ours = ipv6_is_own(stack, &address);
    char text[ADDRESS_TEXT_BYTES];

    ip_ways_changed(stack);
    own->used = false;
    mld_follow(stack, now_ns);
    if (was_ours)
        journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ip", "%s is ours no more",
                      address_format(&address, text));
    tcp_address_lost(stack, &address, now_ns);
}

static void add_static(struct stack *stack, uint64_t now_ns)
{
    const struct stack_config *config = &stack->config;
    const struct address everywhere = {{0}}, on_link = {{0}};
    int count = 0;

    while (count < STACK_STATIC6 && !address_is_unspecified(&config->static6[count].address)) {
        const struct stack_address6 told = {
            .address = config->static6[count].address,
            .prefix_len = config->static6[count].prefix_len,
            .origin = ADDRESS6_STATIC,
            .preferred_until_ns = UINT64_MAX,
            .valid_until_ns = UINT64_MAX,
        };

        own_add(stack, &told, 0, now_ns);
        route_add(&stack->ip->routes, &told.address, told.prefix_len, &on_link);
        count++;
    }
    if (count && !address_is_unspecified(&config->gateway6))
        route_add(&stack->ip->routes, &everywhere, 0, &config->gateway6);
}

void ipv6_link(struct stack *stack, bool up, uint64_t now_ns)
{
    const struct address link_local = {.bytes = {0xfe, 0x80}}, on_link = {{0}};

    if (!stack->config.ipv6)
        return;
    ipv6_timers_changed(stack);
    if (!up) {
        router_stop(stack);
        dhcp6_stop(stack);
        redirect_forget(stack);
        mld_forget(stack);
        return;
    }
    mld_listen(stack);
    router_times_forget(stack);
    route_add(&stack->ip->routes, &link_local, 64, &on_link);
    slaac_link_local(stack, 0, now_ns);
    add_static(stack, now_ns);
    EACH_OWN(stack, at)
    if (at->told.state != ADDRESS6_TENTATIVE || at->probes)
        dad_start(stack, at, now_ns); /* it may be another link */
}

/* Lifetimes run out: first of new flows, then of all. */
static void own_age(struct stack *stack, struct own_address *own, uint64_t now_ns)
{
    if (own->told.valid_until_ns <= now_ns)
        own_remove(stack, own, now_ns);
    else if (own->told.state == ADDRESS6_PREFERRED && own->told.preferred_until_ns <= now_ns)
        own->told.state = ADDRESS6_DEPRECATED;
    else if (own->told.state == ADDRESS6_DEPRECATED && own->told.preferred_until_ns > now_ns)
        own->told.state = ADDRESS6_PREFERRED;
}

static uint64_t own_deadline(const struct own_address *own)
{
    uint64_t age = own->told.state == ADDRESS6_PREFERRED ? own->told.preferred_until_ns
                                                         : own->told.valid_until_ns;

    if (own->told.valid_until_ns < age)
        age = own->told.valid_until_ns;
    return own->told.state == ADDRESS6_TENTATIVE && own->probe_ns < age ? own->probe_ns : age;
}

static uint64_t least_deadline(const struct stack *stack)
{
    const uint64_t others[] = {dhcp6_deadline(stack), mld_deadline(stack)};
    uint64_t first = router_deadline(stack);

    EACH_OWN(stack, at)
    if (own_deadline(at) < first)
        first = own_deadline(at);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        first = others[i] < first ? others[i] : first;
    return first;
}

void ipv6_timers_changed(struct stack *stack)
{
    stack->ipv6->due_ns = 0;
    stack_parts_stirred(stack);
}

void ipv6_poll(struct stack *stack, uint64_t now_ns)
{
    if (!stack->config.ipv6 || !stack->link || now_ns < stack->ipv6->due_ns)
        return;
    EACH_OWN(stack, at)
    {
        dad_poll(stack, at, now_ns);
        own_age(stack, at, now_ns);
    }
    router_poll(stack, now_ns);
    dhcp6_poll(stack, now_ns);
    mld_poll(stack, now_ns);
    stack->ipv6->due_ns = least_deadline(stack);
}

/* Asked for all the time, so it must not look at every entry. */
uint64_t ipv6_deadline(const struct stack *stack)
{
    if (!stack->config.ipv6 || !stack->link)
        return UINT64_MAX;
    return stack->ipv6->due_ns ? stack->ipv6->due_ns : least_deadline(stack);
}

static bool own_is_usable(const struct own_address *own)
{
    return own->told.state == ADDRESS6_PREFERRED || own->told.state == ADDRESS6_DEPRECATED;
}

bool ipv6_is_up(const struct stack *stack)
{
    if (!stack->config.ipv6)
        return false;
    EACH_OWN(stack, at)
    if (own_is_usable(at))
        return true;
    return false;
}

uint16_t ipv6_link_mtu(const struct stack *stack)
{
    uint16_t mtu = stack->ipv6->mtu;

    return mtu && mtu < stack->config.device.mtu ? mtu : stack->config.device.mtu;
}

bool ipv6_is_own(const struct stack *stack, const struct address *address)
{
    const struct own_address *own = own_find(stack, address);

    return own && own_is_usable(own);
}

bool ipv6_listens_to(const struct stack *stack, const struct address *group)
{
    static const struct address all_nodes = {.bytes = {0xff, 2, [15] = 1}};

    if (address_equal(group, &all_nodes))
        return true;
    EACH_OWN(stack, at)
    {
        struct address solicited = address_solicited_node(&at->told.address);

        if (at->told.state != ADDRESS6_DUPLICATE && address_equal(group, &solicited))
            return true;
    }
    return false;
}

/* RFC 6724, 3.1: 2 link-local, 14 global; of a multicast address it stands in it. */
static unsigned scope_of(const struct address *address)
{
    if (address->bytes[0] == 0xff)
        return address->bytes[1] & 15u;
    return address_is_link_local_v6(address) || address_is_loopback(address) ? 2 : 14;
}

/* RFC 6724, 2.1: the policy table's labels, as far as IPv6 destinations need them. */
static unsigned label_of(const struct address *address)
{
    const uint8_t *b = address->bytes;

    if (address_is_loopback(address))
        return 0;
    if (b[0] == 0x20 && b[1] == 0x02)
        return 2; /* 6to4 */
    if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0)
        return 5; /* Teredo */
    return (b[0] & 0xfe) == 0xfc ? 13 : 1;
}

static unsigned common_bits(const struct address *a, const struct address *b)
{
    unsigned bits = 0;

    while (bits < 64 && !((a->bytes[bits / 8] ^ b->bytes[bits / 8]) & 0x80 >> bits % 8))
        bits++;
    return bits;
}

/* Whether a is a better source than b for destination: rules 1, 2, 3, 6 and 8; the others concern
 * mobile hosts, several links and temporary addresses. */
static bool is_better(const struct stack_address6 *a, const struct stack_address6 *b,
                      const struct address *destination)
{
    unsigned scope = scope_of(destination), a_scope = scope_of(&a->address),
             b_scope = scope_of(&b->address), label = label_of(destination);
    bool a_label = label_of(&a->address) == label, b_label = label_of(&b->address) == label;

    if (address_equal(&a->address, destination) || address_equal(&b->address, destination))
        return address_equal(&a->address, destination);
    if (a_scope != b_scope)
        return a_scope < b_scope ? a_scope >= scope : b_scope < scope;
    if (a->state != b->state)
        return a->state == ADDRESS6_PREFERRED;
    if (a_label != b_label)
        return a_label;
    return common_bits(&a->address, destination) > common_bits(&b->address, destination);
}

const struct address *ipv6_source(const struct stack *stack, const struct address *destination)
{
    const struct own_address *best = NULL;

    EACH_OWN(stack, at)
    if (own_is_usable(at) && (!best || is_better(&at->told, &best->told, destination)))
        best = at;
    return best ? &best->told.address : NULL;
}

int stack_addresses6(const struct stack *stack, struct stack_address6 *out, int max)
{
    int count = 0;

    EACH_OWN(stack, at)
    if (count < max)
        out[count++] = at->told;
    return count;
}
