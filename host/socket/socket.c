/* Makes, binds, connects and questions sockets: the calls that take an address or a descriptor.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/socket/call.h"
#include "host/socket/ferrite.h"

/* Both flags belong to our end of the pair, so they can be set here. */
static void descriptor_flags(int fd, int type)
{
    if (type & SOCK_NONBLOCK)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (!(type & SOCK_CLOEXEC))
        fcntl(fd, F_SETFD, 0);
}

int fe_socket(int domain, int type, int protocol)
{
    struct fe_request request = {.operation = FE_OP_SOCKET};
    struct fe_reply reply;
    int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), fd = -1, error;
    int echo = domain == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

    if (domain != AF_INET && domain != AF_INET6)
        return -EAFNOSUPPORT;
    request.family = domain == AF_INET6 ? FE_FAMILY_IPV6 : FE_FAMILY_IPV4;
    if (kind == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP))
        request.value = IPPROTO_TCP;
    else if (kind == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP))
        request.value = IPPROTO_UDP;
    else if (kind == SOCK_DGRAM && protocol == echo)
        request.value = echo;
    else
        return -EPROTONOSUPPORT;
    error = call_engine(&request, -1, &reply, &fd);
    if (error)
        return error;
    if (fd < 0) /* this process has no descriptor left */
        return -EMFILE;
    descriptor_flags(fd, type);
    return fd;
}

int fe_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    struct fe_request request = {.operation = FE_OP_BIND};
    struct fe_reply reply;
    int error = endpoint_from_sockaddr(address, length, &request.endpoint, &request.family);

    return error ? error : call_engine(&request, fd, &reply, NULL);
}

int fe_listen(int fd, int backlog)
{
    struct fe_request request = {.operation = FE_OP_LISTEN, .value = backlog};
    struct fe_reply reply;

    return call_engine(&request, fd, &reply, NULL);
}

int fe_accept(int fd, struct sockaddr *address, socklen_t *length)
{
    struct fe_accepted accepted;
    int saved = errno, given, error;
    ssize_t got = receive_with_descriptor(fd, &accepted, sizeof accepted, &given);

    errno = saved;
    if (got == (ssize_t)sizeof accepted && accepted.mark == FE_PROTOCOL_MARK) {
        if (address)
            endpoint_to_sockaddr(&accepted.remote, accepted.family, address, length);
        return given >= 0 ? given : -EMFILE;
    }
    if (given >= 0)
        close(given);
    if (got != 0)
        return got < 0 ? (int)got : -EINVAL;
    error = fe_error(fd);
    return error ? error : -EINVAL;
}

int fe_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    struct fe_request request = {.operation = FE_OP_CONNECT};
    struct fe_reply reply;
    int error = endpoint_from_sockaddr(address, length, &request.endpoint, &request.family);
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0)
        return -EBADF;
    request.value = (flags & O_NONBLOCK) != 0;
    return error ? error : call_engine(&request, fd, &reply, NULL);
}

int fe_error_text(int fd, char *text, size_t len)
{
    struct fe_request request = {.operation = FE_OP_ERROR};
    struct fe_reply reply = {0};
    int error = call_engine(&request, fd, &reply, NULL);

    if (len)
        snprintf(text, len, "%s", error ? strerror(-error) : reply.text);
    return error ? error : (int)reply.value;
}

int fe_error(int fd)
{
    return fe_error_text(fd, NULL, 0);
}

static int socket_name(int fd, unsigned which, struct sockaddr *address, socklen_t *length)
{
    struct fe_request request = {.operation = FE_OP_NAMES};
    struct fe_reply reply;
    int error = call_engine(&request, fd, &reply, NULL);

    if (error)
        return error;
    if (which == 1 && reply.endpoints[1].port == 0)
        return -ENOTCONN;
    endpoint_to_sockaddr(&reply.endpoints[which], reply.family, address, length);
    return 0;
}

int fe_getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
    return socket_name(fd, 0, address, length);
}

int fe_getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
    return socket_name(fd, 1, address, length);
}

int fe_socks_socket(void)
{
    sa_family_t family = AF_UNIX; /* binding to a family alone: the kernel picks a name */
    int saved = errno, small = 16384, error = 0, fd;

    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&family, sizeof family) ||
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small))
        error = -errno;
    if (error && fd >= 0)
        close(fd);
    errno = saved;
    return error ? error : fd;
}
