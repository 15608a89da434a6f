/* The router's half for IPv6: neighbour discovery, advertisements, forwarding, "packet too big" (RFC 4861, 8200, 4443).
 *
 * SPDX-License-Identifier: MIT
 *
 * On every link it is fe80::1. It forwards to 2001:db8:g:n::/64 of any generation g, since a prefix that it tells of no
 * more as preferred stays valid.
 */
#ifndef TESTS_WORLD_ROUTER6_H
#define TESTS_WORLD_ROUTER6_H

#include "tests/world/host.h"

/* A packet has come from host. */
void router6_take(struct host *host, const uint8_t *packet, size_t len, uint64_t now_ns);
/* Advertises to host what is due, and when it next will. */
void router6_poll(struct host *host, uint64_t now_ns);
uint64_t router6_deadline(const struct host *host);

extern const uint8_t ROUTER6_ADDRESS[16];
/* Whose link an address of the world is on, by its prefix; -1: nobody's. */
int router6_host(const uint8_t address[16]);
/* Of host's present prefix, with zeros behind it. */
void router6_prefix(const struct host *host, uint64_t now_ns, uint8_t prefix[16]);

/* Fills in version, length and addresses of a packet with an ICMPv6 message of so many bytes, whose sum it makes. */
void router6_seal(uint8_t *ip, const uint8_t source[16], const uint8_t destination[16],
                  uint8_t hop_limit, size_t bytes);

#endif
