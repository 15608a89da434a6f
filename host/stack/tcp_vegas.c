/* Vegas: once in a round trip it compares the round trip with the shortest one seen and so knows how
 * many of its segments wait in queues; it keeps two to four there. Brakmo, Peterson: "TCP Vegas: end
 * to end congestion avoidance on a global internet", IEEE JSAC 13(8), 1995.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/seqnum.h"
#include "host/stack/tcp_congestion.h"

/* Segments in queues. */
enum { ALPHA = 2, BETA = 4, GAMMA = 1 };
enum { MIN_SAMPLES = 3 }; /* fewer in a round trip may all be delayed ACKs */

struct __attribute__((may_alias)) vegas {
    uint64_t base_ns;      /* the shortest round trip; 0: none yet */
    uint64_t least_ns;     /* of this round */
    uint32_t round_end;    /* acknowledging this ends the round */
    uint32_t samples;      /* of this round */
    bool running, pausing; /* slow start grows in every other round only */
};
_Static_assert(sizeof(struct vegas) <= sizeof((struct tcp_congestion *)0)->state,
               "Vegas' state fits");

static struct vegas *vegas_of(struct tcp_congestion *congestion)
{
    return (struct vegas *)congestion->state;
}

static void vegas_measured(struct tcp_congestion *congestion, const struct tcp_congestion_ack *ack)
{
    struct vegas *vegas = vegas_of(congestion);
    if (!ack->rtt_ns)
        return;
    if (!vegas->base_ns || ack->rtt_ns < vegas->base_ns)
        vegas->base_ns = ack->rtt_ns;
    if (!vegas->samples || ack->rtt_ns < vegas->least_ns)
        vegas->least_ns = ack->rtt_ns;
    vegas->samples++;
}

/* Bytes of ours that wait in queues: (expected - actual) * base round trip. */
static uint64_t queued(const struct vegas *vegas, const struct tcp_congestion *congestion)
{
    return congestion->cwnd * (vegas->least_ns - vegas->base_ns) / vegas->least_ns;
}

static void round_end(struct vegas *vegas, struct tcp_congestion *congestion)
{
    uint64_t in_queue = queued(vegas, congestion);
    uint32_t mss = congestion->mss;
    if (tcp_in_slow_start(congestion)) {
        vegas->pausing = !vegas->pausing;
        if (in_queue <= GAMMA * (uint64_t)mss)
            return;
        congestion->cwnd -=
            (uint32_t)in_queue; /* to what the path holds, and no further doubling */
        congestion->cwnd = congestion->cwnd > 2 * mss ? congestion->cwnd : 2 * mss;
        congestion->ssthresh = congestion->cwnd;
    } else if (in_queue > BETA * (uint64_t)mss) {
        congestion->cwnd -= congestion->cwnd > 2 * mss ? mss : 0;
        congestion->ssthresh = congestion->cwnd;
    } else if (in_queue < ALPHA * (uint64_t)mss) {
        congestion->cwnd += mss;
    }
}

static void vegas_acked(struct tcp_congestion *congestion, const struct tcp_congestion_ack *ack)
{
    struct vegas *vegas = vegas_of(congestion);
    bool used = tcp_congestion_in_use(congestion, ack->flight);
    if (used && tcp_in_slow_start(congestion) && !vegas->pausing)
        tcp_slow_start(congestion, ack->acked, 1);
    if (vegas->running && seq_lt(ack->una, vegas->round_end))
        return;
    if (vegas->running && used && vegas->samples >= MIN_SAMPLES)
        round_end(vegas, congestion);
    else if (vegas->running && used && !tcp_in_slow_start(congestion))
        congestion->cwnd += congestion->mss; /* too few samples: as Reno */
    vegas->running = true;
    vegas->samples = 0;
    vegas->round_end = ack->next;
}

const struct tcp_congestion_ops tcp_vegas = {
    .name = "vegas",
    .start = tcp_congestion_start,
    .measured = vegas_measured,
    .acked = vegas_acked,
    .lost = tcp_reno_lost,
    .timed_out = tcp_reno_timed_out,
    .idle = tcp_congestion_idle,
};
