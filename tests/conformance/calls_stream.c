/* Calls on streams. See calls.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/calls.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static enum tcp_state state_of(const struct socket *socket)
{
    struct tcp_info info;
    tcp_info(socket->conn, &info);
    return info.state;
}

static int64_t would_block(const struct calls *calls, const struct socket *socket)
{
    const char *name = calls->call->name;
    bool has_flags = !strncmp(name, "send", 4) || !strncmp(name, "recv", 4);
    const struct value *flags = calls->call->arguments;
    for (int i = 0; has_flags && flags && i < 3; i++)
        flags = flags->next;
    if (has_flags && flags && flags->number & MSG_DONTWAIT)
        return -EAGAIN;
    return socket->nonblocking ? -EAGAIN : CALL_BLOCKS;
}

static int64_t connect_goes_on(struct calls *calls, struct socket *socket)
{
    enum tcp_state state = state_of(socket);
    int error = socket_take_error(socket);
    if (state == TCP_SYN_SENT || state == TCP_SYN_RECEIVED)
        return calls->again ? CALL_BLOCKS : -EALREADY;
    socket->connecting = false;
    return error;
}

int64_t call_connect(struct calls *calls)
{
    const struct settings *settings = &calls->script->settings;
    struct socket *socket = call_socket(calls, 0);
    struct endpoint to = call_endpoint(calls, 1, &settings->remote_ip, settings->connect_port);
    if (socket->connecting)
        return connect_goes_on(calls, socket);
    uint16_t local = socket->bound ? settings->bind_port : 0;
    flow_add(calls->flows, local, to.port)->began = true;
    if (socket->udp)
        return udp_connect(socket->udp, &to);
    int result = tcp_connect(socket->conn, &to, calls->host->now_ns);
    if (result)
        return result;
    socket->connecting = true;
    return socket->nonblocking ? -EINPROGRESS : CALL_BLOCKS;
}

int64_t call_accept(struct calls *calls)
{
    struct socket *listener = call_stream(calls, 0);
    struct tcp_conn *conn;
    if (state_of(listener) != TCP_LISTEN)
        return -EINVAL;
    if (tcp_accept(listener->conn, &conn))
        return would_block(calls, listener);
    struct socket *socket = script_allocate(calls->script, sizeof *socket);
    *socket = (struct socket){.fd = 3, .calls = calls, .conn = conn, .next = calls->sockets};
    while (socket_find(calls, socket->fd))
        socket->fd++;
    calls->sockets = socket;
    tcp_set_owner(conn, NULL, NULL);
    return socket->fd;
}

/* What is read must be what the peer said. */
static void data_check(struct calls *calls, struct socket *socket, const uint8_t *data,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (data[i] != flow_byte(false, socket->got++))
            script_fail(calls->script, call_argument(calls, 0)->at,
                        "byte %u read is not what the peer has sent", socket->got - 1);
}

int64_t call_read(struct calls *calls)
{
    struct socket *socket = call_socket(calls, 0);
    size_t most = (size_t)call_number(calls, 2), taken = 0;
    struct iovec pieces[2];
    if (socket->udp)
        return datagram_receive(calls, socket);
    if (state_of(socket) == TCP_LISTEN)
        return -ENOTCONN;
    int count = tcp_readable(socket->conn, pieces);
    for (int i = 0; i < count && taken < most; i++) {
        size_t length = pieces[i].iov_len < most - taken ? pieces[i].iov_len : most - taken;
        data_check(calls, socket, pieces[i].iov_base, length);
        taken += length;
    }
    if (taken) {
        tcp_consume(socket->conn, taken, calls->host->now_ns);
        return (int64_t)taken;
    }
    int error = socket_take_error(socket);
    if (error || !most || socket->error || tcp_at_end(socket->conn))
        return error;
    if (state_of(socket) == TCP_CLOSED)
        return -ENOTCONN;
    return would_block(calls, socket);
}

static size_t fill(struct socket *socket, const struct iovec *pieces, int count, size_t wanted)
{
    size_t filled = 0;
    for (int i = 0; i < count; i++) {
        uint8_t *at = pieces[i].iov_base;
        for (size_t k = 0; k < pieces[i].iov_len && filled < wanted; k++, filled++)
            at[k] = flow_byte(true, socket->wrote++);
    }
    return filled;
}

static int64_t stream_write(struct calls *calls, struct socket *socket, size_t wanted)
{
    struct iovec pieces[2];
    int error = socket_take_error(socket), count = error ? 0 : tcp_writable(socket->conn, pieces);
    if (error)
        return error;
    if (socket->error)
        return -EPIPE;
    if (count == -ENOTCONN && socket->connecting)
        return would_block(calls, socket);
    if (count < 0)
        return count;
    calls->done = calls->again ? calls->done : 0;
    size_t filled = fill(socket, pieces, count, wanted - calls->done);
    calls->done += (uint32_t)filled;
    if (count)
        tcp_produce(socket->conn, filled, calls->host->now_ns);
    if (calls->done == wanted || (calls->done && socket->nonblocking))
        return calls->done;
    return would_block(calls, socket);
}

int64_t call_write(struct calls *calls)
{
    const struct settings *settings = &calls->script->settings;
    struct socket *socket = call_socket(calls, 0);
    if (!socket->udp)
        return stream_write(calls, socket, (size_t)call_number(calls, 2));
    if (strcmp(calls->call->name, "sendto"))
        return datagram_send(calls, socket, NULL);
    uint16_t port =
        calls->flows->current ? calls->flows->current->remote_port : settings->connect_port;
    struct endpoint to = call_endpoint(calls, 4, &settings->remote_ip, port);
    return datagram_send(calls, socket, &to);
}

int64_t call_close(struct calls *calls)
{
    struct socket *socket = call_socket(calls, 0), **link = &calls->sockets;
    while (*link != socket)
        link = &(*link)->next;
    *link = socket->next;
    if (socket->udp)
        udp_close(socket->udp);
    else
        tcp_close(socket->conn, calls->host->now_ns);
    return 0;
}

int64_t call_shutdown(struct calls *calls)
{
    struct socket *socket = call_stream(calls, 0);
    enum tcp_state state = state_of(socket);
    if (state <= TCP_LISTEN)
        return -ENOTCONN;
    if (call_number(calls, 1) != SHUT_RD)
        tcp_shutdown(socket->conn, calls->host->now_ns);
    return 0;
}

static int64_t ready_of(struct socket *socket)
{
    struct tcp_info info;
    int64_t ready = socket->datagrams || socket->udp ? POLLOUT : 0;
    if (socket->udp)
        return ready | (socket->datagrams ? POLLIN : 0) | (socket->error ? POLLERR : 0);
    tcp_info(socket->conn, &info);
    if (info.receive_queue)
        ready |= POLLIN;
    if (tcp_at_end(socket->conn))
        ready |= POLLIN | POLLRDHUP;
    if (tcp_may_write(socket->conn))
        ready |= POLLOUT;
    if (tcp_error(socket->conn))
        ready |= POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP;
    return ready;
}

int64_t call_poll(struct calls *calls)
{
    int64_t count = 0;
    const struct value *list = call_argument(calls, 0);
    for (const struct value *one = list->inner; one; one = one->next) {
        const struct value *fd = value_field(one, "fd"), *wanted = value_field(one, "events");
        const struct value *expected = value_field(one, "revents");
        struct socket *socket = fd ? socket_find(calls, fd->number) : NULL;
        if (!socket || !wanted)
            script_fail(calls->script, one->at, "poll() needs fd=, of an open socket, and events=");
        int64_t came = ready_of(socket) & (wanted->number | POLLERR | POLLHUP);
        count += came != 0;
        bool decided = came || !call_number(calls, 2);
        if (decided && expected && expected->kind == VALUE_NUMBER && expected->number != came)
            script_fail(calls->script, expected->at, "revents=0x%llx is expected, 0x%llx came",
                        (long long)expected->number, (long long)came);
    }
    return count || !call_number(calls, 2) ? count : CALL_BLOCKS;
}
