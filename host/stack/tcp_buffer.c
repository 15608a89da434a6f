/* A ring of bytes. See tcp_buffer.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tcp_pool_free(struct tcp_pool *pool)
{
    while (pool->count)
        free(pool->rings[--pool->count].bytes);
}

static void pool_forget(struct tcp_pool *pool, uint32_t i)
{
    pool->bytes -= pool->rings[i].size;
    pool->rings[i] = pool->rings[--pool->count];
}

/* The ring of that size that came last, or NULL. */
static uint8_t *pool_take(struct tcp_pool *pool, uint32_t size)
{
    uint32_t i = pool->count;
    while (i && pool->rings[i - 1].size != size)
        i--;
    if (!i)
        return NULL;
    uint8_t *bytes = pool->rings[i - 1].bytes;
    pool_forget(pool, i - 1);
    return bytes;
}

/* Others make room for it. */
static void pool_give(struct tcp_pool *pool, struct tcp_ring ring)
{
    if (ring.size > TCP_POOL_BYTES) {
        free(ring.bytes);
        return;
    }
    while (pool->count == TCP_POOL_RINGS || pool->bytes + ring.size > TCP_POOL_BYTES) {
        free(pool->rings[0].bytes);
        pool_forget(pool, 0);
    }
    pool->rings[pool->count++] = ring;
    pool->bytes += ring.size;
}

int tcp_buffer_allocate(struct tcp_buffer *buffer, struct tcp_pool *pool)
{
    if (buffer->bytes)
        return 0;
    buffer->bytes = pool_take(pool, buffer->size);
    if (!buffer->bytes)
        buffer->bytes = malloc(buffer->size);
    return buffer->bytes ? 0 : -ENOMEM;
}

void tcp_buffer_give(struct tcp_buffer *buffer, struct tcp_pool *pool)
{
    pool_give(pool, (struct tcp_ring){buffer->bytes, buffer->size});
    buffer->bytes = NULL;
    buffer->start = buffer->used = 0;
}

/* Where the byte at offset lies in the ring. */
static uint32_t ring_place(const struct tcp_buffer *buffer, uint32_t offset)
{
    uint32_t to_end = buffer->size - buffer->start;
    return offset < to_end ? buffer->start + offset : offset - to_end;
}

/* len bytes from offset on, as pieces: the second one begins at the ring's first byte. */
static int ring_pieces(const struct tcp_buffer *buffer, uint32_t offset, uint32_t len,
                       struct iovec out[2])
{
    if (!len)
        return 0;
    uint32_t at = ring_place(buffer, offset);
    uint32_t first = len < buffer->size - at ? len : buffer->size - at;
    out[0] = (struct iovec){buffer->bytes + at, first};
    if (first == len)
        return 1;
    out[1] = (struct iovec){buffer->bytes, len - first};
    return 2;
}

int tcp_buffer_filled(const struct tcp_buffer *buffer, struct iovec out[2])
{
    return ring_pieces(buffer, 0, buffer->used, out);
}

int tcp_buffer_vacant(const struct tcp_buffer *buffer, struct iovec out[2])
{
    return ring_pieces(buffer, buffer->used, tcp_buffer_room(buffer), out);
}

void tcp_buffer_append(struct tcp_buffer *buffer, uint32_t count)
{
    buffer->used += count;
}

void tcp_buffer_drop(struct tcp_buffer *buffer, uint32_t count)
{
    uint32_t to_end = buffer->size - buffer->start;
    buffer->start = count < to_end ? buffer->start + count : count - to_end;
    buffer->used -= count;
}

/* Most copies are of one piece, hence without ring_pieces. */
void tcp_buffer_get(const struct tcp_buffer *buffer, uint32_t offset, uint8_t *to, uint32_t len)
{
    if (!len)
        return; /* a bare ACK, which may come before there is memory */
    uint32_t at = ring_place(buffer, offset), to_end = buffer->size - at;
    uint32_t first = len < to_end ? len : to_end;
    memcpy(to, buffer->bytes + at, first);
    if (first < len)
        memcpy(to + first, buffer->bytes, len - first);
}

int tcp_buffer_grow(struct tcp_buffer *buffer, uint32_t size, uint32_t kept, struct tcp_pool *pool)
{
    struct tcp_buffer larger = {.size = size, .used = buffer->used};
    if (buffer->bytes) {
        if (tcp_buffer_allocate(&larger, pool))
            return -ENOMEM;
        tcp_buffer_get(buffer, 0, larger.bytes, kept);
        tcp_buffer_release(buffer, pool);
    }
    *buffer = larger;
    return 0;
}

void tcp_buffer_put(struct tcp_buffer *buffer, uint32_t offset, const uint8_t *from, uint32_t len)
{
    uint32_t at = ring_place(buffer, offset), to_end = buffer->size - at;
    uint32_t first = len < to_end ? len : to_end;
    memcpy(buffer->bytes + at, from, first);
    if (first < len)
        memcpy(buffer->bytes, from + first, len - first);
}
