/* See end.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/end.h"

#include <errno.h>
#include <string.h>

#include "driver/transport.h"
#include "tests/world/target.h"
#include "tests/world/world.h"

enum { PATTERN_BYTES = END_PERIOD * 2, READ_BYTES = 4096 };

/* A stretch of random bytes that repeats itself; its length is a prime, so that no buffer's size hides a slip. Each
 * end begins elsewhere in it. */
const uint8_t *end_data(const struct end *end, uint32_t offset)
{
    static uint8_t pattern[PATTERN_BYTES];
    uint32_t begin = (uint32_t)(end->connection * 2 + end->side) * 4099u;

    if (!pattern[0]) {
        struct chance chance = {1};

        for (uint32_t i = 0; i < END_PERIOD; i++)
            pattern[i] = pattern[i + END_PERIOD] = (uint8_t)chance_draw(&chance);
        pattern[0] = pattern[END_PERIOD] = 1;
    }
    return pattern + (begin + offset) % END_PERIOD;
}

void end_init(struct end *end, struct world *world, struct host *host,
              const struct connection_plan *plan, int connection, int side)
{
    *end = (struct end){
        .world = world,
        .host = host,
        .peer = &world->ends[connection][!side],
        .plan = &plan->plans[side],
        .connection = connection,
        .side = side,
        .start_ns = plan->start_ns,
        .chance =
            chance_split(world->scenario.seed, 100 + (uint64_t)connection * 2 + (unsigned)side),
    };
}

void end_opened(struct end *end)
{
    end->open = true;
}

void end_failed(struct end *end, int error)
{
    end->error = error;
    end->asked_in_vain = end->over6 ? end->host->asked_in_vain6 : end->host->asked_in_vain;
    end->had_router = end->host->has_router;
}

static void leave(struct end *end, bool abort, uint64_t now_ns)
{
    end->aborted |= end->socket && !end->plan->linger_s;
    if (end->socket && abort)
        end->host->ops->abort_socket(end);
    else if (end->socket)
        end->host->ops->close_socket(end);
    end->socket = NULL;
    end->left = true;
    end->left_ns = now_ns;
}

void end_give_up(struct end *end, uint64_t now_ns)
{
    if (end->left)
        return;
    end->aborted = true;
    leave(end, true, now_ns);
}

static int connect_to(struct end *end, const struct target *to, uint64_t now_ns)
{
    bool shared = end->world->scenario.connection[end->connection].shared;

    end->over6 = to->v6;
    end->connect_ns = now_ns;
    return end->host->ops->connect(
        end, to, (uint16_t)(shared ? WORLD_SHARED_PORT : WORLD_PORT + end->connection));
}

/* Returns false if its peer cannot be found yet. */
static bool connect_to_peer(struct end *end, uint64_t now_ns)
{
    const struct connection_plan *plan = &end->world->scenario.connection[end->connection];
    const struct target_wish wish = {plan->v6, plan->start_ns, plan->wait_ns};
    struct target to;
    enum target_verdict found = target_find(end->host, end->peer->host, &wish, &to);
    int error;

    if (found == TARGET_LATER) {
        end->start_ns = now_ns + TARGET_AGAIN_NS;
        return false;
    }
    end->start_ns = TIME_NEVER;
    error = found == TARGET_FOUND ? connect_to(end, &to, now_ns) : -EHOSTUNREACH;
    if (error)
        end_failed(end, error);
    return true;
}

static uint64_t later(struct end *end, uint64_t gap_ns, uint64_t now_ns)
{
    return gap_ns ? now_ns + chance_between(&end->chance, 1, gap_ns) : now_ns;
}

static bool write_some(struct end *end, uint64_t now_ns)
{
    uint32_t left = end->plan->bytes - end->written, most = end->plan->write_most;
    size_t count;

    if (!left || end->shut || now_ns < end->write_ns)
        return false;
    count = chance_between(&end->chance, 1, most < left ? most : left);
    count = end->host->ops->write(end, end_data(end, end->written), count);
    if (count)
        end->write_ns = later(end, end->plan->write_gap_ns, now_ns);
    return count != 0;
}

static void check(struct end *end, const uint8_t *bytes, size_t count)
{
    const uint8_t *expected = end_data(end->peer, end->read);

    if (end->read + count > end->peer->written) {
        world_fail(end->world, "connection %d, %s: has read %zu bytes, but only %u were written",
                   end->connection, end->side ? "server" : "client", end->read + count,
                   end->peer->written);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != expected[i]) {
            world_fail(end->world, "connection %d, %s: byte %zu is 0x%02x, but 0x%02x was written",
                       end->connection, end->side ? "server" : "client", end->read + i, bytes[i],
                       expected[i]);
            return;
        }
}

/* hurry: the connection is over, and what is left is read at once. */
static bool read_some(struct end *end, bool hurry, uint64_t now_ns)
{
    uint8_t bytes[READ_BYTES];
    uint32_t most = end->plan->read_most < READ_BYTES ? end->plan->read_most : READ_BYTES;
    size_t count;

    if (end->saw_end || (!hurry && now_ns < end->read_ns))
        return false;
    count = chance_between(&end->chance, 1, most);
    count = end->host->ops->read(end, bytes, count);
    if (!count)
        return false;
    check(end, bytes, count);
    end->read += (uint32_t)count;
    end->read_ns = later(end, end->plan->read_gap_ns, now_ns);
    if (!end->stalled && end->plan->stall_ns && end->read >= end->plan->stall_at) {
        end->stalled = true;
        end->read_ns = now_ns + end->plan->stall_ns;
    }
    return true;
}

static bool see_end(struct end *end)
{
    if (end->saw_end || !end->host->ops->at_end(end))
        return false;
    end->saw_end = true;
    if ((!end->peer->shut || end->read != end->peer->written) && !end->peer->ended_early)
        world_fail(end->world, "connection %d, %s: a false end behind byte %u: the peer %s %u",
                   end->connection, end->side ? "server" : "client", end->read,
                   end->peer->shut ? "ended behind byte" : "goes on, and has written",
                   end->peer->written);
    return true;
}

static bool finish(struct end *end, uint64_t now_ns)
{
    bool all = end->written == end->plan->bytes;

    if (end->plan->ending == END_ABORTS && end->written + end->read >= end->plan->abort_at) {
        end->aborted = true;
        leave(end, true, now_ns);
        return true;
    }
    if (end->plan->ending == END_CLOSES && all) {
        end->shut = end->aborted = true;
        leave(end, false, now_ns);
        return true;
    }
    if (all && !end->shut && (end->saw_end || end->plan->ending == END_SHUTS_FIRST)) {
        end->shut = true;
        end->host->ops->shutdown(end);
        return true;
    }
    if (end->shut && end->saw_end) {
        leave(end, false, now_ns);
        return true;
    }
    return false;
}

bool end_run(struct end *end, uint64_t now_ns)
{
    bool any = false;

    if (end->left)
        return false;
    if (end->side == SIDE_CLIENT && now_ns >= end->start_ns)
        any = connect_to_peer(end, now_ns);
    if (end->error) {
        while (end->socket && read_some(end, true, now_ns))
            ;
        leave(end, false, now_ns);
        return true;
    }
    if (!end->open)
        return any;
    if (!end->has_options) {
        end->has_options = true;
        end->host->ops->set_options(end);
    }
    while (write_some(end, now_ns))
        any = true;
    while (read_some(end, false, now_ns))
        any = true;
    return see_end(end) || finish(end, now_ns) || any;
}

uint64_t end_deadline(const struct end *end)
{
    uint64_t due = UINT64_MAX;

    if (end->left)
        return due;
    if (!end->open)
        return end->side == SIDE_CLIENT ? end->start_ns : due;
    if (end->written < end->plan->bytes && end->write_ns > end->host->now_ns)
        due = end->write_ns;
    if (end->read_ns > end->host->now_ns && end->read_ns < due)
        due = end->read_ns;
    return due;
}
