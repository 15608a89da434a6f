/* What a program may set about a connection. See struct tcp_settings in tcp.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "host/stack/tcp_input.h"
#include "host/stack/tcp_loss.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_timer.h"

/* Linux' bounds of TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT. */
enum { KEEP_MAX_S = 32767, KEEP_MAX_COUNT = 127 };

const struct tcp_settings *tcp_settings(const struct tcp_conn *conn)
{
    return &conn->settings;
}

static bool in_range(const struct tcp_settings *settings)
{
    return settings->linger_s >= -1 && settings->keep_idle_s >= 1 &&
           settings->keep_idle_s <= KEEP_MAX_S && settings->keep_interval_s >= 1 &&
           settings->keep_interval_s <= KEEP_MAX_S && settings->keep_count >= 1 &&
           settings->keep_count <= KEEP_MAX_COUNT &&
           (!settings->max_segment || settings->max_segment >= TCP_MIN_MSS);
}

int tcp_settings_set(struct tcp_conn *conn, const struct tcp_settings *settings, uint64_t now_ns)
{
    bool waited = conn->settings.nodelay;
    bool paced = conn->settings.max_pacing_rate != settings->max_pacing_rate;
    if (!in_range(settings))
        return -EINVAL;
    if (settings->max_segment != conn->settings.max_segment && conn->state > TCP_LISTEN)
        return -EISCONN;
    if (settings->v6only != conn->settings.v6only &&
        (conn->state != TCP_CLOSED || conn->table != TABLE_NONE))
        return -EINVAL;
    conn->settings = *settings;
    tcp_keepalive_start(conn, now_ns);
    if (paced || (settings->nodelay && !waited))
        tcp_output(conn, now_ns); /* what Nagle, or the old rate, held back goes */
    return 0;
}

void tcp_set_nodelay(struct tcp_conn *conn, bool on)
{
    conn->settings.nodelay = on;
}

static uint32_t bounded(size_t bytes)
{
    if (bytes < TCP_BUFFER_LEAST)
        return TCP_BUFFER_LEAST;
    return bytes < TCP_BUFFER_MOST ? (uint32_t)bytes : TCP_BUFFER_MOST;
}

/* A connection that was reset has what it received still, in a ring of the old size. */
int tcp_set_buffers(struct tcp_conn *conn, size_t send_bytes, size_t receive_bytes)
{
    if (conn->state > TCP_LISTEN || conn->send.bytes || conn->receive.bytes)
        return -EISCONN;
    if (send_bytes) {
        tcp_tune_send_done(conn);
        conn->send.size = bounded(send_bytes);
        conn->send_fixed = true;
    }
    if (receive_bytes) {
        tcp_tune_receive_done(conn);
        conn->receive.size = bounded(receive_bytes);
        conn->receive_fixed = true;
        conn->rcv_scale = tcp_window_scale(conn);
    }
    return 0;
}

int tcp_set_congestion(struct tcp_conn *conn, const char *name)
{
    const struct tcp_congestion_ops *ops = tcp_congestion_find(name);
    if (!ops)
        return -ENOENT;
    tcp_undo_forget(conn); /* it would bring the old one back */
    conn->congestion = (struct tcp_congestion){.ops = ops,
                                               .cwnd = conn->congestion.cwnd,
                                               .ssthresh = conn->congestion.ssthresh,
                                               .mss = conn->mss};
    return 0;
}
