/* A host with our stack and driver, on the C model of the board or on the Verilated one.
 *
 * SPDX-License-Identifier: MIT
 *
 * The wall clock that driver and board are shown stands still: a board that idles lets its time jump, and a busy one has
 * the time of its cycles.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/stack/tcp_congestion.h"
#include "tests/world/board.h"
#include "tests/world/fault.h"
#include "tests/world/station.h"

enum { MOST_TURNS = 1000000 };

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t station_random(void *user)
{
    struct host *host = ((struct station *)user)->host;

    if (host->world->fault && host->world->fault->restless)
        host->chance.state += (uint64_t)getpid();
    return chance_draw(&host->chance);
}

static void print_line(void *user, uint64_t now_ns, enum journal_level level, const char *layer,
                       const char *text)
{
    (void)level;
    printf("%14.6f ms  host %d  %-6s %s\n", (double)now_ns / 1e6, ((struct host *)user)->index,
           layer, text);
}

/* One of them all. */
static const struct tcp_congestion_ops *choose_congestion(unsigned number)
{
    size_t count = 0;

    while (tcp_congestion_at(count))
        count++;
    return tcp_congestion_at(number % count);
}

static int open_stack(struct station *station)
{
    struct host *host = station->host;
    const struct host_config *wish = host->config;
    struct stack_config config = {
        .random = station_random,
        .random_user = station,
        .source = wish->router.alone ? ADDRESS_FROM_DHCP : ADDRESS_STATIC,
        .address = address_v4(host_address(host->index)),
        .gateway = address_v4(host_gateway(host->index)),
        .prefix_len = 24,
        .skip_probing = !wish->probes || (host->world->fault && host->world->fault->unprobed),
        .ipv6 = wish->router.on,
        .stable_secret = {host->world->scenario.seed, (uint64_t)host->index},
        .tcp_send_bytes = wish->send_bytes,
        .tcp_receive_bytes = wish->receive_bytes,
        .tcp_congestion = choose_congestion(wish->congestion),
        .tcp_ecn = wish->ecn,
        .tcp_timestamps = wish->timestamps,
        .tcp_pacing = wish->pacing,
    };

    if (host->world->verbose)
        station->journal = (struct journal){print_line, host, JOURNAL_EVENT};
    config.journal = &station->journal;
    station_device(station, &config.device);
    return stack_create(&station->stack, &config, host->now_ns);
}

static void station_run(struct host *host, uint64_t until_ns);

static void station_open(struct host *host)
{
    struct station *station = calloc(1, sizeof *station);
    char error[300];

    host->own = station;
    host->strict = true;
    station->host = host;
    host->now_ns = STATION_WALL_NS;
    station_open_board(station, error, sizeof error);
    if (error[0]) {
        world_fail(host->world, "host %d: %s", host->index, error);
        return;
    }
    station_usb_open(station);
    host->now_ns = lan_poll(station->lan, STATION_WALL_NS, 0);
    if (open_stack(station))
        world_fail(host->world, "host %d: no memory for a stack", host->index);
    else {
        flows_open(host, station->stack);
        stack_link(station->stack, true, host->now_ns);
        station_run(host, WORLD_START_NS);
        if (!host->config->probes && !host->config->router.alone && !station_has_ipv4(host))
            world_fail(host->world, "host %d: its address is not ready", host->index);
    }
}

static void station_close(struct host *host)
{
    struct station *station = station_of(host);

    if (station->lan) {
        station_count_driver(station);
        lan_close(station->lan);
    }
    if (station->between)
        station->between->ops->close(station->between);
    station_usb_close(station);
    if (station->transport) {
        station_expect_sent(station);
        host->world->tally.wrong_fcs +=
            board_wire_counters(station->transport, host->config->kind)->corrupted;
        station->transport->ops->close(station->transport);
    }
    if (station->stack) {
        flows_close(host);
        tally_stack(&host->world->tally, stack_counters(station->stack));
        stack_destroy(station->stack);
    }
    frame_watch_close(&station->out);
    frame_watch_close(&station->in);
    free(station);
}

/* ---- running ---- */

static bool turn(struct station *station, uint64_t until_ns)
{
    struct transport *transport = station->transport;
    struct host *host = station->host;
    uint64_t timer = earlier(stack_deadline(station->stack), station_usb_deadline(station));
    bool any;

    if (station->lan) {
        timer = earlier(timer, lan_deadline(station->lan));
        transport->ops->jump(transport, earlier(timer, until_ns));
        host->now_ns = lan_poll(station->lan, STATION_WALL_NS, earlier(timer, until_ns));
    } else if (earlier(timer, until_ns) > host->now_ns) {
        host->now_ns = earlier(timer, until_ns);
    }
    station_usb_poll(station);
    stack_poll(station->stack, host->now_ns);
    any = station_run_programs(host);
    if (station->lan)
        lan_flush(station->lan, host->now_ns);
    return any;
}

static void station_run(struct host *host, uint64_t until_ns)
{
    struct station *station = station_of(host);
    struct transport *transport = station->transport;
    bool clocked = host->config->kind == HOST_GATES || host->config->kind == HOST_BUS;

    for (int turns = 0; turns < MOST_TURNS; turns++) {
        bool any = turn(station, until_ns);

        if (host->now_ns >= until_ns && !any && stack_deadline(station->stack) > host->now_ns &&
            (clocked || transport->ops->deadline(transport) > host->now_ns)) {
            station_expect_timers(host);
            return;
        }
    }
    world_fail(host->world, "host %d: its time stands still", host->index);
}

static uint64_t station_deadline(const struct host *host)
{
    struct station *station = station_of(host);
    uint64_t due = station->transport->ops->deadline(station->transport);

    due = station->lan ? earlier(due, lan_deadline(station->lan)) : TIME_NEVER;
    due = earlier(due, station_usb_deadline(station));
    due = earlier(due, station_accepts_at(station));
    due = earlier(due, flows_deadline(host));
    return earlier(due, stack_deadline(station->stack));
}

static void station_finish(struct host *host)
{
    int count = station_connections(host);

    if (count)
        world_fail(host->world, "host %d: %d connections are left that no program has", host->index,
                   count);
    flows_judge(host);
    if (station_of(host)->lan)
        station_expect_received(station_of(host));
    station_close_listeners(host);
    station_run(host, host->now_ns);
    count = station_connections(host);
    if (count)
        world_fail(host->world, "host %d: a closed listener is left", host->index);
}

const struct host_ops station_ops = {
    .open = station_open,
    .run = station_run,
    .deadline = station_deadline,
    .connections = station_connections,
    .finish = station_finish,
    .close = station_close,
    .has_ipv4 = station_has_ipv4,
    .address6 = station_address6,
    .listen = station_listen,
    .connect = station_connect,
    .set_options = station_set_options,
    .write = station_write,
    .read = station_read,
    .at_end = station_at_end,
    .unsent = station_unsent,
    .shutdown = station_shutdown,
    .close_socket = station_close_socket,
    .abort_socket = station_abort_socket,
};
