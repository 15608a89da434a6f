/* A board that was unplugged comes back, and the same engine goes on with it: sockets, connections and addresses stay. To
 * the stack it is a link that was down.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "driver/registers.h"
#include "host/engine/engine_internal.h"

static const uint64_t RETRY_NS = 1000000000;

static void tell(struct engine *engine, int code, const char *text)
{
    const struct replug *replug = engine->config.replug;

    engine->replug_code = code;
    journal_write(engine->journal, engine->now_ns, JOURNAL_EVENT, "driver", "%s%s", text,
                  code ? ": looking for it" : " is back");
    replug->told(replug->user, code, text);
}

void replug_begin(struct engine *engine, int error)
{
    engine->away = true;
    engine->replug_at_ns = wall_clock_ns();
    tell(engine, -ENODEV, error == -ENODEV ? "the board was unplugged" : "the board failed");
}

int replug_fds(const struct engine *engine, struct pollfd *fds, int max)
{
    const struct replug *replug = engine->config.replug;

    return replug->fds ? replug->fds(replug->user, fds, max) : 0;
}

uint64_t replug_timeout(const struct engine *engine)
{
    uint64_t now_ns = wall_clock_ns();

    if (!engine->away)
        return TIME_NEVER;
    return engine->replug_at_ns > now_ns ? engine->replug_at_ns - now_ns : 0;
}

/* What the stack was told of the first board must hold for this one; of its filter for groups only the driver knows. */
static int compare(const struct lan_info *was, const struct lan_info *is, char *error,
                   size_t error_len)
{
    uint32_t lost = was->features & ~is->features & ~(uint32_t)REG_FEATURES_MULTICAST_HASH;

    if (!lost && is->max_frame >= was->max_frame)
        return 0;
    snprintf(error, error_len,
             "the board does less than the one before: features 0x%x instead of 0x%x, frames of at "
             "most %u bytes instead of %u",
             (unsigned)is->features, (unsigned)was->features, (unsigned)is->max_frame,
             (unsigned)was->max_frame);
    return -EPROTONOSUPPORT;
}

/* Everything that the old board was given has left it, or never will. */
static void give_up_old(struct engine *engine)
{
    engine->tickets_before += lan_counters(engine->lan)->tx_frames;
    lan_close(engine->lan);
    if (engine->transport != engine->config.transport)
        engine->transport->ops->close(engine->transport);
}

static int adopt(struct engine *engine, struct transport *transport, char *error, size_t error_len)
{
    struct lan_config config = engine->config.lan;
    struct lan *lan;
    int code;

    memcpy(config.mac, lan_info(engine->lan)->mac, sizeof config.mac);
    code = device_lan_open(engine, transport, &config, &lan, error, error_len);
    if (code)
        return code;
    code = compare(lan_info(engine->lan), lan_info(lan), error, error_len);
    if (code) {
        lan_close(lan);
        return code;
    }
    give_up_old(engine);
    engine->lan = lan;
    engine->transport = transport;
    engine->replugs++;
    return 0;
}

static int attempt(struct engine *engine, char *error, size_t error_len)
{
    const struct replug *replug = engine->config.replug;
    struct transport *transport;
    int code = replug->open(replug->user, &transport, error, error_len);

    if (code)
        return code;
    code = adopt(engine, transport, error, error_len);
    if (code)
        transport->ops->close(transport);
    return code;
}

void replug_turn(struct engine *engine)
{
    const struct replug *replug = engine->config.replug;
    uint64_t wall_ns = wall_clock_ns();
    char error[400] = "";
    int code;

    if (!engine->away ||
        (!(replug->news && replug->news(replug->user)) && wall_ns < engine->replug_at_ns))
        return;
    code = attempt(engine, error, sizeof error);
    engine->replug_at_ns = wall_clock_ns() + RETRY_NS;
    if (code && code != engine->replug_code)
        tell(engine, code, error);
    if (code)
        return;
    engine->away = false;
    engine->now_ns = lan_poll(engine->lan, wall_clock_ns(), 0);
    stack_sent(engine->stack, engine->tickets_before, engine->now_ns);
    stack_link(engine->stack, lan_status(engine->lan)->link, engine->now_ns);
    tell(engine, 0, engine->transport->name);
}
