/* The router in the middle of the world: a port to every host, ARP, IPv4 forwarding, fragments, "fragmentation needed"
 * (RFC 1812, 1191). It keeps no state.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_ROUTER_H
#define TESTS_WORLD_ROUTER_H

#include "tests/world/host.h"

/* A frame has come from host. */
void router_take(struct host *host, const uint8_t *frame, size_t len, uint64_t now_ns);

#endif
