/* See scenario_ipv6.h. Drawn apart from the rest, so that a world is the same but for this.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/scenario_ipv6.h"

/* Whoever asks whether its addresses are free has them by then, in fair weather. */
#define LATER_NS (6 * WORLD_S)

static void draw_router(struct router_plan *router, struct chance *chance)
{
    *router = (struct router_plan){.on = true,
                                   .interval_ns = chance_scale(chance, 4 * WORLD_S, 600 * WORLD_S)};
    if (chance_of(chance, 300))
        router->renumber_ns = WORLD_START_NS + chance_scale(chance, WORLD_S, 60 * WORLD_S);
    if (chance_of(chance, 300)) {
        router->gone.from_ns = WORLD_START_NS + chance_scale(chance, WORLD_S, 30 * WORLD_S);
        router->gone.until_ns = router->gone.from_ns + chance_scale(chance, WORLD_MS, 20 * WORLD_S);
        router->silent = chance_of(chance, 500);
    }
}

static bool is_ours(const struct host_config *host)
{
    return host->kind == HOST_MODEL || host->kind == HOST_GATES;
}

/* Hosts that the world knows how to give IPv6. */
static bool can_have_it(const struct host_config *host)
{
    return is_ours(host) || host->kind == HOST_ODD;
}

static void draw_neighbors(struct host_config *host, struct chance *chance)
{
    struct squatter_plan *squatter = &host->squatter;

    host->probes = chance_of(chance, 600);
    if (host->probes && chance_of(chance, 400))
        squatter->claims = (unsigned)chance_between(chance, 1, SQUATTER_CLAIMS);
    if (chance_of(chance, 300))
        squatter->asks_ns = WORLD_START_NS + chance_scale(chance, WORLD_S, 30 * WORLD_S);
}

static void draw_hosts(struct scenario *scenario, struct chance *chance)
{
    for (int i = 0; i < scenario->hosts; i++) {
        struct host_config *host = &scenario->host[i];

        if (!can_have_it(host) || !chance_of(chance, 850))
            continue;
        draw_router(&host->router, chance);
        if (is_ours(host))
            draw_neighbors(host, chance);
        if (host->mtu < LEAST_MTU_IPV6)
            host->mtu = (uint16_t)chance_between(chance, LEAST_MTU_IPV6, 1500);
    }
}

/* Some have nothing but IPv6, if all that could want to talk to them have it. */
static void draw_alone(struct scenario *scenario, struct chance *chance)
{
    for (int i = 0; i < scenario->hosts; i++)
        if (!scenario->host[i].router.on)
            return;
    for (int i = 0; i < scenario->hosts; i++)
        scenario->host[i].router.alone = is_ours(&scenario->host[i]) && chance_of(chance, 250);
}

static bool is_alone(const struct scenario *scenario, int a, int b)
{
    return scenario->host[a].router.alone || scenario->host[b].router.alone;
}

static bool draw_family(const struct scenario *scenario, struct chance *chance, int a, int b)
{
    bool likes = chance_of(chance, 800);

    return scenario->host[a].router.on && scenario->host[b].router.on &&
           (likes || is_alone(scenario, a, b));
}

static void draw_families(struct scenario *scenario, struct chance *chance)
{
    for (int i = 0; i < scenario->connections; i++) {
        struct connection_plan *plan = &scenario->connection[i];

        plan->v6 = draw_family(scenario, chance, plan->client, plan->server);
        plan->wait_ns = chance_scale(chance, WORLD_S, 20 * WORLD_S);
    }
    for (int i = 0; i < scenario->flows; i++) {
        struct flow_plan *plan = &scenario->flow[i];

        plan->v6 = draw_family(scenario, chance, plan->from, plan->to);
        plan->wait_ns = chance_scale(chance, WORLD_S, 20 * WORLD_S);
    }
}

static void put_off(struct link_spell *spell, uint64_t by_ns)
{
    if (!spell->until_ns)
        return;
    spell->from_ns += by_ns;
    if (spell->until_ns < UINT64_MAX - by_ns)
        spell->until_ns += by_ns;
}

static void put_off_link(struct link_config *link, uint64_t by_ns)
{
    for (int i = 0; i < LINK_SPELLS; i++) {
        put_off(&link->holes[i], by_ns);
        put_off(&link->pauses[i], by_ns);
    }
}

/* What befalls a world does so when hosts have their addresses, and not while they still look for them. */
static void put_weather_off(struct scenario *scenario, uint64_t by_ns)
{
    for (int i = 0; i < scenario->hosts; i++) {
        struct host_config *host = &scenario->host[i];

        put_off_link(&host->up, by_ns);
        put_off_link(&host->down, by_ns);
        put_off(&host->router.gone, by_ns);
        if (host->narrow_mtu)
            host->narrow_ns += by_ns;
    }
    scenario->crowd.flood_ns += by_ns;
    scenario->storm.from_ns += by_ns;
}

static void draw_storm(struct scenario *scenario, struct chance *chance)
{
    scenario->storm =
        (struct storm_plan){.host = (int)(chance_draw(chance) % (unsigned)scenario->hosts),
                            .kind = (unsigned)chance_between(chance, 0, 2 * STORM_KINDS),
                            .count = (unsigned)chance_scale(chance, 20, 400),
                            .from_ns = WORLD_START_NS + chance_scale(chance, 0, 3 * WORLD_S),
                            .gap_ns = chance_scale(chance, 1000, 50 * WORLD_MS)};
}

void scenario_draw_ipv6(struct scenario *scenario)
{
    struct chance chance = chance_split(scenario->seed, 31);

    draw_hosts(scenario, &chance);
    if (chance_of(&chance, 400))
        draw_alone(scenario, &chance);
    draw_families(scenario, &chance);
    if (chance_of(&chance, 250))
        draw_storm(scenario, &chance);
    if (chance_of(&chance, 500))
        put_weather_off(scenario, chance_scale(&chance, WORLD_MS, LATER_NS));
    for (int i = 0; i < scenario->hosts; i++)
        scenario->calm &= !scenario->host[i].router.gone.until_ns;
}
