/* Round trip and timeout. See tcp_rtt.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_rtt.h"

enum { MAX_BACKOFF = 16 };

void tcp_rtt_init(struct tcp_rtt *rtt)
{
    *rtt = (struct tcp_rtt){.rto_ns = TCP_RTO_INITIAL_NS};
}

/* RFC 6298, 2.2 and 2.3: alpha = 1/8, beta = 1/4, K = 4; alpha and beta divided by expected. */
void tcp_rtt_sample(struct tcp_rtt *rtt, uint64_t measured_ns, uint32_t expected)
{
    if (!measured_ns)
        measured_ns = 1; /* srtt_ns of 0 means that there was no sample */
    if (!rtt->srtt_ns) {
        rtt->srtt_ns = measured_ns;
        rtt->rttvar_ns = measured_ns / 2;
    } else {
        uint64_t off =
            rtt->srtt_ns > measured_ns ? rtt->srtt_ns - measured_ns : measured_ns - rtt->srtt_ns;
        uint64_t n = expected ? expected : 1;
        rtt->rttvar_ns = ((4 * n - 1) * rtt->rttvar_ns + off) / (4 * n);
        rtt->srtt_ns = ((8 * n - 1) * rtt->srtt_ns + measured_ns) / (8 * n);
    }
    uint64_t margin_ns = 4 * rtt->rttvar_ns;
    rtt->rto_ns = rtt->srtt_ns + (margin_ns > TCP_RTO_MIN_NS ? margin_ns : TCP_RTO_MIN_NS);
    rtt->backoff = 0;
}

void tcp_rtt_back_off(struct tcp_rtt *rtt)
{
    if (rtt->backoff < MAX_BACKOFF)
        rtt->backoff++;
}

uint64_t tcp_rtt_timeout(const struct tcp_rtt *rtt)
{
    uint64_t timeout_ns = rtt->rto_ns < TCP_RTO_MAX_NS ? rtt->rto_ns : TCP_RTO_MAX_NS;
    timeout_ns <<= rtt->backoff;
    return timeout_ns < TCP_RTO_MAX_NS ? timeout_ns : TCP_RTO_MAX_NS;
}
