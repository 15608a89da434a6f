/* Sends and receives the messages of transfers in flight, on a socket that may take and give any number of bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/usbip_flight.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { MESSAGES_A_POLL = 256 }; /* so that a talkative server cannot keep poll from returning */

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

void usbip_flights_end(struct usbip *self, int status)
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

void usbip_message_queue(struct usbip *self, struct message *message)
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
    struct iovec parts[2] = {{message->header + USBIP_URB_BYTES - header_left, header_left}};
    struct msghdr letter = {.msg_iov = parts, .msg_iovlen = 1};

    if (message->data_len)
        parts[letter.msg_iovlen++] = (struct iovec){(uint8_t *)(uintptr_t)message->data + data_at,
                                                    message->data_len - data_at};
    return sendmsg(self->fd, &letter, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void usbip_send(struct usbip *self)
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

void usbip_receive(struct usbip *self)
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
