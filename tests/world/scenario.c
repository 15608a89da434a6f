/* See scenario.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/scenario.h"

#include "driver/transport.h"
#include "tests/world/scenario_ipv6.h"

enum { CLEAN, MILD, ROUGH, AWFUL };

/* How bad a world's links are, by a draw in 1/1000. */
static int draw_weather(struct chance *chance)
{
    uint64_t draw = chance_draw(chance) % 1000;

    return draw < 100 ? CLEAN : draw < 500 ? MILD : draw < 850 ? ROUGH : AWFUL;
}

/* A chance of up to most thousandths, often small, and often none at all. */
static double draw_chance(struct chance *chance, unsigned most)
{
    if (!most || chance_of(chance, 500))
        return 0;
    return (double)chance_scale(chance, 1, (uint64_t)most * 100) / 100000;
}

static struct link_spell draw_spell(struct chance *chance, uint64_t most_ns)
{
    struct link_spell spell = {WORLD_START_NS + chance_scale(chance, 1, 10 * WORLD_S), 0};

    spell.until_ns = spell.from_ns + chance_scale(chance, WORLD_MS, most_ns);
    return spell;
}

static void draw_link(struct chance *chance, int weather, struct link_config *link)
{
    static const unsigned loss[] = {0, 10, 80, 200}, other[] = {0, 10, 50, 150};
    static const unsigned burst[] = {0, 2, 10, 20}, spell[] = {0, 0, 150, 300};
    uint64_t rate = chance_scale(chance, 200000, 1000000000);

    *link = (struct link_config){
        .wire.loss = draw_chance(chance, loss[weather]),
        .wire.reorder = draw_chance(chance, other[weather]),
        .wire.duplicate = draw_chance(chance, other[weather]),
        .wire.delay_ns = chance_scale(chance, 0, 300 * WORLD_MS),
        .wire.rate_bps = chance_of(chance, 600) ? rate : 0,
        .wire.queue_frames = (uint32_t)chance_scale(chance, 2, 300),
        .burst = chance_of(chance, 300) ? burst[weather] : 0,
        .burst_ns = chance_scale(chance, 1, 300 * WORLD_MS),
    };
    if (chance_of(chance, 500))
        link->wire.jitter_ns = chance_scale(chance, 0, link->wire.delay_ns);
    if (chance_of(chance, spell[weather]))
        link->holes[0] = draw_spell(chance, 30 * WORLD_S);
    if (chance_of(chance, spell[weather]))
        link->pauses[0] = draw_spell(chance, 5 * WORLD_S);
}

static void draw_host(struct chance *chance, int weather, struct host_config *host)
{
    static const unsigned bad_fcs[] = {0, 5, 30, 80}, other[] = {0, 10, 50, 150};

    *host = (struct host_config){.kind = HOST_MODEL, .mtu = 1500};
    draw_link(chance, weather, &host->up);
    draw_link(chance, weather, &host->down);
    /* Only where no packet comes twice: two bursts may cancel each other out in a sum. */
    host->down.change = (unsigned)(draw_chance(chance, other[weather]) * 1000);
    host->bad_fcs = draw_chance(chance, bad_fcs[weather]);
    if (chance_of(chance, 150))
        host->mtu = (uint16_t)chance_between(chance, 576, 1500);
    if (chance_of(chance, 400))
        host->features_off = (uint32_t)chance_draw(chance) & 0x7f;
    if (chance_of(chance, 500))
        host->send_bytes = (uint32_t)chance_scale(chance, 2000, 1 << 20);
    if (chance_of(chance, 500))
        host->receive_bytes = (uint32_t)chance_scale(chance, 2000, 1 << 20);
    host->ecn = chance_of(chance, 500);
    host->timestamps = chance_of(chance, 500);
    host->pacing = chance_of(chance, 300);
    host->congestion = (unsigned)chance_draw(chance) & 0xff;
    host->mark = chance_of(chance, 400) ? (unsigned)chance_scale(chance, 1, 200) : 0;
    if (chance_of(chance, 150)) {
        host->narrow_mtu = (uint16_t)chance_between(chance, 300, 1400);
        host->narrow_ns = WORLD_START_NS + chance_scale(chance, 1, 3 * WORLD_S);
    }
}

static void draw_program(struct chance *chance, struct plan *plan, uint32_t bytes)
{
    uint32_t least = bytes / 60 + 1; /* bounds the number of writes and reads */

    *plan = (struct plan){
        .bytes = bytes,
        .write_most = (uint32_t)chance_scale(chance, least, 20000 + least),
        .read_most = (uint32_t)chance_scale(chance, 4 * least, 20000 + 4 * least),
        .nodelay = chance_of(chance, 300),
        .ending = chance_of(chance, 500) ? END_SHUTS_FIRST : END_SHUTS_SECOND,
    };
    if (chance_of(chance, 200))
        plan->write_gap_ns = chance_scale(chance, 1000, 500 * WORLD_MS);
    if (chance_of(chance, 200))
        plan->read_gap_ns = chance_scale(chance, 1000, 500 * WORLD_MS);
    if (chance_of(chance, 150)) {
        plan->stall_at = (uint32_t)chance_between(chance, 1, 100000);
        plan->stall_ns = chance_scale(chance, 100 * WORLD_MS, 200 * WORLD_S);
    }
}

/* Somebody must shut his side first, or both wait for ever. */
static void end_in_order(struct chance *chance, struct plan plans[2])
{
    if (plans[0].ending == END_SHUTS_SECOND && plans[1].ending == END_SHUTS_SECOND)
        plans[chance_draw(chance) % 2].ending = END_SHUTS_FIRST;
}

static void end_in_disorder(struct chance *chance, struct plan *plan, uint32_t both)
{
    plan->ending = chance_of(chance, 500) ? END_CLOSES : END_ABORTS;
    plan->abort_at = (uint32_t)chance_between(chance, 0, both);
}

static void draw_connection(struct scenario *scenario, struct chance *chance, int index,
                            uint32_t bytes, bool in_order)
{
    struct connection_plan *plan = &scenario->connection[index];
    uint32_t there = chance_of(chance, 600) ? bytes : (uint32_t)chance_between(chance, 0, bytes);
    uint32_t from_server = chance_of(chance, 500) ? there : bytes - there;

    plan->client = (int)chance_between(chance, 0, (uint64_t)scenario->hosts - 1);
    plan->server = (plan->client + (int)chance_between(chance, 1, (uint64_t)scenario->hosts - 1)) %
                   scenario->hosts;
    plan->start_ns = WORLD_START_NS + chance_scale(chance, 0, 2 * WORLD_S);
    draw_program(chance, &plan->plans[0], bytes - from_server);
    draw_program(chance, &plan->plans[1], from_server);
    if (!in_order)
        end_in_disorder(chance, &plan->plans[chance_draw(chance) % 2], bytes);
    end_in_order(chance, plan->plans);
}

static void kill_link(struct scenario *scenario, struct chance *chance)
{
    struct host_config *host = &scenario->host[chance_draw(chance) % (unsigned)scenario->hosts];
    struct link_config *link = chance_of(chance, 500) ? &host->up : &host->down;

    scenario->dead_link = true;
    link->holes[1] = draw_spell(chance, WORLD_S);
    link->holes[1].until_ns = TIME_NEVER;
}

/* These hosts get links that need no fragments: lwIP would cut its own packets, and neither the oracle on the wire nor the
 * odd host puts any together. */
static void make_foreign(struct scenario *scenario, struct chance *chance, enum host_kind kind)
{
    struct host_config *host = &scenario->host[chance_draw(chance) % (unsigned)scenario->hosts];

    host->kind = kind;
    host->mtu = 1500;
    if (kind == HOST_ODD)
        host->narrow_mtu = 0;
}

/* ---- what is drawn last, so that a world keeps the rest ---- */

static bool is_ours(const struct scenario *scenario, int host)
{
    return scenario->host[host].kind == HOST_MODEL || scenario->host[host].kind == HOST_GATES;
}

static void draw_options(struct chance *chance, struct plan *plan)
{
    if (chance_of(chance, 250))
        plan->linger_s = chance_of(chance, 300) ? 0 : (int)chance_scale(chance, 1, 60);
    if (chance_of(chance, 250)) {
        plan->keep_s[0] = (unsigned)chance_scale(chance, 1, 100);
        plan->keep_s[1] = (unsigned)chance_scale(chance, 1, 30);
        plan->keep_count = (unsigned)chance_between(chance, 1, 6);
    }
}

static void draw_all_options(struct scenario *scenario, struct chance *chance)
{
    for (int i = 0; i < scenario->connections; i++) {
        struct connection_plan *plan = &scenario->connection[i];

        for (int side = 0; side < 2; side++) {
            plan->plans[side].linger_s = -1;
            if (is_ours(scenario, side ? plan->server : plan->client))
                draw_options(chance, &plan->plans[side]);
        }
    }
}

/* More clients than the backlog has room for, at about the same time. */
static void draw_crowd(struct scenario *scenario, struct chance *chance)
{
    int server = (int)(chance_draw(chance) % (unsigned)scenario->hosts);
    int most = (int)chance_between(chance, 4, WORLD_CONNECTIONS);
    struct crowd *crowd = &scenario->crowd;

    if (!is_ours(scenario, server))
        return;
    *crowd = (struct crowd){.server = server, .backlog = (int)chance_scale(chance, 1, 8)};
    if (chance_of(chance, 500))
        crowd->accept_gap_ns = chance_scale(chance, WORLD_MS, WORLD_S);
    while (scenario->connections < most) {
        int index = scenario->connections++;
        struct connection_plan *plan = &scenario->connection[index];

        draw_connection(scenario, chance, index, (uint32_t)chance_scale(chance, 0, 5000), true);
        plan->server = server;
        if (plan->client == server)
            plan->client = (server + 1) % scenario->hosts;
        plan->start_ns = WORLD_START_NS + chance_scale(chance, 0, 100 * WORLD_MS);
    }
    for (int i = 0; i < scenario->connections; i++)
        scenario->connection[i].shared = scenario->connection[i].server == server;
}

static void draw_flood(struct crowd *crowd, struct chance *chance)
{
    crowd->flood = (unsigned)chance_scale(chance, 20, 300);
    crowd->flood_ns = WORLD_START_NS + chance_scale(chance, 0, WORLD_S);
    crowd->flood_gap_ns = chance_scale(chance, 1000, 50 * WORLD_MS);
}

static void draw_flow(struct scenario *scenario, struct chance *chance)
{
    struct flow_plan *flow = &scenario->flow[scenario->flows];
    uint64_t hosts = (uint64_t)scenario->hosts;
    uint32_t most = chance_of(chance, 700) ? 1472 : 12000;

    *flow = (struct flow_plan){
        .from = (int)chance_between(chance, 0, hosts - 1),
        .count = (unsigned)chance_scale(chance, 1, FLOW_DATAGRAMS),
        .most_bytes = (uint32_t)chance_scale(chance, 4, most),
        .start_ns = WORLD_START_NS + chance_scale(chance, 0, 2 * WORLD_S),
        .gap_ns = chance_scale(chance, 1000, 500 * WORLD_MS),
        .connected = chance_of(chance, 500),
        .refused = chance_of(chance, 400),
    };
    flow->to = (flow->from + (int)chance_between(chance, 1, hosts - 1)) % scenario->hosts;
    scenario->flows += is_ours(scenario, flow->from) && is_ours(scenario, flow->to);
}

static void draw_rest(struct scenario *scenario, struct chance *chance)
{
    bool keeps_alive = false;

    if (chance_of(chance, 200))
        draw_crowd(scenario, chance);
    if (scenario->crowd.backlog && chance_of(chance, 500))
        draw_flood(&scenario->crowd, chance);
    draw_all_options(scenario, chance);
    for (int i = 0; i < scenario->connections; i++)
        keeps_alive |= scenario->connection[i].plans[0].keep_count ||
                       scenario->connection[i].plans[1].keep_count;
    if (keeps_alive && !scenario->dead_link && chance_of(chance, 80))
        kill_link(scenario, chance);
    if (chance_of(chance, 300))
        for (uint64_t left = chance_between(chance, 1, WORLD_FLOWS); left; left--)
            draw_flow(scenario, chance);
}

static bool has_room(const struct link_config *link)
{
    return !link->wire.rate_bps || link->wire.queue_frames >= 50;
}

/* Whatever answers a flood, and comes again with all that it was not answered, is not lost at a short queue. */
static bool is_calm(const struct scenario *scenario)
{
    for (int i = 0; i < scenario->hosts; i++)
        if (!has_room(&scenario->host[i].up) || !has_room(&scenario->host[i].down))
            return false;
    return !scenario->dead_link;
}

static void draw_cables(struct scenario *scenario)
{
    struct chance chance = chance_split(scenario->seed, 30);

    scenario->calm = false;
    for (int i = 0; i < scenario->hosts; i++) {
        struct host_config *host = &scenario->host[i];

        if (host->kind != HOST_MODEL && host->kind != HOST_GATES)
            continue;
        usb_draw(&host->usb, &chance);
        if (host->kind == HOST_MODEL)
            host->kind = HOST_BUS;
    }
}

void scenario_draw(struct scenario *scenario, uint64_t seed, const struct scenario_wishes *wishes)
{
    struct chance chance = chance_split(seed, 0);
    int weather = draw_weather(&chance), others;
    uint32_t first;

    *scenario = (struct scenario){.seed = seed};
    scenario->hosts = chance_of(&chance, 600) ? 2 : (int)chance_between(&chance, 2, WORLD_HOSTS);
    for (int i = 0; i < scenario->hosts; i++)
        draw_host(&chance, weather, &scenario->host[i]);
    if (wishes->gates)
        scenario->host[0].kind = HOST_GATES;
    else if (wishes->lwip && chance_of(&chance, 150))
        make_foreign(scenario, &chance, HOST_LWIP);
    else if (chance_of(&chance, 150))
        make_foreign(scenario, &chance, HOST_ODD);
    first = (uint32_t)chance_between(&chance, 10000, WORLD_LEAST_BYTES - 10000);
    draw_connection(scenario, &chance, 0, first, true);
    draw_connection(scenario, &chance, 1, WORLD_LEAST_BYTES - first, true);
    others = (int)(chance_scale(&chance, 1, 5) - 1);
    scenario->connections = 2 + others;
    for (int i = 2; i < scenario->connections; i++)
        draw_connection(scenario, &chance, i, (uint32_t)chance_scale(&chance, 0, 20000),
                        chance_of(&chance, 300));
    if (chance_of(&chance, 30))
        kill_link(scenario, &chance);
    if (chance_of(&chance, 200))
        scenario->attacks = (unsigned)chance_scale(&chance, 1, 200);
    draw_rest(scenario, &chance);
    scenario->calm = weather <= MILD && is_calm(scenario);
    if (wishes->ipv6)
        scenario_draw_ipv6(scenario);
    if (wishes->usb)
        draw_cables(scenario);
}

bool scenario_has_cookies(const struct scenario *scenario, int connection)
{
    return scenario->crowd.flood && scenario->connection[connection].shared;
}
