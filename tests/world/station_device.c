/* Joins a station's stack, driver, board and link, as the engine joins the first two.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "sim/model/segment.h"
#include "tests/world/board.h"
#include "tests/world/fault.h"
#include "tests/world/station.h"

enum { PAUSE_FRAME = 0x8808 };

static uint64_t standing_clock(void)
{
    return STATION_WALL_NS;
}

/* ---- the board's wire ends in the link ---- */

static bool wire_send(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct host *host = ((struct station *)backend)->host;
    uint8_t copy[WIRE_FRAME_BYTES];

    if (host->world->fault) {
        memcpy(copy, bytes, len);
        bytes = copy;
        if (!fault_wire(host, copy, len))
            return true;
    }
    if (segment_word(bytes + 12, 2) != PAUSE_FRAME &&
        !frame_watch_leaves(&((struct station *)backend)->out, bytes, len))
        world_fail(host->world,
                   "host %d: a frame leaves that it has not sent, or sent before others",
                   host->index);
    world_sent(host, bytes, len, now_ns);
    link_push(&host->up, bytes, len, now_ns);
    return true;
}

static void take_from(struct link *link, struct backend *backend, uint64_t now_ns)
{
    struct host *host = ((struct station *)backend)->host;
    struct frame *frame;

    while ((frame = link_pop(link, now_ns))) {
        world_arrived(host, frame->bytes, frame->length, now_ns);
        frame_watch_enters(&((struct station *)backend)->in, frame->bytes, frame->length);
        backend->port.frame(backend->port.user, frame->bytes, frame->length, now_ns);
        frame_give(&host->world->pool, frame);
    }
}

static void wire_take(struct backend *backend, uint64_t now_ns)
{
    struct host *host = ((struct station *)backend)->host;

    take_from(&host->aside, backend, now_ns);
    take_from(&host->down, backend, now_ns);
}

static uint64_t wire_due(struct backend *backend, uint64_t now_ns)
{
    const struct host *host = ((struct station *)backend)->host;
    uint64_t aside = link_deadline(&host->aside, now_ns), down = link_deadline(&host->down, now_ns);

    return aside < down ? aside : down;
}

static const struct backend_ops wire_ops = {
    .send = wire_send, .poll = wire_take, .deadline = wire_due};

/* ---- driver and stack, joined as the engine joins them ---- */

static uint8_t *device_reserve(void *user, size_t len)
{
    struct station *station = user;

    if (!station->lan)
        return NULL;

    return station->reserved = lan_reserve(station->lan, len);
}

static size_t device_room(void *user)
{
    struct station *station = user;

    return station->lan ? lan_room(station->lan) : 0;
}

static void will_leave(void *user, const uint8_t *frame, size_t length)
{
    frame_watch_enters(user, frame, length);
}

static uint64_t device_commit(void *user, const struct vnet_header *vnet, size_t len)
{
    struct station *station = user;
    struct vnet_header header = *vnet;

    if (!station->lan ||
        (station->reserved && !fault_out(station->host, &header, station->reserved, len)))
        return 0;
    if (station->reserved && !header.gso_type)
        neighbor_watch_sent(station->host, station->reserved, len, station->host->now_ns);
    if (station->reserved)
        model_send(&header, station->reserved, len, will_leave, &station->out);
    return lan_commit(station->lan, &header, len);
}

static void device_listen(void *user, const uint8_t (*groups)[6], size_t count)
{
    struct station *station = user;

    if (station->lan)
        lan_listen(station->lan, groups, count);
}

static void lan_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame, size_t len,
                      uint64_t now_ns)
{
    struct station *station = user;
    struct vnet_header header = *vnet;
    uint8_t copy[WIRE_FRAME_BYTES];

    if (!station->stack)
        return;
    if (!frame_watch_leaves(&station->in, frame, len))
        world_fail(station->host->world,
                   "host %d: the driver hands on a frame that has not come, or before others",
                   station->host->index);
    if (station->host->world->fault && len <= sizeof copy) {
        memcpy(copy, frame, len);
        frame = copy;
        if (!fault_in(station->host, &header, copy, len))
            return;
    }
    stack_input(station->stack, &header, frame, len, now_ns);
    if (station->host->world->fault && station->host->world->fault->twice)
        stack_input(station->stack, &header, frame, len, now_ns);
}

static void lan_batch(void *user, bool begin, uint64_t now_ns)
{
    struct station *station = user;

    if (station->stack && begin)
        stack_batch_begin(station->stack);
    else if (station->stack)
        stack_batch_end(station->stack, now_ns);
}

static void lan_sent(void *user, uint64_t ticket, uint64_t now_ns)
{
    struct station *station = user;
    const struct fault *fault = station->host->world->fault;

    if (station->stack && !(fault && fault->untold))
        stack_sent(station->stack, ticket, now_ns);
}

static void lan_has_room(void *user, uint64_t now_ns)
{
    struct station *station = user;

    if (station->stack)
        stack_room(station->stack, now_ns);
}

static void lan_is_gone(void *user, int error, uint64_t now_ns)
{
    struct host *host = ((struct station *)user)->host;

    (void)now_ns;
    if (!((struct station *)user)->unplugged)
        world_fail(host->world, "host %d: its board is gone: %s", host->index, strerror(-error));
}

int station_open_driver(struct station *station, char *error, size_t error_len)
{
    struct host *host = station->host;
    const struct lan_handler handler = {.frame = lan_frame,
                                        .batch = lan_batch,
                                        .sent = lan_sent,
                                        .room = lan_has_room,
                                        .gone = lan_is_gone,
                                        .user = station};
    struct lan_config lan = {.features_off = host->config->features_off};

    host_mac(host->index, 0, lan.mac);
    if (!station->between)
        station->between = fault_between(host->world, station->transport);
    return lan_open(&station->lan, station->between ? station->between : station->transport, &lan,
                    &handler, standing_clock, error, error_len);
}

void station_open_board(struct station *station, char *error, size_t error_len)
{
    struct host *host = station->host;
    struct wire_config wire = {.far_end = &station->far_end,
                               .impairment.corrupt = host->config->bad_fcs,
                               .impairment.seed = chance_draw(&host->chance)};

    station->far_end.ops = &wire_ops;
    if (!board_open(&station->transport, host->config, &wire, STATION_WALL_NS, host->world->trace,
                    error, error_len) &&
        !station_open_driver(station, error, error_len))
        error[0] = '\0';
}

void station_device(struct station *station, struct device *device)
{
    const struct lan_info *info = lan_info(station->lan);

    *device = (struct device){.mtu = station->host->config->mtu,
                              .features = info->features,
                              .max_frame = info->max_frame,
                              .reserve = device_reserve,
                              .room = device_room,
                              .commit = device_commit,
                              .listen = device_listen,
                              .user = station};
    memcpy(device->mac, info->mac, sizeof device->mac);
}
