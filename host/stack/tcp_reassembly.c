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
            (reassembly->count - i - count) * sizeof reassembly->ranges[0]);
    reassembly->count -= count;
}

static int range_insert(struct tcp_reassembly *reassembly, uint32_t i, struct tcp_arrived range)
{
    if (reassembly->count == TCP_MAX_RANGES)
        return -ENOBUFS;
    memmove(&reassembly->ranges[i + 1], &reassembly->ranges[i],
            (reassembly->count - i) * sizeof reassembly->ranges[0]);
    reassembly->ranges[i] = range;
    reassembly->count++;
    return 0;
}

/* The first part of start to end that lies in the ranges from first up to last. */
static void note_twice(struct tcp_reassembly *reassembly, uint32_t first, uint32_t last,
                       uint32_t start, uint32_t end)
{
    for (uint32_t i = first; i < last; i++) {
        uint32_t from = seq_max(reassembly->ranges[i].start, start);
        uint32_t to = seq_min(reassembly->ranges[i].end, end);
        if (seq_lt(from, to)) {
            reassembly->twice = (struct tcp_range){from, to};
            return;
        }
    }
}

int tcp_reassembly_add(struct tcp_reassembly *reassembly, uint32_t start, uint32_t end)
{
    uint32_t first = 0; /* the first range that does not end before start */
    while (first < reassembly->count && seq_lt(reassembly->ranges[first].end, start))
        first++;
    uint32_t last = first; /* the first range behind first that begins after end */
    while (last < reassembly->count && seq_leq(reassembly->ranges[last].start, end))
        last++;
    uint32_t news = ++reassembly->news;
    if (first == last)
        return range_insert(reassembly, first, (struct tcp_arrived){start, end, news});

    note_twice(reassembly, first, last, start, end);
    struct tcp_arrived *joined = &reassembly->ranges[first];
    joined->start = seq_min(joined->start, start);
    joined->end = seq_max(reassembly->ranges[last - 1].end, end);
    joined->news = news;
    ranges_remove(reassembly, first + 1, last - first - 1);
    return 0;
}

uint32_t tcp_reassembly_take(struct tcp_reassembly *reassembly, uint32_t rcv_nxt)
{
    if (reassembly->count)
        note_twice(reassembly, 0, 1, reassembly->ranges[0].start, rcv_nxt);
    while (reassembly->count && seq_leq(reassembly->ranges[0].start, rcv_nxt)) {
        rcv_nxt = seq_max(rcv_nxt, reassembly->ranges[0].end);
        ranges_remove(reassembly, 0, 1);
    }
    return rcv_nxt;
}

/* The range with the latest news before that of the number before; NULL: there is none. */
static const struct tcp_arrived *latest_before(const struct tcp_reassembly *reassembly,
                                               uint32_t before)
{
    const struct tcp_arrived *found = NULL;
    for (uint32_t i = 0; i < reassembly->count; i++) {
        const struct tcp_arrived *range = &reassembly->ranges[i];
        if (range->news < before && (!found || range->news > found->news))
            found = range;
    }
    return found;
}

uint8_t tcp_reassembly_sacks(const struct tcp_reassembly *reassembly,
                             struct tcp_range out[TCP_MAX_SACK_BLOCKS], int most)
{
    const struct tcp_arrived *range;
    uint8_t count = 0;
    if (most > 0 && reassembly->twice.start != reassembly->twice.end)
        out[count++] = reassembly->twice;
    for (uint32_t before = UINT32_MAX;
         count < most && (range = latest_before(reassembly, before)) != NULL; before = range->news)
        out[count++] = (struct tcp_range){range->start, range->end};
    return count;
}
