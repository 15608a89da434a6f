/* The event loop: driver, stack and sockets in turn, then sleep until a descriptor or a timer
 * has something.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/engine/engine_internal.h"

static const uint64_t GONE_LINGER_NS = 2000000000;

int source_add(struct engine *engine, struct source *source)
{
    if (engine->source_count == engine->source_max)
        return -ENFILE;
    source->slot = engine->source_count;
    source->hung_up = false;
    engine->sources[engine->source_count++] = source;
    return 0;
}

/* The slot stays empty until sources_compact, so a loop over the slots goes on undisturbed. */
void source_remove(struct engine *engine, struct source *source)
{
    if (source->slot >= 0)
        engine->sources[source->slot] = NULL;
    source->slot = -1;
}

void source_replace(struct engine *engine, struct source *old, struct source *source)
{
    source->slot = old->slot;
    source->hung_up = old->hung_up;
    engine->sources[source->slot] = source;
    old->slot = -1;
}

static void sources_compact(struct engine *engine)
{
    int kept = 0;

    for (int i = 0; i < engine->source_count; i++)
        if (engine->sources[i]) {
            engine->sources[kept] = engine->sources[i];
            engine->sources[kept]->slot = kept;
            kept++;
        }
    engine->source_count = kept;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t engine_deadline(const struct engine *engine)
{
    uint64_t at = earlier(stack_deadline(engine->stack), engine_settle_deadline(engine));

    at = earlier(earlier(at, races_deadline(engine)), lan_deadline(engine->lan));
    return atomic_load(&engine->finish) ? earlier(at, engine->finish_deadline_ns) : at;
}

/* Time may jump only while nothing but a timer of the kind that one must sit out is waited for. */
static bool engine_jump(struct engine *engine)
{
    const struct transport_ops *ops = engine->transport->ops;
    uint64_t at = stack_deadline(engine->stack);
    bool wants = engine_probes(engine) || atomic_load(&engine->finish) == ENGINE_TIME_WAIT + 1;

    return wants && ops->jump && !engine->gone && at != TIME_NEVER && at > engine->now_ns &&
           ops->jump(engine->transport, at);
}

static uint64_t sleep_ns(struct engine *engine)
{
    uint64_t at = engine_deadline(engine);

    if (!engine->gone && !engine->away)
        at = earlier(at, engine->transport->ops->deadline(engine->transport));
    if (at <= engine->now_ns || engine->work || engine_jump(engine))
        return 0;
    at = at == TIME_NEVER ? TIME_NEVER : at - engine->now_ns;
    if (engine->gone || atomic_load(&engine->finish)) /* both end by the wall clock */
        at = earlier(at, 100000000);
    return earlier(earlier(at, replug_timeout(engine)), lookups_timeout(engine));
}

static int fds_build(struct engine *engine)
{
    int count;

    sources_compact(engine);
    for (count = 0; count < engine->source_count; count++) {
        const struct source *source = engine->sources[count];
        bool deaf = source->hung_up && !source->events;
        engine->fds[count] = (struct pollfd){deaf ? -1 : source->fd, source->events, 0};
    }
    if (engine->gone)
        return count;
    if (engine->away)
        return count + replug_fds(engine, engine->fds + count, TRANSPORT_FDS);
    return count +
           engine->transport->ops->fds(engine->transport, engine->fds + count, TRANSPORT_FDS);
}

static void engine_sleep(struct engine *engine)
{
    int sources, count = fds_build(engine);
    uint64_t ns = sleep_ns(engine);
    struct timespec time = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

    sources = engine->source_count;
    if (ppoll(engine->fds, (nfds_t)count, ns == TIME_NEVER ? NULL : &time, NULL) <= 0)
        return;
    for (int i = 0; i < sources; i++) {
        struct source *source = engine->sources[i];
        short revents = engine->fds[i].revents;
        if (!revents || !source)
            continue;
        if ((revents & (POLLHUP | POLLERR)) && !engine->fds[i].events)
            source->hung_up = true;
        source->ready(engine, source, revents);
    }
}

static void engine_settle(struct engine *engine)
{
    if (engine->gone)
        descriptors_end(engine, engine->gone);
    engine_settle_note(engine);
    if (engine->request_count)
        service_settled(engine);
}

void engine_turn(struct engine *engine)
{
    replug_turn(engine);
    engine->now_ns = lan_poll(engine->lan, wall_clock_ns(), engine_deadline(engine));
    stack_poll(engine->stack, engine->now_ns);
    lookups_turn(engine);
    engine_settle(engine);
    descriptors_turn(engine);
    races_turn(engine); /* behind what has come, so that nobody is tried who is not needed */
    if (!engine->gone)
        lan_flush(engine->lan, engine->now_ns);
    engine_sleep(engine);
}

/* Connections that their programs have closed and that are not over yet. */
struct remaining {
    unsigned time_wait, not_acked;
    unsigned half_closed; /* our FIN is acknowledged, the peer's has not come */
};

static void count_remaining(void *user, struct tcp_conn *conn)
{
    struct remaining *remaining = user;
    struct tcp_info info;

    tcp_info(conn, &info);
    if (info.state == TCP_TIME_WAIT)
        remaining->time_wait++;
    else if (info.state == TCP_FIN_WAIT_2)
        remaining->half_closed++;
    else if (info.state == TCP_FIN_WAIT_1 || info.state == TCP_CLOSING ||
             info.state == TCP_LAST_ACK)
        remaining->not_acked++;
}

static bool finished(struct engine *engine, enum engine_finish until)
{
    struct remaining remaining = {0};

    if (until == ENGINE_NOW || engine->gone)
        return true;
    if (engine->work)
        return false;
    for (struct descriptor *d = engine->descriptors; d; d = d->next)
        if (d->source.hung_up)
            return false; /* closed by its program, data still on the way to TCP */
    tcp_each(engine->stack, count_remaining, &remaining);
    return !remaining.not_acked &&
           (until == ENGINE_FIN_ACKED || (!remaining.time_wait && !remaining.half_closed));
}

static bool finish_due(struct engine *engine)
{
    int asked = atomic_load(&engine->finish);
    uint64_t patience;

    if (!asked)
        return false;
    patience = engine->finish_patience_ns; /* set before finish was */
    if (!engine->finish_wall_ns) {
        engine->finish_wall_ns = wall_clock_ns();
        engine->finish_deadline_ns =
            asked - 1 == ENGINE_TIME_WAIT ? TIME_NEVER : engine->now_ns + patience;
        return asked - 1 ==
               ENGINE_NOW; /* what was closed before we were asked is seen in the next turn */
    }
    return finished(engine, (enum engine_finish)(asked - 1)) ||
           (engine->now_ns >= engine->finish_deadline_ns &&
            wall_clock_ns() - engine->finish_wall_ns >= patience) ||
           (engine->finish_deadline_ns == TIME_NEVER &&
            wall_clock_ns() - engine->finish_wall_ns >= patience);
}

int engine_run(struct engine *engine)
{
    while (!atomic_load(&engine->stop)) {
        engine_turn(engine);
        if (finish_due(engine))
            return engine->gone;
        if (engine->gone && !engine->threaded &&
            (!engine->descriptor_count || wall_clock_ns() - engine->gone_wall_ns > GONE_LINGER_NS))
            return engine->gone;
    }
    atomic_store(&engine->stop, 0);
    return 0;
}

void engine_stop(struct engine *engine)
{
    const uint64_t one = 1;

    atomic_store(&engine->stop, 1);
    if (write(engine->wake.fd, &one, sizeof one) < 0)
        return; /* its counter is full: the engine is awake already */
}

static void *thread_main(void *user)
{
    engine_run(user);
    return NULL;
}

int engine_thread_start(struct engine *engine)
{
    engine->threaded = true;
    int error = pthread_create(&engine->thread, NULL, thread_main, engine);

    engine->threaded = !error;
    return -error;
}

void engine_thread_finish(struct engine *engine, enum engine_finish until, uint64_t patience_ns,
                          struct engine_report *report)
{
    const uint64_t one = 1;
    struct remaining remaining = {0};

    engine->finish_patience_ns = patience_ns;
    engine->finish_wall_ns = 0;
    atomic_store(&engine->finish, (int)until + 1);
    if (write(engine->wake.fd, &one, sizeof one) == sizeof one || errno == EAGAIN)
        pthread_join(engine->thread, NULL);
    engine->threaded = false;
    atomic_store(&engine->finish, 0);
    tcp_each(engine->stack, count_remaining, &remaining);
    if (report)
        *report = (struct engine_report){engine->gone,
                                         remaining.time_wait + remaining.half_closed,
                                         remaining.not_acked,
                                         engine->now_ns,
                                         engine->started_ns,
                                         *stack_counters(engine->stack),
                                         *lan_counters(engine->lan)};
}
