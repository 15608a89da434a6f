/* Path MTUs learned from "fragmentation needed". RFC 1191.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_PATH_MTU_H
#define HOST_STACK_PATH_MTU_H

#include "host/stack/stack.h"

enum { PATH_MTUS = 32, PATH_MTU_LEAST = 552 };

struct path_mtu {
    struct address destination;
    uint16_t mtu;
    bool fragments; /* the path takes less than PATH_MTU_LEAST: its routers must cut our packets */
    uint64_t expires_ns; /* 0: entry unused */
};

struct path_mtu_cache {
    struct path_mtu entries[PATH_MTUS];
    int used; /* none behind these is */
};

/* The entry for destination, or NULL: then the link's MTU counts. */
const struct path_mtu *path_mtu_find(const struct path_mtu_cache *cache,
                                     const struct address *destination);
/* A router said that packet_len bytes were too many for destination and told mtu (0: an old router
 * that tells none). Returns the MTU that now counts. One that is no smaller than what we know
 * changes nothing; below PATH_MTU_LEAST nobody can push us. */
uint16_t path_mtu_learn(struct path_mtu_cache *cache, const struct address *destination,
                        uint16_t mtu, uint16_t packet_len, uint16_t link_mtu, uint64_t now_ns);
void path_mtu_poll(struct path_mtu_cache *cache, uint64_t now_ns);
uint64_t path_mtu_deadline(const struct path_mtu_cache *cache);

#endif
