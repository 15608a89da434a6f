/* Round trip and timeout. See tcp_rtt.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_rtt.h"

enum { MAX_BACKOFF = 16 };

#define IN_UNITS(ns) ((uint32_t)((ns) / TCP_RTT_UNIT_NS))

void tcp_rtt_init(struct tcp_rtt *rtt)
{
    *rtt = (struct tcp_rtt){.timeout = IN_UNITS(TCP_RTO_INITIAL_NS)};
}

void tcp_rtt_syn_lost(struct tcp_rtt *rtt)
{
    *rtt = (struct tcp_rtt){.timeout = IN_UNITS(TCP_RTO_AFTER_SYN_LOSS_NS)};
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* RFC 6298, 2.2 and 2.3: alpha = 1/8, beta = 1/4, K = 4; alpha and beta divided by expected. */
void tcp_rtt_sample(struct tcp_rtt *rtt, uint64_t measured_ns, uint32_t expected)
{
    uint32_t measured = IN_UNITS(least(measured_ns, TCP_RTO_MAX_NS));
    if (!measured)
        measured = 1; /* 0 means that there was no sample */
    if (!rtt->smoothed) {
        rtt->smoothed = measured;
        rtt->variation = measured / 2;
    } else {
        uint32_t off =
            rtt->smoothed > measured ? rtt->smoothed - measured : measured - rtt->smoothed;
        uint64_t n = expected ? expected : 1;
        rtt->variation = (uint32_t)(((4 * n - 1) * rtt->variation + off) / (4 * n));
        rtt->smoothed = (uint32_t)(((8 * n - 1) * rtt->smoothed + measured) / (8 * n));
    }
    uint64_t margin = 4 * (uint64_t)rtt->variation, floor = IN_UNITS(TCP_RTO_MIN_NS);
    rtt->timeout = (uint32_t)least(rtt->smoothed + (margin > floor ? margin : floor),
                                   IN_UNITS(TCP_RTO_MAX_NS));
    rtt->backoff = 0;
}

void tcp_rtt_back_off(struct tcp_rtt *rtt)
{
    if (rtt->backoff < MAX_BACKOFF)
        rtt->backoff++;
}

uint64_t tcp_rtt_timeout(const struct tcp_rtt *rtt)
{
    return least(((uint64_t)rtt->timeout * TCP_RTT_UNIT_NS) << rtt->backoff, TCP_RTO_MAX_NS);
}
