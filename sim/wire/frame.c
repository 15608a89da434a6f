/* Frames on their way through the wire.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/frame.h"

#include <stdlib.h>
#include <string.h>

static struct frame *frame_new(struct frame_pool *pool)
{
    struct frame *frame = pool->free;

    if (frame) {
        pool->free = frame->next;
        return frame;
    }
    if (pool->made >= pool->limit)
        return NULL;
    frame = malloc(sizeof(*frame));
    if (frame)
        pool->made++;
    return frame;
}

struct frame *frame_take(struct frame_pool *pool, const uint8_t *bytes, size_t len)
{
    struct frame *frame;

    if (len > FRAME_MAX_BYTES)
        return NULL;
    frame = frame_new(pool);
    if (!frame)
        return NULL;
    memset(frame, 0, offsetof(struct frame, bytes));
    frame->length = (uint32_t)len;
    memcpy(frame->bytes, bytes, len);
    return frame;
}

struct frame *frame_copy(struct frame_pool *pool, const struct frame *frame)
{
    struct frame *copy = frame_new(pool);

    if (copy)
        *copy = *frame;
    return copy;
}

void frame_give(struct frame_pool *pool, struct frame *frame)
{
    frame->next = pool->free;
    pool->free = frame;
}

void frame_pool_free(struct frame_pool *pool)
{
    while (pool->free) {
        struct frame *frame = pool->free;
        pool->free = frame->next;
        free(frame);
    }
}

void frame_queue_push(struct frame_queue *queue, struct frame *frame)
{
    frame->next = NULL;
    if (queue->last)
        queue->last->next = frame;
    else
        queue->first = frame;
    queue->last = frame;
    queue->count++;
}

struct frame *frame_queue_pop(struct frame_queue *queue)
{
    struct frame *frame = queue->first;

    if (!frame)
        return NULL;
    queue->first = frame->next;
    if (!queue->first)
        queue->last = NULL;
    queue->count--;
    return frame;
}

void frame_queue_empty(struct frame_queue *queue, struct frame_pool *pool)
{
    struct frame *frame;

    while ((frame = frame_queue_pop(queue)))
        frame_give(pool, frame);
}
