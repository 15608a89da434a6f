/* Congestion control: how much may be under way. The interface; README.md says how to add an
 * algorithm. RFC 5681.
 *
 * SPDX-License-Identifier: MIT
 *
 * An algorithm decides how cwnd grows and how far a loss reduces it; it knows nothing of
 * connections. Which bytes are lost and what is sent again when is the matter of the files
 * tcp_recovery*.c; they may copy a struct tcp_congestion before they report a loss, and put the copy
 * back if the loss turns out not to have been one.
 */
#ifndef HOST_STACK_TCP_CONGESTION_H
#define HOST_STACK_TCP_CONGESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TCP_CONGESTION_STATE_WORDS = 4 };

struct tcp_congestion {
    const struct tcp_congestion_ops *ops;
    uint32_t cwnd, ssthresh; /* bytes; ssthresh UINT32_MAX: no loss yet */
    uint32_t mss;
    uint32_t acked; /* bytes acknowledged since cwnd last grew in congestion avoidance */
    uint64_t
        state[TCP_CONGESTION_STATE_WORDS]; /* the algorithm's own, by a struct that may alias */
};

/* What an acknowledgement of new bytes tells. */
struct tcp_congestion_ack {
    uint32_t acked;  /* bytes */
    uint32_t flight; /* bytes sent and not acknowledged, before it */
    uint32_t una;    /* SND.UNA, after it */
    uint32_t next;   /* behind the last byte sent: acknowledging this ends a round trip */
    uint64_t rtt_ns; /* 0: it gives no sample */
    uint64_t srtt_ns;
    uint64_t now_ns;
};

struct tcp_congestion_ops {
    const char *name;
    /* The connection is established; handshake_lost: a SYN had to be repeated. state is zero. */
    void (*start)(struct tcp_congestion *congestion, uint32_t mss, bool handshake_lost);
    /* Every acknowledgement of new bytes, also during recovery: to measure, not to change cwnd. NULL:
     * not interested. */
    void (*measured)(struct tcp_congestion *congestion, const struct tcp_congestion_ack *ack);
    /* The same outside of recovery: cwnd may grow. */
    void (*acked)(struct tcp_congestion *congestion, const struct tcp_congestion_ack *ack);
    /* A loss was noticed, or the network has marked a packet (RFC 3168), with flight bytes under
     * way: sets ssthresh, and cwnd to it. Once in a round trip at most. */
    void (*lost)(struct tcp_congestion *congestion, uint32_t flight, uint64_t now_ns);
    /* The retransmission timer expired for a segment for the first time (again: not the first):
     * cwnd of one segment. */
    void (*timed_out)(struct tcp_congestion *congestion, uint32_t flight, bool again,
                      uint64_t now_ns);
    /* Nothing was sent for longer than the timeout (RFC 5681, 4.1). */
    void (*idle)(struct tcp_congestion *congestion, uint64_t now_ns);
};

extern const struct tcp_congestion_ops tcp_cubic, tcp_newreno, tcp_vegas, tcp_westwood, tcp_bic;

/* The algorithm of that name, or NULL. */
const struct tcp_congestion_ops *tcp_congestion_find(const char *name);
/* All of them, one at a time: NULL behind the last. The first is the default. */
const struct tcp_congestion_ops *tcp_congestion_at(size_t index);

/* What algorithms share. */
/* cwnd of RFC 6928, no threshold, state zero. */
void tcp_congestion_start(struct tcp_congestion *congestion, uint32_t mss, bool handshake_lost);
/* Whether cwnd is what limits the sender. Where it is not, it says nothing about the network and
 * must not grow (RFC 7661's concern; slow start may run ahead by the factor it grows by in a round
 * trip). */
bool tcp_congestion_in_use(const struct tcp_congestion *congestion, uint32_t flight);
static inline bool tcp_in_slow_start(const struct tcp_congestion *congestion)
{
    return congestion->cwnd < congestion->ssthresh;
}
/* A byte for each byte acknowledged, at most limit segments (RFC 3465, 2.2). */
void tcp_slow_start(struct tcp_congestion *congestion, uint32_t acked, uint32_t limit);
/* One segment more for every per_segment bytes acknowledged; congestion->acked counts. */
void tcp_congestion_grow(struct tcp_congestion *congestion, uint32_t acked, uint64_t per_segment);
/* ssthresh, at least two segments (RFC 5681, 3.1); cwnd falls to it, or to one segment. */
void tcp_congestion_reduce(struct tcp_congestion *congestion, uint32_t ssthresh, bool timed_out);
/* cwnd falls to what a new connection may send. */
void tcp_congestion_idle(struct tcp_congestion *congestion, uint64_t now_ns);

/* The growth, and the reductions, of RFC 5681; flight as in the ops. */
void tcp_reno_acked(struct tcp_congestion *congestion, const struct tcp_congestion_ack *ack);
void tcp_reno_lost(struct tcp_congestion *congestion, uint32_t flight, uint64_t now_ns);
void tcp_reno_timed_out(struct tcp_congestion *congestion, uint32_t flight, bool again,
                        uint64_t now_ns);

#endif
