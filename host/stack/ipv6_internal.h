/* IPv6's own state, for ipv6*.c, ndp*.c and slaac.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_IPV6_INTERNAL_H
#define HOST_STACK_IPV6_INTERNAL_H

#include "host/stack/ip.h"
#include "host/stack/ipv6_address.h"

enum { IPV6_ROUTERS = 4, IPV6_PREFIXES = 8, IPV6_SERVERS = 3, IPV6_REDIRECTS = 8 };

struct own_address {
    bool used;
    struct stack_address6 told; /* what `ferrite ip` shows */
    unsigned conflicts;         /* RFC 7217's DAD_Counter */
    unsigned probes;            /* sent */
    uint64_t probe_ns;          /* tentative: the next probe, or the end of waiting for an answer */
};

struct ipv6_router {
    struct address address;
    uint64_t expires_ns; /* 0: unused */
};

/* On the link until then (RFC 4861, 6.3.4). */
struct ipv6_prefix {
    struct address prefix;
    unsigned len; /* 0: unused */
    uint64_t expires_ns;
};

struct ipv6_server {
    struct address address;
    uint64_t expires_ns; /* 0: unused */
};

/* Packets to destination that router would get go to target instead. */
struct ipv6_redirect {
    bool used;
    struct address destination, router, target;
};

struct ipv6 {
    struct own_address own[IPV6_ADDRESSES];
    struct ipv6_router routers[IPV6_ROUTERS]; /* the one that is used stands first */
    struct ipv6_prefix prefixes[IPV6_PREFIXES];
    struct ipv6_server servers[IPV6_SERVERS]; /* RFC 8106 */
    struct ipv6_redirect redirects[IPV6_REDIRECTS];
    uint16_t mtu;                      /* 0: the device's */
    uint8_t hop_limit;                 /* 0: the default */
    uint32_t base_reachable_ms;        /* as told, or the default */
    uint64_t reachable_ns, retrans_ns; /* RFC 4861, 6.3.2 */
    unsigned solicited;                /* router solicitations sent */
    uint64_t solicit_ns;               /* the next; UINT64_MAX: none */
    uint64_t due_ns;                   /* the least of all deadlines in here; 0: to be found out */
};

/* A deadline has changed. */
void ipv6_timers_changed(struct stack *stack);

/* ipv6_address.c: asks whether told's address is free, then takes it; one that we have gets told's
 * lifetimes. -ENOSPC. */
int own_add(struct stack *stack, const struct stack_address6 *told, unsigned conflicts,
            uint64_t now_ns);
struct own_address *own_find(const struct stack *stack, const struct address *address);
void own_remove(struct stack *stack, struct own_address *own, uint64_t now_ns);
/* It is ours now. */
void own_take(struct stack *stack, struct own_address *own, uint64_t now_ns);

/* ipv6_dad.c, RFC 4862, 5.4 */
void dad_start(struct stack *stack, struct own_address *own, uint64_t now_ns);
void dad_poll(struct stack *stack, struct own_address *own, uint64_t now_ns);
/* Somebody else has or asks for the address: another is tried where there is another. */
void dad_fails(struct stack *stack, struct own_address *own, const uint8_t *mac, uint64_t now_ns);

/* slaac.c, RFC 4862, 5.5 and RFC 7217 */
void slaac_link_local(struct stack *stack, unsigned conflicts, uint64_t now_ns);
void slaac_prefix(struct stack *stack, const struct address *prefix, unsigned len,
                  uint64_t valid_ns, uint64_t preferred_ns, uint64_t now_ns);
void slaac_again(struct stack *stack, const struct own_address *own, uint64_t now_ns);

/* ndp_router.c */
void router_times_forget(struct stack *stack);           /* those of the link: the defaults hold */
void router_start(struct stack *stack, uint64_t now_ns); /* asks for routers */
void router_stop(struct stack *stack);
/* It says of itself that it is no router (any more). */
void router_is_none(struct stack *stack, const struct address *address);
void router_advertised(struct stack *stack, const struct ip_input *in, uint64_t now_ns);
void router_poll(struct stack *stack, uint64_t now_ns);
uint64_t router_deadline(const struct stack *stack);

/* ndp_redirect.c: takes a redirect whose form is right. False: nobody may ask for that. */
bool redirect_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns);
/* What goes by router goes as the routes say; what goes to it is not touched. */
void redirect_around(struct stack *stack, const struct address *router);
void redirect_forget(struct stack *stack);

#endif
