/* One direction of a wire that is slow, long, or loses, swaps, doubles and spoils frames.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/impair.h"

#include <string.h>

#include "driver/transport.h"

enum {
    QUEUE_FRAMES = 1000,
    HOLD_NS = 10 * 1000 * 1000, /* how long a frame waits to be overtaken */
    LINE_OVERHEAD_BYTES = 24,   /* preamble, FCS and gap take their time on the slow line too */
};

void impair_init(struct impair *impair, const struct wire_impairment *config,
                 enum wire_direction direction, struct frame_pool *pool,
                 struct wire_counters *counters)
{
    memset(impair, 0, sizeof(*impair));
    impair->config = *config;
    if (!impair->config.queue_frames)
        impair->config.queue_frames = QUEUE_FRAMES;
    impair->pool = pool;
    impair->counters = counters;
    impair->random = config->seed * 2 + direction;
}

/* SplitMix64 (Steele, Lea, Flood 2014): any seed will do, 0 as well. */
static uint64_t impair_draw(struct impair *impair)
{
    uint64_t x = impair->random += 0x9E3779B97F4A7C15u;

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* A number from 0 up to, not including, 1. */
static double impair_chance(struct impair *impair)
{
    return (double)(impair_draw(impair) >> 11) * 0x1p-53;
}

static void line_push(struct impair *impair, struct frame *frame, uint64_t due_ns)
{
    if (due_ns < impair->last_due_ns)
        due_ns = impair->last_due_ns;
    frame->due_ns = impair->last_due_ns = due_ns;
    frame_queue_push(&impair->line, frame);
}

/* The held frame goes behind the one that overtook it, or has waited long enough. */
static void held_release(struct impair *impair)
{
    struct frame *frame = impair->held;

    impair->held = NULL;
    line_push(impair, frame, impair->last_due_ns);
}

static void held_expire(struct impair *impair, uint64_t now_ns)
{
    if (impair->held && impair->held->due_ns <= now_ns) {
        if (impair->last_due_ns < impair->held->due_ns)
            impair->last_due_ns = impair->held->due_ns;
        held_release(impair);
    }
}

/* Sends frame down the delay line at sent_ns. */
static void line_enter(struct impair *impair, struct frame *frame, uint64_t sent_ns)
{
    held_expire(impair, sent_ns);
    if (frame->reorder && !impair->held) {
        frame->due_ns = sent_ns + frame->delay_ns + HOLD_NS;
        impair->held = frame;
        return;
    }
    line_push(impair, frame, sent_ns + frame->delay_ns);
    if (impair->held) {
        held_release(impair);
        impair->counters->reordered++;
    }
}

/* Moves what the slow line has sent by now on to the delay line. */
static void impair_advance(struct impair *impair, uint64_t now_ns)
{
    while (impair->queue.first && impair->queue.first->due_ns <= now_ns) {
        struct frame *frame = frame_queue_pop(&impair->queue);
        line_enter(impair, frame, frame->due_ns);
    }
    held_expire(impair, now_ns);
}

static void impair_lose(struct impair *impair, struct frame *frame)
{
    impair->counters->lost++;
    frame_give(impair->pool, frame);
}

static void queue_enter(struct impair *impair, struct frame *frame, uint64_t now_ns)
{
    uint64_t bits = (uint64_t)(frame->length + LINE_OVERHEAD_BYTES) * 8;

    if (impair->queue.count >= impair->config.queue_frames) {
        impair_lose(impair, frame);
        return;
    }
    if (impair->rate_free_ns < now_ns)
        impair->rate_free_ns = now_ns;
    impair->rate_free_ns += bits * 1000000000u / impair->config.rate_bps;
    frame->due_ns = impair->rate_free_ns;
    frame_queue_push(&impair->queue, frame);
}

static void impair_enter(struct impair *impair, struct frame *frame, uint64_t now_ns)
{
    if (impair->config.rate_bps)
        queue_enter(impair, frame, now_ns);
    else
        line_enter(impair, frame, now_ns);
}

static uint64_t impair_delay(const struct impair *impair, double jitter)
{
    double delay =
        (double)impair->config.delay_ns + (2 * jitter - 1) * (double)impair->config.jitter_ns;

    return delay > 0 ? (uint64_t)delay : 0;
}

static void frame_corrupt(struct impair *impair, struct frame *frame, uint64_t chance)
{
    frame->flipped_bit = 1 + (uint32_t)(chance % ((uint64_t)frame->length * 8));
    impair->counters->corrupted++;
}

void impair_push(struct impair *impair, struct frame *frame, uint64_t now_ns)
{
    const struct wire_impairment *config = &impair->config;
    bool lose = impair_chance(impair) < config->loss;
    bool duplicate = impair_chance(impair) < config->duplicate;
    bool corrupt = impair_chance(impair) < config->corrupt;
    uint64_t bit = impair_draw(impair);
    struct frame *copy;

    frame->reorder = impair_chance(impair) < config->reorder;
    frame->delay_ns = impair_delay(impair, impair_chance(impair));
    impair_advance(impair, now_ns);
    if (lose) {
        impair_lose(impair, frame);
        return;
    }
    if (corrupt)
        frame_corrupt(impair, frame, bit);
    copy = duplicate ? frame_copy(impair->pool, frame) : NULL;
    impair_enter(impair, frame, now_ns);
    if (copy) {
        impair->counters->duplicated++;
        impair_enter(impair, copy, now_ns);
    }
}

struct frame *impair_pop(struct impair *impair, uint64_t now_ns)
{
    impair_advance(impair, now_ns);
    if (!impair->line.first || impair->line.first->due_ns > now_ns)
        return NULL;
    return frame_queue_pop(&impair->line);
}

uint64_t impair_deadline(const struct impair *impair)
{
    uint64_t deadline = impair->line.first ? impair->line.first->due_ns : TIME_NEVER;

    if (impair->queue.first && impair->queue.first->due_ns < deadline)
        deadline = impair->queue.first->due_ns;
    if (impair->held && impair->held->due_ns < deadline)
        deadline = impair->held->due_ns;
    return deadline;
}

void impair_empty(struct impair *impair)
{
    if (impair->held)
        held_release(impair);
    frame_queue_empty(&impair->queue, impair->pool);
    frame_queue_empty(&impair->line, impair->pool);
}
