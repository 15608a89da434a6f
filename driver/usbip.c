/* The USB/IP client as a transport: URBs out, answers in, on a socket that may take and give any number of bytes.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each transfer in flight has a message to send, its CMD_SUBMIT, and perhaps a second, its CMD_UNLINK. A flight whose
 * unlink has gone out lives until the server answers that, also where its transfer ended before.
 */
#include "driver/usbip_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MESSAGES_A_POLL = 256 }; /* so that a talkative server cannot keep poll from returning */

/* A server that has not answered an unlink by then has died without closing the connection. */
static const uint64_t UNLINK_PATIENCE_NS = 2000000000;

struct message {
    struct message *next;
    uint8_t header[USBIP_URB_BYTES];
    const uint8_t *data;
    size_t data_len, sent;
};

struct flight {
    struct flight *next;
    struct transfer *transfer;      /* NULL once done was called */
    uint32_t seqnum, unlink_seqnum; /* unlink_seqnum 0: not asked to end */
    struct message submit, unlink;
};

struct usbip {
    struct transport base;
    int fd;
    bool gone;
    uint32_t devid, next_seqnum;
    uint64_t wall_ns;
    uint64_t unlink_since_ns; /* since when poll has waited for an answer to one; 0: it does not */
    struct flight *flights;   /* oldest first */
    struct message *out_first, *out_last;
    /* the message that is coming in */
    uint8_t header[USBIP_URB_BYTES];
    size_t header_len;
    struct usbip_reply reply;
    struct flight *receiving; /* its data follows the header */
    uint32_t received;
};

/* ---- flights ---- */

static struct flight *flight_find(struct usbip *self, uint32_t seqnum, bool by_unlink)
{
    for (struct flight *flight = self->flights; flight; flight = flight->next)
        if ((by_unlink ? flight->unlink_seqnum : flight->seqnum) == seqnum)
            return flight;
    return NULL;
}

static void flight_remove(struct usbip *self, struct flight *flight)
{
    struct flight **at = &self->flights;

    while (*at != flight)
        at = &(*at)->next;
    *at = flight->next;
    free(flight);
}

/* Ends the flight's transfer; done may submit again. */
static void flight_finish(struct flight *flight, int status, uint32_t actual)
{
    struct transfer *transfer = flight->transfer;

    flight->transfer = NULL;
    transfer->status = status;
    transfer->actual = actual;
    transfer->context = NULL;
    transfer->done(transfer);
}

/* Ends everything in flight, oldest first. */
static void flights_end(struct usbip *self, int status)
{
    self->out_first = self->out_last = NULL;
    self->receiving = NULL;
    while (self->flights) {
        struct flight *flight = self->flights;
        self->flights = flight->next;
        if (flight->transfer)
            flight_finish(flight, status, 0);
        free(flight);
    }
}

/* ---- sending ---- */

static void message_queue(struct usbip *self, struct message *message)
{
    message->next = NULL;
    if (self->out_last)
        self->out_last->next = message;
    else
        self->out_first = message;
    self->out_last = message;
}

static ssize_t message_send(struct usbip *self, struct message *message)
{
    size_t header_left = message->sent < USBIP_URB_BYTES ? USBIP_URB_BYTES - message->sent : 0;
    size_t data_at = message->sent > USBIP_URB_BYTES ? message->sent - USBIP_URB_BYTES : 0;
    struct iovec parts[2] = {
        {message->header + USBIP_URB_BYTES - header_left, header_left},
        {(uint8_t *)(uintptr_t)message->data + data_at, message->data_len - data_at},
    };
    struct msghdr letter = {.msg_iov = parts, .msg_iovlen = message->data_len ? 2 : 1};

    return sendmsg(self->fd, &letter, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void usbip_send(struct usbip *self)
{
    while (self->out_first && !self->gone) {
        struct message *message = self->out_first;
        ssize_t sent = message_send(self, message);
        if (sent < 0) {
            self->gone = errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
            return;
        }
        message->sent += (size_t)sent;
        if (message->sent < USBIP_URB_BYTES + message->data_len)
            continue;
        self->out_first = message->next;
        if (!self->out_first)
            self->out_last = NULL;
    }
}

static bool message_is_sent(const struct message *message)
{
    return message->sent == USBIP_URB_BYTES + message->data_len;
}

/* ---- receiving ---- */

/* A header is complete. Returns false if no honest server would have sent it. */
static bool usbip_take_header(struct usbip *self)
{
    struct usbip_reply *reply = &self->reply;
    struct flight *flight;

    usbip_read_reply(self->header, reply);
    self->header_len = 0;
    flight = flight_find(self, reply->seqnum, reply->command == USBIP_RET_UNLINK);
    if (!flight || reply->seqnum == 0)
        return false;
    if (reply->command == USBIP_RET_UNLINK) {
        if (!message_is_sent(&flight->unlink))
            return false;
        if (flight->transfer)
            flight_finish(flight, -ECANCELED, 0);
        flight_remove(self, flight);
        return true;
    }
    if (reply->command != USBIP_RET_SUBMIT || !flight->transfer ||
        !message_is_sent(&flight->submit) || reply->actual > flight->transfer->length)
        return false;
    self->receiving = flight;
    self->received = 0;
    return true;
}

/* The answer to the flight's submit is complete. */
static void usbip_take_answer(struct usbip *self)
{
    struct flight *flight = self->receiving;

    self->receiving = NULL;
    flight_finish(flight, self->reply.status, self->reply.actual);
    if (!flight->unlink_seqnum) /* else the answer to the unlink is still to come */
        flight_remove(self, flight);
}

/* Bytes of data that are still to come for the answer being received. */
static uint32_t usbip_data_left(const struct usbip *self)
{
    if (!usbip_is_in(self->receiving->transfer))
        return 0;
    return self->reply.actual - self->received;
}

/* Reads some bytes of a header or of data. Returns false if there are none now. */
static bool usbip_read_some(struct usbip *self)
{
    uint8_t *at = self->header + self->header_len;
    size_t want = USBIP_URB_BYTES - self->header_len;
    ssize_t got;

    if (self->receiving) {
        at = self->receiving->transfer->data + self->received;
        want = usbip_data_left(self);
    }
    got = recv(self->fd, at, want, MSG_DONTWAIT);
    if (got <= 0) {
        self->gone = got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
        return false;
    }
    if (self->receiving)
        self->received += (uint32_t)got;
    else
        self->header_len += (size_t)got;
    return true;
}

static void usbip_receive(struct usbip *self)
{
    for (int messages = 0; messages < MESSAGES_A_POLL && !self->gone;) {
        if (!usbip_read_some(self))
            return;
        if (!self->receiving && self->header_len == USBIP_URB_BYTES && !usbip_take_header(self))
            self->gone = true;
        if (self->receiving && !self->gone && usbip_data_left(self) == 0) {
            usbip_take_answer(self);
            messages++;
        }
    }
}

/* ---- the transport ---- */

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
    message_queue(self, &flight->submit);
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
    message_queue(self, &flight->unlink);
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
        flights_end(self, -ENODEV);
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
    flights_end(self, -ECANCELED);
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
