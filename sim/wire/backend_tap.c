/* A TAP interface at the far end: the kernel's own TCP/IP, and whatever it bridges or routes to.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "driver/transport.h"

enum {
    READ_BYTES = 65536,
    READS_A_POLL = 64,  /* so that a flood cannot keep poll from returning */
    RETRY_NS = 1000000, /* the kernel took a frame no more: try again */
};

struct tap_backend {
    struct backend base;
    int fd;
    bool full;
    uint8_t bytes[READ_BYTES];
};

static bool tap_send(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct tap_backend *self = (struct tap_backend *)backend;

    (void)now_ns;
    /* Any other error is the interface's (it is down, say): the frame is gone, as on a wire. */
    self->full = write(self->fd, bytes, len) < 0 && (errno == EAGAIN || errno == ENOBUFS);
    return !self->full;
}

static void tap_poll(struct backend *backend, uint64_t now_ns)
{
    struct tap_backend *self = (struct tap_backend *)backend;

    for (int i = 0; i < READS_A_POLL && backend->port.room(backend->port.user); i++) {
        ssize_t len = read(self->fd, self->bytes, sizeof(self->bytes));
        if (len <= 0)
            return;
        backend->port.frame(backend->port.user, self->bytes, (size_t)len, now_ns);
    }
}

static uint64_t tap_deadline(struct backend *backend, uint64_t now_ns)
{
    const struct tap_backend *self = (const struct tap_backend *)backend;

    return self->full ? now_ns + RETRY_NS : TIME_NEVER;
}

static int tap_fds(struct backend *backend, struct pollfd *fds, int max)
{
    const struct tap_backend *self = (const struct tap_backend *)backend;

    if (max < 1)
        return 0;
    fds[0] =
        (struct pollfd){.fd = self->fd, .events = (short)(POLLIN | (self->full ? POLLOUT : 0))};
    return 1;
}

/* The kernel's clock runs on, whatever we do. */
static bool tap_host_busy(struct backend *backend, uint64_t now_ns)
{
    (void)backend, (void)now_ns;
    return true;
}

static void tap_close(struct backend *backend)
{
    struct tap_backend *self = (struct tap_backend *)backend;

    close(self->fd);
    free(self);
}

static void tap_explain(const char *name, int reason, char *error, size_t error_len)
{
    if (reason == EPERM || reason == EACCES)
        snprintf(error, error_len,
                 "wire: tap '%s': not permitted: run as root (CAP_NET_ADMIN), or have root make it "
                 "yours once: "
                 "ip tuntap add dev %s mode tap user \"$USER\"; ip link set %s up",
                 name, name, name);
    else if (reason == EBUSY)
        snprintf(error, error_len,
                 "wire: tap '%s' is in use by another program: end it or give another name", name);
    else if (reason == ENOENT || reason == ENODEV)
        snprintf(error, error_len,
                 "wire: tap '%s': this kernel offers no /dev/net/tun: load it with modprobe tun",
                 name);
    else
        snprintf(error, error_len, "wire: tap '%s': %s: is it another kind of interface?", name,
                 strerror(reason));
}

/* Returns the descriptor or a negative errno. */
static int tap_attach(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), reason;

    if (fd < 0)
        return -errno;
    memcpy(request.ifr_name, name, strlen(name));
    if (ioctl(fd, TUNSETIFF, &request) == 0)
        return fd;
    reason = errno;
    close(fd);
    return -reason;
}

int backend_tap_open(struct backend **out, const char *name, const struct backend_port *port,
                     char *error, size_t error_len)
{
    static const struct backend_ops ops = {tap_send, tap_poll,      tap_deadline,
                                           tap_fds,  tap_host_busy, tap_close};
    struct tap_backend *self;
    int fd;

    if (!*name || strlen(name) >= IFNAMSIZ || strpbrk(name, "/% ")) {
        snprintf(error, error_len,
                 "wire: '%.60s' is no interface name: give 1 to %d characters, such as tap:tap0",
                 name, IFNAMSIZ - 1);
        return -EINVAL;
    }
    fd = tap_attach(name);
    if (fd < 0) {
        tap_explain(name, -fd, error, error_len);
        return fd;
    }
    self = calloc(1, sizeof(*self));
    if (!self) {
        close(fd);
        return -ENOMEM;
    }
    self->base = (struct backend){&ops, *port};
    self->fd = fd;
    *out = &self->base;
    return 0;
}
