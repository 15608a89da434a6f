/* See scenario_ipv6.h. Drawn apart from the rest, so that a world is the same but for this.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/scenario_ipv6.h"

/* Hosts have heard their router by then, in fair weather. */
#define LATER_NS (2 * WORLD_S)

static void draw_router(struct router_plan *router, struct chance *chance)
{
    *router = (struct router_plan){.on = true,
                                   .interval_ns = chance_scale(chance, 4 * WORLD_S, 600 * WORLD_S)};
    if (chance_of(chance, 300))
        router->renumber_ns = WORLD_START_NS + chance_scale(chance, WORLD_S, 60 * WORLD_S);
    if (chance_of(chance, 300)) {
        router->gone.from_ns = WORLD_START_NS + chance_scale(chance, WORLD_S, 30 * WORLD_S);
        router->gone.until_ns = router->gone.from_ns + chance_scale(chance, WORLD_MS, 20 * WORLD_S);
    }
}

static bool has_room_for_it(const struct host_config *host)
{
    return host->kind == HOST_MODEL || host->kind == HOST_GATES;
}

void scenario_draw_ipv6(struct scenario *scenario)
{
    struct chance chance = chance_split(scenario->seed, 31);

    scenario->calm = false;
    for (int i = 0; i < scenario->hosts; i++) {
        struct host_config *host = &scenario->host[i];

        if (!has_room_for_it(host) || !chance_of(&chance, 850))
            continue;
        draw_router(&host->router, &chance);
        if (host->mtu < LEAST_MTU_IPV6)
            host->mtu = (uint16_t)chance_between(&chance, LEAST_MTU_IPV6, 1500);
    }
    for (int i = 0; i < scenario->connections; i++) {
        struct connection_plan *plan = &scenario->connection[i];

        plan->v6 = !plan->shared && scenario->host[plan->client].router.on &&
                   scenario->host[plan->server].router.on && chance_of(&chance, 800);
        if (plan->v6)
            plan->start_ns += LATER_NS;
    }
}
