/* See path.h. Time goes from one event to the next.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/bench/path.h"

#include "driver/transport.h"
#include "tests/bench/stack_meter.h"

enum { POOL_FRAMES = 100000 };

void path_open(struct path *path, const struct path_config *config)
{
    struct link_config there = {.wire = {.loss = config->loss,
                                         .rate_bps = config->rate_bps,
                                         .queue_frames = config->queue_frames,
                                         .delay_ns = config->rtt_ns / 2}};
    struct link_config back = {.wire.delay_ns = config->rtt_ns / 2};

    *path = (struct path){.now_ns = PATH_START_NS, .pool.limit = POOL_FRAMES};
    link_init(&path->links[PATH_SENDER], &there, config->seed, FROM_BOARD, &path->pool);
    link_init(&path->links[PATH_RECEIVER], &back, config->seed, TO_BOARD, &path->pool);
}

void path_send(struct path_host *host, const uint8_t *frame, size_t len)
{
    link_push(&host->path->links[host->index], frame, len, host->path->now_ns);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t path_due(const struct path *path)
{
    uint64_t next = TIME_NEVER;

    for (int i = 0; i < PATH_HOSTS; i++) {
        next = earlier(next, link_deadline(&path->links[i], path->now_ns));
        next = earlier(next, path->hosts[i]->deadline(path->hosts[i]));
    }
    return next > path->now_ns ? next : path->now_ns;
}

static void deliver(struct path *path, int to)
{
    struct link *link = &path->links[!to];
    struct path_host *host = path->hosts[to];
    struct frame *frame;

    while ((frame = link_pop(link, path->now_ns))) {
        host->take(host, frame->bytes, frame->length, path->now_ns);
        frame_give(&path->pool, frame);
    }
}

void path_run(struct path *path, uint64_t until_ns)
{
    enum { MOST_TURNS = 1000 };
    uint64_t before = 0;
    int turns = 0;

    for (;;) {
        uint64_t next = path_due(path);

        if (next > until_ns)
            break;
        turns = next == before ? turns + 1 : 0;
        if (turns == MOST_TURNS)
            stream_die("the path's time stands still");
        before = path->now_ns = next;
        for (int i = 0; i < PATH_HOSTS; i++) {
            deliver(path, i);
            if (path->hosts[i]->deadline(path->hosts[i]) <= path->now_ns)
                path->hosts[i]->poll(path->hosts[i], path->now_ns);
        }
    }
    path->now_ns = until_ns;
}

void path_close(struct path *path)
{
    for (int i = 0; i < PATH_HOSTS; i++)
        link_close(&path->links[i]);
    frame_pool_free(&path->pool);
}
