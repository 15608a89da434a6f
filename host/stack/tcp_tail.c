/* A lost tail makes no ACK: one segment asks for it before the timeout does. RFC 8985, 7 (TLP).
 *
 * SPDX-License-Identifier: MIT
 *
 * The ACK that the probe brings shows a hole to RACK, where there is one. If the probe itself was
 * what had been lost, nothing else tells, and cwnd is reduced when it is acknowledged.
 */
#include "host/stack/tcp_loss.h"
#include "host/stack/tcp_timer.h"

#define MAX_ACK_DELAY_NS UINT64_C(200000000) /* of the peer, for a single segment */
#define UNKNOWN_NS       UINT64_C(1000000000)

/* Only where RACK can use the answer, and nothing tells of a loss already. */
uint64_t tcp_tail_timeout(const struct tcp_conn *conn)
{
    const struct tcp_rtt *rtt = &conn->rtt;
    if (!conn->sack || conn->recovery != TCP_OPEN || conn->sending->flight.sacked ||
        conn->sending->flight.lost || conn->sending->tail.probing || conn->retries ||
        !conn->sending->flight.count)
        return UINT64_MAX;
    if (!rtt->smoothed)
        return UNKNOWN_NS;
    bool single = conn->snd_max - conn->snd_una <= conn->mss;
    return 2 * tcp_rtt_smoothed_ns(rtt) + (single ? MAX_ACK_DELAY_NS : 0);
}

/* New data if there is some and the peer takes it, else the last segment once more (7.3). */
static int probe_send(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t ahead = conn->snd_max - conn->snd_una, used = conn->send.used;
    uint32_t room = conn->snd_wnd > ahead ? conn->snd_wnd - ahead : 0;
    uint32_t unsent = used > ahead ? used - ahead : 0;
    uint32_t len = unsent < room ? unsent : room;
    conn->sending->tail.again = !len;
    if (len)
        return tcp_send_range(conn, conn->snd_max, len < conn->mss ? len : conn->mss, false,
                              now_ns);
    bool fin = ahead > used;
    uint32_t data = ahead - fin;
    len = data < conn->mss ? data : conn->mss;
    return tcp_send_range(conn, conn->snd_max - fin - len, len, fin, now_ns);
}

void tcp_tail_expired(struct tcp_conn *conn, uint64_t now_ns)
{
    tcp_tell(conn, now_ns, '-', "asks for an ACK: none of %u bytes for %.3f ms",
             conn->snd_max - conn->snd_una, (double)tcp_tail_timeout(conn) / 1e6);
    if (probe_send(conn, now_ns) == 0) {
        conn->stack->counters.tcp_loss_probes++;
        conn->sending->tail.probing = true;
        conn->sending->tail.end = conn->snd_max;
    }
    tcp_retransmit_timer_restart(conn, now_ns);
}

/* 7.4.2: the probe was acknowledged. If it repeated what was under way, it must have been missing,
 * unless the peer says that it came twice. */
bool tcp_tail_ack(struct tcp_conn *conn, const struct tcp_news *news)
{
    const struct tcp_range *twice = &news->segment->options.sacks[0];
    if (!conn->sending->tail.probing || seq_lt(news->segment->ack, conn->sending->tail.end))
        return false;
    if (!conn->sending->tail.again || (news->dsack && twice->end == conn->sending->tail.end) ||
        (!news->acked && news->duplicate)) {
        conn->sending->tail.probing = false;
        return false;
    }
    if (seq_leq(news->segment->ack, conn->sending->tail.end))
        return false; /* of the first copy or of the second? */
    conn->sending->tail.probing = false;
    return true;
}
