/* The sockets that c-ares uses: our own UDP and TCP behind descriptors that are mere numbers.
 *
 * SPDX-License-Identifier: MIT
 *
 * c-ares calls these as it would the system's, and expects -1 and errno. What arrives is only
 * noted here; lookups_turn tells c-ares of it later, for c-ares may close a socket then, which
 * must not happen inside the stack.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/engine/lookup.h"
#include "host/socket/call.h"

static int fail(int error)
{
    errno = -error;
    return -1;
}

static void dns_received(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                         uint64_t now_ns)
{
    struct dns_socket *socket = user;
    struct dns_answer *answer = &socket->answers[socket->answer_count];

    (void)now_ns;
    if (socket->answer_count == DNS_ANSWERS || len > DNS_ANSWER_BYTES)
        return; /* c-ares asks again */
    answer->from = *from;
    answer->len = len;
    memcpy(answer->data, data, len);
    socket->answer_count++;
    socket->readable = true;
}

static void dns_failed(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    struct dns_socket *socket = user;

    (void)to;
    (void)now_ns;
    socket->error = error;
    socket->readable = true;
}

static void dns_event(void *user, struct tcp_conn *conn, unsigned events)
{
    struct dns_socket *socket = user;

    if (events & TCP_EVENT_CONNECTED)
        socket->connected = true;
    if (events & TCP_EVENT_ERROR)
        socket->error = tcp_error(conn);
    socket->readable |= (events & (TCP_EVENT_READABLE | TCP_EVENT_END | TCP_EVENT_ERROR)) != 0;
    socket->writable |= (events & (TCP_EVENT_CONNECTED | TCP_EVENT_WRITABLE)) != 0;
}

static ares_socket_t dns_open(int domain, int type, int protocol, void *user)
{
    struct lookup *lookup = user;
    struct stack *stack = lookup->engine->stack;
    struct dns_socket *socket = calloc(1, sizeof *socket);
    const struct udp_handler handler = {dns_received, dns_failed, socket};
    int slot = 0, error;

    (void)domain; /* ours take their peer's */
    (void)protocol;
    while (slot < DNS_SOCKETS && lookup->sockets[slot])
        slot++;
    if (!socket || slot == DNS_SOCKETS) {
        free(socket);
        return fail(-EMFILE);
    }
    error = type == SOCK_STREAM ? tcp_open(stack, &socket->tcp, dns_event, socket)
                                : udp_open(stack, &socket->udp, &handler);
    if (error) {
        free(socket);
        return fail(error);
    }
    socket->lookup = lookup;
    lookup->sockets[slot] = socket;
    return slot;
}

static int dns_close(ares_socket_t fd, void *user)
{
    struct lookup *lookup = user;
    struct dns_socket *socket = lookup->sockets[fd];

    if (socket->udp)
        udp_close(socket->udp);
    if (socket->tcp) {
        tcp_set_owner(socket->tcp, NULL, NULL);
        tcp_close(socket->tcp, lookup->engine->now_ns);
    }
    free(socket);
    lookup->sockets[fd] = NULL;
    return 0;
}

static int dns_connect(ares_socket_t fd, const struct sockaddr *address, ares_socklen_t len,
                       void *user)
{
    struct lookup *lookup = user;
    struct dns_socket *socket = lookup->sockets[fd];
    uint32_t family;
    int error = endpoint_from_sockaddr(address, len, &socket->remote, &family);

    if (error)
        return fail(error);
    if (socket->udp) {
        error = udp_connect(socket->udp, &socket->remote);
        return error ? fail(error) : 0;
    }
    error = tcp_connect(socket->tcp, &socket->remote, lookup->engine->now_ns);
    return fail(error ? error : -EINPROGRESS);
}

static void sockaddr_write(const struct endpoint *endpoint, struct sockaddr *out,
                           ares_socklen_t *len)
{
    if (out && len)
        endpoint_to_sockaddr(endpoint,
                             address_is_v4(&endpoint->address) ? FE_FAMILY_IPV4 : FE_FAMILY_IPV6,
                             out, len);
}

static ares_ssize_t udp_take(struct dns_socket *socket, void *data, size_t room,
                             struct sockaddr *from, ares_socklen_t *from_len)
{
    const struct dns_answer *first = &socket->answers[0];
    size_t len = first->len < room ? first->len : room;

    if (!socket->answer_count)
        return fail(-EAGAIN);
    memcpy(data, first->data, len);
    sockaddr_write(&first->from, from, from_len);
    socket->answer_count--;
    memmove(socket->answers, socket->answers + 1, socket->answer_count * sizeof *socket->answers);
    return (ares_ssize_t)len;
}

static ares_ssize_t tcp_take(struct dns_socket *socket, void *data, size_t room)
{
    struct iovec pieces[2];
    size_t len;

    if (tcp_readable(socket->tcp, pieces) <= 0)
        return tcp_at_end(socket->tcp) ? 0 : fail(-EAGAIN);
    len = pieces[0].iov_len < room ? pieces[0].iov_len : room;
    memcpy(data, pieces[0].iov_base, len);
    tcp_consume(socket->tcp, len, socket->lookup->engine->now_ns);
    socket->readable = tcp_readable(socket->tcp, pieces) > 0; /* c-ares reads a header and a body */
    return (ares_ssize_t)len;
}

static ares_ssize_t dns_receive(ares_socket_t fd, void *data, size_t room, int flags,
                                struct sockaddr *from, ares_socklen_t *from_len, void *user)
{
    struct dns_socket *socket = ((struct lookup *)user)->sockets[fd];
    int error = socket->error;

    (void)flags;
    if (error && socket->udp)
        socket->error = 0;
    if (error)
        return fail(error);
    return socket->udp ? udp_take(socket, data, room, from, from_len)
                       : tcp_take(socket, data, room);
}

static ares_ssize_t udp_put(struct dns_socket *socket, const struct iovec *pieces, int count)
{
    struct lookup *lookup = socket->lookup;
    uint8_t message[DNS_ANSWER_BYTES];
    char server[ADDRESS_TEXT_BYTES];
    size_t len = 0;
    int error;

    for (int i = 0; i < count; i++) {
        if (pieces[i].iov_len > sizeof message - len)
            return fail(-EMSGSIZE);
        memcpy(message + len, pieces[i].iov_base, pieces[i].iov_len);
        len += pieces[i].iov_len;
    }
    journal_write(lookup->engine->journal, lookup->engine->now_ns, JOURNAL_EVENT, "dns",
                  "%s: asks %s over UDP", lookup->name, endpoint_format(&socket->remote, server));
    error = udp_send(socket->udp, NULL, message, len, lookup->engine->now_ns);
    return error ? fail(error) : (ares_ssize_t)len;
}

static ares_ssize_t tcp_put(struct dns_socket *socket, const struct iovec *pieces, int count)
{
    struct iovec room[2];
    size_t sent = 0;

    if (socket->error || !socket->connected)
        return fail(socket->error ? socket->error : -EAGAIN);
    for (int i = 0; i < count; i++) {
        size_t at = 0;
        while (at < pieces[i].iov_len && tcp_writable(socket->tcp, room) > 0) {
            size_t left = pieces[i].iov_len - at;
            size_t len = left < room[0].iov_len ? left : room[0].iov_len;
            memcpy(room[0].iov_base, (const uint8_t *)pieces[i].iov_base + at, len);
            tcp_produce(socket->tcp, len, socket->lookup->engine->now_ns);
            at += len;
        }
        sent += at;
    }
    return sent ? (ares_ssize_t)sent : fail(-EAGAIN);
}

static ares_ssize_t dns_send(ares_socket_t fd, const struct iovec *pieces, int count, void *user)
{
    struct dns_socket *socket = ((struct lookup *)user)->sockets[fd];

    return socket->udp ? udp_put(socket, pieces, count) : tcp_put(socket, pieces, count);
}

const struct ares_socket_functions dns_socket_functions = {dns_open, dns_close, dns_connect,
                                                           dns_receive, dns_send};
