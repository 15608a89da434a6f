/* A host of the world: a TCP/IP stack with the programs on it, at the end of a link.
 *
 * SPDX-License-Identifier: MIT
 *
 * Three kinds implement struct host_ops: our stack on a board (station.c), lwIP (lwip_host.c), and a scripted peer (odd.h).
 */
#ifndef TESTS_WORLD_HOST_H
#define TESTS_WORLD_HOST_H

#include <stddef.h>

#include "tests/world/neighbor_watch.h"
#include "tests/world/scenario.h"
#include "tests/world/squatter.h"

struct world;
struct host;
struct end;

/* Another host, as a program finds it. */
struct target {
    bool v6;
    uint32_t address;     /* over IPv4 */
    uint8_t address6[16]; /* over IPv6 */
};

struct host_ops {
    /* Brings the host up with its addresses. Ends the world with a message if it cannot. */
    void (*open)(struct host *host);
    /* Lets it work until its time is until_ns and nothing is left to do then. */
    void (*run)(struct host *host, uint64_t until_ns);
    uint64_t (*deadline)(const struct host *host);
    /* How many connections it keeps, those included that no program has. */
    int (*connections)(const struct host *host);
    /* All programs have ended: objects to what is left, and closes listeners. */
    void (*finish)(struct host *host);
    void (*close)(struct host *host);

    /* It has got its IPv4 address. */
    bool (*has_ipv4)(const struct host *host);
    /* The IPv6 address by which others find it. Returns false if it has none (yet). */
    bool (*address6)(const struct host *host, uint8_t out[16]);

    /* Its sockets, for end.c. Each works on the end's socket, which the first two and accept set. */
    void (*listen)(struct end *end);
    int (*connect)(struct end *end, const struct target *to, uint16_t port); /* 0, negative errno */
    void (*set_options)(struct end *end); /* the plan's: of an open connection */
    /* Returns how many bytes it took, which it has added to end->written before any of them goes out. */
    size_t (*write)(struct end *end, const uint8_t *bytes, size_t len);
    size_t (*read)(struct end *end, uint8_t *bytes, size_t len);
    bool (*at_end)(const struct end *end);
    bool (*unsent)(const struct end *end); /* something is not acknowledged yet */
    void (*shutdown)(struct end *end);
    void (*close_socket)(struct end *end);
    void (*abort_socket)(struct end *end);
};

struct host {
    const struct host_ops *ops;
    struct world *world;
    const struct host_config *config;
    int index;
    uint64_t now_ns;
    struct link up, down; /* to the router and from it */
    struct link aside;    /* what a stranger sends, at once */
    struct chance chance;
    bool strict;                            /* the oracles for our own stack apply */
    unsigned asked_in_vain, asked_in_vain6; /* for its gateway's MAC address, since it was told */
    struct neighbor_watch neighbors;
    struct squatter squatter;
    bool has_router;       /* of IPv6: the last advertisement that has come said so */
    uint64_t advertise_ns; /* when its router speaks next */
    void *own;             /* the kind's */
};

extern const struct host_ops station_ops, lwip_ops, odd_ops;
extern const bool lwip_is_there; /* this program was built with lwIP */

/* Its adapter or its cable drops some of what comes. */
static inline bool host_may_lose_what_comes(const struct host *host)
{
    return host->config->bad_fcs > 0 || host->config->usb.on;
}

static inline uint32_t host_address(int index)
{
    return 0x0a000002u + ((uint32_t)index << 8);
}
static inline uint32_t host_gateway(int index)
{
    return 0x0a000001u + ((uint32_t)index << 8);
}
/* Of the host itself (0), or of the router's port to it (1). */
static inline void host_mac(int index, int router, uint8_t mac[6])
{
    const uint8_t bytes[6] = {2, 0, 0, 0, (uint8_t)router, (uint8_t)(index + 1)};

    for (int i = 0; i < 6; i++)
        mac[i] = bytes[i];
}

#endif
