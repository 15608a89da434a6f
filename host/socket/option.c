/* Socket options: from the system's names and types to the engine's.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host/socket/call.h"
#include "host/socket/ferrite.h"

enum kind { KIND_INT, KIND_LINGER, KIND_TEXT, KIND_INFO };

struct known {
    int level, name;
    int32_t option; /* enum fe_option */
    enum kind kind;
    bool set, get;
};

static const struct known table[] = {
    {IPPROTO_TCP, TCP_NODELAY, FE_OPTION_NODELAY, KIND_INT, true, true},
    {IPPROTO_TCP, TCP_MAXSEG, FE_OPTION_MAXSEG, KIND_INT, true, true},
    {IPPROTO_TCP, TCP_CONGESTION, FE_OPTION_CONGESTION, KIND_TEXT, true, true},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, FE_OPTION_USER_TIMEOUT, KIND_INT, true, true},
    {IPPROTO_TCP, TCP_KEEPIDLE, FE_OPTION_KEEPIDLE, KIND_INT, true, true},
    {IPPROTO_TCP, TCP_KEEPINTVL, FE_OPTION_KEEPINTVL, KIND_INT, true, true},
    {IPPROTO_TCP, TCP_KEEPCNT, FE_OPTION_KEEPCNT, KIND_INT, true, true},
    {IPPROTO_TCP, TCP_INFO, FE_OPTION_INFO, KIND_INFO, false, true},
    {SOL_SOCKET, SO_KEEPALIVE, FE_OPTION_KEEPALIVE, KIND_INT, true, true},
    {SOL_SOCKET, SO_LINGER, FE_OPTION_LINGER, KIND_LINGER, true, true},
    {SOL_SOCKET, SO_SNDBUF, FE_OPTION_SNDBUF, KIND_INT, true, true},
    {SOL_SOCKET, SO_RCVBUF, FE_OPTION_RCVBUF, KIND_INT, true, true},
    {SOL_SOCKET, SO_MAX_PACING_RATE, FE_OPTION_PACING, KIND_INT, true, true},
    {SOL_SOCKET, SO_ACCEPTCONN, FE_OPTION_LISTENING, KIND_INT, false, true},
    {IPPROTO_IP, IP_TTL, FE_OPTION_TTL, KIND_INT, true, false},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, FE_OPTION_HOPS, KIND_INT, true, false},
    {IPPROTO_IPV6, IPV6_V6ONLY, FE_OPTION_V6ONLY, KIND_INT, true, true},
};

static const struct known *known_find(int level, int name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].level == level && table[i].name == name)
            return &table[i];
    return NULL;
}

/* The value as the request carries it, or -EINVAL. */
static int value_take(const struct known *known, const void *value, socklen_t length,
                      struct fe_request *request)
{
    struct linger linger;
    int number;

    if (known->kind == KIND_TEXT) {
        if (length >= sizeof request->name)
            return -EINVAL;
        memcpy(request->name, value, length);
        request->name[length] = 0;
        return 0;
    }
    if (length < (known->kind == KIND_LINGER ? sizeof linger : sizeof number))
        return -EINVAL;
    if (known->kind == KIND_LINGER) {
        memcpy(&linger, value, sizeof linger);
        request->value = linger.l_onoff ? linger.l_linger : -1;
        return linger.l_onoff && linger.l_linger < 0 ? -EINVAL : 0;
    }
    memcpy(&number, value, sizeof number);
    request->value = number;
    return 0;
}

/* Urgent data is delivered in line (RFC 6093); nothing else is to be had. */
static int oobinline_set(const void *value, socklen_t length)
{
    int on;

    if (!value || length < sizeof on)
        return -EINVAL;
    memcpy(&on, value, sizeof on);
    return on ? 0 : -EOPNOTSUPP;
}

int fe_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    struct fe_request request = {.operation = FE_OP_OPTION_SET};
    const struct known *known = known_find(level, option);
    struct fe_reply reply;
    int error;

    if (level == SOL_SOCKET && option == SO_REUSEADDR)
        return value && length >= sizeof(int) ? 0 : -EINVAL;
    if (level == SOL_SOCKET && option == SO_OOBINLINE)
        return oobinline_set(value, length);
    if (!known || !known->set)
        return -ENOPROTOOPT;
    error = value ? value_take(known, value, length, &request) : -EINVAL;
    request.option = known->option;
    return error ? error : call_engine(&request, fd, &reply, NULL);
}

/* As much of what as *length allows. */
static int value_give(const void *what, size_t size, void *value, socklen_t *length)
{
    if (*length > size)
        *length = (socklen_t)size;
    memcpy(value, what, *length);
    return 0;
}

static int int_give(int64_t number, void *value, socklen_t *length)
{
    int out = (int)number;

    return *length < sizeof out ? -EINVAL : value_give(&out, sizeof out, value, length);
}

static struct tcp_info info_of(const struct fe_tcp_info *tcp)
{
    return (struct tcp_info){
        .tcpi_state = (uint8_t)tcp->state,
        .tcpi_retransmits = (uint8_t)tcp->retransmits,
        .tcpi_probes = (uint8_t)tcp->probes,
        .tcpi_backoff = (uint8_t)tcp->backoff,
        .tcpi_rto = tcp->rto,
        .tcpi_snd_mss = tcp->snd_mss,
        .tcpi_rcv_mss = tcp->rcv_mss,
        .tcpi_unacked = tcp->unacked,
        .tcpi_last_data_sent = tcp->last_data_sent_ms,
        .tcpi_last_ack_recv = tcp->last_ack_recv_ms,
        .tcpi_rtt = tcp->rtt,
        .tcpi_rttvar = tcp->rttvar,
        .tcpi_snd_ssthresh = tcp->snd_ssthresh,
        .tcpi_snd_cwnd = tcp->snd_cwnd,
        .tcpi_advmss = tcp->advmss,
        .tcpi_rcv_rtt = tcp->rcv_rtt,
        .tcpi_rcv_space = tcp->rcv_space,
        .tcpi_total_retrans = tcp->total_retrans,
    };
}

static int reply_give(const struct known *known, const struct fe_reply *reply, void *value,
                      socklen_t *length)
{
    struct linger linger = {.l_onoff = reply->value >= 0,
                            .l_linger = reply->value >= 0 ? (int)reply->value : 0};
    struct tcp_info info;

    switch (known->kind) {
    case KIND_TEXT: return value_give(reply->text, strlen(reply->text) + 1, value, length);
    case KIND_LINGER: return value_give(&linger, sizeof linger, value, length);
    case KIND_INFO:
        info = info_of(&reply->tcp);
        return value_give(&info, sizeof info, value, length);
    case KIND_INT: break;
    }
    return int_give(reply->value, value, length);
}

/* SO_ERROR and SO_TYPE need no option of the engine's. */
static int socket_get(int fd, int option, void *value, socklen_t *length)
{
    int type, error;
    socklen_t size = sizeof type;

    if (option == SO_ERROR) {
        error = fe_error(fd);
        return error == -EBADF || error == -ENETDOWN ? error : int_give(-error, value, length);
    }
    if (option == SO_REUSEADDR || option == SO_OOBINLINE)
        return int_give(1, value, length);
    error = fe_error(fd);
    if (error == -EBADF || error == -ENETDOWN)
        return error;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size))
        return -errno;
    return int_give(type == SOCK_STREAM ? SOCK_STREAM : SOCK_DGRAM, value, length);
}

int fe_getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    struct fe_request request = {.operation = FE_OP_OPTION_GET};
    const struct known *known = known_find(level, option);
    struct fe_reply reply;
    int error;

    if (!value || !length)
        return -EINVAL;
    if (level == SOL_SOCKET && (option == SO_ERROR || option == SO_TYPE || option == SO_REUSEADDR ||
                                option == SO_OOBINLINE))
        return socket_get(fd, option, value, length);
    if (!known || !known->get)
        return -ENOPROTOOPT;
    request.option = known->option;
    error = call_engine(&request, fd, &reply, NULL);
    return error ? error : reply_give(known, &reply, value, length);
}
