/* Westwood+: grows as Reno does, and falls to what the ACKs say the path can carry, which random
 * losses do not change. Grieco, Mascolo: "Performance evaluation and comparison of Westwood+, New
 * Reno and Vegas TCP congestion control", ACM CCR 34(2), 2004.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_congestion.h"

#define MIN_SAMPLE_NS \
    UINT64_C(50000000) /* a shorter time says little about bandwidth; as in Linux */
enum { FILTER = 8 };   /* a new sample weighs an eighth */

struct __attribute__((may_alias)) westwood {
    uint64_t began_ns;  /* of the sample under way; 0: none is */
    uint64_t bandwidth; /* bytes a second, smoothed; 0: unknown */
    uint64_t rtt_min_ns;
    uint32_t acked; /* in the sample under way */
};
_Static_assert(sizeof(struct westwood) <= sizeof((struct tcp_congestion *)0)->state,
               "Westwood's state fits");

static struct westwood *westwood_of(struct tcp_congestion *congestion)
{
    return (struct westwood *)congestion->state;
}

/* In slow start the rate doubles each round trip: the filter would lag behind, and the first loss cost most of cwnd. */
static void sample_end(struct tcp_congestion *congestion, uint64_t time_ns)
{
    struct westwood *westwood = westwood_of(congestion);
    uint64_t rate = (uint64_t)westwood->acked * 1000000000 / time_ns;
    bool doubles = tcp_in_slow_start(congestion) && rate > westwood->bandwidth;
    if (westwood->bandwidth && !doubles)
        rate = ((FILTER - 1) * westwood->bandwidth + rate) / FILTER;
    westwood->bandwidth = rate;
}

static void westwood_measured(struct tcp_congestion *congestion,
                              const struct tcp_congestion_ack *ack)
{
    struct westwood *westwood = westwood_of(congestion);
    uint64_t time_ns = ack->now_ns - westwood->began_ns;
    if (ack->rtt_ns && (!westwood->rtt_min_ns || ack->rtt_ns < westwood->rtt_min_ns))
        westwood->rtt_min_ns = ack->rtt_ns;
    if (westwood->began_ns &&
        time_ns < (ack->srtt_ns > MIN_SAMPLE_NS ? ack->srtt_ns : MIN_SAMPLE_NS)) {
        westwood->acked += ack->acked;
        return;
    }
    if (westwood->began_ns && westwood->acked)
        sample_end(congestion, time_ns);
    westwood->began_ns = ack->now_ns;
    westwood->acked = ack->acked;
}

/* What fits into the path without a queue; half of flight while that is unknown. */
static uint32_t carried(struct tcp_congestion *congestion, uint32_t flight)
{
    const struct westwood *westwood = westwood_of(congestion);
    if (!westwood->bandwidth || !westwood->rtt_min_ns)
        return flight / 2;
    uint64_t bytes = westwood->bandwidth * (westwood->rtt_min_ns / 1000) / 1000000;
    return bytes < congestion->cwnd ? (uint32_t)bytes : congestion->cwnd;
}

static void westwood_lost(struct tcp_congestion *congestion, uint32_t flight, uint64_t now_ns)
{
    (void)now_ns;
    tcp_congestion_reduce(congestion, carried(congestion, flight), false);
}

static void westwood_timed_out(struct tcp_congestion *congestion, uint32_t flight, bool again,
                               uint64_t now_ns)
{
    (void)now_ns;
    tcp_congestion_reduce(congestion, again ? congestion->ssthresh : carried(congestion, flight),
                          true);
}

/* A pause says nothing about bandwidth. */
static void westwood_idle(struct tcp_congestion *congestion, uint64_t now_ns)
{
    westwood_of(congestion)->began_ns = 0;
    tcp_congestion_idle(congestion, now_ns);
}

const struct tcp_congestion_ops tcp_westwood = {
    .name = "westwood",
    .start = tcp_congestion_start,
    .measured = westwood_measured,
    .acked = tcp_reno_acked,
    .lost = westwood_lost,
    .timed_out = westwood_timed_out,
    .idle = westwood_idle,
};
