/* Pacing: what cwnd allows goes out over a round trip, not at once, so that no queue on the way must hold it all. Also what
 * SO_MAX_PACING_RATE bounds.
 *
 * SPDX-License-Identifier: MIT
 *
 * The rate is Linux': cwnd in a smoothed round trip, twice that in slow start, and 1.2 times that behind it, so that pacing
 * keeps no window from growing. What goes out together is a millisecond's worth, and two segments at least; a wait
 * that ends late is made up for, up to as much. A window of 10 segments or less goes out at once (RFC 6928), and below a
 * round trip of 1 ms nothing is held back.
 */
#ifndef HOST_STACK_TCP_PACE_H
#define HOST_STACK_TCP_PACE_H

#include "host/stack/tcp_timer.h"

/* Bytes a second; 0: it is not paced. */
uint64_t tcp_pace_rate(const struct tcp_conn *conn);

/* How many of len bytes may go now: all of them, or whole segments; 0: none before pace_ns. */
uint32_t tcp_pace_most(const struct tcp_conn *conn, uint32_t len, uint64_t now_ns);
void tcp_pace_sent(struct tcp_conn *conn, uint32_t len, uint64_t now_ns);
/* Sends on at pace_ns. */
void tcp_pace_wait(struct tcp_conn *conn);
void tcp_pace_expired(struct tcp_conn *conn, uint64_t now_ns);

/* It may have a rate. */
static inline bool tcp_pace_applies(const struct tcp_conn *conn)
{
    return conn->stack->config.tcp_pacing || conn->settings.max_pacing_rate;
}
/* pace_ns is still needed when all that was sent is acknowledged. */
static inline bool tcp_pace_keeps(const struct tcp_conn *conn)
{
    return conn->settings.max_pacing_rate || tcp_timer_running(conn, TIMER_PACE);
}

#endif
