/* A ring of bytes: the send buffer and the receive buffer of a connection.
 *
 * SPDX-License-Identifier: MIT
 *
 * Bytes are counted by their offset from the first one in the ring. There is memory only while there
 * is something in it: an idle connection has none. Rings that are given back wait in a pool for the
 * next connection that has something to say; of all of them, so many and so many bytes.
 */
#ifndef HOST_STACK_TCP_BUFFER_H
#define HOST_STACK_TCP_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct tcp_buffer {
    uint8_t *bytes; /* NULL while there is no memory */
    uint32_t size, start, used;
};

enum { TCP_POOL_RINGS = 32, TCP_POOL_BYTES = 16 << 20 };

struct tcp_pool {
    uint32_t count, bytes;
    struct tcp_ring {
        uint8_t *bytes;
        uint32_t size;
    } rings[TCP_POOL_RINGS];
};

void tcp_pool_free(struct tcp_pool *pool);

/* Gets the memory, if it is not there. Returns 0 or -ENOMEM. */
int tcp_buffer_allocate(struct tcp_buffer *buffer, struct tcp_pool *pool);
/* Gives the memory back, and what is in it. */
void tcp_buffer_give(struct tcp_buffer *buffer, struct tcp_pool *pool);
static inline void tcp_buffer_release(struct tcp_buffer *buffer, struct tcp_pool *pool)
{
    if (buffer->bytes)
        tcp_buffer_give(buffer, pool);
}

/* Makes it size bytes large, with the first kept bytes, among which the used ones are, in their order: pieces of it that were handed
 * out are dead. Returns 0, or -ENOMEM with nothing changed. */
int tcp_buffer_grow(struct tcp_buffer *buffer, uint32_t size, uint32_t kept, struct tcp_pool *pool);

static inline uint32_t tcp_buffer_room(const struct tcp_buffer *buffer)
{
    return buffer->size - buffer->used;
}

/* What is in the ring, or the free room behind it, as up to two pieces in place; each returns
 * their number. */
int tcp_buffer_filled(const struct tcp_buffer *buffer, struct iovec out[2]);
int tcp_buffer_vacant(const struct tcp_buffer *buffer, struct iovec out[2]);

/* count bytes behind the used ones now belong to them; the first count bytes are done with. */
void tcp_buffer_append(struct tcp_buffer *buffer, uint32_t count);
void tcp_buffer_drop(struct tcp_buffer *buffer, uint32_t count);

/* Copies out of or into the ring at an offset. tcp_buffer_put may lie behind the used bytes:
 * data that came out of order. */
void tcp_buffer_get(const struct tcp_buffer *buffer, uint32_t offset, uint8_t *to, uint32_t len);
void tcp_buffer_put(struct tcp_buffer *buffer, uint32_t offset, const uint8_t *from, uint32_t len);

#endif
