/* The descriptors that programs hold: makes them, finds them again, and remembers how they ended.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/engine/engine_internal.h"

void owner_read(int fd, struct owner *out)
{
    struct ucred who = {0};
    socklen_t len = sizeof who;
    char path[32];
    FILE *comm;

    memset(out, 0, sizeof *out);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len))
        return;
    out->pid = who.pid;
    snprintf(path, sizeof path, "/proc/%d/comm", (int)who.pid);
    comm = fopen(path, "re");
    if (!comm)
        return;
    if (fgets(out->program, sizeof out->program, comm))
        out->program[strcspn(out->program, "\n")] = '\0';
    fclose(comm);
}

struct descriptor *descriptor_create(struct engine *engine, enum descriptor_kind kind,
                                     const struct owner *owner)
{
    struct descriptor *d = NULL;

    if (engine->descriptor_count < engine->config.max_descriptors)
        d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->source.fd = d->source.slot = -1;
    d->engine = engine;
    d->kind = kind;
    d->number = ++engine->number;
    d->owner = *owner;
    d->next = engine->descriptors;
    d->link = &engine->descriptors;
    if (d->next)
        d->next->link = &d->next;
    engine->descriptors = d;
    engine->descriptor_count++;
    return d;
}

static uint64_t socket_cookie(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof cookie;

    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) ? 0 : cookie;
}

int descriptor_pair(struct descriptor *d, int type, int bytes, int *theirs)
{
    int pair[2], error;

    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair))
        return -errno;
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(pair[0], SOL_SOCKET, SO_OOBINLINE, &(int){1}, sizeof(int)); /* MSG_OOB is data */
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    d->cookie = socket_cookie(pair[1]);
    d->source.fd = pair[0];
    d->source.ready = type == SOCK_STREAM ? stream_ready : datagram_ready;
    error = source_add(d->engine, &d->source);
    if (error) {
        close(pair[0]);
        close(pair[1]);
        d->source.fd = -1;
        return error;
    }
    *theirs = pair[1];
    return 0;
}

static void work_remove(struct descriptor *d)
{
    struct descriptor **at = &d->engine->work;

    while (d->working && *at != d)
        at = &(*at)->work_next;
    if (d->working)
        *at = d->work_next;
    d->working = false;
}

void descriptor_free(struct descriptor *d)
{
    work_remove(d);
    if (d->source.fd >= 0) {
        source_remove(d->engine, &d->source);
        close(d->source.fd);
    }
    *d->link = d->next;
    if (d->next)
        d->next->link = d->link;
    d->engine->descriptor_count--;
    service_limit(d->engine);
    free(d);
}

void descriptor_work(struct descriptor *d)
{
    if (d->working)
        return;
    d->working = true;
    d->work_next = d->engine->work;
    d->engine->work = d;
}

static void descriptor_turn(struct descriptor *d)
{
    if (d->kind == KIND_STREAM)
        stream_turn(d);
    else if (d->kind == KIND_LISTENER)
        listener_turn(d);
    else
        datagram_turn(d);
}

void descriptors_turn(struct engine *engine)
{
    if (engine->room)
        for (struct descriptor *d = engine->descriptors; d; d = d->next)
            if (d->kind == KIND_DATAGRAM)
                descriptor_work(d);
    engine->room = false;
    while (engine->work) {
        struct descriptor *d = engine->work;

        engine->work = d->work_next;
        d->working = false;
        descriptor_turn(d);
    }
}

void descriptors_end(struct engine *engine, int error)
{
    for (struct descriptor *d = engine->descriptors, *next; d; d = next) {
        next = d->next;
        if (d->kind == KIND_DATAGRAM)
            datagram_end(d, error);
        else if (!d->over)
            stream_fail(d, error);
    }
}

void socks_name_read(int fd, bool peer, char *name)
{
    struct sockaddr_un address;
    socklen_t len = sizeof address;
    int failed = peer ? getpeername(fd, (struct sockaddr *)&address, &len)
                      : getsockname(fd, (struct sockaddr *)&address, &len);
    size_t head = offsetof(struct sockaddr_un, sun_path) + 1;

    memset(name, 0, SOCKS_NAME_BYTES);
    /* An abstract name (unix(7)) starts with a zero byte. */
    if (!failed && address.sun_family == AF_UNIX && len > head && !address.sun_path[0] &&
        len - head < SOCKS_NAME_BYTES)
        memcpy(name, address.sun_path + 1, len - head);
}

/* What identifies the program's end of a pair, or its socket to the SOCKS listener. */
struct identity {
    uint64_t cookie;
    char name[SOCKS_NAME_BYTES];
};

static void identity_read(int fd, struct identity *out)
{
    out->cookie = socket_cookie(fd);
    socks_name_read(fd, false, out->name);
}

static bool identity_is(const struct identity *identity, uint64_t cookie, const char *name)
{
    return (cookie && cookie == identity->cookie) || (name[0] && !strcmp(name, identity->name));
}

struct descriptor *descriptor_find(struct engine *engine, int fd)
{
    struct identity identity;

    if (fd < 0)
        return NULL;
    identity_read(fd, &identity);
    for (struct descriptor *d = engine->descriptors; d; d = d->next)
        if (identity_is(&identity, d->cookie, d->socks_name))
            return d;
    return NULL;
}

void ended_remember(struct engine *engine, uint64_t cookie, const char *socks_name, int error,
                    const char *text)
{
    struct ended *ended = &engine->ended[engine->ended_next++ % ENDED_MAX];

    ended->cookie = cookie;
    ended->error = error;
    snprintf(ended->socks_name, sizeof ended->socks_name, "%s", socks_name);
    snprintf(ended->text, sizeof ended->text, "%s", text);
}

const struct ended *ended_find(struct engine *engine, int fd)
{
    struct identity identity;

    if (fd < 0)
        return NULL;
    identity_read(fd, &identity);
    for (unsigned i = 1; i <= ENDED_MAX; i++) { /* the newest first: names come again */
        const struct ended *ended = &engine->ended[(engine->ended_next - i) % ENDED_MAX];
        if (identity_is(&identity, ended->cookie, ended->socks_name))
            return ended;
    }
    return NULL;
}
