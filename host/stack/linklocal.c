/* Link-local addresses: which one to try next, and when.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/linklocal.h"

static const uint64_t RATE_LIMIT_NS = 60 * 1000000000ull;
static const uint32_t FIRST = 0xa9fe0100; /* 169.254.1.0 */
enum { COUNT = 254 * 256, MAX_CONFLICTS = 10 };

void linklocal_init(struct linklocal *linklocal)
{
    *linklocal = (struct linklocal){.deadline = UINT64_MAX};
}

struct address linklocal_address(const struct linklocal *linklocal, const uint8_t mac[6])
{
    uint64_t hash = linklocal->conflicts;

    for (int i = 0; i < 6; i++)
        hash = (hash ^ mac[i]) * 0x100000001b3ull;
    hash = (hash ^ hash >> 29) * 0x9e3779b97f4a7c15ull;
    return address_v4(FIRST + (uint32_t)((hash >> 32) % COUNT));
}

uint64_t linklocal_conflict(struct linklocal *linklocal, uint64_t now_ns)
{
    linklocal->conflicts++;
    return linklocal->conflicts >= MAX_CONFLICTS ? now_ns + RATE_LIMIT_NS : now_ns;
}
