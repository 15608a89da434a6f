/* See backend_stream.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/backend_stream.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000 };

static int bad_name(const char *name, char *error, size_t error_len)
{
    snprintf(error, error_len,
             "wire: '%.80s' is no place: give a path with a slash, as in ./wire.sock, or HOST:PORT",
             name);
    return -EINVAL;
}

static int parse_path(struct stream_address *out, const char *name, char *error, size_t error_len)
{
    struct sockaddr_un *where = (struct sockaddr_un *)&out->where;

    if (strlen(name) >= sizeof where->sun_path) {
        snprintf(error, error_len, "wire: '%.40s…': a socket's path has at most %zu characters",
                 name, sizeof where->sun_path - 1);
        return -ENAMETOOLONG;
    }
    where->sun_family = AF_UNIX;
    strcpy(where->sun_path, name);
    out->length = sizeof *where;
    return 0;
}

int stream_address_parse(struct stream_address *out, const char *name, char *error,
                         size_t error_len)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const char *colon = strrchr(name, ':');
    struct addrinfo *found;
    char host[256];
    size_t len = colon ? (size_t)(colon - name) : 0;
    int failure;

    *out = (struct stream_address){0};
    if (strchr(name, '/'))
        return parse_path(out, name, error, error_len);
    if (!len || len >= sizeof host || !colon[1])
        return bad_name(name, error, error_len);
    if (name[0] == '[' && colon[-1] == ']') {
        name++;
        len -= 2;
    }
    snprintf(host, sizeof host, "%.*s", (int)len, name);
    failure = getaddrinfo(host, colon + 1, &hints, &found);
    if (failure) {
        snprintf(error, error_len, "wire: '%s' port '%s': %s", host, colon + 1,
                 gai_strerror(failure));
        return -ENOENT;
    }
    memcpy(&out->where, found->ai_addr, found->ai_addrlen);
    out->length = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

/* 0, or why the connect that has begun on fd has failed. */
static int wait_for_answer(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t length = sizeof error;

    if (poll(&ready, 1, PATIENCE_MS) != 1)
        return -ETIMEDOUT;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return -error;
}

int stream_address_connect(const struct stream_address *address, bool wait)
{
    int fd = socket(address->where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error = 0;

    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&address->where, address->length))
        error = -errno;
    if (error == -EINPROGRESS)
        error = wait ? wait_for_answer(fd) : 0;
    if (!error)
        return fd;
    close(fd);
    return error;
}

/* A path at which nobody listens: what a program left that was killed. */
static void stale_remove(const struct stream_address *address)
{
    int fd = stream_address_connect(address, true);

    if (fd == -ECONNREFUSED)
        unlink(((const struct sockaddr_un *)&address->where)->sun_path);
    if (fd >= 0)
        close(fd);
}

int stream_address_listen(const struct stream_address *address)
{
    int fd = socket(address->where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1, error = 0;

    if (fd < 0)
        return -errno;
    if (address->where.ss_family == AF_UNIX)
        stale_remove(address);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&address->where, address->length) || listen(fd, 1))
        error = -errno;
    if (!error)
        return fd;
    close(fd);
    return error;
}

void stream_address_unlisten(const struct stream_address *address, int fd)
{
    close(fd);
    if (address->where.ss_family == AF_UNIX)
        unlink(((const struct sockaddr_un *)&address->where)->sun_path);
}

void stream_address_explain(const char *name, bool listens, int reason, char *error,
                            size_t error_len)
{
    if (listens && reason == EADDRINUSE)
        snprintf(error, error_len,
                 "wire: listen:%s: another program listens there: join it with connect:%s", name,
                 name);
    else if (!listens && (reason == ECONNREFUSED || reason == ENOENT))
        snprintf(error, error_len,
                 "wire: connect:%s: nobody listens there: start the other end first, with "
                 "--wire listen:%s",
                 name, name);
    else if (!listens && reason == EAGAIN)
        snprintf(error, error_len,
                 "wire: connect:%s: whoever listens there has a peer and another that waits", name);
    else
        snprintf(error, error_len, "wire: %s:%s: %s", listens ? "listen" : "connect", name,
                 strerror(reason));
}
