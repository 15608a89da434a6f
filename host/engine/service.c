/* The engine's two Unix sockets: for the socket library, and for SOCKS5 clients.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/engine/engine_internal.h"

enum { SERVICE_BACKLOG = 128 };

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

static bool somebody_answers(const char *path, int type)
{
    struct sockaddr_un address = unix_address(path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool answers = fd >= 0 && (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ||
                               errno == EAGAIN); /* EAGAIN: it is there, with a full backlog */

    if (fd >= 0)
        close(fd);
    return answers;
}

/* Makes room at path for our socket: what an engine that was killed has left there, and nothing
 * else. */
static int stale_remove(const char *path, int type, char *error, size_t error_len)
{
    struct stat status;

    if (lstat(path, &status))
        return 0;
    if (!S_ISSOCK(status.st_mode)) {
        snprintf(error, error_len, "%s exists and is not a socket: remove it or name another path",
                 path);
        return -EEXIST;
    }
    if (somebody_answers(path, type)) {
        snprintf(error, error_len, "another engine serves %s: use it, or end it first", path);
        return -EADDRINUSE;
    }
    unlink(path);
    return 0;
}

static int unix_listen(struct engine *engine, struct source *source, const char *path, int type,
                       char *error, size_t error_len)
{
    struct sockaddr_un address = unix_address(path);
    int code = stale_remove(path, type, error, error_len);

    if (code)
        return code;
    source->fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* A socket's mode when it is bound becomes the mode of its name (unix(7)), so nobody comes
     * in between. */
    if (source->fd < 0 || fchmod(source->fd, engine->config.mode) ||
        bind(source->fd, (struct sockaddr *)&address, sizeof address) ||
        listen(source->fd, SERVICE_BACKLOG)) {
        code = -errno;
        snprintf(error, error_len, "cannot listen at %s: %s", path, strerror(-code));
        return code;
    }
    source->events = POLLIN;
    return source_add(engine, source);
}

static void service_ready(struct engine *engine, struct source *source, short revents)
{
    bool socks = source == &engine->socks_service;
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)revents;
    if (fd < 0 && (errno == EMFILE || errno == ENFILE) &&
        (engine->request_count || engine->descriptor_count)) {
        /* Until one of those is closed, poll would only tell the same again. */
        engine->service.events = engine->socks_service.events = 0;
        return;
    }
    if (fd >= 0)
        (socks ? socks_accept : control_accept)(engine, fd);
    service_limit(engine);
}

void service_limit(struct engine *engine)
{
    bool room = engine->request_count < engine->config.max_requests;

    engine->service.events = engine->socks_service.events = room ? POLLIN : 0;
}

int service_listen(struct engine *engine, char *error, size_t error_len)
{
    int code;

    engine->service.ready = engine->socks_service.ready = service_ready;
    code = unix_listen(engine, &engine->service, engine->path, SOCK_SEQPACKET, error, error_len);
    if (code)
        engine->path[0] = '\0'; /* not ours to remove */
    else
        code = unix_listen(engine, &engine->socks_service, engine->socks_path, SOCK_STREAM, error,
                           error_len);
    if (code)
        engine->socks_path[0] = '\0';
    return code;
}

static void unix_close(struct engine *engine, struct source *source, const char *path)
{
    if (source->fd < 0)
        return;
    source_remove(engine, source);
    close(source->fd);
    source->fd = -1;
    if (path[0])
        unlink(path);
}

void service_close(struct engine *engine)
{
    unix_close(engine, &engine->service, engine->path);
    unix_close(engine, &engine->socks_service, engine->socks_path);
    controls_close(engine);
    socks_close(engine);
}

void service_settled(struct engine *engine)
{
    controls_settled(engine);
    socks_settled(engine);
}
