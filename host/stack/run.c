/* Runs of frames. See run.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/run.h"

#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/ethernet.h"
#include "host/stack/stack_internal.h"

enum {
    SEGMENT = ETHERNET_HEADER_BYTES + IPV4_HEADER_BYTES,
    HEADER_BYTES = sizeof((struct run *)0)->header,
};

/* All but total length and identification (16 to 19) and the header's sum (24, 25). */
static bool same_headers(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, 16) == 0 && memcmp(a + 20, b + 20, 4) == 0 &&
           memcmp(a + 26, b + 26, HEADER_BYTES - 26) == 0;
}

static bool carries_on(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
                       size_t len, uint64_t now_ns)
{
    if (len < HEADER_BYTES || !(vnet->flags & VNET_DATA_VALID) ||
        !same_headers(frame, stack->run.header))
        return false;
    size_t total = get16(frame + ETHERNET_HEADER_BYTES + 2);
    return total >= IPV4_HEADER_BYTES && total <= len - ETHERNET_HEADER_BYTES &&
           tcp_run_input(stack, frame + SEGMENT, total - IPV4_HEADER_BYTES, now_ns);
}

static void begin(struct stack *stack, const uint8_t *frame)
{
    if (journal_wants(stack->config.journal, JOURNAL_DETAIL))
        stack->run.conn = NULL; /* the header of each frame is to be told */
    else
        memcpy(stack->run.header, frame, HEADER_BYTES);
}

void run_input(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
               size_t len, uint64_t now_ns)
{
    if (stack->run.conn && carries_on(stack, vnet, frame, len, now_ns)) {
        stack->counters.ip_in_receives++;
        stack->counters.ip_in_delivers++;
        return;
    }
    stack->run.conn = NULL;
    ethernet_input(stack, vnet, frame, len, now_ns);
    if (stack->run.conn)
        begin(stack, frame);
}
