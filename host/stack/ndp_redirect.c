/* Redirects: the router knows a better first hop to a station. RFC 4861, 8.
 *
 * SPDX-License-Identifier: MIT
 *
 * What a router has told counts while the routes lead to it and the better hop answers. The table is small, the entry
 * that came first goes.
 */
#include <string.h>

#include "host/stack/icmp.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_internal.h"
#include "host/stack/ndp.h"
#include "host/stack/neighbor.h"
#include "host/stack/stack_internal.h"

enum { TARGET_AT = 8, DESTINATION_AT = 24 };

static struct ipv6_redirect *find(const struct stack *stack, const struct address *destination)
{
    struct ipv6_redirect *at = stack->ipv6->redirects, *end = at + IPV6_REDIRECTS;

    while (at < end && !(at->used && address_equal(&at->destination, destination)))
        at++;
    return at < end ? at : NULL;
}

void redirect_follow(const struct stack *stack, const struct address *destination,
                     struct address *next_hop)
{
    const struct ipv6_redirect *redirect = find(stack, destination);

    if (redirect && address_equal(&redirect->router, next_hop))
        *next_hop = redirect->target;
}

void redirect_fails(struct stack *stack, const struct address *target)
{
    for (int i = 0; i < IPV6_REDIRECTS; i++)
        if (address_equal(&stack->ipv6->redirects[i].target, target))
            stack->ipv6->redirects[i].used = false;
    ip_ways_changed(stack);
}

void redirect_around(struct stack *stack, const struct address *router)
{
    for (int i = 0; i < IPV6_REDIRECTS; i++) {
        struct ipv6_redirect *at = &stack->ipv6->redirects[i];

        if (address_equal(&at->target, router) && !address_equal(&at->destination, router))
            at->used = false;
    }
    ip_ways_changed(stack);
}

void redirect_forget(struct stack *stack)
{
    memset(stack->ipv6->redirects, 0, sizeof stack->ipv6->redirects);
}

/* A free place, or the one that was taken first. */
static struct ipv6_redirect *place(struct ipv6 *ipv6)
{
    for (struct ipv6_redirect *at = ipv6->redirects; at < ipv6->redirects + IPV6_REDIRECTS; at++)
        if (!at->used)
            return at;
    memmove(ipv6->redirects, ipv6->redirects + 1, (IPV6_REDIRECTS - 1) * sizeof *ipv6->redirects);
    return ipv6->redirects + IPV6_REDIRECTS - 1;
}

/* A station that packets may be sent to, and not ourselves. */
static bool is_elsewhere(const struct stack *stack, const struct address *address)
{
    return !address_is_multicast(address) && !address_is_unspecified(address) &&
           !address_is_loopback(address) && !address_is_v4(address) && !own_find(stack, address);
}

/* The redirect that a message asks for. False: it is not the first hop's, or makes no sense (8.1). */
static bool read(const struct stack *stack, const struct ip_input *in, struct ipv6_redirect *out)
{
    struct address first_hop;

    *out = (struct ipv6_redirect){.used = true};
    memcpy(out->target.bytes, in->payload + TARGET_AT, 16);
    memcpy(out->destination.bytes, in->payload + DESTINATION_AT, 16);
    if (!is_elsewhere(stack, &out->destination) || own_find(stack, &out->target) ||
        (!address_is_link_local_v6(&out->target) &&
         !address_equal(&out->target, &out->destination)))
        return false;
    if (route_lookup(&stack->ip->routes, &out->destination, &out->router) < 0)
        return false;
    first_hop = out->router;
    redirect_follow(stack, &out->destination, &first_hop);
    return address_equal(&first_hop, &in->source);
}

/* 8.3 */
bool redirect_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    const uint8_t *link = ndp_link_address(in->payload + NDP_REDIRECT_BYTES,
                                           in->payload + in->length, NDP_TARGET_LINK);
    char to[ADDRESS_TEXT_BYTES], target[ADDRESS_TEXT_BYTES], router[ADDRESS_TEXT_BYTES];
    struct ipv6_redirect redirect, *known;

    if (!read(stack, in, &redirect))
        return false;
    known = find(stack, &redirect.destination);
    *(known ? known : place(stack->ipv6)) = redirect;
    ip_ways_changed(stack);
    stack->counters.ndp_in_redirects++;
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ndp",
                  "%s says: the way to %s is by %s", address_format(&in->source, router),
                  address_format(&redirect.destination, to),
                  address_format(&redirect.target, target));
    if (link)
        neighbor_hear(stack, &redirect.target, link,
                      NEIGHBOR_HEARD_CREATE | NEIGHBOR_HEARD_OVERRIDE, now_ns);
    return true;
}
