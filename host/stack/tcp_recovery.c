/* Loss recovery without SACK: fast retransmit, fast recovery. RFC 5681, 3.2; RFC 6582 (NewReno).
 *
 * SPDX-License-Identifier: MIT
 *
 * How far cwnd falls is congestion control's; here cwnd is only lent out in recovery, a segment for
 * each duplicate ACK, since that one has left the network.
 */
#include "host/stack/tcp_conn.h"

static void recovery_enter(struct tcp_conn *conn, uint64_t now_ns)
{
    struct tcp_congestion *congestion = &conn->congestion;
    uint32_t flight = conn->snd_max - conn->snd_una;
    conn->in_recovery = true;
    conn->partial_seen = false;
    conn->recover = conn->snd_max;
    congestion->ops->lost(congestion, flight, now_ns);
    tcp_tell(conn, now_ns, '-',
             "byte %u lost: 3 duplicate ACKs; again, cwnd %u, recovers up to byte %u",
             conn->snd_una - conn->iss, congestion->cwnd, conn->recover - conn->iss - 1);
    congestion->cwnd += TCP_DUPLICATE_ACKS * conn->mss;
    conn->stack->counters.tcp_fast_retrans++;
    conn->resend = true;
    tcp_retransmit_timer_restart(conn, now_ns);
}

/* RFC 6582, 3.2, step 2: duplicates of what a former recovery or a timeout sent again must not
 * start another one. */
void tcp_recovery_duplicate_ack(struct tcp_conn *conn, uint64_t now_ns)
{
    conn->stack->counters.tcp_duplicate_acks++;
    if (conn->duplicate_acks < UINT16_MAX)
        conn->duplicate_acks++;
    if (conn->in_recovery)
        conn->congestion.cwnd += conn->mss;
    else if (conn->duplicate_acks == TCP_DUPLICATE_ACKS && seq_gt(conn->snd_una, conn->recover))
        recovery_enter(conn, now_ns);
}

/* The next hole shows itself: fill it, take back what was lent for the acknowledged bytes (RFC
 * 6582, 3.2, step 3). */
static void recovery_partial(struct tcp_conn *conn, uint32_t acked, uint64_t now_ns)
{
    struct tcp_congestion *congestion = &conn->congestion;
    congestion->cwnd -= acked < congestion->cwnd ? acked : congestion->cwnd;
    if (acked >= conn->mss || congestion->cwnd < conn->mss)
        congestion->cwnd += conn->mss;
    conn->resend = true;
    if (!conn->partial_seen)
        tcp_retransmit_timer_restart(conn, now_ns);
    conn->partial_seen = true;
    tcp_tell(conn, now_ns, '-', "byte %u lost too: a partial ACK; again",
             conn->snd_una - conn->iss);
}

static void recovery_leave(struct tcp_conn *conn, uint64_t now_ns)
{
    struct tcp_congestion *congestion = &conn->congestion;
    uint32_t flight = conn->snd_max - conn->snd_una;
    uint32_t gentle = (flight > conn->mss ? flight : conn->mss) + conn->mss;
    conn->in_recovery = false;
    if (flight)
        tcp_retransmit_timer_restart(conn, now_ns);
    congestion->cwnd = congestion->ssthresh < gentle ? congestion->ssthresh : gentle;
    tcp_tell(conn, now_ns, '-', "recovered: cwnd %u", congestion->cwnd);
}

void tcp_recovery_new_ack(struct tcp_conn *conn, const struct tcp_congestion_ack *ack)
{
    struct tcp_congestion *congestion = &conn->congestion;
    conn->duplicate_acks = 0;
    if (congestion->ops->measured)
        congestion->ops->measured(congestion, ack);
    if (!conn->in_recovery)
        congestion->ops->acked(congestion, ack);
    else if (seq_lt(conn->snd_una, conn->recover))
        recovery_partial(conn, ack->acked, ack->now_ns);
    else
        recovery_leave(conn, ack->now_ns);
}

void tcp_recovery_timed_out(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t flight = conn->snd_max - conn->snd_una;
    conn->congestion.ops->timed_out(&conn->congestion, flight, conn->retries > 0, now_ns);
    conn->in_recovery = false;
    conn->duplicate_acks = 0;
    conn->recover = conn->snd_max;
}
