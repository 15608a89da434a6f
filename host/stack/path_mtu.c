/* Path MTUs learned from "fragmentation needed".
 *
 * SPDX-License-Identifier: MIT
 *
 * An entry lives for ten minutes, then larger packets are tried again (RFC 1191, 6.3). An ICMP
 * message is easily forged, so MTUs below PATH_MTU_LEAST are not believed: such a path gets packets
 * of that size with DF clear, which works if the message was true.
 */
#include "host/stack/path_mtu.h"

static const uint64_t LIFETIME_NS = 600 * 1000000000ull;

/* RFC 1191, 7.1: the next plateau below what did not fit. */
static uint16_t next_plateau(uint16_t packet_len)
{
    static const uint16_t plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};
    unsigned i = 0;

    while (i < sizeof plateaus / sizeof *plateaus - 1 && plateaus[i] >= packet_len)
        i++;
    return plateaus[i];
}

const struct path_mtu *path_mtu_find(const struct path_mtu_cache *cache,
                                     const struct address *destination)
{
    for (int i = 0; i < cache->used; i++)
        if (cache->entries[i].expires_ns &&
            address_equal(&cache->entries[i].destination, destination))
            return &cache->entries[i];
    return NULL;
}

/* destination's entry, a new one, or the one that ends first (an ended one at 0). */
static struct path_mtu *entry_for(struct path_mtu_cache *cache, const struct address *destination)
{
    const struct path_mtu *known = path_mtu_find(cache, destination);
    struct path_mtu *first = &cache->entries[0];

    if (known)
        return &cache->entries[known - cache->entries];
    if (cache->used < PATH_MTUS)
        return &cache->entries[cache->used++];
    for (int i = 1; i < PATH_MTUS; i++)
        if (cache->entries[i].expires_ns < first->expires_ns)
            first = &cache->entries[i];
    return first;
}

uint16_t path_mtu_learn(struct path_mtu_cache *cache, const struct address *destination,
                        uint16_t mtu, uint16_t packet_len, uint16_t link_mtu, uint64_t now_ns)
{
    const struct path_mtu *known = path_mtu_find(cache, destination);
    uint16_t current = known ? known->mtu : link_mtu;
    bool fragments;

    if (mtu == 0)
        mtu = next_plateau(packet_len);
    fragments = mtu < PATH_MTU_LEAST;
    if (fragments)
        mtu = PATH_MTU_LEAST;
    if (mtu > current || (mtu == current && !fragments))
        return current;
    *entry_for(cache, destination) = (struct path_mtu){
        .destination = *destination,
        .mtu = mtu,
        .fragments = fragments,
        .expires_ns = now_ns + LIFETIME_NS,
    };
    return mtu;
}

void path_mtu_poll(struct path_mtu_cache *cache, uint64_t now_ns)
{
    for (int i = 0; i < cache->used; i++)
        if (cache->entries[i].expires_ns <= now_ns)
            cache->entries[i].expires_ns = 0;
    while (cache->used > 0 && cache->entries[cache->used - 1].expires_ns == 0)
        cache->used--;
}

uint64_t path_mtu_deadline(const struct path_mtu_cache *cache)
{
    uint64_t deadline = UINT64_MAX;

    for (int i = 0; i < cache->used; i++)
        if (cache->entries[i].expires_ns && cache->entries[i].expires_ns < deadline)
            deadline = cache->entries[i].expires_ns;
    return deadline;
}
