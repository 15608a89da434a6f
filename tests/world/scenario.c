/* See scenario.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/scenario.h"

#include <stdio.h>

#include "driver/transport.h"

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
        host->features_off = (uint32_t)chance_draw(chance) & 0x3f;
    if (chance_of(chance, 500))
        host->send_bytes = (uint32_t)chance_scale(chance, 2000, 1 << 20);
    if (chance_of(chance, 500))
        host->receive_bytes = (uint32_t)chance_scale(chance, 2000, 1 << 20);
    host->ecn = chance_of(chance, 500);
    host->timestamps = chance_of(chance, 500);
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

void scenario_draw(struct scenario *scenario, uint64_t seed, bool gates, bool lwip)
{
    struct chance chance = chance_split(seed, 0);
    int weather = draw_weather(&chance), others;
    uint32_t first;

    *scenario = (struct scenario){.seed = seed};
    scenario->hosts = chance_of(&chance, 600) ? 2 : (int)chance_between(&chance, 2, WORLD_HOSTS);
    for (int i = 0; i < scenario->hosts; i++)
        draw_host(&chance, weather, &scenario->host[i]);
    if (gates)
        scenario->host[0].kind = HOST_GATES;
    else if (lwip && chance_of(&chance, 150))
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
}

static void print_link(const char *name, const struct link_config *link)
{
    printf("    %s loss %.3g reorder %.3g duplicate %.3g delay %.3f ms jitter %.3f ms rate %.3g "
           "Mbit/s queue %u burst %u/1000 of %.3f ms change %u/1000\n",
           name, link->wire.loss, link->wire.reorder, link->wire.duplicate,
           (double)link->wire.delay_ns / 1e6, (double)link->wire.jitter_ns / 1e6,
           (double)link->wire.rate_bps / 1e6, link->wire.queue_frames, link->burst,
           (double)link->burst_ns / 1e6, link->change);
    for (int i = 0; i < LINK_SPELLS; i++)
        if (link->holes[i].until_ns)
            printf("         black hole from %.3f to %.3f s\n",
                   (double)link->holes[i].from_ns / 1e9, (double)link->holes[i].until_ns / 1e9);
    for (int i = 0; i < LINK_SPELLS; i++)
        if (link->pauses[i].until_ns)
            printf("         pause from %.3f to %.3f s\n", (double)link->pauses[i].from_ns / 1e9,
                   (double)link->pauses[i].until_ns / 1e9);
}

static void print_plan(const char *name, const struct plan *plan)
{
    static const char *const endings[] = {"shuts first", "shuts second", "closes", "aborts"};

    printf("    %s %u bytes, writes up to %u every %.3f ms, reads up to %u every %.3f ms, %s", name,
           plan->bytes, plan->write_most, (double)plan->write_gap_ns / 1e6, plan->read_most,
           (double)plan->read_gap_ns / 1e6, endings[plan->ending]);
    if (plan->ending == END_ABORTS)
        printf(" at %u", plan->abort_at);
    if (plan->stall_ns)
        printf(", stalls at %u for %.3f s", plan->stall_at, (double)plan->stall_ns / 1e9);
    printf("%s\n", plan->nodelay ? ", no delay" : "");
}

void scenario_print(const struct scenario *scenario)
{
    static const char *const kinds[] = {"C model", "gates", "lwIP", "odd"};

    printf("seed %llu: %d hosts, %d connections, %u attacks\n", (unsigned long long)scenario->seed,
           scenario->hosts, scenario->connections, scenario->attacks);
    for (int i = 0; i < scenario->hosts; i++) {
        const struct host_config *host = &scenario->host[i];

        printf("  host %d: %s, MTU %u (%u from %.3f s), buffers %u and %u, lacks offloads 0x%x, "
               "wrong FCS %.3g%s%s, congestion control %u, marks %u/1000\n",
               i, kinds[host->kind], host->mtu, host->narrow_mtu, (double)host->narrow_ns / 1e9,
               host->send_bytes, host->receive_bytes, host->features_off, host->bad_fcs,
               host->ecn ? ", ECN" : "", host->timestamps ? ", timestamps" : "", host->congestion,
               host->mark);
        print_link("up:  ", &host->up);
        print_link("down:", &host->down);
    }
    for (int i = 0; i < scenario->connections; i++) {
        const struct connection_plan *plan = &scenario->connection[i];

        printf("  connection %d: host %d to host %d at %.6f s\n", i, plan->client, plan->server,
               (double)plan->start_ns / 1e9);
        print_plan("client:", &plan->plans[0]);
        print_plan("server:", &plan->plans[1]);
    }
}
