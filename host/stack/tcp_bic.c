/* BIC: after a loss the window returns by binary search for the size at which it was lost, and then
 * looks beyond it. Xu, Harfoush, Rhee: "Binary increase congestion control for fast long-distance
 * networks", INFOCOM 2004; constants as in Linux, where they are smaller than the paper's.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_congestion.h"

enum {
    LOW_SEGMENTS = 14,      /* below this it is Reno */
    MAX_STEP_SEGMENTS = 16, /* a round trip */
    SEARCH_DIVISOR = 4,     /* of the distance, a round trip */
    SMOOTH_ROUNDS = 5,      /* for a segment, near the last maximum */
    BETA_THOUSANDTHS = 800,
};

struct __attribute__((may_alias)) bic {
    uint32_t w_max; /* where the last loss was, bytes; 0: unknown */
};

static struct bic *bic_of(struct tcp_congestion *congestion)
{
    return (struct bic *)congestion->state;
}

/* Bytes that a round trip adds. */
static uint32_t step(const struct bic *bic, const struct tcp_congestion *congestion)
{
    uint32_t mss = congestion->mss, cwnd = congestion->cwnd, most = MAX_STEP_SEGMENTS * mss;
    uint32_t least = mss / SMOOTH_ROUNDS, found;
    if (cwnd < LOW_SEGMENTS * mss)
        return mss;
    if (cwnd < bic->w_max)
        found = (bic->w_max - cwnd) / SEARCH_DIVISOR; /* binary search */
    else if (cwnd - bic->w_max < SEARCH_DIVISOR * mss)
        found = least; /* slowly at first beyond the maximum, then faster and faster */
    else
        found = (cwnd - bic->w_max) / (SEARCH_DIVISOR - 1);
    if (found < mss && cwnd < bic->w_max)
        found = least;
    return found < least ? least : found < most ? found : most;
}

static void bic_acked(struct tcp_congestion *congestion, const struct tcp_congestion_ack *ack)
{
    uint64_t per_segment = congestion->cwnd;
    if (tcp_in_slow_start(congestion) || !tcp_congestion_in_use(congestion, ack->flight)) {
        tcp_reno_acked(congestion, ack);
        return;
    }
    per_segment = per_segment * congestion->mss / step(bic_of(congestion), congestion);
    tcp_congestion_grow(congestion, ack->acked, per_segment);
}

static uint32_t reduced(struct tcp_congestion *congestion, uint32_t flight)
{
    struct bic *bic = bic_of(congestion);
    uint32_t cwnd = congestion->cwnd, window = flight < cwnd ? flight : cwnd;
    uint64_t thousandths = BETA_THOUSANDTHS;
    if (cwnd < bic->w_max) /* fast convergence */
        bic->w_max = (uint32_t)(cwnd * (1000 + thousandths) / 2000);
    else
        bic->w_max = cwnd;
    if (cwnd < LOW_SEGMENTS * congestion->mss)
        return window / 2;
    return (uint32_t)(window * thousandths / 1000);
}

static void bic_lost(struct tcp_congestion *congestion, uint32_t flight, uint64_t now_ns)
{
    (void)now_ns;
    tcp_congestion_reduce(congestion, reduced(congestion, flight), false);
}

static void bic_timed_out(struct tcp_congestion *congestion, uint32_t flight, bool again,
                          uint64_t now_ns)
{
    (void)now_ns;
    tcp_congestion_reduce(congestion, again ? congestion->ssthresh : reduced(congestion, flight),
                          true);
}

const struct tcp_congestion_ops tcp_bic = {
    .name = "bic",
    .start = tcp_congestion_start,
    .acked = bic_acked,
    .lost = bic_lost,
    .timed_out = bic_timed_out,
    .idle = tcp_congestion_idle,
};
