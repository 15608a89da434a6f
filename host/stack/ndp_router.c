/* Routers: asked for, heard, chosen; what they tell of the link. RFC 4861, 6.3; RFC 8106.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/dhcp6.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_internal.h"
#include "host/stack/ndp.h"
#include "host/stack/neighbor.h"
#include "host/stack/stack_internal.h"

static const uint64_t SECOND_NS = 1000000000ull;
static const uint64_t SOLICIT_INTERVAL_NS = 4 * 1000000000ull;
enum { SOLICITATIONS = 3 };
static const uint32_t FOR_EVER_S = 0xffffffff;
static const struct address NOWHERE;
enum { FLAG_MANAGED = 0x80, FLAG_OTHER = 0x40 };

/* Nobody may have us ask without pause, nor wait for ever. The first as in 6.2.1. */
enum { REACHABLE_MOST_MS = 3600000, RETRANS_LEAST_MS = 10, RETRANS_MOST_MS = 60000 };

/* In ms. All stations on a link take different times for one base value (6.3.2). */
static void take_times(struct stack *stack, uint32_t reachable_ms, uint32_t retrans_ms)
{
    struct ipv6 *ipv6 = stack->ipv6;

    if (reachable_ms > REACHABLE_MOST_MS)
        reachable_ms = REACHABLE_MOST_MS;
    if (retrans_ms && retrans_ms < RETRANS_LEAST_MS)
        retrans_ms = RETRANS_LEAST_MS;
    if (retrans_ms > RETRANS_MOST_MS)
        retrans_ms = RETRANS_MOST_MS;
    if (reachable_ms && reachable_ms != ipv6->base_reachable_ms) {
        ipv6->base_reachable_ms = reachable_ms;
        ipv6->reachable_ns = reachable_ms * UINT64_C(500000) +
                             stack_random(stack) % (reachable_ms * UINT64_C(1000000));
    }
    if (retrans_ms)
        ipv6->retrans_ns = retrans_ms * UINT64_C(1000000);
}

void router_times_forget(struct stack *stack)
{
    take_times(stack, 30000, 1000); /* RFC 4861, 10 */
}

void router_start(struct stack *stack, uint64_t now_ns)
{
    struct ipv6 *ipv6 = stack->ipv6;

    ipv6_timers_changed(stack);
    ipv6->solicited = 0;
    ipv6->solicit_ns = now_ns;
    if (!stack->config.skip_probing)
        ipv6->solicit_ns += stack_random(stack) % SECOND_NS; /* 6.3.7 */
}

void router_stop(struct stack *stack)
{
    stack->ipv6->solicit_ns = UINT64_MAX;
}

/* The first router carries what has no better route. */
static void choose(struct stack *stack)
{
    const struct ipv6_router *first = &stack->ipv6->routers[0];

    if (!address_is_unspecified(&stack->config.gateway6))
        return;
    ip_ways_changed(stack);
    route_remove(&stack->ip->routes, &NOWHERE, 0);
    if (first->expires_ns)
        route_add(&stack->ip->routes, &NOWHERE, 0, &first->address);
}

/* Takes the entry out; those behind move up. */
static void router_drop(struct stack *stack, struct ipv6_router *router)
{
    struct ipv6_router *last = &stack->ipv6->routers[IPV6_ROUTERS - 1];

    memmove(router, router + 1, (size_t)(last - router) * sizeof *router);
    last->expires_ns = 0;
    choose(stack);
}

static void router_heard(struct stack *stack, const struct address *address, uint64_t lifetime_ns,
                         uint64_t now_ns)
{
    struct ipv6_router *at = stack->ipv6->routers, *end = at + IPV6_ROUTERS;
    char text[ADDRESS_TEXT_BYTES];

    while (at < end && at->expires_ns && !address_equal(&at->address, address))
        at++;
    if (at == end)
        return; /* there are enough */
    if (lifetime_ns == 0) {
        if (at->expires_ns)
            router_drop(stack, at);
        return;
    }
    if (!at->expires_ns)
        journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ndp", "router %s for %llu s",
                      address_format(address, text), (unsigned long long)(lifetime_ns / SECOND_NS));
    *at = (struct ipv6_router){*address, now_ns + lifetime_ns};
    choose(stack);
}

void ipv6_router_fails(struct stack *stack, const struct address *address)
{
    struct ipv6_router *routers = stack->ipv6->routers, failed = routers[0];
    int count = 0;

    while (count < IPV6_ROUTERS && routers[count].expires_ns)
        count++;
    if (count < 2 || !address_equal(&failed.address, address))
        return;
    memmove(routers, routers + 1, (size_t)(count - 1) * sizeof *routers);
    routers[count - 1] = failed;
    choose(stack);
}

void router_is_none(struct stack *stack, const struct address *address)
{
    struct ipv6_router *routers = stack->ipv6->routers;

    redirect_around(stack, address);
    for (int i = 0; i < IPV6_ROUTERS && routers[i].expires_ns; i++)
        if (address_equal(&routers[i].address, address)) {
            router_drop(stack, &routers[i]);
            return;
        }
}

static uint64_t until(uint32_t lifetime_s, uint64_t now_ns)
{
    return lifetime_s == FOR_EVER_S ? UINT64_MAX : now_ns + lifetime_s * SECOND_NS;
}

static bool is_static(const struct stack_config *config, const struct address *prefix, unsigned len)
{
    for (int i = 0; i < STACK_STATIC6; i++) {
        const struct stack_static6 *own = &config->static6[i];

        if (!address_is_unspecified(&own->address) && len == own->prefix_len &&
            address_in_prefix(prefix, &own->address, len))
            return true;
    }
    return false;
}

static void on_link(struct stack *stack, const struct address *prefix, unsigned len,
                    uint32_t valid_s, uint64_t now_ns)
{
    struct ipv6_prefix *at = stack->ipv6->prefixes, *end = at + IPV6_PREFIXES;

    if (is_static(&stack->config, prefix, len))
        return; /* it is on the link as long as our own address is */
    while (at < end && at->len && !(at->len == len && address_in_prefix(prefix, &at->prefix, len)))
        at++;
    if (at == end)
        return;
    if (valid_s == 0 && at->len)
        at->expires_ns = now_ns;
    ip_ways_changed(stack);
    if (valid_s == 0 || route_add(&stack->ip->routes, prefix, len, &NOWHERE) < 0)
        return;
    *at = (struct ipv6_prefix){*prefix, len, until(valid_s, now_ns)};
}

/* RFC 4861, 4.6.2; lifetimes in seconds. */
static void prefix_option(struct stack *stack, const uint8_t *option, uint64_t now_ns)
{
    struct address prefix;
    uint32_t valid_s = get32(option + 4), preferred_s = get32(option + 8);

    memcpy(prefix.bytes, option + 16, 16);
    if (option[1] != 4 || option[2] == 0 || option[2] > 128 || address_is_link_local_v6(&prefix) ||
        address_is_v4(&prefix))
        return;
    if (option[3] & 0x80)
        on_link(stack, &prefix, option[2], valid_s, now_ns);
    if (option[3] & 0x40)
        slaac_prefix(stack, &prefix, option[2],
                     valid_s == FOR_EVER_S ? UINT64_MAX : valid_s * SECOND_NS,
                     preferred_s == FOR_EVER_S ? UINT64_MAX : preferred_s * SECOND_NS, now_ns);
}

static void mtu_option(struct stack *stack, const uint8_t *option)
{
    uint32_t mtu = get32(option + 4);

    if (option[1] != 1 || mtu < IPV6_MIN_MTU || mtu > stack->config.device.mtu)
        return;
    stack->ipv6->mtu = (uint16_t)mtu;
    ip_ways_changed(stack);
}

/* Of that address, or a free one; NULL: there are enough. */
static struct ipv6_server *server_entry(struct ipv6 *ipv6, const struct address *address)
{
    struct ipv6_server *unused = NULL;

    for (struct ipv6_server *at = ipv6->servers; at < ipv6->servers + IPV6_SERVERS; at++) {
        if (at->expires_ns && address_equal(&at->address, address))
            return at;
        if (!at->expires_ns && !unused)
            unused = at;
    }
    return unused;
}

/* RFC 8106, 5.1 */
static void servers_option(struct stack *stack, const uint8_t *option, uint64_t now_ns)
{
    uint32_t lifetime_s = get32(option + 4);

    for (unsigned unit = 1; unit + 1 < option[1]; unit += 2) {
        struct ipv6_server *at;
        struct address address;

        memcpy(address.bytes, option + 8 * unit, 16);
        at = server_entry(stack->ipv6, &address);
        if (at)
            *at = (struct ipv6_server){address, lifetime_s ? until(lifetime_s, now_ns) : 0};
    }
}

static void read_options(struct stack *stack, const uint8_t *at, const uint8_t *end,
                         uint64_t now_ns)
{
    const uint8_t *option;
    int type;

    while ((type = ndp_option_next(&at, end, &option)) >= 0) {
        if (type == NDP_PREFIX && option[1] == 4)
            prefix_option(stack, option, now_ns);
        else if (type == NDP_MTU)
            mtu_option(stack, option);
        else if (type == NDP_RDNSS)
            servers_option(stack, option, now_ns);
    }
}

uint8_t ipv6_hop_limit(const struct stack *stack)
{
    return stack->ipv6->hop_limit;
}

uint64_t ipv6_reachable_ns(const struct stack *stack)
{
    return stack->ipv6->reachable_ns;
}

uint64_t ipv6_retrans_ns(const struct stack *stack)
{
    return stack->ipv6->retrans_ns;
}

/* 6.3.4 */
void router_advertised(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    const uint8_t *h = in->payload, *options = h + 16, *end = h + in->length;
    const uint8_t *link = ndp_link_address(options, end, NDP_SOURCE_LINK);
    struct ipv6 *ipv6 = stack->ipv6;

    stack->counters.ndp_in_routers++;
    ipv6_timers_changed(stack);
    if (h[4])
        ipv6->hop_limit = h[4];
    take_times(stack, get32(h + 8), get32(h + 12));
    if (link && !own_find(stack, &in->source))
        neighbor_hear(stack, &in->source, link, NEIGHBOR_HEARD_CREATE | NEIGHBOR_HEARD_OVERRIDE,
                      now_ns);
    router_heard(stack, &in->source, get16(h + 6) * SECOND_NS, now_ns);
    read_options(stack, options, end, now_ns);
    if (h[5] & (FLAG_MANAGED | FLAG_OTHER))
        dhcp6_start(stack, now_ns);
    if (ipv6->solicited > 0 && get16(h + 6)) /* 6.3.7: one that is no router does not count */
        ipv6->solicit_ns = UINT64_MAX;
}

static void expire(struct stack *stack, uint64_t now_ns)
{
    struct ipv6 *ipv6 = stack->ipv6;

    for (int i = IPV6_ROUTERS - 1; i >= 0; i--)
        if (ipv6->routers[i].expires_ns && ipv6->routers[i].expires_ns <= now_ns)
            router_drop(stack, &ipv6->routers[i]);
    for (int i = 0; i < IPV6_PREFIXES; i++) {
        struct ipv6_prefix *at = &ipv6->prefixes[i];

        if (!at->len || at->expires_ns > now_ns)
            continue;
        ip_ways_changed(stack);
        route_remove(&stack->ip->routes, &at->prefix, at->len);
        memmove(at, at + 1, (size_t)(IPV6_PREFIXES - 1 - i) * sizeof *at);
        ipv6->prefixes[IPV6_PREFIXES - 1].len = 0;
        i--;
    }
    for (int i = 0; i < IPV6_SERVERS; i++)
        if (ipv6->servers[i].expires_ns <= now_ns)
            ipv6->servers[i].expires_ns = 0;
}

void router_poll(struct stack *stack, uint64_t now_ns)
{
    struct ipv6 *ipv6 = stack->ipv6;

    expire(stack, now_ns);
    if (ipv6->solicit_ns > now_ns)
        return;
    ipv6->solicited++;
    ipv6->solicit_ns = ipv6->solicited < SOLICITATIONS ? now_ns + SOLICIT_INTERVAL_NS : UINT64_MAX;
    ndp_ask_routers(stack, now_ns);
}

static void earlier(uint64_t *first, uint64_t expires_ns)
{
    if (expires_ns && expires_ns < *first)
        *first = expires_ns;
}

uint64_t router_deadline(const struct stack *stack)
{
    const struct ipv6 *ipv6 = stack->ipv6;
    uint64_t first = ipv6->solicit_ns;

    for (int i = 0; i < IPV6_ROUTERS; i++)
        earlier(&first, ipv6->routers[i].expires_ns);
    for (int i = 0; i < IPV6_PREFIXES; i++)
        if (ipv6->prefixes[i].len)
            earlier(&first, ipv6->prefixes[i].expires_ns);
    for (int i = 0; i < IPV6_SERVERS; i++)
        earlier(&first, ipv6->servers[i].expires_ns);
    return first;
}

int stack_dns6(const struct stack *stack, struct address *out, int max)
{
    int count = dhcp6_servers(stack, out, max);

    for (int i = 0; i < IPV6_SERVERS; i++)
        if (stack->ipv6->servers[i].expires_ns && count < max)
            out[count++] = stack->ipv6->servers[i].address;
    return count;
}
