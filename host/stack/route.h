/* Routes: which next hop leads to an address. RFC 1122 (3.3.1).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_ROUTE_H
#define HOST_STACK_ROUTE_H

#include "host/stack/stack.h"

enum { ROUTES = 24 }; /* more than all addresses, prefixes and routers make */

struct route_table {
    struct stack_route routes[ROUTES];
    int count;
};

/* gateway unspecified: the prefix is on the link. Replaces a route of the same prefix. Returns 0 or
 * -ENOSPC. */
int route_add(struct route_table *table, const struct address *prefix, unsigned prefix_len,
              const struct address *gateway);
void route_remove(struct route_table *table, const struct address *prefix, unsigned prefix_len);
void route_clear_v4(struct route_table *table);
/* The longest prefix that holds destination decides. Returns 0 and the station to hand the packet
 * to, or -ENETUNREACH. */
int route_lookup(const struct route_table *table, const struct address *destination,
                 struct address *next_hop);

#endif
