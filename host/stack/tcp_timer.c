/* What happens when a timer expires. RFC 9293, 3.8.1 to 3.8.6; RFC 6298, 5.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "host/stack/tcp_loss.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_pace.h"
#include "host/stack/tcp_timer.h"

static uint32_t milliseconds(uint64_t ns)
{
    return (uint32_t)(ns / 1000000);
}

/* When the user's patience ends; UINT64_MAX: it is not limited. */
static uint64_t user_deadline(const struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t limit_ms = conn->settings.user_timeout_ms, past_ms = 0;
    if (!limit_ms)
        return UINT64_MAX;
    if (conn->retries || conn->probes)
        past_ms = milliseconds(now_ns) - conn->stalled_ms;
    return now_ns + (uint64_t)(past_ms < limit_ms ? limit_ms - past_ms : 0) * 1000000;
}

static void start_patiently(struct tcp_conn *conn, enum tcp_timer_kind kind, uint64_t timeout_ns,
                            uint64_t now_ns)
{
    uint64_t due_ns = now_ns + timeout_ns, deadline_ns = user_deadline(conn, now_ns);
    tcp_timer_start(conn, kind, due_ns < deadline_ns ? due_ns : deadline_ns);
}

void tcp_retransmit_timer_restart(struct tcp_conn *conn, uint64_t now_ns)
{
    conn->timer_for = TIMER_FOR_TIMEOUT;
    start_patiently(conn, TIMER_RETRANSMIT, tcp_rtt_timeout(&conn->rtt), now_ns);
}

void tcp_retransmit_timer_follow(struct tcp_conn *conn, uint64_t now_ns)
{
    uint64_t tail_ns = tcp_tail_timeout(conn), timeout_ns = tcp_rtt_timeout(&conn->rtt);
    if (tail_ns == UINT64_MAX) {
        tcp_retransmit_timer_restart(conn, now_ns);
        return;
    }
    conn->timer_for = TIMER_FOR_TAIL;
    start_patiently(conn, TIMER_RETRANSMIT, tail_ns < timeout_ns ? tail_ns : timeout_ns, now_ns);
}

void tcp_retransmit_timer_reorder(struct tcp_conn *conn, uint64_t wait_ns, uint64_t now_ns)
{
    conn->timer_for = TIMER_FOR_REORDERING;
    start_patiently(conn, TIMER_RETRANSMIT, wait_ns, now_ns);
}

/* Probes wait as long as retransmissions would: twice as long after each. */
static uint64_t persist_timeout(const struct tcp_conn *conn)
{
    struct tcp_rtt rtt = conn->rtt;
    rtt.backoff = 0;
    for (unsigned i = 0; i < conn->probes; i++)
        tcp_rtt_back_off(&rtt);
    return tcp_rtt_timeout(&rtt);
}

void tcp_persist_timer_start(struct tcp_conn *conn, uint64_t now_ns)
{
    start_patiently(conn, TIMER_PERSIST, persist_timeout(conn), now_ns);
}

/* Called before retries and probes count the expiry: the first of a row tells since when nothing has
 * moved. Returns whether the user's patience has ended. */
static bool stalled_too_long(struct tcp_conn *conn, uint64_t timeout_ns, uint64_t now_ns)
{
    uint32_t limit_ms = conn->settings.user_timeout_ms, now_ms = milliseconds(now_ns);
    uint32_t timeout_ms = milliseconds(timeout_ns);
    if (!conn->retries && !conn->probes)
        conn->stalled_ms = now_ms - (limit_ms && limit_ms < timeout_ms ? limit_ms : timeout_ms);
    return limit_ms && now_ms - conn->stalled_ms >= limit_ms;
}

/* What an ICMP error said earlier is a better reason than silence (RFC 9293, 3.9.2.2). */
static void give_up(struct tcp_conn *conn, uint64_t now_ns)
{
    tcp_tell(conn, now_ns, '-', "gives up after %u unanswered segments", conn->retries + 1u);
    tcp_conn_end(conn, conn->soft_error ? conn->soft_error : -ETIMEDOUT, now_ns);
}

static void syn_expired(struct tcp_conn *conn, double waited_ms, uint64_t now_ns)
{
    if (conn->retries >= TCP_SYN_RETRIES) {
        give_up(conn, now_ns);
        return;
    }
    conn->retries++;
    conn->syn_lost = true;
    conn->resend = true;
    tcp_rtt_back_off(&conn->rtt);
    tcp_retransmit_timer_restart(conn, now_ns);
    tcp_tell(conn, now_ns, '-',
             "timeout: no answer to the SYN within %.0f ms; again, next timeout %.0f ms", waited_ms,
             (double)tcp_rtt_timeout(&conn->rtt) / 1e6);
    tcp_output(conn, now_ns);
}

/* All that is under way counts as lost: start again at snd_una with one segment. */
static void data_expired(struct tcp_conn *conn, double waited_ms, uint64_t now_ns)
{
    if (conn->retries >= TCP_DATA_RETRIES) {
        give_up(conn, now_ns);
        return;
    }
    tcp_recovery_timed_out(conn, now_ns);
    conn->retries++;
    tcp_rtt_back_off(&conn->rtt);
    tcp_retransmit_timer_restart(conn, now_ns);
    tcp_tell(conn, now_ns, '-',
             "timeout: byte %u unacknowledged for %.0f ms; again, cwnd %u, next timeout %.0f ms",
             conn->snd_una - conn->iss, waited_ms, conn->congestion.cwnd,
             (double)tcp_rtt_timeout(&conn->rtt) / 1e6);
    tcp_output(conn, now_ns);
}

static void timeout_expired(struct tcp_conn *conn, uint64_t now_ns)
{
    uint64_t timeout_ns = tcp_rtt_timeout(&conn->rtt);
    double waited_ms = (double)timeout_ns / 1e6;
    conn->stack->counters.tcp_timeouts++;
    if (stalled_too_long(conn, timeout_ns, now_ns)) {
        give_up(conn, now_ns);
    } else if (conn->state < TCP_ESTABLISHED) {
        syn_expired(conn, waited_ms, now_ns);
    } else if (conn->snd_wnd == 0) { /* the window has closed behind what we sent */
        tcp_flight_lose(&conn->sending->flight, conn->snd_una, conn->snd_max);
        tcp_persist_timer_start(conn, now_ns);
    } else {
        data_expired(conn, waited_ms, now_ns);
    }
}

static void retransmit_expired(struct tcp_conn *conn, uint64_t now_ns)
{
    if (!tcp_all_has_left(conn)) /* the peer cannot have answered what waits for the bus */
        tcp_retransmit_timer_restart(conn, now_ns);
    else if (conn->timer_for == TIMER_FOR_REORDERING)
        tcp_recovery_reordering_over(conn, now_ns);
    else if (conn->timer_for == TIMER_FOR_TAIL)
        tcp_tail_expired(conn, now_ns);
    else
        timeout_expired(conn, now_ns);
}

/* A peer that answers may keep its window closed for ever (RFC 9293, 3.8.6.1), but not one whose
 * connection nobody owns. */
static void persist_expired(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t in_vain = conn->owned ? conn->retries : conn->probes;
    if (stalled_too_long(conn, persist_timeout(conn), now_ns) || in_vain >= TCP_DATA_RETRIES) {
        give_up(conn, now_ns);
        return;
    }
    conn->retries++;
    conn->probes++;
    tcp_tell(conn, now_ns, '-', "probes the peer's window of %u with what waits", conn->snd_wnd);
    tcp_persist_timer_start(conn, now_ns);
    tcp_probe(conn, now_ns);
}

static void end_expired(struct tcp_conn *conn, uint64_t now_ns)
{
    if (tcp_fin_under_way(conn)) { /* SO_LINGER's time is over */
        tcp_conn_reset(conn, 0, now_ns);
        return;
    }
    if (conn->state != TCP_CLOSED)
        tcp_conn_end(conn, 0, now_ns);
    else
        tcp_conn_over(conn, now_ns);
}

static void delayed_ack_expired(struct tcp_conn *conn, uint64_t now_ns)
{
    conn->ack_now = true;
    tcp_output(conn, now_ns);
}

static void timer_expired(struct tcp_conn *conn, enum tcp_timer_kind kind, uint64_t now_ns)
{
    static void (*const expired[TIMER_COUNT])(struct tcp_conn *, uint64_t) = {
        [TIMER_RETRANSMIT] = retransmit_expired, [TIMER_PERSIST] = persist_expired,
        [TIMER_DELACK] = delayed_ack_expired,    [TIMER_KEEPALIVE] = tcp_keepalive_expired,
        [TIMER_PACE] = tcp_pace_expired,         [TIMER_END] = end_expired,
    };
    tcp_timer_stop(conn, kind);
    expired[kind](conn, now_ns);
}

/* The kind of a connection's first timer. */
static enum tcp_timer_kind first_due(const struct tcp_conn *conn)
{
    uint64_t due_ns = tcp_first_due(conn);
    int slot = 0;
    while (conn->due[slot] != due_ns)
        slot++;
    return conn->timers[slot];
}

void tcp_poll(struct stack *stack, uint64_t now_ns)
{
    struct tcp *tcp = stack->tcp;
    tcp_time_wait_poll(tcp, now_ns);
    while (tcp->timed && tcp_first_due(tcp->conns[0]) <= now_ns)
        timer_expired(tcp->conns[0], first_due(tcp->conns[0]), now_ns);
    if (tcp->waiting)
        tcp_serve_waiting(tcp, now_ns);
    tcp_tell_owners(tcp);
}

uint64_t tcp_deadline(const struct stack *stack)
{
    const struct tcp *tcp = stack->tcp;
    if (tcp->events)
        return 0; /* tcp_accept has noted some */
    uint64_t timer_ns = tcp->timed ? tcp_first_due(tcp->conns[0]) : UINT64_MAX;
    return timer_ns < tcp_time_wait_due(tcp) ? timer_ns : tcp_time_wait_due(tcp);
}
