/* SACK blocks that the peer sends, put into the list of what is under way. RFC 2018, 5; RFC 2883;
 * RFC 6675, 4.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_loss.h"

static bool within(const struct tcp_range *inner, const struct tcp_range *outer)
{
    return seq_leq(outer->start, inner->start) && seq_leq(inner->end, outer->end);
}

/* RFC 2883, 4: the first block tells what came twice if the ACK field or the second covers it. */
static bool tells_twice(const struct tcp_segment *segment)
{
    const struct tcp_range *sacks = segment->options.sacks;
    return seq_leq(sacks[0].end, segment->ack) ||
           (segment->options.sack_count > 1 && within(&sacks[0], &sacks[1]));
}

/* A block about bytes that were never sent is nonsense, and one about old bytes no news. */
static void block_read(struct tcp_conn *conn, const struct tcp_range *block, struct tcp_news *news)
{
    uint32_t start = seq_max(block->start, conn->snd_una);
    if (seq_lt(start, block->end) && seq_leq(block->end, conn->snd_max) &&
        seq_lt(block->start, block->end))
        tcp_flight_sacked(&conn->sending->flight, start, block->end, &news->arrival);
}

void tcp_sack_read(struct tcp_conn *conn, struct tcp_news *news)
{
    const struct tcp_options *options = &news->segment->options;
    news->dsack = tells_twice(news->segment);
    for (int i = news->dsack; i < options->sack_count; i++)
        block_read(conn, &options->sacks[i], news);
}
