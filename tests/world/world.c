/* See world.h. Time goes from one event to the next: whatever is due first decides how far.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "driver/transport.h"
#include "tests/world/fault.h"
#include "tests/world/flood.h"
#include "tests/world/router.h"
#include "tests/world/router6.h"
#include "tests/world/storm6.h"
#include "tests/world/stranger.h"
#include "tests/world/verdict.h"

enum {
    POOL_FRAMES = 100000,
    MOST_STEPS = 3000000,
    SLICE_NS = 2000, /* of the clocks of a Verilated board that is busy */
};
#define MOST_NS (4 * 3600 * WORLD_S) /* without a byte that is read */
#define REST_NS \
    (3600 * WORLD_S) /* for what the stacks still have to say when the programs have ended */

void world_fail(struct world *world, const char *format, ...)
{
    va_list arguments;
    int length;

    if (world->failure[0])
        return;
    length =
        snprintf(world->failure, sizeof world->failure, "%.6f ms: ", (double)world->now_ns / 1e6);
    va_start(arguments, format);
    vsnprintf(world->failure + length, sizeof world->failure - (size_t)length, format, arguments);
    va_end(arguments);
}

/* ---- beginning and end ---- */

static void open_hosts(struct world *world)
{
    static const struct host_ops *const ops[] = {
        [HOST_MODEL] = &station_ops, [HOST_GATES] = &station_ops, [HOST_BUS] = &station_ops,
        [HOST_LWIP] = &lwip_ops,     [HOST_ODD] = &odd_ops,
    };

    for (int i = 0; i < world->scenario.hosts; i++) {
        struct host *host = &world->hosts[i];
        const struct host_config *config = &world->scenario.host[i];
        uint64_t seed = world->scenario.seed * WORLD_HOSTS + (unsigned)i;

        *host = (struct host){.ops = ops[config->kind],
                              .world = world,
                              .config = config,
                              .index = i,
                              .chance = chance_split(world->scenario.seed, 10 + (unsigned)i)};
        squatter_init(host);
        link_init(&host->up, &config->up, seed, FROM_BOARD, &world->pool);
        link_init(&host->down, &config->down, seed, TO_BOARD, &world->pool);
        link_init(&host->aside, &(struct link_config){.change = 0}, seed, TO_BOARD, &world->pool);
    }
    for (int i = 0; i < world->scenario.hosts && !world->failure[0]; i++)
        world->hosts[i].ops->open(&world->hosts[i]);
}

static void open_connections(struct world *world)
{
    for (int i = 0; i < world->scenario.connections; i++) {
        const struct connection_plan *plan = &world->scenario.connection[i];
        struct end *ends = world->ends[i];

        end_init(&ends[SIDE_CLIENT], world, &world->hosts[plan->client], plan, i, SIDE_CLIENT);
        end_init(&ends[SIDE_SERVER], world, &world->hosts[plan->server], plan, i, SIDE_SERVER);
        for (int side = 0; side < 2; side++)
            watch_open(&world->watches[i][side], &ends[side], &world->watches[i][!side]);
    }
}

static void open_flows(struct world *world)
{
    for (int i = 0; i < world->scenario.flows; i++)
        flow_init(&world->flows[i], world, i);
}

static void listen_all(struct world *world)
{
    for (int i = 0; i < world->scenario.connections && !world->failure[0]; i++) {
        struct end *end = &world->ends[i][SIDE_SERVER];

        end->host->ops->listen(end);
    }
}

static void close_all(struct world *world)
{
    for (int i = 0; i < world->scenario.hosts; i++)
        if (world->hosts[i].own)
            world->hosts[i].ops->close(&world->hosts[i]);
    for (int i = 0; i < world->scenario.hosts; i++) {
        tally_link(&world->tally, &world->hosts[i].up);
        tally_link(&world->tally, &world->hosts[i].down);
        link_close(&world->hosts[i].up);
        link_close(&world->hosts[i].down);
        link_close(&world->hosts[i].aside);
    }
    for (int i = 0; i < world->scenario.connections; i++)
        for (int side = 0; side < 2; side++)
            watch_close(&world->watches[i][side]);
    for (int i = 0; i < world->scenario.flows; i++)
        flow_free(&world->flows[i]);
    frame_pool_free(&world->pool);
    capture_close(&world->capture);
}

/* ---- running ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t host_due(const struct host *host)
{
    uint64_t due = host->ops->deadline(host);

    for (int i = 0; i < host->world->scenario.connections; i++)
        for (int side = 0; side < 2; side++)
            if (host->world->ends[i][side].host == host)
                due = earlier(due, end_deadline(&host->world->ends[i][side]));
    return due > host->now_ns ? due : host->now_ns + SLICE_NS;
}

/* Goes on to the next event. Returns false if there is none. */
static bool step(struct world *world)
{
    uint64_t due[WORLD_HOSTS];
    uint64_t next = earlier(earlier(world->attack_ns, world->flood_ns), world->storm_ns);

    for (int i = 0; i < world->scenario.hosts; i++) {
        struct host *host = &world->hosts[i];

        due[i] = host_due(host);
        next = earlier(next, earlier(due[i], link_deadline(&host->up, world->now_ns)));
        next = earlier(next, earlier(router6_deadline(host), squatter_deadline(host)));
    }
    if (next == TIME_NEVER)
        return false;
    if (next > world->now_ns)
        world->now_ns = next;
    if (world->attack_ns <= world->now_ns)
        stranger_attack(world);
    if (world->flood_ns <= world->now_ns)
        flood_send(world);
    if (world->storm_ns <= world->now_ns)
        storm6_send(world);
    for (int i = 0; i < world->scenario.hosts; i++)
        if (due[i] <= world->now_ns)
            world->hosts[i].ops->run(&world->hosts[i], world->now_ns);
    for (int i = 0; i < world->scenario.hosts; i++) {
        struct host *host = &world->hosts[i];
        struct frame *frame;

        while ((frame = link_pop(&host->up, world->now_ns))) {
            router_take(host, frame->bytes, frame->length, world->now_ns);
            frame_give(&world->pool, frame);
        }
        router6_poll(host, world->now_ns);
        squatter_poll(host, world->now_ns);
    }
    world->steps++;
    return true;
}

/* Runs until all(world) holds. Returns false if it never does: nothing is due, or time is up. */
static bool run_until(struct world *world, bool (*all)(const struct world *world), uint64_t most_ns)
{
    uint64_t limit_ns = world->now_ns + most_ns;

    while (!world->failure[0] && !all(world)) {
        if (world->steps == MOST_STEPS)
            world_fail(world, "%d events, and no end", MOST_STEPS);
        if (world->now_ns > limit_ns || !step(world))
            return false;
    }
    return true;
}

static bool programs_have_ended(const struct world *world)
{
    for (int i = 0; i < world->scenario.connections; i++)
        if (!world->ends[i][0].left || !world->ends[i][1].left)
            return false;
    return flows_have_ended(world);
}

static bool stacks_have_ended(const struct world *world)
{
    for (int i = 0; i < world->scenario.hosts; i++)
        if (world->hosts[i].ops->connections(&world->hosts[i]))
            return false;
    return true;
}

/* Those that wait for ever are told to stop, if they may. */
static void stop_waiting(struct world *world)
{
    for (int i = 0; i < world->scenario.connections; i++)
        for (int side = 0; side < 2; side++) {
            struct end *end = &world->ends[i][side];

            if (end->left)
                continue;
            if (!verdict_may_wait(world, end))
                world_fail(
                    world,
                    "connection %d, %s: waits for ever: %s, has written %u of %u and read %u", i,
                    side ? "server" : "client", end->open ? "open" : "not open", end->written,
                    end->plan->bytes, end->read);
        }
    for (int i = 0; i < world->scenario.connections; i++)
        for (int side = 0; side < 2; side++)
            end_give_up(&world->ends[i][side], world->now_ns);
}

static uint64_t bytes_read(const struct world *world)
{
    uint64_t count = 0;

    for (int i = 0; i < world->scenario.connections; i++)
        count += world->ends[i][0].read + world->ends[i][1].read;
    return count;
}

/* However long it takes, while bytes arrive. Returns false if some program never ends. */
static bool run_programs(struct world *world)
{
    uint64_t before;
    bool ended;

    do {
        before = bytes_read(world);
        ended = run_until(world, programs_have_ended, MOST_NS);
    } while (!ended && bytes_read(world) > before);
    return ended;
}

static void run(struct world *world)
{
    if (!run_programs(world))
        stop_waiting(world);
    for (int i = 0; i < world->scenario.connections; i++)
        for (int side = 0; side < 2; side++)
            verdict_of_end(world, &world->ends[i][side]);
    run_until(world, stacks_have_ended, REST_NS);
    for (int i = 0; i < world->scenario.hosts && !world->failure[0]; i++)
        world->hosts[i].ops->finish(&world->hosts[i]);
}

bool world_run(struct world *world, uint64_t seed, const struct world_options *options)
{
    char error[200];

    *world = (struct world){.now_ns = WORLD_START_NS,
                            .pool.limit = POOL_FRAMES,
                            .verbose = options->verbose,
                            .trace = options->trace,
                            .ipv6 = options->ipv6,
                            .fault = options->fault,
                            .mischief = chance_split(seed, 21)};
    fault_begin(world);
    scenario_draw(
        &world->scenario, seed,
        &(struct scenario_wishes){options->gates, options->lwip, options->usb, options->ipv6});
    world->stranger = chance_split(seed, 20);
    world->attacks_left = world->scenario.attacks;
    world->attack_ns = world->attacks_left ? WORLD_START_NS : TIME_NEVER;
    world->flood_left = world->scenario.crowd.flood;
    world->flood_ns = world->flood_left ? world->scenario.crowd.flood_ns : TIME_NEVER;
    world->storm_left = world->scenario.storm.count;
    world->storm_ns = world->storm_left ? world->scenario.storm.from_ns : TIME_NEVER;
    if (world->verbose)
        scenario_print(&world->scenario);
    if (capture_open(&world->capture, options->pcap, error, sizeof error))
        world_fail(world, "%s", error);
    open_connections(world);
    open_flows(world);
    open_hosts(world);
    listen_all(world);
    if (!world->failure[0])
        run(world);
    world->tally.forged = world->scenario.attacks - world->attacks_left;
    close_all(world);
    return !world->failure[0];
}
