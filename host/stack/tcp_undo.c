/* Losses that were none: what has told us so, and the way back. RFC 3522 (Eifel detection by
 * timestamps), RFC 3708 (by D-SACK), RFC 4015 (response).
 *
 * SPDX-License-Identifier: MIT
 *
 * A late segment looks lost; so does an ACK. When it turns out that everything was sent again in
 * vain, cwnd and ssthresh become again what they were. The memory for it comes with a recovery; no
 * memory, no way back.
 */
#include <stdlib.h>

#include "host/stack/tcp_loss.h"
#include "host/stack/tcp_output.h"

void tcp_undo_prepare(struct tcp_conn *conn)
{
    if (!conn->sending->undo)
        conn->sending->undo = malloc(sizeof *conn->sending->undo);
    if (conn->sending->undo)
        *conn->sending->undo = (struct tcp_undo){.before = conn->congestion, .una = conn->snd_una};
}

void tcp_undo_forget(struct tcp_conn *conn)
{
    if (!conn->sending->undo)
        return;
    free(conn->sending->undo);
    conn->sending->undo = NULL;
}

void tcp_undo_sent_again(struct tcp_conn *conn, uint32_t bytes, uint64_t now_ns)
{
    struct tcp_undo *undo = conn->sending->undo;
    if (!undo)
        return;
    if (!undo->sent_again)
        undo->timestamp = tcp_timestamp(conn, now_ns);
    undo->sent_again = true;
    undo->in_doubt += bytes;
}

void tcp_undo(struct tcp_conn *conn, const char *sign, uint64_t now_ns)
{
    struct tcp_congestion now = conn->congestion;
    conn->congestion = conn->sending->undo->before;
    conn->congestion.mss = now.mss;
    if (conn->congestion.cwnd < now.cwnd)
        conn->congestion.cwnd = now.cwnd;
    if (conn->congestion.ssthresh < now.ssthresh)
        conn->congestion.ssthresh = now.ssthresh;
    conn->recovery = TCP_OPEN;
    conn->sending->frto = TCP_FRTO_OFF;
    conn->resend = false;
    tcp_flight_unlose(&conn->sending->flight);
    tcp_undo_forget(conn);
    conn->stack->counters.tcp_spurious++;
    tcp_tell(conn, now_ns, '-', "nothing was lost, %s: cwnd %u again", sign, conn->congestion.cwnd);
}

/* What the ACK newly acknowledges was answered before anything was sent again. */
static bool eifel_detects(const struct tcp_conn *conn, const struct tcp_news *news)
{
    return conn->timestamps && news->acked && conn->recovery != TCP_OPEN &&
           conn->sending->undo->sent_again &&
           seq_lt(news->segment->options.ts_echo, conn->sending->undo->timestamp);
}

/* All that was sent again has come twice. */
static bool dsack_detects(struct tcp_conn *conn, const struct tcp_news *news)
{
    const struct tcp_range *twice = &news->segment->options.sacks[0];
    struct tcp_undo *undo = conn->sending->undo;
    if (!news->dsack || !undo->sent_again || seq_lt(twice->start, undo->una) ||
        seq_gt(twice->end, conn->snd_max))
        return false;
    uint32_t bytes = twice->end - twice->start;
    undo->in_doubt -= bytes < undo->in_doubt ? bytes : undo->in_doubt;
    return !undo->in_doubt;
}

/* A round trip after the recovery all signs must have come. */
static bool too_late(struct tcp_conn *conn)
{
    if (conn->recovery != TCP_OPEN)
        conn->sending->undo->until = conn->snd_max;
    return conn->recovery == TCP_OPEN && seq_gt(conn->snd_una, conn->sending->undo->until);
}

bool tcp_undo_try(struct tcp_conn *conn, const struct tcp_news *news)
{
    if (!conn->sending->undo)
        return false;
    if (too_late(conn)) {
        tcp_undo_forget(conn);
        return false;
    }
    bool eifel = eifel_detects(conn, news);
    if (!eifel && !dsack_detects(conn, news))
        return false;
    tcp_undo(conn, eifel ? "as the timestamp tells" : "it all came twice", news->now_ns);
    return true;
}
