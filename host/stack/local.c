/* Packets from us to us: a queue, so that neither sending nor receiving runs inside the other.
 *
 * SPDX-License-Identifier: MIT
 *
 * RFC 1122, 3.2.1.3 (g): such packets never appear on the wire.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/stack/bytes.h"
#include "host/stack/ethernet.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ip_input.h"
#include "host/stack/stack_internal.h"

enum { LOCAL_PACKETS = 128 };

struct local_queue {
    size_t frame_bytes;
    unsigned head, count;
    size_t lengths[LOCAL_PACKETS];
    uint8_t *frames;
};

int local_create(struct stack *stack, struct local_queue **out)
{
    struct local_queue *queue = calloc(1, sizeof *queue);

    if (!queue)
        return -ENOMEM;
    queue->frame_bytes = (size_t)ETHERNET_HEADER_BYTES + stack->config.device.mtu;
    queue->frames = malloc(LOCAL_PACKETS * queue->frame_bytes);
    if (!queue->frames) {
        free(queue);
        return -ENOMEM;
    }
    *out = queue;
    return 0;
}

void local_destroy(struct local_queue *queue)
{
    if (queue)
        free(queue->frames);
    free(queue);
}

static uint8_t *frame_at(struct local_queue *queue, unsigned index)
{
    return queue->frames + index % LOCAL_PACKETS * queue->frame_bytes;
}

uint8_t *local_place(struct stack *stack)
{
    struct local_queue *queue = stack->ip->local;

    return queue->count < LOCAL_PACKETS ? frame_at(queue, queue->head + queue->count) : NULL;
}

void local_send(struct stack *stack, size_t frame_len)
{
    struct local_queue *queue = stack->ip->local;

    stack_parts_stirred(stack);
    queue->lengths[(queue->head + queue->count) % LOCAL_PACKETS] = frame_len;
    queue->count++;
}

bool local_pending(const struct stack *stack)
{
    return stack->ip->local->count > 0;
}

/* Only what is there now: an answer to it comes next time. */
void local_deliver(struct stack *stack, uint64_t now_ns)
{
    struct local_queue *queue = stack->ip->local;

    for (unsigned left = queue->count; left > 0; left--) {
        const uint8_t *frame = frame_at(queue, queue->head);
        struct ip_packet packet = {
            .bytes = frame + ETHERNET_HEADER_BYTES,
            .len = queue->lengths[queue->head] - ETHERNET_HEADER_BYTES,
            .checksum_verified = true,
            .local = true,
        };

        if (get16(frame + 12) == ETHERTYPE_IPV6)
            ipv6_input(stack, &packet, now_ns);
        else
            ipv4_input(stack, &packet, now_ns);
        queue->head = (queue->head + 1) % LOCAL_PACKETS;
        queue->count--;
    }
}
