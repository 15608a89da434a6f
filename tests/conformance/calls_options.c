/* Socket options of a script. See calls.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Linux' numbers; its header and host/stack/tcp.h have names in common. */
enum {
    NUMBER_NODELAY = 1,
    NUMBER_MAXSEG = 2,
    NUMBER_KEEPIDLE = 4,
    NUMBER_KEEPINTVL = 5,
    NUMBER_KEEPCNT = 6,
    NUMBER_CONGESTION = 13,
    NUMBER_USER_TIMEOUT = 18,
};

static int64_t linger_set(struct calls *calls, const struct value *value,
                          struct tcp_settings *settings)
{
    const struct value *fields = value->kind == VALUE_LIST ? value->inner : value;
    const struct value *on = value_field(fields, "onoff"), *linger = value_field(fields, "linger");
    if (!on)
        on = value_field(fields, "l_onoff");
    if (!linger)
        linger = value_field(fields, "l_linger");
    if (!on || !linger)
        script_fail(calls->script, value->at, "{onoff=, linger=} is expected here");
    settings->linger_s = on->number ? (int32_t)linger->number : -1;
    return 0;
}

static int64_t tcp_level_set(int64_t name, int64_t number, struct tcp_settings *settings)
{
    switch (name) {
    case NUMBER_NODELAY: settings->nodelay = number != 0; return 0;
    case NUMBER_MAXSEG: settings->max_segment = (uint16_t)number; return 0;
    case NUMBER_KEEPIDLE: settings->keep_idle_s = (uint16_t)number; return 0;
    case NUMBER_KEEPINTVL: settings->keep_interval_s = (uint16_t)number; return 0;
    case NUMBER_KEEPCNT: settings->keep_count = (uint8_t)number; return 0;
    case NUMBER_USER_TIMEOUT: settings->user_timeout_ms = (uint32_t)number; return 0;
    default: return -ENOPROTOOPT;
    }
}

static int64_t congestion_set(struct calls *calls, struct socket *socket, const struct value *value)
{
    const struct value *name = value->kind == VALUE_LIST ? value->inner : value;
    if (!name || name->kind != VALUE_STRING)
        script_fail(calls->script, value->at, "the name of a congestion control is expected here");
    return tcp_set_congestion(socket->conn, strcmp(name->text, "reno") ? name->text : "newreno");
}

static int64_t socket_level_set(struct calls *calls, struct socket *socket, int64_t name,
                                struct tcp_settings *settings)
{
    const struct value *value = call_argument(calls, 3);
    switch (name) {
    case SO_REUSEADDR: return 0; /* addresses are always reused so: RFC 6191 */
    case SO_KEEPALIVE: settings->keepalive = value_number(calls, value) != 0; return 0;
    case SO_LINGER: return linger_set(calls, value, settings);
    case SO_MAX_PACING_RATE:
        settings->max_pacing_rate = (uint32_t)value_number(calls, value);
        return 0;
    case SO_SNDBUF: return tcp_set_buffers(socket->conn, (size_t)value_number(calls, value), 0);
    case SO_RCVBUF: return tcp_set_buffers(socket->conn, 0, (size_t)value_number(calls, value));
    default: return -ENOPROTOOPT;
    }
}

int64_t call_setsockopt(struct calls *calls)
{
    struct socket *socket = call_socket(calls, 0);
    int64_t level = call_number(calls, 1), name = call_number(calls, 2), result;
    if (socket->udp)
        return name == SO_REUSEADDR ? 0 : -ENOPROTOOPT;
    struct tcp_settings settings = *tcp_settings(socket->conn);
    if (level == IPPROTO_TCP && name == NUMBER_CONGESTION)
        return congestion_set(calls, socket, call_argument(calls, 3));
    if (level == IPPROTO_TCP)
        result = tcp_level_set(name, call_number(calls, 3), &settings);
    else
        result = socket_level_set(calls, socket, name, &settings);
    if (result)
        return result;
    return tcp_settings_set(socket->conn, &settings, calls->host->now_ns);
}

static int64_t tcp_level_get(const struct socket *socket, int64_t name, int64_t *number)
{
    const struct tcp_settings *settings = tcp_settings(socket->conn);
    struct tcp_info info;
    tcp_info(socket->conn, &info);
    switch (name) {
    case NUMBER_NODELAY: *number = settings->nodelay; return 0;
    case NUMBER_MAXSEG: *number = info.mss; return 0;
    case NUMBER_KEEPIDLE: *number = settings->keep_idle_s; return 0;
    case NUMBER_KEEPINTVL: *number = settings->keep_interval_s; return 0;
    case NUMBER_KEEPCNT: *number = settings->keep_count; return 0;
    case NUMBER_USER_TIMEOUT: *number = settings->user_timeout_ms; return 0;
    default: return -ENOPROTOOPT;
    }
}

static int64_t socket_level_get(struct socket *socket, int64_t name, int64_t *number)
{
    if (name == SO_ERROR) {
        *number = -socket_take_error(socket);
        return 0;
    }
    if (name == SO_KEEPALIVE && socket->conn) {
        *number = tcp_settings(socket->conn)->keepalive;
        return 0;
    }
    return -ENOPROTOOPT;
}

int64_t call_getsockopt(struct calls *calls)
{
    struct socket *socket = call_socket(calls, 0);
    int64_t level = call_number(calls, 1), name = call_number(calls, 2), came = 0;
    const struct value *expected = call_argument(calls, 3);
    int64_t result = level == SOL_SOCKET ? socket_level_get(socket, name, &came)
                     : socket->udp       ? -ENOPROTOOPT
                                         : tcp_level_get(socket, name, &came);
    if (!result && expected->kind != VALUE_ELLIPSIS && value_number(calls, expected) != came)
        script_fail(calls->script, expected->at, "%lld is expected, %lld came",
                    (long long)value_number(calls, expected), (long long)came);
    return result;
}

int64_t call_fcntl(struct calls *calls)
{
    struct socket *socket = call_socket(calls, 0);
    int64_t what = call_number(calls, 1);
    if (what == F_GETFL)
        return O_RDWR | (socket->nonblocking ? O_NONBLOCK : 0);
    if (what != F_SETFL)
        return -EINVAL;
    socket->nonblocking = call_number(calls, 2) & O_NONBLOCK;
    return 0;
}
