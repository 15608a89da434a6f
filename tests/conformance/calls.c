/* Which call does what, and the small ones. See calls.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/calls.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

const struct value *call_argument(struct calls *calls, int index)
{
    const struct value *value = calls->call->arguments;
    for (int i = 0; value && i < index; i++)
        value = value->next;
    if (!value)
        script_fail(calls->script, calls->call->at, "%s() has fewer than %d arguments",
                    calls->call->name, index + 1);
    return value;
}

int64_t value_number(struct calls *calls, const struct value *value)
{
    const struct value *inner = value->kind == VALUE_LIST ? value->inner : value;
    if (!inner || inner->kind != VALUE_NUMBER)
        script_fail(calls->script, value->at, "a number is expected here");
    return inner->number;
}

const struct value *value_field(const struct value *value, const char *name)
{
    const struct value *field = value && value->kind == VALUE_STRUCT ? value->inner : NULL;
    while (field && strcmp(field->field, name))
        field = field->next;
    return field;
}

int64_t call_number(struct calls *calls, int index)
{
    return value_number(calls, call_argument(calls, index));
}

struct socket *socket_find(struct calls *calls, int64_t fd)
{
    struct socket *socket = calls->sockets;
    while (socket && socket->fd != fd)
        socket = socket->next;
    return socket;
}

struct socket *call_socket(struct calls *calls, int index)
{
    const struct value *value = call_argument(calls, index);
    struct socket *socket = socket_find(calls, value_number(calls, value));
    if (!socket)
        script_fail(calls->script, value->at, "no socket %lld is open", (long long)value->number);
    return socket;
}

struct socket *call_stream(struct calls *calls, int index)
{
    struct socket *socket = call_socket(calls, index);
    if (!socket->conn)
        script_fail(calls->script, call_argument(calls, index)->at, "%s() is for streams",
                    calls->call->name);
    return socket;
}

static const struct value *either_field(const struct value *value, const char *name,
                                        const char *other_name)
{
    const struct value *field = value_field(value, name);
    return field ? field : value_field(value, other_name);
}

struct endpoint call_endpoint(struct calls *calls, int index, const struct ip *usual, uint16_t port)
{
    const struct value *value = call_argument(calls, index);
    const struct value *in_port = either_field(value, "sin_port", "sin6_port");
    const struct value *in_address = value_field(value, "sin_addr");
    const struct value *in_address6 = value_field(value, "sin6_addr");
    struct ip address = *usual;
    if (in_address)
        address = ip_v4((uint32_t)value_number(calls, in_address));
    if (in_address6 &&
        !(in_address6->kind == VALUE_STRING && ip_parse(in_address6->text, &address)))
        script_fail(calls->script, in_address6->at, "an address in quotes is expected here");
    port = in_port ? (uint16_t)value_number(calls, in_port) : port;
    return (struct endpoint){host_address(&address), port};
}

int socket_take_error(struct socket *socket)
{
    int error = socket->error;
    if (socket->udp) {
        socket->error = 0;
        return error;
    }
    socket->error = tcp_error(socket->conn);
    return error ? 0 : socket->error;
}

static int64_t call_open(struct calls *calls)
{
    int64_t type = call_number(calls, 1);
    struct socket *socket = script_allocate(calls->script, sizeof *socket);
    *socket = (struct socket){.fd = 3, .calls = calls, .next = calls->sockets};
    socket->nonblocking = type & SOCK_NONBLOCK;
    while (socket_find(calls, socket->fd))
        socket->fd++;
    if ((type & ~SOCK_NONBLOCK) == SOCK_DGRAM)
        datagram_open(calls, socket);
    else if (tcp_open(calls->host->stack, &socket->conn, NULL, NULL))
        return -ENFILE;
    calls->sockets = socket;
    return socket->fd;
}

static int64_t call_bind(struct calls *calls)
{
    const struct settings *settings = &calls->script->settings;
    struct socket *socket = call_socket(calls, 0);
    struct endpoint local = call_endpoint(calls, 1, &settings->local_ip, settings->bind_port);
    if (address_is_unspecified(&local.address))
        local.address = (struct address){0};
    int result = socket->udp ? udp_bind(socket->udp, &local) : tcp_bind(socket->conn, &local);
    if (!result && socket->udp && local.port)
        flow_add(calls->flows, local.port, settings->connect_port);
    socket->bound |= !result;
    return result;
}

static int64_t call_listen(struct calls *calls)
{
    enum { PEER_PORT = 40000 };
    struct socket *socket = call_stream(calls, 0);
    struct tcp_info info;
    int result = tcp_listen(socket->conn, (int)call_number(calls, 1));
    tcp_info(socket->conn, &info);
    if (!result && !(calls->flows->current && calls->flows->current->local_port == info.local.port))
        flow_add(calls->flows, info.local.port, PEER_PORT);
    return result;
}

void calls_stop(struct calls *calls)
{
    for (struct socket *socket = calls->sockets; socket; socket = socket->next) {
        if (socket->udp)
            udp_close(socket->udp);
        if (socket->conn)
            tcp_abort(socket->conn, calls->host->now_ns);
    }
    calls->sockets = NULL;
}

static const struct {
    const char *name;
    int64_t (*run)(struct calls *calls);
} known[] = {{"socket", call_open},
             {"bind", call_bind},
             {"listen", call_listen},
             {"accept", call_accept},
             {"connect", call_connect},
             {"read", call_read},
             {"recv", call_read},
             {"recvfrom", call_read},
             {"write", call_write},
             {"send", call_write},
             {"sendto", call_write},
             {"close", call_close},
             {"shutdown", call_shutdown},
             {"poll", call_poll},
             {"fcntl", call_fcntl},
             {"setsockopt", call_setsockopt},
             {"getsockopt", call_getsockopt}};

int64_t call_run(struct calls *calls)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!strcmp(known[i].name, calls->call->name))
            return known[i].run(calls);
    script_fail(calls->script, calls->call->at, "the call %s() is not known", calls->call->name);
}
