/* Joins driver and stack: the driver is the stack's device, and what the driver receives goes
 * to the stack.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/engine/engine_internal.h"

enum { ETHERNET_MTU = 1500, ETHERNET_HEADER_BYTES = 14 };

uint64_t wall_clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint8_t *device_reserve(void *user, size_t len)
{
    struct engine *engine = user;

    return engine->gone ? NULL : lan_reserve(engine->lan, len);
}

static uint64_t device_commit(void *user, const struct vnet_header *vnet, size_t len)
{
    struct engine *engine = user;
    uint64_t ticket = lan_commit(engine->lan, vnet, len);

    return ticket ? engine->tickets_before + ticket : 0;
}

static size_t device_bulk_room(void *user)
{
    return lan_room(((struct engine *)user)->lan);
}

static void device_listen(void *user, const uint8_t (*groups)[6], size_t count)
{
    lan_listen(((struct engine *)user)->lan, groups, count);
}

static void device_sent(void *user, uint64_t ticket, uint64_t now_ns)
{
    struct engine *engine = user;

    engine->now_ns = now_ns;
    if (engine->stack)
        stack_sent(engine->stack, engine->tickets_before + ticket, now_ns);
}

/* The driver may receive while it is being opened, when there is no stack yet. */
static void device_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame,
                         size_t len, uint64_t now_ns)
{
    struct engine *engine = user;

    engine->now_ns = now_ns;
    if (engine->stack)
        stack_input(engine->stack, vnet, frame, len, now_ns);
}

static void device_batch(void *user, bool begin, uint64_t now_ns)
{
    struct engine *engine = user;

    engine->now_ns = now_ns;
    if (engine->stack && begin)
        stack_batch_begin(engine->stack);
    else if (engine->stack)
        stack_batch_end(engine->stack, now_ns);
}

static void device_link(void *user, const struct lan_status *status, uint64_t now_ns)
{
    struct engine *engine = user;

    engine->now_ns = now_ns;
    if (!status->link)
        engine->no_link_since_ns = now_ns;
    if (engine->stack && !engine->away)
        stack_link(engine->stack, status->link, now_ns);
}

static void device_room(void *user, uint64_t now_ns)
{
    struct engine *engine = user;

    engine->now_ns = now_ns;
    if (engine->stack)
        stack_room(engine->stack, now_ns);
    engine->room = true;
}

static void device_gone(void *user, int error, uint64_t now_ns)
{
    struct engine *engine = user;

    if (engine->away)
        return; /* a board that is gone again before it was up */
    engine->no_link_since_ns = now_ns;
    if (engine->config.replug && engine->stack) {
        replug_begin(engine, error);
    } else {
        engine->gone = error;
        engine->gone_wall_ns = wall_clock_ns();
        journal_write(engine->journal, now_ns, JOURNAL_EVENT, "driver", "the board is gone: %s",
                      error == -ENODEV ? "unplugged" : strerror(-error));
    }
    if (engine->stack)
        stack_link(engine->stack, false, now_ns);
}

uint16_t device_mtu(const struct engine *engine)
{
    uint32_t payload = lan_info(engine->lan)->max_frame - ETHERNET_HEADER_BYTES;

    return payload < ETHERNET_MTU ? (uint16_t)payload : ETHERNET_MTU;
}

static int device_stack(struct engine *engine)
{
    struct stack_config config = engine->config.stack;
    const struct lan_info *info = lan_info(engine->lan);

    config.journal = engine->journal;
    config.device = (struct device){.mtu = device_mtu(engine),
                                    .features = info->features,
                                    .max_frame = info->max_frame,
                                    .reserve = device_reserve,
                                    .room = device_bulk_room,
                                    .commit = device_commit,
                                    .listen = device_listen,
                                    .user = engine};
    memcpy(config.device.mac, info->mac, sizeof info->mac);
    return stack_create(&engine->stack, &config, engine->now_ns);
}

int device_lan_open(struct engine *engine, struct transport *transport,
                    const struct lan_config *config, struct lan **out, char *error,
                    size_t error_len)
{
    const struct lan_handler handler = {.frame = device_frame,
                                        .batch = device_batch,
                                        .link = device_link,
                                        .sent = device_sent,
                                        .room = device_room,
                                        .gone = device_gone,
                                        .user = engine};

    return lan_open(out, transport, config, &handler, wall_clock_ns, error, error_len);
}

int device_open(struct engine *engine, char *error, size_t error_len)
{
    int code;

    engine->config.lan.journal = engine->journal;
    code = device_lan_open(engine, engine->transport, &engine->config.lan, &engine->lan, error,
                           error_len);
    if (code)
        return code;
    engine->now_ns = lan_poll(engine->lan, wall_clock_ns(), 0);
    engine->started_ns = engine->no_link_since_ns = engine->now_ns;
    code = device_stack(engine);
    if (code) {
        snprintf(error, error_len, "cannot make the protocol stack: %s", strerror(-code));
        return code;
    }
    if (!engine->gone)
        stack_link(engine->stack, lan_status(engine->lan)->link, engine->now_ns);
    return 0;
}
