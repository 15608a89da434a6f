/* Ranges of data that came out of order. See tcp_reassembly.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_reassembly.h"

#include <errno.h>
#include <string.h>

#include "host/stack/seqnum.h"

/* Takes count ranges out at index i. */
static void ranges_remove(struct tcp_reassembly *reassembly, uint32_t i, uint32_t count)
{
    memmove(&reassembly->ranges[i], &reassembly->ranges[i + count],
            (reassembly->count - i - count) * sizeof(struct tcp_range));
    reassembly->count -= count;
}

static int range_insert(struct tcp_reassembly *reassembly, uint32_t i, struct tcp_range range)
{
    if (reassembly->count == TCP_MAX_RANGES)
        return -ENOBUFS;
    memmove(&reassembly->ranges[i + 1], &reassembly->ranges[i],
            (reassembly->count - i) * sizeof(struct tcp_range));
    reassembly->ranges[i] = range;
    reassembly->count++;
    return 0;
}

int tcp_reassembly_add(struct tcp_reassembly *reassembly, uint32_t start, uint32_t end)
{
    uint32_t first = 0; /* the first range that does not end before start */
    while (first < reassembly->count && seq_lt(reassembly->ranges[first].end, start))
        first++;
    uint32_t last = first; /* the first range behind first that begins after end */
    while (last < reassembly->count && seq_leq(reassembly->ranges[last].start, end))
        last++;
    if (first == last)
        return range_insert(reassembly, first, (struct tcp_range){start, end});

    struct tcp_range *joined = &reassembly->ranges[first];
    joined->start = seq_min(joined->start, start);
    joined->end = seq_max(reassembly->ranges[last - 1].end, end);
    ranges_remove(reassembly, first + 1, last - first - 1);
    return 0;
}

uint32_t tcp_reassembly_take(struct tcp_reassembly *reassembly, uint32_t rcv_nxt)
{
    while (reassembly->count && seq_leq(reassembly->ranges[0].start, rcv_nxt)) {
        rcv_nxt = seq_max(rcv_nxt, reassembly->ranges[0].end);
        ranges_remove(reassembly, 0, 1);
    }
    return rcv_nxt;
}
