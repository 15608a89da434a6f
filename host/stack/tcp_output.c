/* What may be sent now: windows, Nagle, silly windows, and the ACK that is owed. RFC 9293, 3.8; RFC
 * 5681.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "host/stack/tcp_conn.h"

enum {
    SEND_NOTHING = 1,
    SEND_LATER, /* enough waits for the board */
};

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static bool sends_data(const struct tcp_conn *conn)
{
    return conn->state >= TCP_ESTABLISHED && conn->state != TCP_FIN_WAIT_2 &&
           conn->state != TCP_TIME_WAIT;
}

static bool fin_waits(const struct tcp_conn *conn)
{
    return conn->fin_queued && !conn->fin_acked;
}

/* How far behind snd_una the congestion window lets us go. The first two duplicate ACKs let one
 * new segment out each (limited transmit, RFC 3042). */
static uint32_t congestion_limit(const struct tcp_conn *conn)
{
    uint32_t extra = conn->in_recovery ? 0 : least(conn->duplicate_acks, 2) * conn->mss;
    return conn->congestion.cwnd + extra;
}

/* The sender's side against silly windows, with Nagle's rule (RFC 9293, 3.8.6.2.1). len > 0
 * bytes of unsent may go; idle: nothing is under way. */
static bool worth_sending(const struct tcp_conn *conn, uint32_t len, uint32_t unsent, bool idle)
{
    if (len >= conn->mss || seq_lt(conn->snd_nxt, conn->snd_max))
        return true;
    if (len == unsent)
        return conn->settings.nodelay || conn->fin_queued || idle;
    return len >= conn->max_snd_wnd / 2;
}

static void sent(struct tcp_conn *conn, uint32_t space, uint64_t now_ns)
{
    bool first_time = conn->snd_nxt == conn->snd_max;
    conn->snd_nxt += space;
    conn->snd_max = seq_max(conn->snd_max, conn->snd_nxt);
    if (!conn->rtt_timing && first_time && !conn->in_recovery) {
        conn->rtt_timing = true;
        conn->rtt_seq = conn->snd_nxt;
        conn->rtt_started_ns = now_ns;
        conn->rtt_ticket = tcp_all_has_left(conn) ? 0 : conn->ticket;
    }
    tcp_timer_stop(conn, TIMER_PERSIST);
    conn->probes = 0;
    if (!tcp_timer_running(conn, TIMER_RETRANSMIT))
        tcp_retransmit_timer_restart(conn, now_ns);
}

/* After a pause the old cwnd says nothing any more (RFC 5681, 4.1). */
static void restart_after_idle(struct tcp_conn *conn, uint64_t now_ns)
{
    if (conn->snd_una == conn->snd_max && conn->last_send_ns &&
        now_ns - conn->last_send_ns > tcp_rtt_timeout(&conn->rtt))
        conn->congestion.ops->idle(&conn->congestion, now_ns);
}

/* How many of len bytes, of which more than a segment may go, make the next super-segment: whole
 * segments, and a short one behind them only if it would go by itself. */
static uint32_t super_length(const struct tcp_conn *conn, uint32_t len, uint32_t unsent,
                             size_t payload_room)
{
    uint32_t room = (uint32_t)payload_room - TCP_HEADER_BYTES - tcp_options_steady(conn);
    uint32_t tail;
    len = least(len, room < conn->mss ? conn->mss : room - room % conn->mss);
    tail = len > conn->mss ? len % conn->mss : 0;
    return tail && !worth_sending(conn, tail, unsent - (len - tail), false) ? len - tail : len;
}

/* Sends the next segment or super-segment from snd_nxt on. Returns 0, SEND_NOTHING, SEND_LATER or
 * what tcp_transmit said. */
static int send_next(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t ahead = conn->snd_nxt - conn->snd_una;
    if (ahead > conn->send.used)
        return SEND_NOTHING; /* the FIN is out */
    uint32_t unsent = conn->send.used - ahead;
    uint32_t limit = least(conn->snd_wnd, congestion_limit(conn));
    uint32_t window = limit > ahead ? limit - ahead : 0;
    uint32_t len = least(unsent, window);
    bool cuts = false;
    size_t room = len ? ip_bulk_room(conn->stack, &conn->remote.address, &cuts) : 0;
    len = room && cuts ? super_length(conn, len, unsent, room) : least(len, conn->mss);
    bool fin = fin_waits(conn) && len == unsent && conn->snd_wnd > ahead + len;
    if (!fin && (!len || !worth_sending(conn, len, unsent, conn->snd_nxt == conn->snd_una)))
        return SEND_NOTHING;
    if (len && !room)
        return SEND_LATER;

    uint8_t flags = (uint8_t)(TCP_ACK | (fin ? TCP_FIN : 0) | (len && len == unsent ? TCP_PSH : 0));
    int result = tcp_transmit(conn, flags, conn->snd_nxt, len, now_ns);
    if (result == -EMSGSIZE)
        return 0; /* once more, with the smaller mss */
    if (result)
        return result;
    conn->fin_sent |= fin;
    sent(conn, len + fin, now_ns);
    return 0;
}

static int resend_syn(struct tcp_conn *conn, uint64_t now_ns)
{
    uint8_t flags = conn->state == TCP_SYN_SENT ? TCP_SYN : TCP_SYN | TCP_ACK;
    int result = tcp_transmit(conn, flags, conn->iss, 0, now_ns);
    if (result)
        return result;
    conn->snd_nxt = conn->snd_max = conn->iss + 1;
    if (!tcp_timer_running(conn, TIMER_RETRANSMIT))
        tcp_retransmit_timer_restart(conn, now_ns);
    return 0;
}

/* The first segment that is not acknowledged, once more (fast retransmit). */
static int resend_first(struct tcp_conn *conn, uint64_t now_ns)
{
    if (conn->state < TCP_ESTABLISHED)
        return resend_syn(conn, now_ns);
    uint32_t out = conn->snd_max - conn->snd_una;
    uint32_t len = least(least(out, conn->send.used), conn->mss);
    bool fin = conn->fin_sent && !conn->fin_acked && len == conn->send.used;
    if (!len && !fin)
        return 0;
    uint8_t flags =
        (uint8_t)(TCP_ACK | (fin ? TCP_FIN : 0) | (len == conn->send.used ? TCP_PSH : 0));
    conn->rtt_timing = false; /* Karn */
    return tcp_transmit(conn, flags, conn->snd_una, len, now_ns);
}

/* A pure ACK's sequence number must lie in the peer's window, also behind a probe that it did
 * not take. */
static int send_ack(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t edge = conn->snd_una + conn->snd_wnd;
    return tcp_transmit(conn, TCP_ACK, seq_min(conn->snd_max, edge), 0, now_ns);
}

/* Something waits, nothing is under way that an ACK would come for: the peer's window is too
 * small. */
static void watch_window(struct tcp_conn *conn, uint64_t now_ns)
{
    if (!conn->send.used && !fin_waits(conn)) {
        tcp_timer_stop(conn, TIMER_PERSIST);
        conn->probes = 0;
    } else if (!tcp_timer_running(conn, TIMER_RETRANSMIT) &&
               !tcp_timer_running(conn, TIMER_PERSIST)) {
        tcp_persist_timer_start(conn, now_ns);
    }
}

void tcp_output(struct tcp_conn *conn, uint64_t now_ns)
{
    int result = 0;
    if (conn->state == TCP_CLOSED || conn->state == TCP_LISTEN)
        return;
    while (conn->resend && result != -EAGAIN) {
        result = resend_first(conn, now_ns); /* -EMSGSIZE: once more, with the smaller mss */
        conn->resend = result != 0;
    }
    if (sends_data(conn)) {
        restart_after_idle(conn, now_ns);
        while (result == 0)
            result = send_next(conn, now_ns);
    }
    bool later = result == SEND_LATER;
    if (result != -EAGAIN && conn->ack_now && conn->state != TCP_SYN_SENT)
        result = send_ack(conn, now_ns);
    if (result == -EAGAIN || later)
        tcp_wait_for_room(conn);
    else if (sends_data(conn))
        watch_window(conn, now_ns);
}

/* One byte, or the FIN, against a closed window (RFC 9293, 3.8.6.1); or what fits into one that
 * was too small to be used. */
void tcp_probe(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t fits = conn->snd_wnd ? conn->snd_wnd : 1;
    uint32_t len = least(least(conn->send.used, fits), conn->mss);
    bool fin = !len && fin_waits(conn);
    if (!len && !fin)
        return;
    conn->stack->counters.tcp_zero_window_probes += !conn->snd_wnd;
    conn->snd_nxt = conn->snd_una;
    if (tcp_transmit(conn, TCP_ACK | (fin ? TCP_FIN : TCP_PSH), conn->snd_una, len, now_ns))
        return; /* the next expiry tries again */
    conn->fin_sent |= fin;
    if (conn->snd_wnd)
        sent(conn, len + fin, now_ns);
    else
        conn->snd_max = seq_max(conn->snd_max, conn->snd_una + len + fin);
}
