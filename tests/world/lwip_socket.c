/* The lwIP host's sockets. See lwip_host.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>

#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>

#include "tests/world/lwip_host.h"

struct lwip_socket {
    struct tcp_pcb *pcb; /* NULL: lwIP has ended it */
    struct pbuf *unread;
    bool at_end;
};

static int errno_of(err_t error)
{
    switch (error) {
    case ERR_RST: return -ECONNRESET;
    case ERR_ABRT: return -ETIMEDOUT; /* also what lwIP says when it has sent a segment too often */
    case ERR_RTE: return -EHOSTUNREACH;
    case ERR_MEM: return -ENOMEM;
    default: return -EIO;
    }
}

/* ERR_CLSD: it ended in order, and lwIP has let go of it. */
static void socket_lost(void *user, err_t error)
{
    struct end *end = user;
    struct lwip_socket *socket = end->socket;

    socket->pcb = NULL;
    if (error != ERR_CLSD)
        end_failed(end, errno_of(error));
}

static void forget_callbacks(struct tcp_pcb *pcb)
{
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_err(pcb, NULL);
}

/* Both sides have ended: lwIP frees the connection behind TIME-WAIT and tells nobody. */
static void socket_let_go(struct end *end)
{
    struct lwip_socket *socket = end->socket;

    if (socket->pcb && socket->at_end && end->shut) {
        forget_callbacks(socket->pcb);
        socket->pcb = NULL;
    }
}

static err_t socket_received(void *user, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    struct lwip_socket *socket = ((struct end *)user)->socket;

    (void)pcb, (void)error;
    if (!data) {
        socket->at_end = true;
        socket_let_go(user);
    } else if (socket->unread)
        pbuf_cat(socket->unread, data);
    else
        socket->unread = data;
    return ERR_OK;
}

static err_t socket_connected(void *user, struct tcp_pcb *pcb, err_t error)
{
    (void)pcb;
    end_opened(user);
    return error;
}

static void socket_make(struct end *end, struct tcp_pcb *pcb)
{
    struct lwip_socket *socket = calloc(1, sizeof *socket);

    socket->pcb = pcb;
    end->socket = socket;
    tcp_arg(pcb, end);
    tcp_recv(pcb, socket_received);
    tcp_err(pcb, socket_lost);
}

static err_t socket_accepted(void *user, struct tcp_pcb *pcb, err_t error)
{
    struct end *end = user;

    if (error || !pcb)
        return ERR_VAL;
    if (end->socket || end->left) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    socket_make(end, pcb);
    end_opened(end);
    return ERR_OK;
}

void lwip_socket_listen(struct end *end)
{
    struct tcp_pcb *pcb = tcp_new();

    tcp_bind(pcb, IP_ADDR_ANY, (u16_t)(WORLD_PORT + end->connection));
    end->listener = tcp_listen(pcb);
    tcp_arg(end->listener, end);
    tcp_accept(end->listener, socket_accepted);
}

/* lwIP 2.1.3 takes 0 for the port behind 65,535, if that was its first, and says that all are in use; the next is 1. */
static err_t connect_from_any(struct end *end, const ip_addr_t *to, uint16_t port)
{
    struct tcp_pcb *pcb = ((struct lwip_socket *)end->socket)->pcb;
    err_t error = tcp_connect(pcb, to, port, socket_connected);

    return error == ERR_BUF ? tcp_connect(pcb, to, port, socket_connected) : error;
}

int lwip_socket_connect(struct end *end, const struct target *target, uint16_t port)
{
    ip_addr_t to = {lwip_htonl(target->address)};

    socket_make(end, tcp_new());
    if (end->world->scenario.connection[end->connection].shared)
        tcp_bind(((struct lwip_socket *)end->socket)->pcb, IP_ADDR_ANY,
                 (u16_t)(WORLD_CLIENT_PORT + end->connection));
    return connect_from_any(end, &to, port) ? -ENOBUFS : 0;
}

void lwip_socket_set_options(struct end *end)
{
    if (end->plan->nodelay)
        tcp_nagle_disable(((struct lwip_socket *)end->socket)->pcb);
}

size_t lwip_socket_write(struct end *end, const uint8_t *bytes, size_t len)
{
    struct tcp_pcb *pcb = ((struct lwip_socket *)end->socket)->pcb;

    if (!pcb)
        return 0;
    if (len > tcp_sndbuf(pcb))
        len = tcp_sndbuf(pcb);
    if (!len || tcp_write(pcb, bytes, (u16_t)len, TCP_WRITE_FLAG_COPY))
        return 0;
    end->written += (uint32_t)len;
    tcp_output(pcb);
    return len;
}

size_t lwip_socket_read(struct end *end, uint8_t *bytes, size_t len)
{
    struct lwip_socket *socket = end->socket;

    if (!socket->unread)
        return 0;
    len = pbuf_copy_partial(socket->unread, bytes, (u16_t)len, 0);
    socket->unread = pbuf_free_header(socket->unread, (u16_t)len);
    if (socket->pcb)
        tcp_recved(socket->pcb, (u16_t)len);
    return len;
}

bool lwip_socket_at_end(const struct end *end)
{
    const struct lwip_socket *socket = end->socket;

    return socket->at_end && !socket->unread;
}

bool lwip_socket_unsent(const struct end *end)
{
    const struct lwip_socket *socket = end->socket;

    return socket->pcb && tcp_sndqueuelen(socket->pcb);
}

void lwip_socket_shutdown(struct end *end)
{
    struct lwip_socket *socket = end->socket;

    if (socket->pcb)
        tcp_shutdown(socket->pcb, 0, 1);
    socket_let_go(end);
}

/* Takes the callbacks away and returns the connection, which may be gone. */
static struct tcp_pcb *socket_free(struct end *end)
{
    struct lwip_socket *socket = end->socket;
    struct tcp_pcb *pcb = socket->pcb;

    if (socket->unread)
        pbuf_free(socket->unread);
    free(socket);
    if (pcb)
        forget_callbacks(pcb);
    return pcb;
}

void lwip_socket_close(struct end *end)
{
    struct tcp_pcb *pcb = socket_free(end);

    if (pcb && tcp_close(pcb))
        tcp_abort(pcb);
}

void lwip_socket_abort(struct end *end)
{
    struct tcp_pcb *pcb = socket_free(end);

    if (pcb)
        tcp_abort(pcb);
}
