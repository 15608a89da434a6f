/* Was the timeout right? After it, the next two ACKs tell. RFC 5682, 3.1.
 *
 * SPDX-License-Identifier: MIT
 *
 * The timeout has sent the first segment again. If the next ACK moves on, new data goes out in place
 * of more of the old; if the one after it tells of data that was sent only once, and before the
 * timeout, it was only late: the timeout is taken back.
 */
#include "host/stack/tcp_loss.h"

void tcp_frto_start(struct tcp_conn *conn)
{
    conn->sending->frto = TCP_FRTO_FIRST_ACK;
}

static bool has_new_data(const struct tcp_conn *conn)
{
    uint32_t ahead = conn->snd_max - conn->snd_una;
    return conn->send.used > ahead && conn->snd_wnd > ahead;
}

/* Step 2. */
static void first_ack(struct tcp_conn *conn, const struct tcp_news *news)
{
    if (news->acked && has_new_data(conn))
        conn->sending->frto = TCP_FRTO_SECOND_ACK;
    else if (news->acked || news->duplicate || news->arrival.sacked)
        conn->sending->frto = TCP_FRTO_OFF;
}

/* Step 3. */
static bool second_ack(struct tcp_conn *conn, const struct tcp_news *news)
{
    if (news->arrival.once && seq_lt(news->arrival.once_start, conn->recover) &&
        conn->sending->undo) {
        tcp_undo(conn, "it was only late", news->now_ns);
        return true;
    }
    if (!news->acked && !news->duplicate && !news->arrival.sacked)
        return false;
    conn->sending->frto = TCP_FRTO_OFF; /* step 3a: the timeout was right */
    if (!news->acked)
        conn->congestion.cwnd = 3 * conn->mss;
    return false;
}

bool tcp_frto_ack(struct tcp_conn *conn, const struct tcp_news *news)
{
    if (conn->sending->frto == TCP_FRTO_FIRST_ACK)
        first_ack(conn, news);
    else if (conn->sending->frto == TCP_FRTO_SECOND_ACK)
        return second_ack(conn, news);
    return false;
}
