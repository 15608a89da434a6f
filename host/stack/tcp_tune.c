/* Buffers that grow. See tcp_tune.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_input.h"
#include "host/stack/tcp_loss.h"
#include "host/stack/tcp_output.h"

enum { SPARE_SEGMENTS = 16 }; /* as in Linux' tcp_rcv_space_adjust */

/* The least doubling of size that holds wanted, at most most. */
static uint32_t doubled(uint32_t size, uint64_t wanted, uint32_t most)
{
    while (size < wanted && size < most)
        size = size < most / 2 ? size * 2 : most;
    return size;
}

static void grow(struct tcp_conn *conn, struct tcp_buffer *buffer, uint32_t size, uint32_t kept)
{
    struct tcp *tcp = conn_tcp(conn);
    uint32_t more = size - buffer->size;
    if (!more || tcp->growth + more > tcp->growth_most ||
        tcp_buffer_grow(buffer, size, kept, &tcp->pool))
        return;
    tcp->growth += more;
}

static void done(struct tcp_conn *conn, struct tcp_buffer *buffer, bool fixed, uint32_t initial)
{
    struct tcp *tcp = conn_tcp(conn);
    tcp_buffer_release(buffer, &tcp->pool);
    if (fixed || buffer->size == initial)
        return;
    tcp->growth -= buffer->size - initial;
    buffer->size = initial;
}

void tcp_tune_send_done(struct tcp_conn *conn)
{
    done(conn, &conn->send, conn->send_fixed, conn_tcp(conn)->send_bytes);
}

void tcp_tune_receive_done(struct tcp_conn *conn)
{
    done(conn, &conn->receive, conn->receive_fixed, conn_tcp(conn)->receive_bytes);
}

/* ---- receiving ---- */

void tcp_tune_start(struct tcp_conn *conn)
{
    uint64_t us = conn->syn_lost ? 0 : tcp_rtt_smoothed_ns(&conn->rtt) / 1000;
    conn->tune = (struct tcp_tune){.round_end = conn->rcv_nxt, .rtt_us = (uint32_t)us};
}

static uint32_t read_up_to(const struct tcp_conn *conn)
{
    return conn->rcv_nxt - conn->peer_fin_taken - conn->receive.used;
}

/* Pauses of the peer make it longer, nothing makes it shorter. */
static void round_measured(struct tcp_tune *tune, uint32_t us)
{
    if (!tune->rtt_us || us < tune->rtt_us)
        tune->rtt_us = us ? us : 1;
}

void tcp_tune_round_ended(struct tcp_conn *conn, uint64_t now_ns)
{
    struct tcp_tune *tune = &conn->tune;
    uint32_t now_us = tcp_us(now_ns);
    if (tune->space) {
        if (!conn->timestamps)
            round_measured(tune, now_us - tune->round_us);
    } else {                                  /* the first data of all */
        tune->space = conn->receive.size / 2; /* twice that, it holds */
        tune->read_seq = read_up_to(conn);
        tune->read_us = now_us;
    }
    tune->round_end = conn->rcv_nxt + tcp_window_offered(conn);
    if (!conn->timestamps)
        tune->round_us = now_us;
}

/* RFC 7323, 4.1 says what such a sample may be too large by: smoothed as Linux does. */
void tcp_tune_echoed(struct tcp_conn *conn, uint32_t echo, uint64_t now_ns)
{
    struct tcp_tune *tune = &conn->tune;
    if (echo == tune->echo || !tune->space)
        return;
    tune->echo = echo;
    uint64_t us = tcp_timestamp_age_ns(conn, echo, now_ns) / 1000;
    us = us ? us : 1000; /* less than a tick */
    tune->rtt_us = (uint32_t)(tune->rtt_us ? (UINT64_C(7) * tune->rtt_us + us) / 8 : us);
}

/* What the window must be, where copied bytes were read in this round trip and space at most in those before: twice as
 * much, and as much more again as the growth since then would add. */
static uint64_t window_for(uint32_t copied, uint32_t space, uint32_t mss)
{
    uint64_t wanted = 2 * (uint64_t)copied + SPARE_SEGMENTS * mss;
    return wanted + 2 * (wanted * (copied - space) / space);
}

/* What lies behind the used bytes, out of order, moves with them. */
static uint32_t bytes_to_keep(const struct tcp_conn *conn)
{
    const struct tcp_reassembly *reassembly = conn->reassembly;
    if (!tcp_has_gap(conn))
        return conn->receive.used;
    return conn->receive.used + (reassembly->ranges[reassembly->count - 1].end - conn->rcv_nxt);
}

void tcp_tune_read(struct tcp_conn *conn, uint64_t now_ns)
{
    struct tcp_tune *tune = &conn->tune;
    uint32_t now_us = tcp_us(now_ns), copied = read_up_to(conn) - tune->read_seq;
    if (!tune->rtt_us || now_us - tune->read_us < tune->rtt_us)
        return;
    if (tune->space && copied > tune->space) {
        if (conn->scales && !conn->receive_fixed && conn->receive.used < conn->receive.size / 2)
            grow(conn, &conn->receive,
                 doubled(conn->receive.size, window_for(copied, tune->space, conn->rcv_mss),
                         conn_tcp(conn)->receive_most),
                 bytes_to_keep(conn));
        tune->space = copied;
    }
    tune->read_seq += copied;
    tune->read_us = now_us;
}

/* ---- sending ---- */

void tcp_tune_acked(struct tcp_conn *conn)
{
    uint64_t flight = conn->snd_wnd < conn->congestion.cwnd ? conn->snd_wnd : conn->congestion.cwnd;
    if (2 * flight > conn->send.size && !conn->send_fixed)
        grow(conn, &conn->send, doubled(conn->send.size, 2 * flight, conn_tcp(conn)->send_most),
             conn->send.used);
}
