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
    PAIR4_BYTES = IP + IPV4_HEADER_BYTES, /* the headers that tell who speaks to whom */
    PAIR6_BYTES = IP + IPV6_HEADER_BYTES,
    PORTS_BYTES = 4,
};
_Static_assert(sizeof((struct run *)0)->header == PAIR6_BYTES + PORTS_BYTES, "the longest");

/* Both: the first bytes of a and b, but for lengths, identification (16 to 19) and the header's sum (24, 25). */
static inline bool same_headers4(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    return memcmp(a, b, 16) == 0 && memcmp(a + 20, b + 20, 4) == 0 &&
           memcmp(a + 26, b + 26, bytes - 26) == 0;
}

/* All but the payload's length (18, 19). */
static inline bool same_headers6(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    return memcmp(a, b, 18) == 0 && memcmp(a + 20, b + 20, bytes - 20) == 0;
}

/* The length of TCP's header and data in a frame of len bytes whose headers are of the known kind, 0 if it lies. */
static inline size_t length4(const uint8_t *frame, size_t len)
{
    size_t total = get16(frame + IP + 2);
    return total >= IPV4_HEADER_BYTES && total <= len - IP ? total - IPV4_HEADER_BYTES : 0;
}

static inline size_t length6(const uint8_t *frame, size_t len)
{
    size_t length = get16(frame + IP + 4);
    return length <= len - PAIR6_BYTES ? length : 0;
}

static bool carries_on4(struct stack *stack, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    enum { BYTES = PAIR4_BYTES + PORTS_BYTES };
    return len >= BYTES && same_headers4(frame, stack->run.header, BYTES) &&
           tcp_run_input(stack, frame + PAIR4_BYTES, length4(frame, len), now_ns);
}

static bool carries_on6(struct stack *stack, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    enum { BYTES = PAIR6_BYTES + PORTS_BYTES };
    return len >= BYTES && same_headers6(frame, stack->run.header, BYTES) &&
           tcp_run_input(stack, frame + PAIR6_BYTES, length6(frame, len), now_ns);
}

/* The length of what is TCP's if frame is between the known pair, else 0. */
static size_t known_length(const struct run *run, const uint8_t *frame, size_t len)
{
    if (run->v6)
        return len >= PAIR6_BYTES && same_headers6(frame, run->header, PAIR6_BYTES)
                   ? length6(frame, len)
                   : 0;
    return len >= PAIR4_BYTES && same_headers4(frame, run->header, PAIR4_BYTES)
               ? length4(frame, len)
               : 0;
}

static bool is_known(struct stack *stack, const uint8_t *frame, size_t len)
{
    struct run *run = &stack->run;
    size_t length;
    if (!run->known || journal_wants(stack->config.journal, JOURNAL_DETAIL))
        return false; /* or the header of each frame is to be told */
    length = known_length(run, frame, len);
    if (!length)
        return false;
    run->in.header = frame + IP;
    run->in.payload = frame + IP + run->in.header_length;
    run->in.length = length;
    run->in.sender_mac = frame + 6;
    return true;
}

void run_learn(struct stack *stack, const struct ip_input *in)
{
    struct run *run = &stack->run;
    /* It must have come in a frame of its own, and IP's header have no options. */
    run->known = in->checksum_verified && in->sender_mac && in->sender_mac + 8 == in->header &&
                 in->header_length == ip_header_bytes(&in->source) && !in->broadcast;
    if (!run->known)
        return;
    run->v6 = !address_is_v4(&in->source);
    run->in = *in;
    memcpy(run->header, in->header - IP, run->v6 ? PAIR6_BYTES : PAIR4_BYTES);
}

/* TCP has found that a run may begin with frame. */
static void begin(struct stack *stack, const uint8_t *frame)
{
    struct run *run = &stack->run;
    size_t ports = run->v6 ? PAIR6_BYTES : PAIR4_BYTES;
    if (!run->known || journal_wants(stack->config.journal, JOURNAL_DETAIL))
        run->conn = NULL;
    else
        memcpy(run->header + ports, frame + ports, PORTS_BYTES);
}

void run_input(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
               size_t len, uint64_t now_ns)
{
    struct run *run = &stack->run;
    bool verified = vnet->flags & VNET_DATA_VALID;
    if (verified && run->conn &&
        (run->v6 ? carries_on6(stack, frame, len, now_ns)
                 : carries_on4(stack, frame, len, now_ns))) {
        stack->counters.ip_in_receives++;
        stack->counters.ip_in_delivers++;
        return;
    }
    run->conn = NULL;
    if (verified && is_known(stack, frame, len)) {
        stack->counters.ip_in_receives++;
        stack->counters.ip_in_delivers++;
        tcp_input(stack, &run->in, now_ns);
    } else {
        ethernet_input(stack, vnet, frame, len, now_ns);
    }
    if (run->conn)
        begin(stack, frame);
}
