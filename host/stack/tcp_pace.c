/* When what may be sent is sent. See tcp_pace.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_pace.h"

#include "host/stack/tcp_output.h"

enum { QUANTUM_NS = 1000000, LEAST_RTT_NS = 1000000, LEAST_SEGMENTS = 2, UNPACED_SEGMENTS = 10 };
enum { SLOW_START_PERCENT = 200, AVOIDANCE_PERCENT = 120 }; /* Linux' */
static const uint64_t SECOND_NS = 1000000000;

/* Slow start is as good as over at half of ssthresh, as for Linux. */
static uint64_t rate_of_window(const struct tcp_conn *conn)
{
    const struct tcp_congestion *congestion = &conn->congestion;
    uint64_t srtt_ns = tcp_rtt_smoothed_ns(&conn->rtt);
    if (!conn->stack->config.tcp_pacing || srtt_ns < LEAST_RTT_NS ||
        congestion->cwnd <= UNPACED_SEGMENTS * conn->mss)
        return 0;
    bool slow_start = congestion->cwnd < congestion->ssthresh / 2;
    uint64_t rate = congestion->cwnd * SECOND_NS / srtt_ns;
    return rate * (slow_start ? SLOW_START_PERCENT : AVOIDANCE_PERCENT) / 100;
}

/* One that lingers has a time to end in. */
uint64_t tcp_pace_rate(const struct tcp_conn *conn)
{
    uint64_t rate, most = conn->settings.max_pacing_rate;
    if (!tcp_pace_applies(conn) || tcp_timer_running(conn, TIMER_END))
        return 0;
    rate = rate_of_window(conn);
    return most && (!rate || rate > most) ? most : rate;
}

/* What has been sent before its time. */
static uint64_t ahead(const struct tcp_conn *conn, uint64_t rate, uint64_t now_ns)
{
    uint64_t pace_ns = conn->sending->pace_ns, wait_ns = pace_ns > now_ns ? pace_ns - now_ns : 0;
    return wait_ns < UINT64_MAX / rate ? wait_ns * rate / SECOND_NS : UINT64_MAX;
}

uint32_t tcp_pace_most(const struct tcp_conn *conn, uint32_t len, uint64_t now_ns)
{
    uint64_t rate = tcp_pace_rate(conn);
    if (!rate)
        return len;
    uint64_t least = LEAST_SEGMENTS * conn->mss, quantum = rate * QUANTUM_NS / SECOND_NS;
    quantum = quantum > least ? quantum : least;
    uint64_t gone = ahead(conn, rate, now_ns), room = quantum > gone ? quantum - gone : 0;
    if (room < (len < conn->mss ? len : conn->mss))
        return 0;
    return len <= room ? len : (uint32_t)(room - room % conn->mss);
}

void tcp_pace_sent(struct tcp_conn *conn, uint32_t len, uint64_t now_ns)
{
    uint64_t rate = tcp_pace_rate(conn), late_ns = now_ns > QUANTUM_NS ? now_ns - QUANTUM_NS : 0;
    if (!rate)
        return;
    if (conn->sending->pace_ns < late_ns)
        conn->sending->pace_ns = late_ns;
    conn->sending->pace_ns += len * SECOND_NS / rate;
}

void tcp_pace_wait(struct tcp_conn *conn)
{
    tcp_timer_start(conn, TIMER_PACE, conn->sending->pace_ns);
}

void tcp_pace_expired(struct tcp_conn *conn, uint64_t now_ns)
{
    tcp_keepalive_start(conn, now_ns); /* its place is free again */
    tcp_output(conn, now_ns);
}
