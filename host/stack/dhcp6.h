/* Stateless DHCPv6: what a router's advertisement leaves out is asked for. RFC 8415, 18.2.6.
 *
 * SPDX-License-Identifier: MIT
 *
 * A router that says so (RFC 4861, 4.2: O, or M, of which we take the information alone) makes us ask for name servers and
 * the domain search list (RFC 3646), and again when they have grown old.
 */
#ifndef HOST_STACK_DHCP6_H
#define HOST_STACK_DHCP6_H

#include "host/stack/stack.h"

enum { DHCP6_CLIENT_PORT = 546, DHCP6_SERVER_PORT = 547 };

struct dhcp6;

int dhcp6_create(struct stack *stack, struct dhcp6 **out); /* 0 or -ENOMEM */
void dhcp6_destroy(struct dhcp6 *dhcp6);
/* A router says that there is more to ask for; nothing happens if we have asked, or have the answer. */
void dhcp6_start(struct stack *stack, uint64_t now_ns);
/* The link is gone: nothing is asked any more. The answer stays until another comes. */
void dhcp6_stop(struct stack *stack);
bool dhcp6_is_active(const struct stack *stack); /* UDP port 546 is ours */
void dhcp6_input(struct stack *stack, const struct address *from, const uint8_t *bytes, size_t len,
                 uint64_t now_ns);
void dhcp6_poll(struct stack *stack, uint64_t now_ns);
uint64_t dhcp6_deadline(const struct stack *stack);
/* Copies the answer's name servers, at most max. Returns how many. */
int dhcp6_servers(const struct stack *stack, struct address *out, int max);

#endif
