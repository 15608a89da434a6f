/* Which bytes beyond rcv_nxt have arrived: a bounded, sorted list of ranges; and what SACK tells the
 * peer of it. RFC 9293, 3.10.7.4 (seventh step); RFC 2018, 4; RFC 2883.
 *
 * SPDX-License-Identifier: MIT
 *
 * The bytes themselves lie in the receive buffer already, each at its place. A connection has this
 * only while something is missing, or came twice and the peer has not been told.
 */
#ifndef HOST_STACK_TCP_REASSEMBLY_H
#define HOST_STACK_TCP_REASSEMBLY_H

#include <stdbool.h>
#include <stdint.h>

#include "host/stack/tcp_options.h"

enum { TCP_MAX_RANGES = 256 }; /* a window of 740 KB of which every second segment is lost */

struct tcp_arrived {
    uint32_t start, end; /* as in struct tcp_range */
    uint32_t news;       /* the larger, the later something of it came */
};

struct tcp_reassembly {
    uint32_t count, news;
    struct tcp_range
        twice; /* what the last segment brought though it was here; start == end: nothing */
    struct tcp_arrived ranges[TCP_MAX_RANGES]; /* ascending, with a gap between any two */
};

/* Notes the range and joins it with those that it touches; what of it was here goes to twice.
 * Returns 0, or -ENOBUFS if it touches none and the list is full: the segment is then as good as
 * lost. */
int tcp_reassembly_add(struct tcp_reassembly *reassembly, uint32_t start, uint32_t end);

/* Takes off the ranges that rcv_nxt has reached with data that came in order; what of it was here
 * goes to twice. Returns the new rcv_nxt. */
uint32_t tcp_reassembly_take(struct tcp_reassembly *reassembly, uint32_t rcv_nxt);

/* The blocks of a SACK option: what came twice (D-SACK), then the ranges, the one with the latest
 * news first. Returns how many there are, at most most. */
uint8_t tcp_reassembly_sacks(const struct tcp_reassembly *reassembly,
                             struct tcp_range out[TCP_MAX_SACK_BLOCKS], int most);

#endif
