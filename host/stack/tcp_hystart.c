/* See tcp_hystart.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_hystart.h"

#include "host/stack/seqnum.h"

/* RFC 9406, 4.3, by its names. */
enum {
    MIN_RTT_THRESH_US = 4000,
    MAX_RTT_THRESH_US = 16000,
    MIN_RTT_DIVISOR = 8,
    N_RTT_SAMPLE = 8,
    CSS_GROWTH_DIVISOR = 4,
    CSS_ROUNDS = 5,
    L = 8, /* segments an ACK may add */
};

static void round_begin(struct tcp_hystart *hystart, const struct tcp_congestion_ack *ack)
{
    hystart->round_end = ack->next;
    hystart->last_min = hystart->running ? hystart->current_min : UINT32_MAX;
    hystart->current_min = UINT32_MAX;
    hystart->samples = 0;
    hystart->running = true;
}

static uint32_t threshold(uint32_t last_min)
{
    uint32_t part = last_min / MIN_RTT_DIVISOR;
    if (part < MIN_RTT_THRESH_US)
        return MIN_RTT_THRESH_US;
    return part < MAX_RTT_THRESH_US ? part : MAX_RTT_THRESH_US;
}

static void sample_taken(struct tcp_hystart *hystart, uint64_t rtt_ns)
{
    uint64_t us = rtt_ns / 1000;
    uint32_t rtt = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX - 1;
    if (rtt < hystart->current_min)
        hystart->current_min = rtt;
    if (hystart->samples < UINT8_MAX)
        hystart->samples++;
    if (hystart->samples < N_RTT_SAMPLE)
        return;
    if (hystart->conservative_baseline) {
        if (hystart->current_min < hystart->conservative_baseline)
            hystart->conservative_baseline = 0; /* it was not the queue: back to slow start */
    } else if (hystart->last_min != UINT32_MAX &&
               hystart->current_min >= hystart->last_min + threshold(hystart->last_min)) {
        hystart->conservative_baseline = hystart->current_min;
        hystart->rounds = 0;
    }
}

void tcp_hystart_acked(struct tcp_hystart *hystart, struct tcp_congestion *congestion,
                       const struct tcp_congestion_ack *ack)
{
    uint32_t divisor = hystart->conservative_baseline ? CSS_GROWTH_DIVISOR : 1;
    tcp_slow_start(congestion, ack->acked / divisor, L);
    if (ack->rtt_ns && hystart->running)
        sample_taken(hystart, ack->rtt_ns);
    if (hystart->running && seq_lt(ack->una, hystart->round_end))
        return;
    round_begin(hystart, ack);
    if (hystart->conservative_baseline && ++hystart->rounds >= CSS_ROUNDS)
        congestion->ssthresh = congestion->cwnd;
}
