/* See target.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/target.h"

/* Longer than any router is silent. */
#define PATIENCE_NS (900 * WORLD_S)

static bool has_ipv4(const struct host *host)
{
    return !host->config->router.alone;
}

enum target_verdict target_find(const struct host *from, const struct host *to,
                                const struct target_wish *wish, struct target *out)
{
    uint64_t waited_ns = from->now_ns - wish->since_ns;
    uint8_t own[16];

    *out = (struct target){.address = host_address(to->index)};
    if (wish->v6 && from->ops->address6(from, own) && to->ops->address6(to, out->address6)) {
        out->v6 = true;
        return TARGET_FOUND;
    }
    if (has_ipv4(from) && has_ipv4(to) && !(wish->v6 && waited_ns < wish->wait_ns) &&
        from->ops->has_ipv4(from))
        return TARGET_FOUND;
    return waited_ns < PATIENCE_NS ? TARGET_LATER : TARGET_NOWHERE;
}
