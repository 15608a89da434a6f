/* Another machine's end of the wire, over a Unix or TCP socket: each frame is preceded by its length, 4 bytes big-endian, as QEMU's
 * `-netdev stream` and passt have it. So two simulated boards meet, or a board and a virtual machine.
 *
 * SPDX-License-Identifier: MIT
 *
 * One end listens, one peer at a time, and takes the next when that one has gone; the other connects, and tries again
 * every second when it has lost its peer. Frames that are sent while nobody is there are lost, as without a cable. A
 * stream loses nothing itself: while the peer does not read, send refuses.
 */
#include "sim/wire/backend_stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/transport.h"

enum {
    HEADER_BYTES = 4,
    LONGEST_FRAME = 65550, /* longer: it is no such stream */
    READS_A_POLL = 64,     /* so that a flood cannot keep poll from returning */
};
#define RETRY_NS UINT64_C(1000000000)

struct stream_backend {
    struct backend base;
    struct stream_address address;
    int listener; /* -1: this end connects */
    int fd;       /* of the peer; -1: nobody is there */
    bool connecting;
    uint64_t retry_ns;
    uint8_t in[HEADER_BYTES + LONGEST_FRAME], out[HEADER_BYTES + LONGEST_FRAME];
    size_t in_len, out_len, out_sent; /* out holds what is left of one frame */
};

static void peer_gone(struct stream_backend *self, uint64_t now_ns)
{
    close(self->fd);
    self->fd = -1;
    self->connecting = false;
    self->in_len = self->out_len = self->out_sent = 0;
    self->retry_ns = now_ns + RETRY_NS;
}

static void peer_taken(struct stream_backend *self, int fd)
{
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
               sizeof one); /* fails on a Unix socket, as it may */
    self->fd = fd;
}

static void flush(struct stream_backend *self, uint64_t now_ns)
{
    while (self->out_sent < self->out_len) {
        ssize_t put = send(self->fd, self->out + self->out_sent, self->out_len - self->out_sent,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno == EAGAIN)
            return;
        if (put < 0) {
            peer_gone(self, now_ns);
            return;
        }
        self->out_sent += (size_t)put;
    }
    self->out_len = self->out_sent = 0;
}

static bool stream_send(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct stream_backend *self = (struct stream_backend *)backend;

    if (self->fd < 0 || self->connecting || len > LONGEST_FRAME)
        return true; /* lost */
    flush(self, now_ns);
    if (self->out_len)
        return false;
    if (self->fd < 0)
        return true;
    for (int i = 0; i < HEADER_BYTES; i++)
        self->out[i] = (uint8_t)(len >> (8 * (3 - i)));
    memcpy(self->out + HEADER_BYTES, bytes, len);
    self->out_len = HEADER_BYTES + len;
    flush(self, now_ns);
    return true;
}

/* A non-blocking connect that has been decided one way or the other. */
static void connect_finish(struct stream_backend *self, uint64_t now_ns)
{
    struct pollfd fd = {.fd = self->fd, .events = POLLOUT};
    int error = 0;
    socklen_t length = sizeof error;

    if (poll(&fd, 1, 0) != 1)
        return;
    getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    self->connecting = false;
    if (error)
        peer_gone(self, now_ns);
}

static void look_for_peer(struct stream_backend *self, uint64_t now_ns)
{
    int fd;

    if (self->listener >= 0) {
        fd = accept4(self->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            peer_taken(self, fd);
        return;
    }
    if (now_ns < self->retry_ns)
        return;
    self->retry_ns = now_ns + RETRY_NS;
    fd = stream_address_connect(&self->address, false);
    if (fd < 0)
        return;
    self->connecting = true;
    peer_taken(self, fd);
}

static size_t length_of(const uint8_t *header)
{
    return (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3];
}

/* Hands on the whole frames that are in. */
static void frames_take(struct stream_backend *self, uint64_t now_ns)
{
    struct backend_port *port = &self->base.port;
    size_t at = 0;

    while (self->fd >= 0 && self->in_len - at >= HEADER_BYTES) {
        size_t len = length_of(self->in + at);
        if (len > LONGEST_FRAME) {
            peer_gone(self, now_ns);
            return;
        }
        if (self->in_len - at < HEADER_BYTES + len || !port->room(port->user))
            break;
        port->frame(port->user, self->in + at + HEADER_BYTES, len, now_ns);
        at += HEADER_BYTES + len;
    }
    self->in_len -= at;
    memmove(self->in, self->in + at, self->in_len);
}

/* Frames that wait for room may fill the buffer. */
static bool may_read(const struct stream_backend *self)
{
    const struct backend_port *port = &self->base.port;

    return self->in_len < sizeof self->in && port->room(port->user);
}

static void stream_poll(struct backend *backend, uint64_t now_ns)
{
    struct stream_backend *self = (struct stream_backend *)backend;

    if (self->fd < 0)
        look_for_peer(self, now_ns);
    if (self->fd >= 0 && self->connecting)
        connect_finish(self, now_ns);
    if (self->fd < 0 || self->connecting)
        return;
    flush(self, now_ns);
    frames_take(self, now_ns); /* those that found no room */
    for (int i = 0; i < READS_A_POLL && self->fd >= 0 && may_read(self); i++) {
        ssize_t got =
            recv(self->fd, self->in + self->in_len, sizeof self->in - self->in_len, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            peer_gone(self, now_ns);
            return;
        }
        self->in_len += (size_t)got;
        frames_take(self, now_ns);
    }
}

static uint64_t stream_deadline(struct backend *backend, uint64_t now_ns)
{
    const struct stream_backend *self = (const struct stream_backend *)backend;

    if (self->fd >= 0 || self->listener >= 0)
        return TIME_NEVER;
    return self->retry_ns > now_ns ? self->retry_ns : now_ns;
}

static int stream_fds(struct backend *backend, struct pollfd *fds, int max)
{
    const struct stream_backend *self = (const struct stream_backend *)backend;
    bool writes = self->connecting || self->out_len;

    if (max < 1 || (self->fd < 0 && self->listener < 0))
        return 0;
    fds[0] = (struct pollfd){.fd = self->fd >= 0 ? self->fd : self->listener,
                             .events = (short)(POLLIN | (writes ? POLLOUT : 0))};
    return 1;
}

/* The peer's clock runs on, whatever we do. */
static bool stream_host_busy(struct backend *backend, uint64_t now_ns)
{
    (void)backend, (void)now_ns;
    return true;
}

static void stream_close(struct backend *backend)
{
    struct stream_backend *self = (struct stream_backend *)backend;

    if (self->fd >= 0)
        close(self->fd);
    if (self->listener >= 0)
        stream_address_unlisten(&self->address, self->listener);
    free(self);
}

int backend_stream_open(struct backend **out, const char *name, bool listens,
                        const struct backend_port *port, uint64_t start_ns, char *error,
                        size_t error_len)
{
    static const struct backend_ops ops = {stream_send, stream_poll,      stream_deadline,
                                           stream_fds,  stream_host_busy, stream_close};
    struct stream_address address;
    struct stream_backend *self;
    int fd = stream_address_parse(&address, name, error, error_len);

    if (fd)
        return fd;
    fd = listens ? stream_address_listen(&address) : stream_address_connect(&address, true);
    if (fd < 0) {
        stream_address_explain(name, listens, -fd, error, error_len);
        return fd;
    }
    self = calloc(1, sizeof *self);
    if (!self) {
        close(fd);
        return -ENOMEM;
    }
    self->base = (struct backend){&ops, *port};
    self->address = address;
    self->listener = listens ? fd : -1;
    self->fd = -1;
    self->retry_ns = start_ns;
    if (!listens)
        peer_taken(self, fd);
    *out = &self->base;
    return 0;
}
