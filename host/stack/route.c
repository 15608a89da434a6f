/* Routes: which next hop leads to an address.
 *
 * SPDX-License-Identifier: MIT
 *
 * A host has a handful of routes, so the table is searched from end to end.
 */
#include <errno.h>
#include <string.h>

#include "host/stack/route.h"

static struct stack_route *route_find(struct route_table *table, const struct address *prefix,
                                      unsigned prefix_len)
{
    for (int i = 0; i < table->count; i++) {
        struct stack_route *route = &table->routes[i];

        if (route->prefix_len == prefix_len &&
            address_in_prefix(prefix, &route->prefix, prefix_len))
            return route;
    }
    return NULL;
}

/* Bits behind the prefix are cleared, so that a table shows networks. */
static struct address network_of(const struct address *address, unsigned prefix_len)
{
    struct address network = *address;
    unsigned from = prefix_len + (address_is_v4(address) ? 96 : 0);

    for (unsigned bit = from; bit < 128; bit++)
        network.bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    return network;
}

int route_add(struct route_table *table, const struct address *prefix, unsigned prefix_len,
              const struct address *gateway)
{
    struct stack_route *route = route_find(table, prefix, prefix_len);

    if (!route && table->count == ROUTES)
        return -ENOSPC;
    if (!route)
        route = &table->routes[table->count++];
    route->prefix = network_of(prefix, prefix_len);
    route->prefix_len = prefix_len;
    route->gateway = *gateway;
    return 0;
}

static void remove_at(struct route_table *table, int index)
{
    table->count--;
    memmove(&table->routes[index], &table->routes[index + 1],
            (size_t)(table->count - index) * sizeof *table->routes);
}

void route_remove(struct route_table *table, const struct address *prefix, unsigned prefix_len)
{
    struct stack_route *route = route_find(table, prefix, prefix_len);

    if (route)
        remove_at(table, (int)(route - table->routes));
}

void route_clear_v4(struct route_table *table)
{
    for (int i = table->count - 1; i >= 0; i--)
        if (address_is_v4(&table->routes[i].prefix))
            remove_at(table, i);
}

int route_lookup(const struct route_table *table, const struct address *destination,
                 struct address *next_hop)
{
    const struct stack_route *best = NULL;

    for (int i = 0; i < table->count; i++) {
        const struct stack_route *route = &table->routes[i];

        if (address_in_prefix(destination, &route->prefix, route->prefix_len) &&
            (!best || route->prefix_len > best->prefix_len))
            best = route;
    }
    if (!best)
        return -ENETUNREACH;
    *next_hop = address_is_unspecified(&best->gateway) ? *destination : best->gateway;
    return 0;
}
