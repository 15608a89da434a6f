/* Carries one request to the engine and its answer back.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each request opens a connection of its own: some 20 microseconds, and in return the library
 * has no state that threads, forks or a new engine could spoil.
 */
#include "host/socket/call.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/socket/ferrite.h"

int fe_engine_use(const char *path)
{
    if (strlen(path) >= FE_PATH_BYTES)
        return -ENAMETOOLONG;
    return setenv("FERRITE_ENGINE", path, 1) ? -ENOMEM : 0;
}

int fe_engine_path(char *path)
{
    const char *named = getenv("FERRITE_ENGINE"), *dir = getenv("XDG_RUNTIME_DIR");
    int len;

    if (named && *named)
        len = snprintf(path, FE_PATH_BYTES, "%s", named);
    else
        len = snprintf(path, FE_PATH_BYTES, "%s/ferrite.sock", dir && *dir ? dir : "/run");
    return len < FE_PATH_BYTES ? 0 : -ENAMETOOLONG;
}

static int engine_dial(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd, error = fe_engine_path(to.sun_path);

    if (error)
        return error;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    error = errno == EACCES || errno == EPERM ? -errno : -ENETDOWN;
    close(fd);
    return error;
}

int fe_engine_answers(void)
{
    int saved = errno, fd = engine_dial();

    if (fd >= 0)
        close(fd);
    errno = saved;
    return fd >= 0;
}

static ssize_t send_with_descriptor(int socket, const void *data, size_t len, int fd)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec piece = {(void *)data, len};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    ssize_t sent;

    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control.space;
        control.header = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    }
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

ssize_t receive_with_descriptor(int fd, void *data, size_t len, int *given)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec piece = {data, len};
    /* CMSG_LEN and not CMSG_SPACE: there must be room for one descriptor only. */
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CMSG_LEN(sizeof(int))};
    ssize_t got;

    *given = -1;
    do
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    struct cmsghdr *first = CMSG_FIRSTHDR(&message);
    if (first && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_RIGHTS)
        memcpy(given, CMSG_DATA(first), sizeof *given);
    return got;
}

static int exchange(int socket, const struct fe_request *request, int fd, struct fe_reply *reply,
                    int *given)
{
    ssize_t done = send_with_descriptor(socket, request, sizeof *request, fd);

    if (done == -EBADF)
        return -EBADF;
    if (done < 0)
        return -ENETDOWN;
    done = receive_with_descriptor(socket, reply, sizeof *reply, given);
    if (done == (ssize_t)sizeof *reply && reply->mark == FE_PROTOCOL_MARK)
        return reply->error;
    if (*given >= 0)
        close(*given);
    *given = -1;
    return -ENETDOWN;
}

int call_engine(struct fe_request *request, int fd, struct fe_reply *reply, int *given)
{
    int saved = errno, unwanted = -1, socket = engine_dial(), error;

    if (socket < 0) {
        errno = saved;
        return socket;
    }
    request->mark = FE_PROTOCOL_MARK;
    error = exchange(socket, request, fd, reply, given ? given : &unwanted);
    if (unwanted >= 0)
        close(unwanted);
    close(socket);
    errno = saved;
    return error;
}

static int endpoint_from_v6(const struct sockaddr_in6 *in, struct endpoint *out)
{
    if (in->sin6_scope_id && in->sin6_scope_id != FE_SCOPE_LINK)
        return -ENODEV;
    memcpy(out->address.bytes, &in->sin6_addr, sizeof out->address.bytes);
    out->port = ntohs(in->sin6_port);
    return 0;
}

int endpoint_from_sockaddr(const struct sockaddr *address, socklen_t length, struct endpoint *out,
                           uint32_t *family)
{
    const struct sockaddr_in *in = (const void *)address;

    if (!address || length < (socklen_t)sizeof(sa_family_t))
        return -EINVAL;
    if (address->sa_family == AF_INET6) {
        *family = FE_FAMILY_IPV6;
        return length < (socklen_t)sizeof(struct sockaddr_in6)
                   ? -EINVAL
                   : endpoint_from_v6((const void *)address, out);
    }
    if (address->sa_family != AF_INET)
        return -EAFNOSUPPORT;
    if (length < (socklen_t)sizeof *in)
        return -EINVAL;
    *family = FE_FAMILY_IPV4;
    out->address = address_v4(ntohl(in->sin_addr.s_addr));
    out->port = ntohs(in->sin_port);
    return 0;
}

static struct sockaddr_in endpoint_to_v4(const struct endpoint *endpoint)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(endpoint->port)};

    if (address_is_v4(&endpoint->address))
        in.sin_addr.s_addr = htonl(address_to_v4(&endpoint->address));
    return in;
}

static struct sockaddr_in6 endpoint_to_v6(const struct endpoint *endpoint)
{
    struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_port = htons(endpoint->port)};

    if (!address_is_unspecified(&endpoint->address))
        memcpy(&in.sin6_addr, endpoint->address.bytes, sizeof in.sin6_addr);
    if (IN6_IS_ADDR_LINKLOCAL(&in.sin6_addr))
        in.sin6_scope_id = FE_SCOPE_LINK;
    return in;
}

void endpoint_to_sockaddr(const struct endpoint *endpoint, uint32_t family,
                          struct sockaddr *address, socklen_t *length)
{
    struct sockaddr_in in4 = endpoint_to_v4(endpoint);
    struct sockaddr_in6 in6 = endpoint_to_v6(endpoint);
    bool v6 = family == FE_FAMILY_IPV6;
    socklen_t room = length ? *length : 0, size = v6 ? sizeof in6 : sizeof in4;

    if (address)
        memcpy(address, v6 ? (const void *)&in6 : (const void *)&in4, room < size ? room : size);
    if (length)
        *length = size;
}
