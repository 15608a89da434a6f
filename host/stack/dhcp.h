/* The DHCP client: a lease asked for, renewed and given up. RFC 2131 (3, 4.4).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_DHCP_H
#define HOST_STACK_DHCP_H

#include "host/stack/stack.h"

enum { DHCP_SERVER_PORT = 67, DHCP_CLIENT_PORT = 68 };

struct dhcp;

int dhcp_create(struct stack *stack, struct dhcp **out);
void dhcp_destroy(struct dhcp *dhcp);

/* Asks for a lease: first for the one that we had, if there was one (RFC 2131, 3.2). Outcomes
 * arrive by configure_leased and configure_lease_over. */
void dhcp_start(struct stack *stack, uint64_t now_ns);
/* No more questions; a lease stays known, and its end is still watched. */
void dhcp_pause(struct stack *stack);
/* Somebody else has the leased address: tells the server, and asks anew after 10 s
 * (RFC 2131, 3.1, 5.). */
void dhcp_decline(struct stack *stack, uint64_t now_ns);

bool dhcp_is_active(const struct stack *stack); /* UDP port 68 is ours */
bool dhcp_is_asking(
    const struct stack *stack); /* an answer may come to an address that we have not */
void dhcp_input(struct stack *stack, const struct address *from, const uint8_t *bytes, size_t len,
                uint64_t now_ns);
void dhcp_poll(struct stack *stack, uint64_t now_ns);
uint64_t dhcp_deadline(const struct stack *stack);

#endif
