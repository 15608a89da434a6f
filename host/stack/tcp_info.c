/* What a connection tells about itself: for `ss`, and for whoever reads a journal.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_input.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_pace.h"

const char *tcp_state_name(enum tcp_state state)
{
    static const char *const names[] = {
        [TCP_CLOSED] = "CLOSED",           [TCP_LISTEN] = "LISTEN",
        [TCP_SYN_SENT] = "SYN-SENT",       [TCP_SYN_RECEIVED] = "SYN-RECEIVED",
        [TCP_ESTABLISHED] = "ESTABLISHED", [TCP_FIN_WAIT_1] = "FIN-WAIT-1",
        [TCP_FIN_WAIT_2] = "FIN-WAIT-2",   [TCP_CLOSE_WAIT] = "CLOSE-WAIT",
        [TCP_CLOSING] = "CLOSING",         [TCP_LAST_ACK] = "LAST-ACK",
        [TCP_TIME_WAIT] = "TIME-WAIT",
    };
    return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : "?";
}

/* The timer that is due first. */
static void info_timer(const struct tcp_conn *conn, struct tcp_info *out)
{
    const char *const names[TIMER_COUNT] = {[TIMER_RETRANSMIT] = "retransmit",
                                            [TIMER_PERSIST] = "persist",
                                            [TIMER_DELACK] = "delack",
                                            [TIMER_KEEPALIVE] = "keepalive",
                                            [TIMER_PACE] = "pace",
                                            [TIMER_END] =
                                                tcp_fin_under_way(conn) ? "linger" : "time-wait"};
    out->timer = "";
    out->timer_ns = UINT64_MAX;
    if (conn->state == TCP_TIME_WAIT) {
        out->timer = "time-wait";
        out->timer_ns = conn->time_wait.until_ns;
        return;
    }
    for (int i = 0; i < TIMER_SLOTS; i++) {
        if (conn->due[i] < out->timer_ns) {
            out->timer = names[conn->timers[i]];
            out->timer_ns = conn->due[i];
        }
    }
}

static void info_listener(const struct tcp_conn *conn, struct tcp_info *out)
{
    if (!conn->listener || tcp_awaits_accept(conn))
        return;
    out->backlog = (uint32_t)conn->listener->backlog;
    out->receive_queue = (uint32_t)conn->listener->ready_count;
}

void tcp_info(const struct tcp_conn *conn, struct tcp_info *out)
{
    static const char *const recoveries[] = {
        [TCP_OPEN] = "open", [TCP_RECOVERY] = "recovery", [TCP_AFTER_TIMEOUT] = "after-timeout"};
    bool synchronized = conn->state > TCP_SYN_SENT;
    *out = (struct tcp_info){
        .state = conn->state,
        .local = conn->local,
        .remote = conn->remote,
        .receive_queue = conn->receive.used,
        .send_queue = conn->send.used,
        .unacked_bytes = conn->state == TCP_CLOSED ? 0 : conn->snd_max - conn->snd_una,
        .snd_wnd = conn->snd_wnd,
        .rcv_wnd = synchronized ? tcp_window_offered(conn) : 0,
        .cwnd = conn->congestion.cwnd,
        .congestion = conn->congestion.ops->name,
        .ssthresh = conn->congestion.ssthresh,
        .mss = conn->mss,
        .rcv_mss = conn->rcv_mss,
        .advertised_mss = tcp_conn_mss_offer(conn, &conn->remote.address),
        .pacing_rate = tcp_pace_rate(conn),
        .rcv_space = conn->tune.space,
        .rcv_rtt_ns = (uint64_t)conn->tune.rtt_us * 1000,
        .send_buffer = conn->send.size,
        .receive_buffer = conn->receive.size,
        .timeouts = conn->retries,
        .probes = (uint32_t)conn->probes + conn->keep_probes,
        .heard_ns = conn->heard_ns,
        .lost_bytes = conn->sending->flight.lost,
        .sacked_bytes = conn->sending->flight.sacked,
        .recovery = recoveries[conn->recovery],
        .min_rtt_ns = (uint64_t)conn->path.min_rtt_us * 1000,
        .reordering = conn->path.reordered,
        .ecn = conn->ecn,
        .scales = conn->scales,
        .sack = conn->sack,
        .timestamps = conn->timestamps,
        .snd_scale = conn->snd_scale,
        .rcv_scale = conn->rcv_scale,
        .srtt_ns = tcp_rtt_smoothed_ns(&conn->rtt),
        .rttvar_ns = tcp_rtt_variation_ns(&conn->rtt),
        .rto_ns = tcp_rtt_timeout(&conn->rtt),
        .last_send_ns = conn->last_send_ns,
        .bytes_sent = conn->bytes_sent,
        .bytes_received = conn->bytes_received,
        .segments_sent = conn->segments_sent,
        .segments_received = conn->segments_received,
        .acks_received = conn->acks_received,
        .retransmissions = conn->retransmissions,
        .handshake_ns = (uint64_t)conn->handshake_us * 1000,
    };
    info_timer(conn, out);
    info_listener(conn, out);
}

void tcp_each(struct stack *stack, void (*each)(void *user, struct tcp_conn *conn), void *user)
{
    const struct tcp *tcp = stack->tcp;
    for (uint32_t i = 0; i < tcp->count; i++)
        each(user, tcp->conns[i]);
}
