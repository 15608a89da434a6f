/* A station in simulated time. See station.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/bench/station.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WALL_NS = STATION_START_NS, LINK_WAIT_NS = 1000000000, JUMP_NS = 1000000 };

static const uint8_t STATION_MAC[6] = {0x02, 0x46, 0x45, 0, 0, 1};

static uint64_t standing_clock(void)
{
    return WALL_NS;
}

_Noreturn void station_die(const struct station *station, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", station->name, why);
    exit(1);
}

void station_expect_by(const struct station *station, uint64_t limit_ns, const char *what)
{
    if (station->now_ns > limit_ns)
        station_die(station, what);
}

/* SplitMix64, so that a run repeats exactly. */
static uint64_t station_random(void *user)
{
    uint64_t z = ((struct station *)user)->random += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* ---- what the stack asks of the driver ---- */

static uint8_t *device_reserve(void *user, size_t len)
{
    return lan_reserve(((struct station *)user)->lan, len);
}

static size_t device_room(void *user)
{
    return lan_room(((struct station *)user)->lan);
}

static uint64_t device_commit(void *user, const struct vnet_header *vnet, size_t len)
{
    return lan_commit(((struct station *)user)->lan, vnet, len);
}

/* ---- what the driver tells ---- */

static void lan_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame, size_t len,
                      uint64_t now_ns)
{
    struct station *station = user;

    station->now_ns = now_ns;
    if (station->stack)
        stack_input(station->stack, vnet, frame, len, now_ns);
    else if (station->heard)
        station->heard(station->user, frame, len, now_ns);
}

static void lan_batch(void *user, bool begin, uint64_t now_ns)
{
    struct station *station = user;

    station->now_ns = now_ns;
    if (station->stack && begin)
        stack_batch_begin(station->stack);
    else if (station->stack)
        stack_batch_end(station->stack, now_ns);
}

static void lan_sent(void *user, uint64_t ticket, uint64_t now_ns)
{
    struct station *station = user;

    station->now_ns = now_ns;
    if (station->stack)
        stack_sent(station->stack, ticket, now_ns);
}

static void lan_has_room(void *user, uint64_t now_ns)
{
    struct station *station = user;

    station->now_ns = now_ns;
    if (station->stack)
        stack_room(station->stack, now_ns);
}

static void lan_is_gone(void *user, int error, uint64_t now_ns)
{
    (void)now_ns;
    station_die(user, strerror(-error));
}

/* ---- opening, closing, running ---- */

static void open_stack(struct station *station, bool ipv6)
{
    struct stack_config config = {
        .device = {.mtu = 1500,
                   .features = lan_info(station->lan)->features,
                   .max_frame = lan_info(station->lan)->max_frame,
                   .reserve = device_reserve,
                   .room = device_room,
                   .commit = device_commit,
                   .user = station},
        .random = station_random,
        .random_user = station,
        .source = ADDRESS_STATIC,
        .address = address_v4(STATION_IP),
        .gateway = address_v4(PEER_IP),
        .prefix_len = 24,
        .ipv6 = ipv6,
        .static6[0].prefix_len = 64,
        .skip_probing = true,
    };

    if (ipv6)
        memcpy(config.static6[0].address.bytes, STATION_IP6, 16);
    memcpy(config.device.mac, STATION_MAC, 6);
    if (stack_create(&station->stack, &config, station->now_ns))
        station_die(station, "no memory for the stack");
    stack_link(station->stack, true, station->now_ns);
    while (stack_state(station->stack) != STACK_READY) {
        station_step(station, JUMP_NS);
        station_expect_by(station, WALL_NS + 2ull * LINK_WAIT_NS, "no address");
    }
}

void station_open(struct station *station, const struct station_config *config)
{
    const struct lan_handler handler = {.frame = lan_frame,
                                        .batch = lan_batch,
                                        .sent = lan_sent,
                                        .room = lan_has_room,
                                        .gone = lan_is_gone,
                                        .user = station};
    struct sim_config sim = {.wire.far_end = &station->peer.base,
                             .trace = config->trace,
                             .full_speed = config->full_speed,
                             .wall_ns = WALL_NS};
    struct lan_config lan = config->lan;
    char error[400];

    *station = (struct station){.name = config->name, .now_ns = WALL_NS};
    peer_init(&station->peer, STATION_MAC);
    station->peer.ipv6 = config->ipv6;
    memcpy(lan.mac, STATION_MAC, 6);
    if (sim_open(&station->transport, &sim, error, sizeof error) ||
        lan_open(&station->lan, station->transport, &lan, &handler, standing_clock, error,
                 sizeof error))
        station_die(station, error);
    station->now_ns = lan_poll(station->lan, WALL_NS, 0);
    while (!lan_status(station->lan)->link) {
        station_step(station, JUMP_NS);
        station_expect_by(station, WALL_NS + (uint64_t)LINK_WAIT_NS, "no link");
    }
    if (!config->bare)
        open_stack(station, config->ipv6);
}

void station_close(struct station *station)
{
    lan_close(station->lan);
    station->transport->ops->close(station->transport);
    stack_destroy(station->stack);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void station_step(struct station *station, uint64_t step_ns)
{
    uint64_t timer = lan_deadline(station->lan);

    if (station->stack) {
        stack_poll(station->stack, station->now_ns);
        timer = earlier(timer, stack_deadline(station->stack));
    }
    lan_flush(station->lan, station->now_ns);
    station->transport->ops->jump(station->transport, earlier(timer, station->now_ns + JUMP_NS));
    station->now_ns = lan_poll(station->lan, WALL_NS, earlier(timer, station->now_ns + step_ns));
    if (station->peer.fault[0])
        station_die(station, station->peer.fault);
}
