/* Neighbour discovery: who has an IPv6 address, which routers there are. RFC 4861.
 *
 * SPDX-License-Identifier: MIT
 *
 * What stations tell of themselves is kept in neighbor.c, beside what ARP learned.
 */
#ifndef HOST_STACK_NDP_H
#define HOST_STACK_NDP_H

#include "host/stack/ip.h"

enum {
    NDP_ROUTER_SOLICITATION = 133,
    NDP_ROUTER_ADVERTISEMENT = 134,
    NDP_NEIGHBOR_SOLICITATION = 135,
    NDP_NEIGHBOR_ADVERTISEMENT = 136,

    NDP_REDIRECT_BYTES = 40, /* without options */

    NDP_SOURCE_LINK = 1, /* options */
    NDP_TARGET_LINK = 2,
    NDP_PREFIX = 3,
    NDP_MTU = 5,
    NDP_RDNSS = 25,

    NDP_HOP_LIMIT = 255, /* a packet that was forwarded has less */
};

/* An ICMPv6 message of types 133 to 137, its checksum verified. */
void ndp_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns);

/* Asks for target's MAC address, all that could have it if mac is NULL, else that station alone. */
void ndp_ask(struct stack *stack, const struct address *target, const uint8_t *mac,
             uint64_t now_ns);
/* Asks whether anybody uses address, without telling that we want it (RFC 4862, 5.4.2). False: there was no room. */
bool ndp_probe(struct stack *stack, const struct address *address, uint64_t now_ns);
void ndp_ask_routers(struct stack *stack, uint64_t now_ns);

/* The first hop that a router named in place of the routes' next_hop (RFC 4861, 8). */
void redirect_follow(const struct stack *stack, const struct address *destination,
                     struct address *next_hop);
/* target does not answer: nobody is sent to it any more by a redirect. */
void redirect_fails(struct stack *stack, const struct address *target);

/* Walks over options: copies the next option's place to *option and moves *at behind it. Returns its type,
 * -1 at the end. The bytes were checked by ndp_options_fit. */
int ndp_option_next(const uint8_t **at, const uint8_t *end, const uint8_t **option);
/* No option is of length 0 or longer than what is left (4.6). */
bool ndp_options_fit(const uint8_t *at, const uint8_t *end);
/* The MAC address of the first option of type, or NULL. */
const uint8_t *ndp_link_address(const uint8_t *at, const uint8_t *end, unsigned type);

#endif
