/* The states that losses lead through, and what each ACK does to them. RFC 5681, 3.2; RFC 8985, 6;
 * RFC 6675; RFC 6582 (NewReno) for peers without SACK; RFC 6298, 5.
 *
 * SPDX-License-Identifier: MIT
 *
 * How far cwnd falls is congestion control's. With SACK, PRR leads it there. Without, cwnd is lent
 * out in recovery, a segment for each duplicate ACK, since that one has left the network.
 */
#include "host/stack/tcp_loss.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_timer.h"

enum { MIN_REORDER_NS = 1000000 }; /* a timer finer than 1 ms is not worth its noise */

/* ---- what is lost ---- */

/* RFC 8985, 6.2, step 4, and RFC 6675: three segments behind a hole leave no doubt. */
static bool loss_certain(const struct tcp_conn *conn)
{
    return conn->recovery != TCP_OPEN ||
           conn->sending->flight.sacked > (TCP_DUPLICATE_ACKS - 1) * conn->mss;
}

static uint32_t echo_age_us(const struct tcp_conn *conn, const struct tcp_news *news)
{
    if (!conn->timestamps)
        return 0;
    uint64_t age_ns = tcp_timestamp_age_ns(conn, news->segment->options.ts_echo, news->now_ns);
    return (uint32_t)(age_ns / 1000);
}

/* Returns after how many us more may be lost, 0: none. */
static uint32_t detect(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t window_us = tcp_rack_window(&conn->path, loss_certain(conn),
                                         (uint32_t)(tcp_rtt_smoothed_ns(&conn->rtt) / 1000));
    return tcp_rack_detect(&conn->sending->rack, &conn->sending->flight, window_us, tcp_us(now_ns));
}

/* Without SACK the third duplicate ACK names the first segment. RFC 6582, 3.2, step 2: duplicates of
 * what a former recovery or a timeout sent again must not start another one. */
static void count_duplicates(struct tcp_conn *conn)
{
    if (conn->recovery == TCP_OPEN && conn->sending->duplicate_acks == TCP_DUPLICATE_ACKS &&
        seq_gt(conn->snd_una, conn->recover))
        tcp_flight_lose(&conn->sending->flight, conn->snd_una, conn->snd_una + conn->mss);
}

static uint32_t losses_find(struct tcp_conn *conn, const struct tcp_news *news)
{
    if (!conn->sack) {
        count_duplicates(conn);
        return 0;
    }
    tcp_rack_arrived(&conn->sending->rack, &conn->path, &news->arrival, echo_age_us(conn, news),
                     tcp_us(news->now_ns));
    if (news->dsack)
        tcp_rack_sent_in_vain(&conn->sending->rack, &conn->path, conn->snd_una, conn->snd_max);
    if (!conn->sending->flight.sacked && conn->recovery == TCP_OPEN)
        return 0; /* all that has arrived was sent before all that has not */
    return detect(conn, news->now_ns);
}

/* ---- recovery ---- */

/* RFC 5681, 3.2, step 2: what limited transmit has sent beyond cwnd does not count. */
static uint32_t flight_in_window(const struct tcp_conn *conn)
{
    uint32_t flight = conn->snd_max - conn->snd_una;
    return flight < conn->congestion.cwnd ? flight : conn->congestion.cwnd;
}

static void recovery_enter(struct tcp_conn *conn, uint64_t now_ns)
{
    struct tcp_congestion *congestion = &conn->congestion;
    uint32_t flight = flight_in_window(conn), start = conn->snd_una, end;
    tcp_undo_prepare(conn);
    conn->recovery = TCP_RECOVERY;
    conn->sending->partial_seen = false;
    conn->recover = conn->snd_max;
    congestion->ops->lost(congestion, flight, now_ns);
    tcp_flight_first_lost(&conn->sending->flight, &start, &end);
    tcp_tell(conn, now_ns, '-', "byte %u lost: %s; again, cwnd %u, recovers up to byte %u",
             start - conn->iss, conn->sack ? "later ones have arrived" : "3 duplicate ACKs",
             congestion->cwnd, conn->recover - conn->iss - 1);
    if (conn->sack)
        tcp_prr_start(conn, flight);
    else
        congestion->cwnd += TCP_DUPLICATE_ACKS * conn->mss;
    conn->stack->counters.tcp_fast_retrans++;
    conn->resend = true;
    tcp_retransmit_timer_restart(conn, now_ns);
}

static void recovery_leave(struct tcp_conn *conn, uint64_t now_ns)
{
    struct tcp_congestion *congestion = &conn->congestion;
    uint32_t flight = conn->snd_max - conn->snd_una;
    uint32_t gentle = (flight > conn->mss ? flight : conn->mss) + conn->mss;
    bool lent = !conn->sack && congestion->ssthresh > gentle;
    conn->recovery = TCP_OPEN;
    conn->resend = false;
    congestion->cwnd = lent ? gentle : congestion->ssthresh;
    tcp_rack_recovered(&conn->path);
    tcp_tell(conn, now_ns, '-', "recovered: cwnd %u", congestion->cwnd);
}

/* The next hole shows itself: fill it, take back what was lent for the acknowledged bytes (RFC
 * 6582, 3.2, step 3). */
static void newreno_partial(struct tcp_conn *conn, uint32_t acked, uint64_t now_ns)
{
    struct tcp_congestion *congestion = &conn->congestion;
    congestion->cwnd -= acked < congestion->cwnd ? acked : congestion->cwnd;
    if (acked >= conn->mss || congestion->cwnd < conn->mss)
        congestion->cwnd += conn->mss;
    tcp_flight_lose(&conn->sending->flight, conn->snd_una, conn->snd_una + conn->mss);
    conn->resend = true;
    if (!conn->sending->partial_seen)
        tcp_retransmit_timer_restart(conn, now_ns);
    conn->sending->partial_seen = true;
    tcp_tell(conn, now_ns, '-', "byte %u lost too: a partial ACK; again",
             conn->snd_una - conn->iss);
}

static void recovery_goes_on(struct tcp_conn *conn, const struct tcp_news *news, bool more_lost)
{
    if (news->acked && seq_geq(conn->snd_una, conn->recover))
        recovery_leave(conn, news->now_ns);
    else if (conn->sack && news->arrival.bytes)
        tcp_prr_ack(conn, news->arrival.bytes, news->acked && !more_lost);
    else if (!conn->sack && news->acked)
        newreno_partial(conn, news->acked, news->now_ns);
    else if (!conn->sack && news->duplicate)
        conn->congestion.cwnd += conn->mss;
}

/* ---- after a timeout ---- */

void tcp_recovery_timed_out(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t flight = conn->snd_max - conn->snd_una;
    bool again = conn->retries > 0;
    if (conn->recovery == TCP_OPEN)
        tcp_undo_prepare(conn);
    else if (!again)
        tcp_undo_forget(conn); /* of a recovery that has failed */
    conn->congestion.ops->timed_out(&conn->congestion, flight, again, now_ns);
    if (conn->sending->flight.sacked &&
        tcp_flight_at(&conn->sending->flight, 0)->marks & SENT_SACKED)
        tcp_flight_unsack(&conn->sending->flight); /* the peer has taken it back (RFC 2018, 8) */
    tcp_flight_lose(&conn->sending->flight, conn->snd_una, conn->snd_max);
    conn->sending->frto = TCP_FRTO_OFF;
    if (conn->recovery == TCP_OPEN)
        tcp_frto_start(conn);
    conn->recovery = TCP_AFTER_TIMEOUT;
    conn->sending->tail.probing = conn->resend = false;
    conn->sending->duplicate_acks = 0;
    conn->recover = conn->snd_max;
}

static void after_timeout(struct tcp_conn *conn, const struct tcp_news *news,
                          const struct tcp_congestion_ack *ack)
{
    if (tcp_frto_ack(conn, news))
        return;
    if (!news->acked)
        return;
    conn->congestion.ops->acked(&conn->congestion, ack);
    if (seq_geq(conn->snd_una, conn->recover)) {
        conn->recovery = TCP_OPEN;
        conn->sending->frto =
            TCP_FRTO_OFF; /* no ACK can tell any more, and losses are to be sent again */
    }
}

/* ---- each ACK ---- */

static void congestion_learns(struct tcp_conn *conn, const struct tcp_news *news,
                              struct tcp_congestion_ack *out)
{
    *out = (struct tcp_congestion_ack){
        .acked = news->acked,
        .flight = news->flight,
        .una = conn->snd_una,
        .next = conn->snd_max,
        .rtt_ns = news->rtt_ns,
        .srtt_ns = tcp_rtt_smoothed_ns(&conn->rtt),
        .now_ns = news->now_ns,
    };
    if (conn->congestion.ops->measured)
        conn->congestion.ops->measured(&conn->congestion, out);
}

/* The tail's probe has repaired a loss that nothing else has told of. */
static void tail_was_lost(struct tcp_conn *conn, uint64_t now_ns)
{
    conn->congestion.ops->lost(&conn->congestion, conn->snd_max - conn->snd_una, now_ns);
    tcp_tell(conn, now_ns, '-', "the last segment had been lost: cwnd %u", conn->congestion.cwnd);
}

static void state_moves(struct tcp_conn *conn, const struct tcp_news *news, bool more_lost)
{
    struct tcp_congestion_ack ack;
    if (news->acked)
        congestion_learns(conn, news, &ack);
    if (conn->recovery == TCP_AFTER_TIMEOUT) {
        after_timeout(conn, news, &ack);
    } else if (conn->recovery == TCP_OPEN && !more_lost) {
        if (news->acked)
            conn->congestion.ops->acked(&conn->congestion, &ack);
    } else if (conn->recovery == TCP_OPEN) {
        recovery_enter(conn, news->now_ns);
        if (conn->sack)
            tcp_prr_ack(conn, news->arrival.bytes, false);
    } else {
        recovery_goes_on(conn, news, more_lost);
    }
}

/* RFC 6298, 5.2 and 5.3; RFC 8985, 6.3 and 7.2. NewReno's timer runs through a recovery from its
 * first partial ACK on (RFC 6582, 4). */
static void timer_follows(struct tcp_conn *conn, const struct tcp_news *news, uint32_t reorder_us)
{
    bool newreno = !conn->sack && conn->recovery == TCP_RECOVERY;
    if (conn->snd_una == conn->snd_max)
        tcp_timer_stop(conn, TIMER_RETRANSMIT);
    else if (reorder_us)
        tcp_retransmit_timer_reorder(conn, (uint64_t)reorder_us * 1000 + MIN_REORDER_NS,
                                     news->now_ns);
    else if ((news->acked && !newreno) || conn->timer_for == TIMER_FOR_REORDERING ||
             (conn->timer_for == TIMER_FOR_TAIL && conn->sending->flight.sacked))
        tcp_retransmit_timer_follow(conn, news->now_ns);
}

/* Nearly every ACK: more is acknowledged, and nothing hints at a loss. */
static bool is_quiet(const struct tcp_conn *conn, const struct tcp_news *news)
{
    return news->acked && !(conn->ecn && news->segment->flags & TCP_ECE) &&
           conn->recovery == TCP_OPEN && !conn->sending->undo && !news->dsack &&
           !(conn->sending->flight.sacked | conn->sending->flight.lost) &&
           !conn->sending->tail.probing && conn->timer_for != TIMER_FOR_REORDERING;
}

/* What snd_una has passed stays close behind it: sequence numbers go round, and what was far behind would lie ahead. */
static void passed_follows(const struct tcp_conn *conn, uint32_t *passed)
{
    if (seq_gt(conn->snd_una, *passed))
        *passed = conn->snd_una - 1;
}

static void quiet_ack(struct tcp_conn *conn, const struct tcp_news *news)
{
    struct tcp_congestion_ack ack;
    conn->sending->duplicate_acks = 0;
    if (conn->sack)
        tcp_rack_arrived(&conn->sending->rack, &conn->path, &news->arrival, 0,
                         tcp_us(news->now_ns));
    else
        passed_follows(conn, &conn->recover);
    if (conn->ecn)
        passed_follows(conn, &conn->ecn_recover);
    congestion_learns(conn, news, &ack);
    conn->congestion.ops->acked(&conn->congestion, &ack);
    if (conn->snd_una == conn->snd_max)
        tcp_timer_stop(conn, TIMER_RETRANSMIT);
    else
        tcp_retransmit_timer_follow(conn, news->now_ns);
}

void tcp_recovery_ack(struct tcp_conn *conn, const struct tcp_news *news)
{
    uint32_t lost = conn->sending->flight.lost;
    if (is_quiet(conn, news)) {
        quiet_ack(conn, news);
        return;
    }
    if (news->acked)
        conn->sending->duplicate_acks = 0;
    else if (news->duplicate)
        conn->sending->duplicate_acks += conn->sending->duplicate_acks < UINT16_MAX;
    conn->stack->counters.tcp_duplicate_acks += news->duplicate;
    if (conn->ecn)
        tcp_ecn_ack(conn, news);
    if (tcp_tail_ack(conn, news) && conn->recovery == TCP_OPEN)
        tail_was_lost(conn, news->now_ns);
    bool undone = tcp_undo_try(conn, news);
    uint32_t reorder_us = losses_find(conn, news);
    if (!undone || news->acked)
        state_moves(conn, news, conn->sending->flight.lost > lost);
    timer_follows(conn, news, reorder_us);
}

void tcp_recovery_reordering_over(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t lost = conn->sending->flight.lost;
    uint32_t reorder_us = detect(conn, now_ns);
    tcp_retransmit_timer_restart(conn, now_ns);
    if (conn->sending->flight.lost > lost && conn->recovery == TCP_OPEN) {
        recovery_enter(conn, now_ns);
        tcp_prr_ack(conn, 0, false);
    } else if (reorder_us) {
        tcp_retransmit_timer_reorder(conn, (uint64_t)reorder_us * 1000 + MIN_REORDER_NS, now_ns);
    }
    tcp_output(conn, now_ns);
}
