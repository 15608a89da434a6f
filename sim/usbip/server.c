/* Listens for USB/IP clients and runs their sessions beside the transport.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/usbip/server_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint64_t CLOSE_NS = 1000000000;

static int open_listener(const struct addrinfo *address)
{
    int one = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 &&
        listen(fd, USBIP_SERVER_SESSIONS) == 0)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &len) < 0)
        return 0;
    if (bound.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&bound)->sin6_port);
    return ntohs(((struct sockaddr_in *)&bound)->sin_port);
}

static int listen_on(struct usbip_server *server, const char *host, uint16_t port, char *error,
                     size_t error_len)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_PASSIVE},
                    *found;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(host, service, &hints, &found) != 0) {
        snprintf(error, error_len,
                 "'%s' is not an address to listen on; give one like 127.0.0.1 or ::1", host);
        return -EINVAL;
    }
    server->listener = open_listener(found);
    freeaddrinfo(found);
    if (server->listener < 0) {
        snprintf(error, error_len, "cannot listen on %s port %u: %s%s", host, port,
                 strerror(-server->listener),
                 server->listener == -EADDRINUSE ? "; choose another port" : "");
        return server->listener;
    }
    server->port = port_of(server->listener);
    return 0;
}

int usbip_server_open(struct usbip_server **out, struct transport *transport, const char *host,
                      uint16_t port, uint64_t (*wall_ns)(void), char *error, size_t error_len)
{
    struct usbip_server *server = calloc(1, sizeof *server);
    if (!server)
        return -ENOMEM;
    server->transport = transport;
    server->wall_ns = wall_ns;
    server->listener = -1;
    for (int i = 0; i < USBIP_SERVER_SESSIONS; i++)
        server->sessions[i].fd = -1;
    int result = listen_on(server, host ? host : "127.0.0.1", port, error, error_len);
    if (result == 0)
        result = describe_read(server, error, error_len);
    if (result < 0) {
        usbip_server_close(server);
        return result;
    }
    *out = server;
    return 0;
}

uint16_t usbip_server_port(const struct usbip_server *server)
{
    return server->port;
}

static struct session *free_session(struct usbip_server *server)
{
    for (int i = 0; i < USBIP_SERVER_SESSIONS; i++)
        if (!server->sessions[i].server)
            return &server->sessions[i];
    return NULL;
}

static void accept_clients(struct usbip_server *server)
{
    struct session *session;
    int one = 1, fd;
    while ((session = free_session(server)) != NULL) {
        fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        session_open(session, server, fd);
    }
}

static void run_sessions(struct usbip_server *server)
{
    for (int i = 0; i < USBIP_SERVER_SESSIONS; i++)
        if (server->sessions[i].server)
            session_run(&server->sessions[i]);
}

/* Requests first, so that the clocks run for them; then what has become of them. */
uint64_t usbip_server_poll(struct usbip_server *server, uint64_t wall_ns)
{
    struct transport *transport = server->transport;
    accept_clients(server);
    run_sessions(server);
    server->now_ns = transport->ops->poll(transport, wall_ns, TIME_NEVER);
    run_sessions(server);
    return server->now_ns;
}

uint64_t usbip_server_deadline(struct usbip_server *server)
{
    return server->transport->ops->deadline(server->transport);
}

int usbip_server_fds(struct usbip_server *server, struct pollfd *fds, int max)
{
    int count = server->transport->ops->fds(server->transport, fds, max);
    if (count < max && free_session(server))
        fds[count++] = (struct pollfd){.fd = server->listener, .events = POLLIN};
    for (int i = 0; i < USBIP_SERVER_SESSIONS && count < max; i++) {
        const struct session *session = &server->sessions[i];
        if (session->server && session->fd >= 0)
            fds[count++] = (struct pollfd){.fd = session->fd, .events = session_events(session)};
    }
    return count;
}

const struct usbip_server_counters *usbip_server_counters(const struct usbip_server *server)
{
    return &server->counters;
}

static bool sessions_left(struct usbip_server *server)
{
    bool left = false;
    for (int i = 0; i < USBIP_SERVER_SESSIONS; i++) {
        if (server->sessions[i].server)
            session_hang_up(&server->sessions[i]);
        left |= server->sessions[i].server != NULL;
    }
    return left;
}

void usbip_server_close(struct usbip_server *server)
{
    struct transport *transport = server->transport;
    uint64_t wall = server->wall_ns(), limit = wall + CLOSE_NS;
    while (sessions_left(server) && wall < limit) {
        transport->ops->poll(transport, wall, TIME_NEVER);
        wall = server->wall_ns();
    }
    if (server->listener >= 0)
        close(server->listener);
    free(server);
}
