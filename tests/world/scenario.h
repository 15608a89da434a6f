/* What a world is made of, drawn from its seed: hosts, links, connections and what programs do with them.
 *
 * SPDX-License-Identifier: MIT
 *
 * Every host has a link to the router in the middle, and a network of its own: host n is 10.0.n.2, the router's port to
 * it 10.0.n.1. With IPv6 it takes addresses of the prefixes that the router tells of, 2001:db8:g:n::/64, which change
 * with the generation g; the router is fe80::1 there.
 */
#ifndef TESTS_WORLD_SCENARIO_H
#define TESTS_WORLD_SCENARIO_H

#include "tests/world/link.h"
#include "tests/world/usb_weather.h"

enum {
    WORLD_HOSTS = 4,
    WORLD_CONNECTIONS = 10,
    WORLD_LEAST_BYTES = 100000, /* that the connections which end in order carry together */
    WORLD_PORT = 7000,          /* connection n goes to WORLD_PORT + n … */
    WORLD_SHARED_PORT = 6900,   /* … or here, from WORLD_CLIENT_PORT + n */
    WORLD_CLIENT_PORT = 40000,
    WORLD_FLOWS = 4, /* of datagrams, each of at most … */
    FLOW_DATAGRAMS = 40,
    STORM_KINDS = 6,
    SQUATTER_CLAIMS = 3, /* at most: a fourth address in vain is the last (RFC 7217, 6) */
};
#define WORLD_START_NS UINT64_C(1000000000)
#define WORLD_MS       UINT64_C(1000000)
#define WORLD_S        UINT64_C(1000000000)

enum host_kind {
    HOST_MODEL, /* our stack and driver on the C model of the board */
    HOST_GATES, /* … on the Verilated board */
    HOST_BUS,   /* … on the C model behind the bus model */
    HOST_LWIP,
    HOST_ODD, /* a scripted peer, odd.h */
};

/* The router at a host's link, as IPv6 knows it. */
struct router_plan {
    bool on;                /* the host has IPv6, too … */
    bool alone;             /* … and no IPv4 but what it makes itself (RFC 3927) */
    uint64_t interval_ns;   /* between two advertisements, at most */
    uint64_t renumber_ns;   /* then the prefix becomes another; 0: never */
    struct link_spell gone; /* it is away … */
    bool silent;            /* … and has not said so */
};

/* Another station on a host's link, of IPv6. */
struct squatter_plan {
    unsigned claims;  /* so many addresses that the host asks for are that one's */
    uint64_t asks_ns; /* when that one asks for an address of the host's; 0: never */
};

struct host_config {
    enum host_kind kind;
    uint16_t mtu;
    uint32_t features_off;              /* FEATURES that its board lacks */
    uint32_t send_bytes, receive_bytes; /* over 65,535: the window is scaled */
    bool ecn, timestamps, pacing;
    unsigned congestion; /* which algorithm, by number */
    unsigned
        mark; /* in 1/1000: chance that the router marks a packet to it "congestion experienced" */
    double
        bad_fcs; /* chance that a frame reaches its board with a bit changed, and hence with a wrong FCS */
    struct link_config up, down;
    uint16_t narrow_mtu; /* of the link to it from narrow_ns on; 0: as wide as ever */
    uint64_t narrow_ns;
    struct usb_config usb; /* of a host with HOST_BUS or HOST_GATES */
    struct router_plan router;
    struct squatter_plan squatter;
    bool probes; /* asks whether its addresses are free before it uses them */
};

/* How a program ends its half of a connection. */
enum ending {
    END_SHUTS_FIRST,  /* sends all, shuts its side, reads to the peer's end, closes */
    END_SHUTS_SECOND, /* sends all, but shuts its side only after the peer's end */
    END_CLOSES,       /* sends all and closes at once, whatever the peer still sends */
    END_ABORTS,       /* at abort_at */
};

struct plan {
    uint32_t bytes;                     /* to send */
    uint32_t write_most, read_most;     /* at a time */
    uint64_t write_gap_ns, read_gap_ns; /* between times, at most */
    uint32_t stall_at;                  /* having read so many bytes it reads nothing … */
    uint64_t stall_ns;                  /* … for so long */
    enum ending ending;
    uint32_t abort_at; /* bytes written and read together */
    bool nodelay;
    int linger_s;       /* SO_LINGER: -1: off; 0: close resets */
    unsigned keep_s[2]; /* keepalive: before the first probe, between two; 0: off */
    unsigned keep_count;
};

struct connection_plan {
    int client, server;         /* hosts */
    bool shared;                /* the server's listener is the crowd's */
    bool v6;                    /* over IPv6, if both hosts have an address … */
    uint64_t start_ns, wait_ns; /* … when it begins, or so much later */
    struct plan plans[2];       /* of the client's program and of the server's */
};

/* Datagrams from one host to another. */
struct flow_plan {
    int from, to;
    unsigned count;
    uint32_t most_bytes;
    uint64_t start_ns, gap_ns; /* between two, at most */
    bool connected, refused;   /* the sender's socket is; nobody has the port */
    bool v6;                   /* as of a connection, which waits so long for addresses */
    uint64_t wait_ns;
};

/* Clients of one listener, and SYNs that nobody means. */
struct crowd {
    int backlog;                     /* 0: no listener is shared */
    uint64_t accept_gap_ns;          /* between two accepts, at most */
    unsigned flood;                  /* SYNs from addresses that do not answer */
    uint64_t flood_ns, flood_gap_ns; /* when they begin; between two, at most */
    int server;                      /* host */
};

/* Neighbour discovery, and what makes a host ask for neighbours, from stations that there are not; of IPv6. */
struct storm_plan {
    int host;
    unsigned kind; /* STORM_KINDS or more: of all kinds */
    unsigned count;
    uint64_t from_ns, gap_ns; /* between two, at most */
};

struct scenario {
    uint64_t seed;
    int hosts, connections;
    struct host_config host[WORLD_HOSTS];
    struct connection_plan connection[WORLD_CONNECTIONS];
    int flows;
    struct flow_plan flow[WORLD_FLOWS];
    unsigned attacks; /* forged packets that a stranger sends in all */
    bool dead_link;   /* some link dies for good */
    bool calm;        /* no link loses so much that a handshake may fail */
    struct crowd crowd;
    struct storm_plan storm;
};

/* gates: host 0 has the Verilated board. lwip: worlds may have an lwIP host. usb: our boards hang on cables with weather.
 * ipv6: most of our hosts have IPv6 beside IPv4. */
struct scenario_wishes {
    bool gates, lwip, usb, ipv6;
};
void scenario_draw(struct scenario *scenario, uint64_t seed, const struct scenario_wishes *wishes);
/* Its listener may have met so many SYNs that it answers with cookies. */
bool scenario_has_cookies(const struct scenario *scenario, int connection);
void scenario_print(const struct scenario *scenario);

#endif
