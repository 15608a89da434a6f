/* Explicit congestion notification: routers mark instead of dropping. RFC 3168, 6.1.
 *
 * SPDX-License-Identifier: MIT
 *
 * The receiver of a mark (CE) sets ECE in all it sends until CWR tells that the sender has reduced
 * cwnd, which it does once in a round trip. New data carries ECT(0); what is sent again, probes and
 * ACKs without data do not.
 */
#include "host/stack/tcp_loss.h"
#include "host/stack/tcp_output.h"

enum { ECT_0 = 2, CE = 3, CODEPOINT = 3, BOTH = TCP_ECE | TCP_CWR };

/* A SYN that had to be repeated may have been dropped for its flags (6.1.1.1). */
uint8_t tcp_ecn_syn_flags(const struct tcp_conn *conn, uint8_t flags)
{
    if (flags & TCP_ACK)
        return conn->ecn ? TCP_ECE : 0;
    return conn->stack->config.tcp_ecn && !conn->syn_lost ? BOTH : 0;
}

void tcp_ecn_agree(struct tcp_conn *conn, const struct tcp_segment *syn)
{
    uint8_t flags = syn->flags & BOTH;
    if (syn->flags & TCP_ACK)
        conn->ecn = conn->stack->config.tcp_ecn && !conn->syn_lost && flags == TCP_ECE;
    else
        conn->ecn = flags == BOTH;
    conn->ecn_recover = conn->iss;
}

void tcp_ecn_received(struct tcp_conn *conn, const struct tcp_segment *segment)
{
    if (segment->flags & TCP_CWR)
        conn->ecn_echo = false;
    if (segment->ecn != CE || !segment->length)
        return;
    conn->stack->counters.tcp_in_ce++;
    conn->ecn_echo = true;
    conn->ack_now = true;
}

void tcp_ecn_ack(struct tcp_conn *conn, const struct tcp_news *news)
{
    if (!(news->segment->flags & TCP_ECE) || seq_leq(conn->snd_una, conn->ecn_recover))
        return;
    conn->ecn_recover = conn->snd_max;
    conn->ecn_cwr = true;
    conn->stack->counters.tcp_in_ece++;
    if (conn->recovery != TCP_OPEN)
        return; /* cwnd has fallen already in this round trip */
    conn->congestion.ops->lost(&conn->congestion, news->flight, news->now_ns);
    tcp_tell(conn, news->now_ns, '-', "the network is congested, as ECN tells: cwnd %u",
             conn->congestion.cwnd);
}

/* The board copies flags to every segment, but CWR belongs on one: it goes by itself. */
uint32_t tcp_ecn_most(const struct tcp_conn *conn, uint32_t len)
{
    return conn->ecn_cwr && len > conn->mss ? conn->mss : len;
}

uint8_t tcp_ecn_mark(struct tcp_conn *conn, struct tcp_segment *segment, bool again)
{
    if (!conn->ecn || segment->flags & (TCP_SYN | TCP_RST))
        return 0;
    if (conn->ecn_echo && segment->flags & TCP_ACK)
        segment->flags |= TCP_ECE;
    if (!segment->length || again || !conn->snd_wnd)
        return 0;
    if (conn->ecn_cwr)
        segment->flags |= TCP_CWR;
    return ECT_0;
}
