/* Our IPv6 addresses: which they are, whether they are ours yet, which one to send from. RFC 4862, RFC 6724.
 *
 * SPDX-License-Identifier: MIT
 *
 * An address is tentative while it is asked for (duplicate address detection), preferred, then
 * deprecated: still ours, but no new flow begins from it. One that somebody else has stays in the table,
 * so that `ferrite ip` shows it, and is not used.
 */
#ifndef HOST_STACK_IPV6_ADDRESS_H
#define HOST_STACK_IPV6_ADDRESS_H

#include "host/stack/stack.h"

enum { IPV6_ADDRESSES = 16 };

struct ipv6;

int ipv6_create(struct stack *stack, struct ipv6 **out); /* 0 or -ENOMEM */
void ipv6_destroy(struct ipv6 *ipv6);
void ipv6_link(struct stack *stack, bool up, uint64_t now_ns);
void ipv6_poll(struct stack *stack, uint64_t now_ns);
uint64_t ipv6_deadline(const struct stack *stack);

/* We have a link and an address on it. */
bool ipv6_is_up(const struct stack *stack);
/* As the router says, or the device: at least IPV6_MIN_MTU. */
uint16_t ipv6_link_mtu(const struct stack *stack);
/* How long a neighbour counts as reachable, and how often it is asked (RFC 4861, 6.3.2). */
uint64_t ipv6_reachable_ns(const struct stack *stack);
uint64_t ipv6_retrans_ns(const struct stack *stack);
/* A router does not answer: another is used if there is one (RFC 4861, 6.3.6). */
void ipv6_router_fails(struct stack *stack, const struct address *address);
/* Ours to use: neither tentative nor somebody else's. */
bool ipv6_is_own(const struct stack *stack, const struct address *address);
/* All nodes, or the solicited-node group (RFC 4291, 2.7.1) of an address that we have or ask for. */
bool ipv6_listens_to(const struct stack *stack, const struct address *group);
uint8_t ipv6_hop_limit(const struct stack *stack); /* as the routers tell; 0: they do not */
/* Source address for destination by RFC 6724, 5; NULL: none will do. */
const struct address *ipv6_source(const struct stack *stack, const struct address *destination);

static inline bool address_is_link_local_v6(const struct address *address) /* fe80::/10 */
{
    return address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

/* The first 64 bits of prefix in front of identifier. */
struct address address_join_v6(const struct address *prefix, uint64_t identifier);
/* ff02::1:ffXX:XXXX */
struct address address_solicited_node(const struct address *address);

#endif
