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
    IP = ETHERNET_HEADER_BYTES,
    RUN4_BYTES = IP + IPV4_HEADER_BYTES + 4, /* with the ports */
    RUN6_BYTES = IP + IPV6_HEADER_BYTES + 4,
};
_Static_assert(sizeof((struct run *)0)->header == RUN6_BYTES, "the longer one's length");

/* All but total length and identification (16 to 19) and the header's sum (24, 25). */
static bool same_headers4(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, 16) == 0 && memcmp(a + 20, b + 20, 4) == 0 &&
           memcmp(a + 26, b + 26, RUN4_BYTES - 26) == 0;
}

/* All but the payload's length (18, 19). */
static bool same_headers6(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, 18) == 0 && memcmp(a + 20, b + 20, RUN6_BYTES - 20) == 0;
}

static bool carries_on4(struct stack *stack, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    if (len < RUN4_BYTES || !same_headers4(frame, stack->run.header))
        return false;
    size_t total = get16(frame + IP + 2);
    return total >= IPV4_HEADER_BYTES && total <= len - IP &&
           tcp_run_input(stack, frame + IP + IPV4_HEADER_BYTES, total - IPV4_HEADER_BYTES, now_ns);
}

static bool carries_on6(struct stack *stack, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    if (len < RUN6_BYTES || !same_headers6(frame, stack->run.header))
        return false;
    size_t length = get16(frame + IP + 4);
    return length <= len - IP - IPV6_HEADER_BYTES &&
           tcp_run_input(stack, frame + IP + IPV6_HEADER_BYTES, length, now_ns);
}

static bool carries_on(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
                       size_t len, uint64_t now_ns)
{
    if (!(vnet->flags & VNET_DATA_VALID))
        return false;
    return stack->run.v6 ? carries_on6(stack, frame, len, now_ns)
                         : carries_on4(stack, frame, len, now_ns);
}

static void begin(struct stack *stack, const uint8_t *frame)
{
    if (journal_wants(stack->config.journal, JOURNAL_DETAIL)) {
        stack->run.conn = NULL; /* the header of each frame is to be told */
        return;
    }
    stack->run.v6 = get16(frame + 12) == ETHERTYPE_IPV6;
    memcpy(stack->run.header, frame, stack->run.v6 ? RUN6_BYTES : RUN4_BYTES);
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
