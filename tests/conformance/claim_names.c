/* The names of struct tcp_info that claims may use, filled from our own. See claim.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/claim.h"

#include <string.h>

#include "host/stack/tcp.h"

enum { NO_THRESHOLD = 0x7fffffff };

/* Linux' numbers of the states, by ours. */
static const int64_t linux_states[] = {
    [TCP_CLOSED] = 7,      [TCP_LISTEN] = 10,    [TCP_SYN_SENT] = 2,   [TCP_SYN_RECEIVED] = 3,
    [TCP_ESTABLISHED] = 1, [TCP_FIN_WAIT_1] = 4, [TCP_FIN_WAIT_2] = 5, [TCP_CLOSE_WAIT] = 8,
    [TCP_CLOSING] = 11,    [TCP_LAST_ACK] = 9,   [TCP_TIME_WAIT] = 6,
};

struct search {
    const struct flow *flow;
    struct tcp_info info;
    bool found;
};

static void look_at(void *user, struct tcp_conn *conn)
{
    struct search *search = user;
    struct tcp_info info;
    tcp_info(conn, &info);
    if (search->found || info.remote.port != search->flow->remote_port ||
        (search->flow->local_port && info.local.port != search->flow->local_port))
        return;
    search->info = info;
    search->found = true;
}

static int64_t segments(uint32_t bytes, uint32_t mss)
{
    return bytes == UINT32_MAX ? NO_THRESHOLD : (int64_t)(bytes / (mss ? mss : 1));
}

static int64_t options(const struct tcp_info *info)
{
    return (info->timestamps ? 1 : 0) | (info->sack ? 2 : 0) | (info->scales ? 4 : 0);
}

bool claim_name(struct host *host, const struct flow *flow, const char *name, size_t length,
                int64_t *number)
{
    struct search search = {.flow = flow};
    if (name_find(name, length, number))
        return true;
    if (flow)
        tcp_each(host->stack, look_at, &search);
    const struct tcp_info *info = &search.info;
    const struct {
        const char *name;
        int64_t number;
    } known[] = {
        {"tcpi_state", linux_states[info->state]},
        {"tcpi_retransmits", info->timeouts},
        {"tcpi_probes", info->probes},
        {"tcpi_options", options(info)},
        {"tcpi_snd_wscale", info->snd_scale},
        {"tcpi_rcv_wscale", info->rcv_scale},
        {"tcpi_rto", (int64_t)(info->rto_ns / 1000)},
        {"tcpi_rtt", (int64_t)(info->srtt_ns / 1000)},
        {"tcpi_rttvar", (int64_t)(info->rttvar_ns / 1000)},
        {"tcpi_snd_mss", info->mss},
        {"tcpi_rcv_mss", info->rcv_mss},
        {"tcpi_advmss", info->advertised_mss},
        {"tcpi_unacked", (info->unacked_bytes + info->mss - 1) / (info->mss ? info->mss : 1)},
        {"tcpi_snd_cwnd", segments(info->cwnd, info->mss)},
        {"tcpi_snd_ssthresh", segments(info->ssthresh, info->mss)},
        {"tcpi_total_retrans", (int64_t)info->retransmissions},
        {"tcpi_segs_out", (int64_t)info->segments_sent},
        {"tcpi_segs_in", (int64_t)info->segments_received},
        {"tcpi_bytes_received", (int64_t)info->bytes_received},
        {"tcpi_bytes_sent", (int64_t)info->bytes_sent},
        {"tcpi_snd_wnd", info->snd_wnd},
        {"tcpi_rcv_wnd", info->rcv_wnd},
        {"cwnd_bytes", info->cwnd},
        {"ssthresh_bytes", info->ssthresh},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == length && !memcmp(known[i].name, name, length)) {
            *number = known[i].number;
            return true;
        }
    return false;
}
