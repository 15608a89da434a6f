/* Slow start and congestion avoidance. RFC 5681, with the initial window of RFC 6928 and the byte
 * counting of RFC 3465.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_congestion.h"

enum { INITIAL_SEGMENTS = 10, INITIAL_BYTES = 14600 };

static uint32_t at_least(uint32_t value, uint32_t least)
{
    return value > least ? value : least;
}

static uint32_t at_most(uint32_t value, uint32_t most)
{
    return value < most ? value : most;
}

/* RFC 6928, 2. */
static uint32_t initial_window(uint32_t mss)
{
    return at_most(INITIAL_SEGMENTS * mss, at_least(2 * mss, INITIAL_BYTES));
}

static void newreno_start(struct tcp_congestion *congestion, uint32_t mss, int handshake_lost)
{
    congestion->mss = mss;
    congestion->cwnd = handshake_lost ? mss : initial_window(mss);
    congestion->ssthresh = UINT32_MAX;
    congestion->acked = 0;
}

/* cwnd that is not used says nothing about the network, so it does not grow then (RFC 7661's
 * concern; slow start may run ahead by the factor it grows by in a round trip). */
static int window_in_use(const struct tcp_congestion *congestion, uint32_t flight)
{
    if (congestion->cwnd < congestion->ssthresh)
        return congestion->cwnd / 2 <= flight;
    return congestion->cwnd <= flight + congestion->mss;
}

static void newreno_acked(struct tcp_congestion *congestion, uint32_t acked, uint32_t flight,
                          uint64_t now_ns)
{
    (void)now_ns;
    if (!window_in_use(congestion, flight))
        return;
    if (congestion->cwnd < congestion->ssthresh) {
        /* RFC 3465, 2.3: L = 2 before the first loss, 1 after it. */
        uint32_t limit = congestion->ssthresh == UINT32_MAX ? 2 : 1;
        congestion->cwnd += at_most(acked, limit * congestion->mss);
        return;
    }
    congestion->acked += acked;
    if (congestion->acked >= congestion->cwnd) { /* a window's worth: one segment more */
        congestion->acked -= congestion->cwnd;
        congestion->cwnd += congestion->mss;
    }
}

/* RFC 5681, equation 4. */
static uint32_t half_flight(const struct tcp_congestion *congestion, uint32_t flight)
{
    return at_least(flight / 2, 2 * congestion->mss);
}

static void newreno_lost(struct tcp_congestion *congestion, uint32_t flight, uint64_t now_ns)
{
    (void)now_ns;
    congestion->ssthresh = half_flight(congestion, flight);
    congestion->cwnd = congestion->ssthresh;
    congestion->acked = 0;
}

static void newreno_timed_out(struct tcp_congestion *congestion, uint32_t flight, int again,
                              uint64_t now_ns)
{
    (void)now_ns;
    if (!again)
        congestion->ssthresh = half_flight(congestion, flight);
    congestion->cwnd = congestion->mss;
    congestion->acked = 0;
}

static void newreno_idle(struct tcp_congestion *congestion)
{
    congestion->cwnd = at_most(congestion->cwnd, initial_window(congestion->mss));
}

const struct tcp_congestion_ops tcp_newreno = {
    .name = "newreno",
    .start = newreno_start,
    .acked = newreno_acked,
    .lost = newreno_lost,
    .timed_out = newreno_timed_out,
    .idle = newreno_idle,
};
