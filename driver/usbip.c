/* The USB/IP client as a transport.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/usbip_flight.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A server that has not answered an unlink by then has died without closing the connection. */
static const uint64_t UNLINK_PATIENCE_NS = 2000000000;

static uint32_t usbip_seqnum(struct usbip *self)
{
    uint32_t seqnum = self->next_seqnum++;

    if (self->next_seqnum == 0)
        self->next_seqnum = 1;
    return seqnum;
}

static int usbip_submit(struct transport *transport, struct transfer *transfer)
{
    struct usbip *self = (struct usbip *)transport;
    struct flight *flight, **at = &self->flights;

    if (self->gone)
        return -ENODEV;
    if (transfer->length > INT32_MAX)
        return -EINVAL;
    flight = calloc(1, sizeof(*flight));
    if (!flight)
        return -ENOMEM;
    flight->transfer = transfer;
    flight->seqnum = usbip_seqnum(self);
    usbip_write_submit(flight->submit.header, flight->seqnum, self->devid, transfer);
    if (!usbip_is_in(transfer)) {
        flight->submit.data = transfer->data;
        flight->submit.data_len = transfer->length;
    }
    while (*at)
        at = &(*at)->next;
    *at = flight;
    transfer->context = flight;
    usbip_message_queue(self, &flight->submit);
    usbip_send(self);
    return 0;
}

static void usbip_cancel(struct transport *transport, struct transfer *transfer)
{
    struct usbip *self = (struct usbip *)transport;
    struct flight *flight = transfer->context;

    if (self->gone || !flight || flight->unlink_seqnum)
        return;
    flight->unlink_seqnum = usbip_seqnum(self);
    usbip_write_unlink(flight->unlink.header, flight->unlink_seqnum, self->devid, flight->seqnum);
    usbip_message_queue(self, &flight->unlink);
    usbip_send(self);
}

static bool unlink_waits(const struct usbip *self)
{
    const struct flight *flight = self->flights;

    while (flight && !flight->unlink_seqnum)
        flight = flight->next;
    return flight;
}

/* What the caller cancels, it waits for: it must come to an end whatever the server does. */
static void unlinks_watch(struct usbip *self)
{
    if (!unlink_waits(self))
        self->unlink_since_ns = 0;
    else if (!self->unlink_since_ns)
        self->unlink_since_ns = self->wall_ns;
    else if (self->wall_ns - self->unlink_since_ns > UNLINK_PATIENCE_NS)
        self->gone = true;
}

static uint64_t usbip_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct usbip *self = (struct usbip *)transport;

    (void)until_ns;
    transport->now_ns = self->wall_ns = wall_ns;
    usbip_send(self);
    usbip_receive(self);
    unlinks_watch(self);
    if (self->gone)
        usbip_flights_end(self, -ENODEV);
    return wall_ns;
}

static uint64_t usbip_deadline(struct transport *transport)
{
    const struct usbip *self = (const struct usbip *)transport;

    if (self->gone && self->flights)
        return self->wall_ns;
    return self->unlink_since_ns ? self->unlink_since_ns + UNLINK_PATIENCE_NS : TIME_NEVER;
}

static int usbip_fds(struct transport *transport, struct pollfd *fds, int max)
{
    const struct usbip *self = (const struct usbip *)transport;

    if (max < 1 || self->gone)
        return 0;
    fds[0] = (struct pollfd){.fd = self->fd,
                             .events = (short)(POLLIN | (self->out_first ? POLLOUT : 0))};
    return 1;
}

/* The server ends what it still has when the connection closes. */
static void usbip_close(struct transport *transport)
{
    struct usbip *self = (struct usbip *)transport;

    self->gone = true;
    usbip_flights_end(self, -ECANCELED);
    close(self->fd);
    free(self);
}

struct transport *usbip_make(int fd, const struct usbip_device *device, const char *name,
                             const char *serial)
{
    static const struct transport_ops ops = {
        .submit = usbip_submit,
        .cancel = usbip_cancel,
        .poll = usbip_poll,
        .deadline = usbip_deadline,
        .fds = usbip_fds,
        .close = usbip_close,
    };
    struct usbip *self = calloc(1, sizeof(*self));

    if (!self) {
        close(fd);
        return NULL;
    }
    self->base.ops = &ops;
    self->base.speed = device->speed;
    snprintf(self->base.name, sizeof(self->base.name), "%s", name);
    snprintf(self->base.serial, sizeof(self->base.serial), "%s", serial);
    self->fd = fd;
    self->devid = device->devid;
    self->next_seqnum = 1;
    return &self->base;
}
