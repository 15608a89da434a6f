/* Slow start and congestion avoidance as RFC 5681 has them, with the byte counting of RFC 3465.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_congestion.h"

void tcp_reno_acked(struct tcp_congestion *congestion, const struct tcp_congestion_ack *ack)
{
    if (!tcp_congestion_in_use(congestion, ack->flight))
        return;
    if (tcp_in_slow_start(congestion)) /* RFC 3465, 2.3: L = 2 before the first loss, 1 after it */
        tcp_slow_start(congestion, ack->acked, congestion->ssthresh == UINT32_MAX ? 2 : 1);
    else /* a window's worth: one segment more */
        tcp_congestion_grow(congestion, ack->acked, congestion->cwnd);
}

/* RFC 5681, equation 4. */
void tcp_reno_lost(struct tcp_congestion *congestion, uint32_t flight, uint64_t now_ns)
{
    (void)now_ns;
    tcp_congestion_reduce(congestion, flight / 2, false);
}

void tcp_reno_timed_out(struct tcp_congestion *congestion, uint32_t flight, bool again,
                        uint64_t now_ns)
{
    (void)now_ns;
    tcp_congestion_reduce(congestion, again ? congestion->ssthresh : flight / 2, true);
}

const struct tcp_congestion_ops tcp_newreno = {
    .name = "newreno",
    .start = tcp_congestion_start,
    .acked = tcp_reno_acked,
    .lost = tcp_reno_lost,
    .timed_out = tcp_reno_timed_out,
    .idle = tcp_congestion_idle,
};
