/* How fast cwnd comes down in recovery: proportional rate reduction. RFC 6937.
 *
 * SPDX-License-Identifier: MIT
 *
 * What is sent in recovery follows what arrives, in the proportion of ssthresh to what was under way
 * when it began; where losses have taken more than that, slow start leads back up to ssthresh
 * (PRR-SSRB).
 */
#include "host/stack/tcp_loss.h"

void tcp_prr_start(struct tcp_conn *conn, uint32_t flight)
{
    conn->sending->prr = (struct tcp_prr){.flight = flight ? flight : 1};
}

static int64_t in_proportion(const struct tcp_prr *prr, uint32_t ssthresh)
{
    uint64_t due = ((uint64_t)prr->delivered * ssthresh + prr->flight - 1) / prr->flight;
    return (int64_t)due - prr->out;
}

static int64_t back_up(const struct tcp_prr *prr, uint32_t delivered, uint32_t missing,
                       uint32_t mss, bool safe)
{
    int64_t limit = (int64_t)prr->delivered - prr->out;
    if (safe)
        limit = (limit > delivered ? limit : delivered) + mss;
    return limit < missing ? limit : missing;
}

void tcp_prr_ack(struct tcp_conn *conn, uint32_t delivered, bool safe)
{
    struct tcp_prr *prr = &conn->sending->prr;
    uint32_t pipe = tcp_pipe(conn), ssthresh = conn->congestion.ssthresh;
    prr->delivered += delivered;
    int64_t may = pipe > ssthresh ? in_proportion(prr, ssthresh)
                                  : back_up(prr, delivered, ssthresh - pipe, conn->mss, safe);
    if (!prr->out && may < conn->mss)
        may = conn->mss; /* the first retransmission goes at once */
    conn->congestion.cwnd = pipe + (may > 0 ? (uint32_t)may : 0);
}
