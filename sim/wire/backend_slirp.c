/* libslirp at the far end: user-mode NAT to the host's own sockets, without privileges.
 *
 * SPDX-License-Identifier: MIT
 *
 * The board's network is 10.0.2.0/24: DHCP gives 10.0.2.15, the host's loopback is 10.0.2.2, and 10.0.2.3 forwards
 * to the host's resolver. So it is with fd00::/64, advertised by a router, fd00::2 and fd00::3. libslirp lives in the wire's
 * time, which its clock callback returns. Segments are as long as if_mtu says, not as the other side's MSS does.
 */
#include "sim/wire/backend.h"

#include <arpa/inet.h>
#include <errno.h>
#include <slirp/libslirp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "driver/transport.h"
#include "sim/wire/slirp_datagram.h"

enum {
    POLL_MOST = 1024,
    TIMERS = 4,
    MTU = 1500,
    STREAM_FDS = 65536,
    QUESTION_NS = 2000000000, /* a datagram without an answer keeps the host busy for so long */
};

struct slirp_timer {
    struct slirp_backend *owner;
    SlirpTimerId id;
    SlirpTimerCb callback; /* NULL: id and opaque say what */
    void *opaque;
    bool used;
    uint64_t expires_ns;
};

struct slirp_backend {
    struct backend base;
    Slirp *slirp;
    uint64_t now_ns, next_ns; /* next_ns: when libslirp's own timers are due */
    struct slirp_timer timers[TIMERS];
    struct pollfd fds[POLL_MOST];
    int fd_count;
    uint32_t streams;              /* TCP sockets open on the host */
    uint8_t is_stream[STREAM_FDS]; /* by descriptor */
    uint64_t asked_ns; /* when a datagram last went to the host unanswered; TIME_NEVER: none */
};

/* ---- what libslirp asks of us ---- */

/* Remembers whether a datagram went out (to the host) or came back. */
static void datagram_watch(struct slirp_backend *self, const uint8_t *bytes, size_t len, bool out)
{
    if (slirp_datagram(bytes, len, out))
        self->asked_ns = out ? self->now_ns : TIME_NEVER;
}

static ssize_t on_send_packet(const void *bytes, size_t len, void *opaque)
{
    struct slirp_backend *self = opaque;

    datagram_watch(self, bytes, len, false);
    self->base.port.frame(self->base.port.user, bytes, len, self->now_ns);
    return (ssize_t)len;
}

/* A guest's mistake is libslirp's to drop; whoever wants to see it looks at the capture. */
static void on_guest_error(const char *message, void *opaque)
{
    (void)message, (void)opaque;
}

static int64_t on_clock(void *opaque)
{
    const struct slirp_backend *self = opaque;

    return (int64_t)self->now_ns;
}

static void *timer_make(struct slirp_backend *self, SlirpTimerId id, SlirpTimerCb callback,
                        void *opaque)
{
    for (int i = 0; i < TIMERS; i++) {
        if (!self->timers[i].used) {
            self->timers[i] = (struct slirp_timer){self, id, callback, opaque, true, TIME_NEVER};
            return &self->timers[i];
        }
    }
    return NULL;
}

static void *on_timer_new(SlirpTimerCb callback, void *callback_opaque, void *opaque)
{
    return timer_make(opaque, SLIRP_TIMER_NUM, callback, callback_opaque);
}

static void *on_timer_new_opaque(SlirpTimerId id, void *callback_opaque, void *opaque)
{
    return timer_make(opaque, id, NULL, callback_opaque);
}

static void on_timer_free(void *timer, void *opaque)
{
    (void)opaque;
    if (timer)
        ((struct slirp_timer *)timer)->used = false;
}

static void on_timer_mod(void *timer, int64_t expires_ms, void *opaque)
{
    (void)opaque;
    if (timer)
        ((struct slirp_timer *)timer)->expires_ns = (uint64_t)expires_ms * 1000000u;
}

static void on_register_fd(int fd, void *opaque)
{
    struct slirp_backend *self = opaque;
    int type = 0;
    socklen_t len = sizeof(type);

    if (fd < 0 || fd >= STREAM_FDS || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) ||
        type != SOCK_STREAM)
        return;
    self->streams += !self->is_stream[fd];
    self->is_stream[fd] = 1;
}

static void on_unregister_fd(int fd, void *opaque)
{
    struct slirp_backend *self = opaque;

    if (fd < 0 || fd >= STREAM_FDS)
        return;
    self->streams -= self->is_stream[fd];
    self->is_stream[fd] = 0;
}

/* The wire polls after every frame that it handed over: nothing needs a kick. */
static void on_notify(void *opaque)
{
    (void)opaque;
}

static void on_init_completed(Slirp *slirp, void *opaque)
{
    ((struct slirp_backend *)opaque)->slirp = slirp;
}

static const SlirpCb CALLBACKS = {
    .send_packet = on_send_packet,
    .guest_error = on_guest_error,
    .clock_get_ns = on_clock,
    .timer_new = on_timer_new,
    .timer_free = on_timer_free,
    .timer_mod = on_timer_mod,
    .register_poll_fd = on_register_fd,
    .unregister_poll_fd = on_unregister_fd,
    .notify = on_notify,
    .init_completed = on_init_completed,
    .timer_new_opaque = on_timer_new_opaque,
};

/* ---- descriptors ---- */

static const struct {
    int slirp;
    short poll;
} EVENTS[] = {
    {SLIRP_POLL_IN, POLLIN},   {SLIRP_POLL_OUT, POLLOUT}, {SLIRP_POLL_PRI, POLLPRI},
    {SLIRP_POLL_ERR, POLLERR}, {SLIRP_POLL_HUP, POLLHUP},
};
enum { EVENT_COUNT = sizeof(EVENTS) / sizeof(EVENTS[0]) };

static int on_add_poll(int fd, int events, void *opaque)
{
    struct slirp_backend *self = opaque;
    struct pollfd *at = &self->fds[self->fd_count];

    if (self->fd_count == POLL_MOST)
        return -1;
    *at = (struct pollfd){.fd = fd};
    for (int i = 0; i < EVENT_COUNT; i++)
        if (events & EVENTS[i].slirp)
            at->events |= EVENTS[i].poll;
    return self->fd_count++;
}

static int on_get_revents(int index, void *opaque)
{
    const struct slirp_backend *self = opaque;
    int events = 0;

    if (index < 0)
        return 0;
    for (int i = 0; i < EVENT_COUNT; i++)
        if (self->fds[index].revents & EVENTS[i].poll)
            events |= EVENTS[i].slirp;
    return events;
}

/* Asks libslirp anew which descriptors it waits for, and when its timers are due. */
static void slirp_refill(struct slirp_backend *self)
{
    uint32_t wait_ms = UINT32_MAX;

    self->fd_count = 0;
    slirp_pollfds_fill(self->slirp, &wait_ms, on_add_poll, self);
    self->next_ns =
        wait_ms == UINT32_MAX ? TIME_NEVER : self->now_ns + (uint64_t)wait_ms * 1000000u;
}

/* ---- the backend ---- */

static bool slirp_send(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct slirp_backend *self = (struct slirp_backend *)backend;

    self->now_ns = now_ns;
    datagram_watch(self, bytes, len, true);
    slirp_input(self->slirp, bytes, (int)len);
    return true;
}

static void timers_run(struct slirp_backend *self)
{
    for (int i = 0; i < TIMERS; i++) {
        struct slirp_timer *timer = &self->timers[i];
        if (!timer->used || timer->expires_ns > self->now_ns)
            continue;
        timer->expires_ns = TIME_NEVER;
        if (timer->callback)
            timer->callback(timer->opaque);
        else
            slirp_handle_timer(self->slirp, timer->id, timer->opaque);
    }
}

static void slirp_poll(struct backend *backend, uint64_t now_ns)
{
    struct slirp_backend *self = (struct slirp_backend *)backend;
    int failed;

    self->now_ns = now_ns;
    timers_run(self);
    if (!backend->port.room(backend->port.user))
        return;
    slirp_refill(self);
    failed = self->fd_count > 0 && poll(self->fds, (nfds_t)self->fd_count, 0) < 0;
    slirp_pollfds_poll(self->slirp, failed, on_get_revents, self);
}

static uint64_t slirp_deadline(struct backend *backend, uint64_t now_ns)
{
    struct slirp_backend *self = (struct slirp_backend *)backend;
    uint64_t deadline;

    self->now_ns = now_ns;
    slirp_refill(self);
    deadline = self->next_ns;
    for (int i = 0; i < TIMERS; i++)
        if (self->timers[i].used && self->timers[i].expires_ns < deadline)
            deadline = self->timers[i].expires_ns;
    return deadline;
}

static int slirp_fds(struct backend *backend, struct pollfd *fds, int max)
{
    struct slirp_backend *self = (struct slirp_backend *)backend;
    int count;

    slirp_refill(self);
    count = self->fd_count < max ? self->fd_count : max;
    for (int i = 0; i < count; i++)
        fds[i] = self->fds[i];
    return count;
}

static bool slirp_host_busy(struct backend *backend, uint64_t now_ns)
{
    const struct slirp_backend *self = (const struct slirp_backend *)backend;

    if (self->streams)
        return true;
    return self->asked_ns != TIME_NEVER && now_ns < self->asked_ns + QUESTION_NS;
}

static void slirp_close(struct backend *backend)
{
    struct slirp_backend *self = (struct slirp_backend *)backend;

    slirp_cleanup(self->slirp);
    free(self);
}

int backend_slirp_open(struct backend **out, const struct backend_port *port, uint64_t start_ns,
                       char *error, size_t error_len)
{
    static const struct backend_ops ops = {slirp_send, slirp_poll,      slirp_deadline,
                                           slirp_fds,  slirp_host_busy, slirp_close};
    struct slirp_backend *self = calloc(1, sizeof(*self));
    SlirpConfig config = {
        .version = 4, .in_enabled = true, .in6_enabled = true, .if_mtu = MTU, .if_mru = MTU};

    if (!self)
        return -ENOMEM;
    self->base = (struct backend){&ops, *port};
    self->now_ns = start_ns;
    self->asked_ns = self->next_ns = TIME_NEVER;
    inet_pton(AF_INET, "10.0.2.0", &config.vnetwork);
    inet_pton(AF_INET, "255.255.255.0", &config.vnetmask);
    inet_pton(AF_INET, "10.0.2.2", &config.vhost);
    inet_pton(AF_INET, "10.0.2.3", &config.vnameserver);
    inet_pton(AF_INET, "10.0.2.15", &config.vdhcp_start);
    inet_pton(AF_INET6, "fd00::", &config.vprefix_addr6);
    config.vprefix_len = 64;
    inet_pton(AF_INET6, "fd00::2", &config.vhost6);
    inet_pton(AF_INET6, "fd00::3", &config.vnameserver6);
    self->slirp = slirp_new(&config, &CALLBACKS, self);
    if (!self->slirp) {
        snprintf(error, error_len, "wire: libslirp %s would not start", slirp_version_string());
        free(self);
        return -EIO;
    }
    *out = &self->base;
    return 0;
}
