/* How a connection begins, changes its state and ends. RFC 9293, 3.3.2, 3.6.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/tcp_input.h"
#include "host/stack/tcp_loss.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_timer.h"

/* All places are taken: the connection that has waited longest in TIME-WAIT, and that nobody
 * owns, makes room. */
static bool make_room(struct tcp *tcp)
{
    struct tcp_conn *oldest = tcp->time_waits;
    while (oldest && (oldest->owned || oldest->event))
        oldest = oldest->time_wait.next;
    if (oldest)
        tcp_conn_erase(oldest);
    return oldest != NULL;
}

/* The memory of one that was erased lately, or new; zeros. */
static struct tcp_conn *conn_take(struct tcp *tcp)
{
    struct tcp_conn *conn = tcp->spares;
    if (!conn)
        return calloc(1, sizeof *conn);
    ASAN_UNPOISON_MEMORY_REGION(conn, sizeof *conn);
    tcp->spares = conn->next;
    tcp->spare_count--;
    return memset(conn, 0, sizeof *conn);
}

static void conn_give(struct tcp *tcp, struct tcp_conn *conn)
{
    if (tcp->spare_count == TCP_CONN_SPARES) {
        free(conn);
        return;
    }
    conn->next = tcp->spares;
    tcp->spares = conn;
    tcp->spare_count++;
    ASAN_POISON_MEMORY_REGION(conn, sizeof *conn); /* an address sanitizer takes it for freed */
}

void tcp_conn_spares_free(struct tcp *tcp)
{
    while (tcp->spares)
        free(conn_take(tcp));
}

int tcp_conn_create(struct stack *stack, struct tcp_conn **out)
{
    struct tcp *tcp = stack->tcp;
    if (tcp->count >= tcp->max && !make_room(tcp))
        return -ENFILE;
    struct tcp_conn *conn = conn_take(tcp);
    if (!conn)
        return -ENOMEM;
    conn->stack = stack;
    conn->owned = true;
    conn->mss = TCP_DEFAULT_MSS;
    conn->rcv_mss = TCP_DEFAULT_MSS;
    conn->send.size = tcp->send_bytes;
    conn->receive.size = tcp->receive_bytes;
    conn->rcv_scale = tcp_window_scale(conn);
    conn->congestion.ops =
        stack->config.tcp_congestion ? stack->config.tcp_congestion : tcp_congestion_at(0);
    conn->settings = TCP_SETTINGS_DEFAULT;
    tcp_rtt_init(&conn->rtt);
    tcp_path_start(&conn->path);
    conn->sending = (struct tcp_sending *)&tcp_nothing_under_way;
    tcp_conns_add(tcp, conn);
    *out = conn;
    return 0;
}

void tcp_conn_erase(struct tcp_conn *conn)
{
    struct tcp *tcp = conn_tcp(conn);
    tcp_conn_forget_events(conn);
    tcp_listener_forget(conn);
    tcp_conns_remove(tcp, conn);
    tcp_wait_end(conn);
    tcp_batch_leave(conn);
    tcp_sending_end(conn);
    tcp_table_remove(conn);
    tcp_tune_send_done(conn);
    tcp_tune_receive_done(conn);
    tcp_reassembly_release(conn);
    free(conn->listener);
    conn_give(tcp, conn);
}

void tcp_conn_over(struct tcp_conn *conn, uint64_t now_ns)
{
    tcp_tell(conn, now_ns, '-', "erased");
    if (conn->event)
        conn->event(conn->user, conn, TCP_EVENT_GONE);
    tcp_conn_erase(conn);
}

void tcp_conn_enter(struct tcp_conn *conn, enum tcp_state state, uint64_t now_ns)
{
    conn->state = (uint8_t)state;
    tcp_tell(conn, now_ns, '-', "%s", tcp_state_name(state));
}

void tcp_conn_ends_known(struct tcp_conn *conn)
{
    if (conn->stack->config.tcp_timestamps)
        conn->ts_offset =
            (uint32_t)tcp_tuple_hash(conn_tcp(conn), 'S', &conn->local, &conn->remote);
}

/* Karn: a handshake in which our SYN went out twice tells no round trip, but that the network is
 * slow (RFC 6298, 5.7). Timestamps tell which of them was answered; if it was the first, none was
 * lost. */
static void handshake_measured(struct tcp_conn *conn, const struct tcp_segment *segment,
                               uint64_t now_ns)
{
    uint64_t opened_ns = conn->sending->opened_ns, took_ns = now_ns - opened_ns;
    if (opened_ns == UINT64_MAX)
        return; /* the SYN was answered by a cookie: nobody knows when */
    uint32_t first = tcp_timestamp(conn, opened_ns);
    conn->handshake_us = took_ns < 1000 ? 1 : (uint32_t)(took_ns / 1000);
    if (conn->timestamps && segment->options.has_timestamps && segment->options.ts_echo == first)
        conn->syn_lost = false;
    if (conn->syn_lost)
        tcp_rtt_syn_lost(&conn->rtt);
    else
        tcp_rtt_sample(&conn->rtt, took_ns, 1);
}

void tcp_conn_establish(struct tcp_conn *conn, const struct tcp_segment *segment, uint64_t now_ns)
{
    tcp_timer_stop(conn, TIMER_RETRANSMIT);
    conn->resend = false;
    conn->retries = 0;
    conn->recover = conn->iss;
    handshake_measured(conn, segment, now_ns);
    tcp_tune_start(conn);
    tcp_sending_end(conn);
    conn->congestion.ops->start(&conn->congestion, conn->mss, conn->syn_lost);
    conn->state = TCP_ESTABLISHED;
    tcp_tell(conn, now_ns, '-',
             "ESTABLISHED after %.3f ms: segments of at most %u bytes, cwnd %u, timeout %.0f ms",
             (double)conn->handshake_us / 1e3, conn->mss, conn->congestion.cwnd,
             (double)tcp_rtt_timeout(&conn->rtt) / 1e6);
    if (conn->fin_queued)
        tcp_conn_enter(conn, TCP_FIN_WAIT_1, now_ns);
    tcp_keepalive_start(conn, now_ns);
    tcp_conn_note(conn, TCP_EVENT_CONNECTED | TCP_EVENT_WRITABLE);
}

static void count_failure(const struct tcp_conn *conn, int error)
{
    struct stack_counters *counters = &conn->stack->counters;
    if (conn->state == TCP_SYN_SENT || conn->state == TCP_SYN_RECEIVED)
        counters->tcp_attempt_fails++;
    else if (error && (conn->state == TCP_ESTABLISHED || conn->state == TCP_CLOSE_WAIT))
        counters->tcp_estab_resets++;
}

void tcp_conn_end(struct tcp_conn *conn, int error, uint64_t now_ns)
{
    count_failure(conn, error);
    if (error)
        tcp_tell(conn, now_ns, '-', "ends: %s", strerror(-error));
    if (tcp_awaits_accept(conn)) {
        tcp_listener_forget(conn);
        conn->owned = false;
    }
    tcp_timer_stop_all(conn);
    tcp_wait_end(conn);
    tcp_sending_end(conn);
    tcp_table_remove(conn);
    tcp_tune_send_done(conn);
    conn->state = TCP_CLOSED;
    conn->error = (int16_t)error;
    if (error)
        tcp_conn_note(conn, TCP_EVENT_ERROR);
    if (!conn->owned)
        tcp_timer_start(conn, TIMER_END, now_ns);
}

static bool peer_knows(const struct tcp_conn *conn)
{
    return conn->state >= TCP_SYN_RECEIVED && conn->state != TCP_TIME_WAIT;
}

void tcp_conn_reset(struct tcp_conn *conn, int error, uint64_t now_ns)
{
    if (peer_knows(conn)) {
        conn->stack->counters.tcp_out_rsts++;
        tcp_transmit(conn, TCP_RST | TCP_ACK, conn->snd_max, 0, now_ns);
    }
    tcp_conn_end(conn, error, now_ns);
}

void tcp_conn_time_wait(struct tcp_conn *conn, uint64_t now_ns)
{
    bool again = conn->state == TCP_TIME_WAIT;
    tcp_timer_stop_all(conn);
    tcp_sending_end(conn);
    tcp_tune_send_done(conn);
    conn->state = TCP_TIME_WAIT;
    tcp_time_wait_join(conn, now_ns);
    tcp_tell(conn, now_ns, '-', "TIME-WAIT for %.0f s%s",
             (double)conn_tcp(conn)->time_wait_ns / 1e9, again ? " from now on" : "");
}

void tcp_conn_limit_fin_wait(struct tcp_conn *conn, uint64_t now_ns)
{
    if (conn->state == TCP_FIN_WAIT_2 && !conn->owned)
        tcp_timer_start(conn, TIMER_END, now_ns + conn_tcp(conn)->time_wait_ns);
}
