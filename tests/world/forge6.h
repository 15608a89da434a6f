/* ICMPv6 messages that nobody asked for, straight onto a host's link.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_FORGE6_H
#define TESTS_WORLD_FORGE6_H

#include "tests/world/host.h"

enum { FORGED6_BYTES = 1514 };

struct forged6 {
    uint8_t frame[FORGED6_BYTES];
    size_t bytes; /* behind the IPv6 header */
};

/* All zeros but for the message's type. Returns the message, which has so many bytes. */
uint8_t *forge6_begin(struct forged6 *forged, uint8_t type, size_t bytes);
/* Adds the option of neighbour discovery that tells a MAC address. */
void forge6_link(struct forged6 *forged, uint8_t option, const uint8_t mac[6]);
/* Sums it and sends it, from mac, to the group's MAC address or the host's. */
void forge6_send(struct forged6 *forged, struct host *host, const uint8_t mac[6],
                 const uint8_t source[16], const uint8_t destination[16], uint8_t hop_limit);
/* The same for what has its header already: nothing is summed. */
void forge6_send_as_it_is(struct forged6 *forged, struct host *host, const uint8_t mac[6]);

#endif
