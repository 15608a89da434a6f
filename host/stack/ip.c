/* The IP layer's memory, addresses and timers.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>

#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_address.h"
#include "host/stack/neighbor.h"
#include "host/stack/reassembly.h"
#include "host/stack/stack_internal.h"

int ip_create(struct stack *stack, struct ip **out)
{
    struct ip *ip = calloc(1, sizeof *ip);

    if (!ip)
        return -ENOMEM;
    ip->own = address_v4(0);
    ip->id_secret = stack_random(stack);
    for (int i = 0; i < IP_ID_BUCKETS; i++)
        ip->ids[i] = (uint16_t)stack_random(stack);
    ip->aside = malloc(IP_FRAME_HEADERS_MOST + IPV6_MAX_PAYLOAD);
    if (!ip->aside || reassembly_create(&ip->reassembly) < 0 ||
        local_create(stack, &ip->local) < 0) {
        ip_destroy(ip);
        return -ENOMEM;
    }
    *out = ip;
    return 0;
}

void ip_destroy(struct ip *ip)
{
    if (!ip)
        return;
    local_destroy(ip->local);
    reassembly_destroy(ip->reassembly);
    free(ip->aside);
    free(ip);
}

void ip_poll(struct stack *stack, uint64_t now_ns)
{
    if (path_mtu_deadline(&stack->ip->path_mtu) <= now_ns) {
        path_mtu_poll(&stack->ip->path_mtu, now_ns);
        ip_ways_changed(stack);
        tcp_paths_widen(stack, now_ns);
    }
    reassembly_poll(stack, now_ns);
    local_deliver(stack, now_ns);
}

uint64_t ip_deadline(const struct stack *stack)
{
    uint64_t path_mtu = path_mtu_deadline(&stack->ip->path_mtu);
    uint64_t reassembly = reassembly_deadline(stack);

    if (local_pending(stack))
        return 0;
    return path_mtu < reassembly ? path_mtu : reassembly;
}

void ip_configure(struct stack *stack, const struct address *address, unsigned prefix_len,
                  const struct address *gateway)
{
    const struct address on_link = address_v4(0), everywhere = address_v4(0);
    struct ip *ip = stack->ip;

    ip_ways_changed(stack);
    ip->configured = true;
    ip->good_pair = 0;
    ip->own = *address;
    ip->prefix_len = prefix_len;
    route_clear_v4(&ip->routes);
    route_add(&ip->routes, address, prefix_len, &on_link);
    if (!address_is_unspecified(gateway) && address_is_v4(gateway))
        route_add(&ip->routes, &everywhere, 0, gateway);
}

void ip_unconfigure(struct stack *stack)
{
    ip_ways_changed(stack);
    stack->ip->configured = false;
    stack->ip->good_pair = 0;
    stack->ip->own = address_v4(0);
    route_clear_v4(&stack->ip->routes);
    neighbor_forget(stack, false);
}

bool ip_is_own(const struct stack *stack, const struct address *address)
{
    if (address_is_loopback(address))
        return true;
    if (!address_is_v4(address))
        return ipv6_is_own(stack, address);
    return stack->ip->configured && address_equal(address, &stack->ip->own);
}

bool ip_is_broadcast(const struct stack *stack, const struct address *address)
{
    uint32_t v4 = address_to_v4(address);

    if (!address_is_v4(address))
        return false;
    if (v4 == 0xffffffff)
        return true;
    /* A prefix of 31 or 32 bits has no broadcast address (RFC 3021). */
    if (!stack->ip->configured || stack->ip->prefix_len > 30)
        return false;
    return v4 == (address_to_v4(&stack->ip->own) | 0xffffffffu >> stack->ip->prefix_len);
}

int stack_routes(const struct stack *stack, struct stack_route *out, int max)
{
    int count = 0;

    while (count < stack->ip->routes.count && count < max) {
        out[count] = stack->ip->routes.routes[count];
        count++;
    }
    return count;
}
