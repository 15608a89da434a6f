/* Keepalive: a connection on which nothing moves asks whether its peer is still there. RFC 9293,
 * 3.8.4.
 *
 * SPDX-License-Identifier: MIT
 *
 * A probe is an ACK that repeats the last sequence number, which a living peer answers with an ACK
 * and a peer that knows nothing of the connection with RST. While data is under way or waits, its own
 * timers look after the peer, and no probe is sent.
 */
#include <errno.h>

#include "host/stack/tcp_output.h"
#include "host/stack/tcp_timer.h"

static uint64_t seconds(unsigned s)
{
    return (uint64_t)s * 1000000000;
}

static bool keeps_alive(const struct tcp_conn *conn)
{
    return conn->settings.keepalive && conn->state >= TCP_ESTABLISHED &&
           conn->state != TCP_TIME_WAIT && !tcp_timer_running(conn, TIMER_END);
}

static uint64_t idle_ends(const struct tcp_conn *conn)
{
    return conn->heard_ns + seconds(conn->settings.keep_idle_s);
}

void tcp_keepalive_start(struct tcp_conn *conn, uint64_t now_ns)
{
    conn->keep_probes = 0;
    if (tcp_timer_running(conn, TIMER_PACE))
        return; /* it sends, and calls again */
    if (!keeps_alive(conn)) {
        tcp_timer_stop(conn, TIMER_KEEPALIVE);
        return;
    }
    uint64_t due_ns = idle_ends(conn);
    tcp_timer_start(conn, TIMER_KEEPALIVE, due_ns > now_ns ? due_ns : now_ns);
}

static bool looked_after(const struct tcp_conn *conn)
{
    return tcp_timer_running(conn, TIMER_RETRANSMIT) || tcp_timer_running(conn, TIMER_PERSIST);
}

/* With a limit that the user has set, probes end when it is reached (as in Linux). */
static bool patience_ends(const struct tcp_conn *conn, uint64_t now_ns)
{
    uint64_t limit_ns = (uint64_t)conn->settings.user_timeout_ms * 1000000;
    if (limit_ns)
        return conn->keep_probes && now_ns - conn->heard_ns >= limit_ns;
    return conn->keep_probes >= conn->settings.keep_count;
}

void tcp_keepalive_expired(struct tcp_conn *conn, uint64_t now_ns)
{
    if (!keeps_alive(conn))
        return;
    if (idle_ends(conn) > now_ns) { /* it was heard since */
        tcp_keepalive_start(conn, now_ns);
        return;
    }
    if (looked_after(conn)) {
        tcp_timer_start(conn, TIMER_KEEPALIVE, now_ns + seconds(conn->settings.keep_idle_s));
        return;
    }
    if (patience_ends(conn, now_ns)) {
        tcp_tell(conn, now_ns, '-', "gives up after %u unanswered keepalive probes",
                 conn->keep_probes);
        tcp_conn_reset(conn, conn->soft_error ? conn->soft_error : -ETIMEDOUT, now_ns);
        return;
    }
    tcp_tell(conn, now_ns, '-', "asks with a keepalive probe whether the peer is there");
    conn->keep_probes += conn->keep_probes < UINT8_MAX;
    conn->stack->counters.tcp_keepalive_probes++;
    tcp_transmit(conn, TCP_ACK, conn->snd_una - 1, 0,
                 now_ns); /* lost if there is no room: the next asks */
    tcp_timer_start(conn, TIMER_KEEPALIVE, now_ns + seconds(conn->settings.keep_interval_s));
}
