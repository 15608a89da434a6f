/* How the station gets its address: link, static or DHCP, link-local, probes, lease.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_CONFIGURE_H
#define HOST_STACK_CONFIGURE_H

#include "host/stack/arp.h"
#include "host/stack/stack.h"

struct configure;

int configure_create(struct stack *stack, struct configure **out);
void configure_destroy(struct configure *configure);
void configure_link(struct stack *stack, bool up, uint64_t now_ns);
void configure_poll(struct stack *stack, uint64_t now_ns);
uint64_t configure_deadline(const struct stack *stack);
/* An ARP packet of another station. Returns true if it claims an address of ours, and is not to be
 * learned from. */
bool configure_arp(struct stack *stack, const struct arp_packet *packet, uint64_t now_ns);

/* Called by dhcp.c: a server gave or renewed a lease; the lease is over or was refused. */
void configure_leased(struct stack *stack, const struct stack_lease *lease, uint64_t now_ns);
void configure_lease_over(struct stack *stack, const char *why, uint64_t now_ns);

#endif
