/* The round trip and the retransmission timeout that follows from it. RFC 6298.
 *
 * SPDX-License-Identifier: MIT
 *
 * Where RFC 6298 leaves a choice or is held to be too slow: the timeout begins at 1 s; the term 4 *
 * RTTVAR is at least 200 ms, as in Linux (RFC 6298 asks for 1 s for the whole), so a steady round
 * trip of any length keeps that distance to its timeout and a delayed ACK never looks like a loss;
 * 60 s is the most. Karn's rule, that a segment sent twice gives no sample (unless timestamps tell
 * which copy was answered), is kept by the caller.
 */
#ifndef HOST_STACK_TCP_RTT_H
#define HOST_STACK_TCP_RTT_H

#include <stdint.h>

#define TCP_RTO_INITIAL_NS        UINT64_C(1000000000)
#define TCP_RTO_AFTER_SYN_LOSS_NS UINT64_C(3000000000) /* RFC 6298, 5.7 */
#define TCP_RTO_MIN_NS            UINT64_C(200000000)
#define TCP_RTO_MAX_NS            UINT64_C(60000000000)

/* SRTT, RTTVAR and RTO, each up to a minute, in units of 16 ns. */
enum { TCP_RTT_UNIT_NS = 16 };
struct tcp_rtt {
    uint32_t smoothed; /* 0: no sample yet */
    uint32_t variation;
    uint32_t timeout; /* without backoff */
    uint32_t backoff; /* how often the timeout has been doubled */
};

void tcp_rtt_init(struct tcp_rtt *rtt);
/* The handshake took more than one SYN: no sample, and a longer first timeout. */
void tcp_rtt_syn_lost(struct tcp_rtt *rtt);
/* A measured round trip; it also ends the backoff (RFC 6298, 5). expected: how many there are in a
 * round trip, so that more of them do not shorten the memory (RFC 7323, appendix G). */
void tcp_rtt_sample(struct tcp_rtt *rtt, uint64_t measured_ns, uint32_t expected);
/* The timer has expired: doubles the timeout. */
void tcp_rtt_back_off(struct tcp_rtt *rtt);
static inline uint64_t tcp_rtt_smoothed_ns(const struct tcp_rtt *rtt)
{
    return (uint64_t)rtt->smoothed * TCP_RTT_UNIT_NS;
}
static inline uint64_t tcp_rtt_variation_ns(const struct tcp_rtt *rtt)
{
    return (uint64_t)rtt->variation * TCP_RTT_UNIT_NS;
}
/* The timeout to set a timer to. */
uint64_t tcp_rtt_timeout(const struct tcp_rtt *rtt);

#endif
