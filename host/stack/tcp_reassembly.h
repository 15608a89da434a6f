/* Which bytes beyond rcv_nxt have arrived: a bounded, sorted list of ranges. RFC 9293, 3.10.7.4
 * (seventh step).
 *
 * SPDX-License-Identifier: MIT
 *
 * The bytes themselves lie in the receive buffer already, each at its place.
 */
#ifndef HOST_STACK_TCP_REASSEMBLY_H
#define HOST_STACK_TCP_REASSEMBLY_H

#include <stdint.h>

enum { TCP_MAX_RANGES = 16 };

struct tcp_range {
    uint32_t start, end; /* sequence numbers; end is the first byte that is not in it */
};

struct tcp_reassembly {
    uint32_t count;
    struct tcp_range ranges[TCP_MAX_RANGES]; /* ascending, with a gap between any two */
};

/* Notes the range and joins it with those that it touches. Returns 0, or -ENOBUFS if it touches
 * none and the list is full: the segment is then as good as lost. */
int tcp_reassembly_add(struct tcp_reassembly *reassembly, uint32_t start, uint32_t end);

/* Takes off the ranges that rcv_nxt has reached. Returns the new rcv_nxt. */
uint32_t tcp_reassembly_take(struct tcp_reassembly *reassembly, uint32_t rcv_nxt);

#endif
