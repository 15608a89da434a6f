/* Congestion control: how much may be under way. The interface, and the algorithm that implements
 * it. RFC 5681.
 *
 * SPDX-License-Identifier: MIT
 *
 * An algorithm decides how cwnd grows and how far a loss reduces it; it knows nothing of
 * connections. When a loss is noticed and what is sent again then is the matter of tcp_recovery.c.
 * Another algorithm is another const struct tcp_congestion_ops.
 */
#ifndef HOST_STACK_TCP_CONGESTION_H
#define HOST_STACK_TCP_CONGESTION_H

#include <stdint.h>

struct tcp_congestion {
    const struct tcp_congestion_ops *ops;
    uint32_t cwnd, ssthresh; /* bytes */
    uint32_t mss;
    uint32_t acked; /* bytes acknowledged since cwnd last grew in congestion avoidance */
};

/* flight: bytes sent and not acknowledged, before the event. */
struct tcp_congestion_ops {
    const char *name;
    /* The connection is established; handshake_lost: a SYN had to be repeated. */
    void (*start)(struct tcp_congestion *congestion, uint32_t mss, int handshake_lost);
    /* acked new bytes were acknowledged, outside of recovery. */
    void (*acked)(struct tcp_congestion *congestion, uint32_t acked, uint32_t flight,
                  uint64_t now_ns);
    /* Duplicate ACKs told of a loss: sets ssthresh, and cwnd to it. */
    void (*lost)(struct tcp_congestion *congestion, uint32_t flight, uint64_t now_ns);
    /* The retransmission timer expired for a segment for the first time (again: not the first):
     * cwnd of one segment. */
    void (*timed_out)(struct tcp_congestion *congestion, uint32_t flight, int again,
                      uint64_t now_ns);
    /* Nothing was sent for longer than the timeout (RFC 5681, 4.1). */
    void (*idle)(struct tcp_congestion *congestion);
};

extern const struct tcp_congestion_ops tcp_newreno;

#endif
