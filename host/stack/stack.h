/* The protocol stack: one station on one Ethernet, from frames to sockets.
 *
 * SPDX-License-Identifier: MIT
 *
 * Everything happens inside stack_input, stack_poll, stack_room and the calls of tcp.h, udp.h and
 * icmp.h; nothing here reads a clock, draws a number but from config->random, or owns a global. All
 * times are ns of one monotonic clock.
 */
#ifndef HOST_STACK_STACK_H
#define HOST_STACK_STACK_H

#include "driver/journal.h"
#include "host/stack/address.h"
#include "host/stack/device.h"

struct stack;
struct tcp_congestion_ops;

enum stack_address_source { ADDRESS_FROM_DHCP, ADDRESS_STATIC };

enum { STACK_STATIC6 = 4 };

struct stack_static6 {
    struct address address;
    unsigned prefix_len;
};

struct stack_config {
    struct device device;
    struct journal *journal;        /* may be NULL */
    uint64_t (*random)(void *user); /* 64 unpredictable bits (a seeded generator in tests) */
    void *random_user;

    enum stack_address_source source;
    struct address address, gateway; /* static: gateway may be unspecified */
    unsigned prefix_len;
    struct endpoint dns[3];    /* static, or in place of the lease's; port 0 ends the list */
    char hostname[64];         /* told to the DHCP server; may be "" */
    uint64_t dhcp_patience_ns; /* then a link-local address is taken (RFC 3927); 0: 10 s */
    bool ipv6; /* besides IPv4: link-local address, routers' prefixes (RFC 4862), and: */
    struct stack_static6 static6[STACK_STATIC6]; /* beside those; an address of zeros ends them */
    struct address gateway6;                     /* beside a static address; all zeros: none */
    uint64_t stable_secret[2]; /* RFC 7217: the same at every start of this station */
    bool skip_probing; /* use an address at once, without asking who has it (RFC 5227): for tests */

    /* Buffers of a connection: how large they begin (0: 65,535 each) and how large they grow as the path asks for it
     * (tcp_tune.c). Most of 0: as they begin, if that is given, else 8 MiB for sending and 6 MiB for receiving. */
    uint32_t tcp_send_bytes, tcp_receive_bytes, tcp_send_most, tcp_receive_most;
    uint64_t tcp_growth_bytes; /* by which all of them together grow at most; 0: 256 MiB */
    const struct tcp_congestion_ops *tcp_congestion; /* of new sockets; NULL: CUBIC */
    bool tcp_ecn;        /* ask for RFC 3168; a peer that asks gets it in any case, as with Linux */
    bool tcp_pacing;     /* spread what is sent over the round trip (tcp_pace.h) */
    bool tcp_timestamps; /* offer and accept RFC 7323's: 12 bytes a segment for PAWS and more */
    uint32_t max_connections;      /* 0: 1,024 */
    uint32_t max_datagram_sockets; /* 0: 256 */
    uint64_t time_wait_ns;         /* 2 MSL; 0: 60 s as in Linux */
};

/* Returns 0, -ENOMEM or -EINVAL. With link up, address configuration starts at the first
 * stack_poll. */
int stack_create(struct stack **out, const struct stack_config *config, uint64_t now_ns);
/* Every socket and connection must have been closed or aborted by its owner. */
void stack_destroy(struct stack *stack);

/* A received frame (Ethernet, without FCS); valid during the call. */
void stack_input(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
                 size_t len, uint64_t now_ns);
/* Around the calls of stack_input for frames that came together: TCP answers them, and calls owners,
 * in stack_batch_end. */
void stack_batch_begin(struct stack *stack);
void stack_batch_end(struct stack *stack, uint64_t now_ns);
/* Runs every timer that is due and sends what may be sent. */
void stack_poll(struct stack *stack, uint64_t now_ns);
/* When stack_poll must be called at the latest; UINT64_MAX if no timer runs. */
uint64_t stack_deadline(const struct stack *stack);
/* Every frame up to ticket (struct device, commit) has left the host, or is lost. */
void stack_sent(struct stack *stack, uint64_t ticket, uint64_t now_ns);
/* The device has room again. */
void stack_room(struct stack *stack, uint64_t now_ns);
void stack_link(struct stack *stack, bool up, uint64_t now_ns);

/* How far address configuration has come. */
enum stack_state {
    STACK_NO_LINK,
    STACK_ASKING,   /* DHCP under way */
    STACK_PROBING,  /* the address is being probed for conflicts (RFC 5227): only a timer runs */
    STACK_READY,    /* an address is configured */
    STACK_CONFLICT, /* the static address is somebody else's; it is probed again every 10 s */
};
enum stack_state stack_state(const struct stack *stack);

/* How far that of IPv6 has come; it goes on beside the other. */
enum stack_state6 {
    STACK6_NONE, /* no link, or config->ipv6 is off */
    STACK6_PROBING, /* asks whether an address is free, or is about to look for routers: only a timer runs */
    STACK6_ASKING, /* routers have been asked and none has answered; the address on the link can be used */
    STACK6_READY, /* all there is: also no router, or an address that another station has */
};
enum stack_state6 stack_state6(const struct stack *stack);

/* For `ferrite ip`. Each returns how many entries it wrote, at most max. */
struct stack_lease {
    bool from_dhcp, link_local;
    struct address address, server, gateway;
    unsigned prefix_len;
    struct endpoint dns[3];
    uint64_t obtained_ns, renew_ns, rebind_ns, expires_ns; /* UINT64_MAX: never */
};
struct stack_route {
    struct address prefix, gateway; /* gateway unspecified: on link */
    unsigned prefix_len;
};
struct stack_neighbor {
    struct address address;
    uint8_t mac[6];
    enum { NEIGHBOR_INCOMPLETE, NEIGHBOR_REACHABLE, NEIGHBOR_STALE } state;
    uint64_t updated_ns;
};
struct stack_address6 {
    struct address address;
    unsigned prefix_len;
    enum { ADDRESS6_TENTATIVE, ADDRESS6_PREFERRED, ADDRESS6_DEPRECATED, ADDRESS6_DUPLICATE } state;
    enum { ADDRESS6_LINK_LOCAL, ADDRESS6_AUTOCONF, ADDRESS6_STATIC } origin;
    uint64_t preferred_until_ns, valid_until_ns; /* UINT64_MAX: for ever */
};
int stack_addresses6(const struct stack *stack, struct stack_address6 *out, int max);
/* Name servers: DHCPv6's, then routers' (RFC 8106, 5.3.1). */
int stack_dns6(const struct stack *stack, struct address *out, int max);
/* Names to look for a short name in, by DHCPv6: "example.net"; they stay until the stack is called again. */
enum { STACK_DOMAINS = 6, STACK_DOMAIN_BYTES = 256 };
int stack_domains(const struct stack *stack, const char **out, int max);
/* Routers, the one in use first, and prefixes on the link, as they were advertised. */
struct stack_advertised6 {
    struct address address; /* of the prefix, or the router's with prefix_len 128 */
    unsigned prefix_len;
    uint64_t expires_ns; /* UINT64_MAX: never */
};
int stack_routers6(const struct stack *stack, struct stack_advertised6 *out, int max);
int stack_prefixes6(const struct stack *stack, struct stack_advertised6 *out, int max);
const struct stack_lease *stack_lease(const struct stack *stack); /* NULL while none */
int stack_routes(const struct stack *stack, struct stack_route *out, int max);
int stack_neighbors(const struct stack *stack, struct stack_neighbor *out, int max);

/* Puts the destination that is best tried first in front (RFC 6724, 6): those of both families that we have a source
 * address for, then the others; 32 at most. */
void stack_prefer(struct stack *stack, struct address *list, unsigned count);

/* Every counter has a row in host/stack/counters.def: X(name, "meaning"). */
struct stack_counters {
#define X(name, meaning) uint64_t name;
#include "host/stack/counters.def"
#undef X
};
const struct stack_counters *stack_counters(const struct stack *stack);

#endif
