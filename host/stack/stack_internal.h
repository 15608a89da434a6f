/* The stack's own structure, for the files of host/stack only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_STACK_INTERNAL_H
#define HOST_STACK_STACK_INTERNAL_H

#include "host/stack/ip.h"
#include "host/stack/run.h"
#include "host/stack/stack.h"

/* Each part keeps its state to itself behind its pointer. */
struct stack {
    struct stack_config config;
    struct stack_counters counters;
    struct tcp *tcp;                  /* tcp.c */
    struct udp *udp;                  /* udp.c: UDP and ICMP echo sockets */
    struct neighbor_cache *neighbors; /* neighbor.c, arp.c */
    struct ipv6 *ipv6;                /* ipv6_address.c: IPv6 addresses, routers, name servers */
    struct ip *ip;                    /* ip.c: routes, reassembly, path MTU, identification */
    struct dhcp *dhcp;                /* dhcp.c */
    struct dhcp6 *dhcp6;              /* dhcp6.c */
    struct mld *mld;                  /* mld.c: groups that we listen to */
    struct configure *configure;      /* configure.c: link, probing, link-local, lease */
    bool link;
    /* When any part but TCP wants to be polled, and must be at the latest; due 0: both are to be found out. */
    uint64_t parts_due_ns, parts_deadline_ns;
    struct run run;
    uint64_t sent_ticket; /* the last that stack_sent named */
};

static inline uint64_t stack_random(struct stack *stack)
{
    return stack->config.random(stack->config.random_user);
}

/* A timer of a part other than TCP may have changed: said of whatever comes in that is not TCP's alone, and whatever a
 * packet of TCP starts on its way out. */
static inline void stack_parts_stirred(struct stack *stack)
{
    stack->parts_due_ns = 0;
}

#endif
