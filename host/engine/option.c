/* Socket options: what fe_setsockopt and fe_getsockopt ask for.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>

#include "host/engine/control.h"

/* Into a field of width bytes: -EINVAL for a number that it does not hold. */
static int within(int64_t value, int64_t least, int64_t most)
{
    return value >= least && value <= most ? 0 : -EINVAL;
}

/* As the kernel takes it: an unsigned number of 32 bits, of which the largest is no bound. */
static uint32_t pacing_take(int64_t value)
{
    return (uint32_t)value == UINT32_MAX ? 0 : (uint32_t)value;
}

static int64_t pacing_tell(uint32_t rate)
{
    return rate ? (int64_t)rate : -1;
}

static int setting_take(struct tcp_settings *settings, int option, int64_t value)
{
    switch (option) {
    case FE_OPTION_NODELAY: settings->nodelay = value != 0; return 0;
    case FE_OPTION_KEEPALIVE: settings->keepalive = value != 0; return 0;
    case FE_OPTION_MAXSEG:
        settings->max_segment = (uint16_t)value;
        return within(value, 0, UINT16_MAX);
    case FE_OPTION_USER_TIMEOUT:
        settings->user_timeout_ms = (uint32_t)value;
        return within(value, 0, INT32_MAX);
    case FE_OPTION_KEEPIDLE:
        settings->keep_idle_s = (uint16_t)value;
        return within(value, 1, UINT16_MAX);
    case FE_OPTION_KEEPINTVL:
        settings->keep_interval_s = (uint16_t)value;
        return within(value, 1, UINT16_MAX);
    case FE_OPTION_KEEPCNT:
        settings->keep_count = (uint8_t)value;
        return within(value, 1, UINT8_MAX);
    case FE_OPTION_PACING: settings->max_pacing_rate = pacing_take(value); return 0;
    case FE_OPTION_LINGER: settings->linger_s = (int32_t)value; return within(value, -1, INT32_MAX);
    default: return -ENOPROTOOPT;
    }
}

static int setting_tell(const struct tcp_settings *settings, int option, int64_t *value)
{
    switch (option) {
    case FE_OPTION_NODELAY: *value = settings->nodelay; return 0;
    case FE_OPTION_KEEPALIVE: *value = settings->keepalive; return 0;
    case FE_OPTION_USER_TIMEOUT: *value = settings->user_timeout_ms; return 0;
    case FE_OPTION_KEEPIDLE: *value = settings->keep_idle_s; return 0;
    case FE_OPTION_KEEPINTVL: *value = settings->keep_interval_s; return 0;
    case FE_OPTION_KEEPCNT: *value = settings->keep_count; return 0;
    case FE_OPTION_PACING: *value = pacing_tell(settings->max_pacing_rate); return 0;
    case FE_OPTION_LINGER: *value = settings->linger_s; return 0;
    default: return -ENOPROTOOPT;
    }
}

static int option_set_tcp(struct descriptor *d, const struct fe_request *request)
{
    struct tcp_settings settings = *tcp_settings(d->conn);
    int64_t value = request->value;
    int error;

    switch (request->option) {
    case FE_OPTION_CONGESTION: return tcp_set_congestion(d->conn, request->name);
    case FE_OPTION_SNDBUF: return value > 0 ? tcp_set_buffers(d->conn, (size_t)value, 0) : -EINVAL;
    case FE_OPTION_V6ONLY:
        settings.v6only = value != 0;
        error = d->family == FE_FAMILY_IPV6
                    ? tcp_settings_set(d->conn, &settings, d->engine->now_ns)
                    : -ENOPROTOOPT;
        d->v6only = error ? d->v6only : settings.v6only;
        return error;
    case FE_OPTION_RCVBUF: return value > 0 ? tcp_set_buffers(d->conn, 0, (size_t)value) : -EINVAL;
    default: break;
    }
    error = setting_take(&settings, request->option, value);
    return error ? error : tcp_settings_set(d->conn, &settings, d->engine->now_ns);
}

static int option_set_udp(struct descriptor *d, int option, int64_t value)
{
    bool v6 = d->family == FE_FAMILY_IPV6, unset = v6 && value == -1; /* RFC 3493, 5.1 */
    int error;

    if (v6 && option == FE_OPTION_V6ONLY) {
        error = d->icmp ? -ENOPROTOOPT : udp_set_v6only(d->udp, value != 0);
        d->v6only = error ? d->v6only : value != 0;
        return error;
    }
    if (option != (v6 ? FE_OPTION_HOPS : FE_OPTION_TTL))
        return -ENOPROTOOPT;
    if (!unset && within(value, 1, UINT8_MAX))
        return -EINVAL;
    udp_set_ttl(d->udp, unset ? 0 : (uint8_t)value);
    return 0;
}

int option_set(struct descriptor *d, const struct fe_request *request)
{
    if (d->conn)
        return option_set_tcp(d, request);
    return d->udp ? option_set_udp(d, request->option, request->value) : -ENOPROTOOPT;
}

/* The kernel's numbers of RFC 9293's states, which programs know from TCP_INFO. */
static uint32_t state_number(enum tcp_state state)
{
    static const uint8_t numbers[] = {
        [TCP_CLOSED] = 7,      [TCP_LISTEN] = 10,    [TCP_SYN_SENT] = 2,   [TCP_SYN_RECEIVED] = 3,
        [TCP_ESTABLISHED] = 1, [TCP_FIN_WAIT_1] = 4, [TCP_FIN_WAIT_2] = 5, [TCP_CLOSE_WAIT] = 8,
        [TCP_CLOSING] = 11,    [TCP_LAST_ACK] = 9,   [TCP_TIME_WAIT] = 6};
    return numbers[state];
}

static uint32_t since_ms(uint64_t then_ns, uint64_t now_ns)
{
    return then_ns ? (uint32_t)((now_ns - then_ns) / 1000000) : 0;
}

static struct fe_tcp_info info_of(const struct tcp_info *info, uint64_t now_ns)
{
    uint32_t mss = info->mss ? info->mss : 1;

    return (struct fe_tcp_info){
        .state = state_number(info->state),
        .retransmits = info->timeouts,
        .probes = info->probes,
        .backoff = info->timeouts,
        .rto = (uint32_t)(info->rto_ns / 1000),
        .rtt = (uint32_t)(info->srtt_ns / 1000),
        .rttvar = (uint32_t)(info->rttvar_ns / 1000),
        .snd_mss = info->mss,
        .rcv_mss = info->rcv_mss,
        .advmss = info->advertised_mss,
        .unacked = (info->unacked_bytes + mss - 1) / mss,
        .snd_cwnd = info->cwnd / mss,
        .snd_ssthresh = info->ssthresh / mss,
        .rcv_rtt = (uint32_t)(info->rcv_rtt_ns / 1000),
        .rcv_space = info->rcv_space,
        .total_retrans = (uint32_t)info->retransmissions,
        .last_data_sent_ms = since_ms(info->last_send_ns, now_ns),
        .last_ack_recv_ms = since_ms(info->heard_ns, now_ns),
    };
}

static int option_get_tcp(const struct descriptor *d, int option, struct fe_reply *reply)
{
    struct tcp_info info;

    tcp_info(d->conn, &info);
    switch (option) {
    case FE_OPTION_CONGESTION:
        snprintf(reply->text, sizeof reply->text, "%s", info.congestion);
        return 0;
    case FE_OPTION_SNDBUF: reply->value = info.send_buffer; return 0;
    case FE_OPTION_RCVBUF: reply->value = info.receive_buffer; return 0;
    case FE_OPTION_MAXSEG: reply->value = info.mss; return 0;
    case FE_OPTION_LISTENING: reply->value = info.state == TCP_LISTEN; return 0;
    case FE_OPTION_INFO: reply->tcp = info_of(&info, d->engine->now_ns); return 0;
    default: return setting_tell(tcp_settings(d->conn), option, &reply->value);
    }
}

int option_get(const struct descriptor *d, const struct fe_request *request, struct fe_reply *reply)
{
    if (request->option == FE_OPTION_V6ONLY) {
        reply->value = d->v6only;
        return d->family == FE_FAMILY_IPV6 ? 0 : -ENOPROTOOPT;
    }
    if (d->conn)
        return option_get_tcp(d, request->option, reply);
    if (request->option != FE_OPTION_LISTENING)
        return -ENOPROTOOPT;
    reply->value = 0;
    return 0;
}
