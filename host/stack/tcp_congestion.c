/* Which algorithms there are, and what they share. RFC 5681, 6928, 3465.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_congestion.h"

#include <string.h>

enum { INITIAL_SEGMENTS = 10, INITIAL_BYTES = 14600 };

static const struct tcp_congestion_ops *const algorithms[] = {&tcp_cubic, &tcp_newreno, &tcp_vegas,
                                                              &tcp_westwood, &tcp_bic};
enum { ALGORITHMS = sizeof algorithms / sizeof algorithms[0] };

const struct tcp_congestion_ops *tcp_congestion_at(size_t index)
{
    return index < ALGORITHMS ? algorithms[index] : NULL;
}

const struct tcp_congestion_ops *tcp_congestion_find(const char *name)
{
    for (size_t i = 0; i < ALGORITHMS; i++)
        if (!strcmp(algorithms[i]->name, name))
            return algorithms[i];
    return NULL;
}

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

void tcp_congestion_start(struct tcp_congestion *congestion, uint32_t mss, bool handshake_lost)
{
    *congestion = (struct tcp_congestion){
        .ops = congestion->ops,
        .mss = mss,
        .cwnd = handshake_lost ? mss : initial_window(mss),
        .ssthresh = UINT32_MAX,
    };
}

bool tcp_congestion_in_use(const struct tcp_congestion *congestion, uint32_t flight)
{
    if (tcp_in_slow_start(congestion))
        return congestion->cwnd / 2 <= flight;
    return congestion->cwnd <= flight + congestion->mss;
}

void tcp_slow_start(struct tcp_congestion *congestion, uint32_t acked, uint32_t limit)
{
    congestion->cwnd += at_most(acked, limit * congestion->mss);
}

void tcp_congestion_grow(struct tcp_congestion *congestion, uint32_t acked, uint64_t per_segment)
{
    if (congestion->acked > per_segment) /* counted while growth was slower */
        congestion->acked = (uint32_t)per_segment;
    congestion->acked += acked;
    if (congestion->acked < per_segment)
        return;
    congestion->cwnd += (uint32_t)(congestion->acked / per_segment) * congestion->mss;
    congestion->acked %= per_segment;
}

void tcp_congestion_reduce(struct tcp_congestion *congestion, uint32_t ssthresh, bool timed_out)
{
    congestion->ssthresh = at_least(ssthresh, 2 * congestion->mss);
    congestion->cwnd = timed_out ? congestion->mss : congestion->ssthresh;
    congestion->acked = 0;
}

void tcp_congestion_idle(struct tcp_congestion *congestion, uint64_t now_ns)
{
    (void)now_ns;
    congestion->cwnd = at_most(congestion->cwnd, initial_window(congestion->mss));
}
