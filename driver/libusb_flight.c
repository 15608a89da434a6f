/* Hands transfers to libusb in an order that a failed one cannot spoil.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/libusb_flight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void flight_append(struct usb_transport *self, struct flight *flight)
{
    struct flight **at = &self->flights;

    while (*at)
        at = &(*at)->next;
    *at = flight;
}

static void flight_remove(struct usb_transport *self, struct flight *flight)
{
    struct flight **at = &self->flights;

    while (*at != flight)
        at = &(*at)->next;
    *at = flight->next;
}

static void flight_free(struct flight *flight)
{
    if (!flight->under_way) /* else the kernel may still write to it */
        libusb_free_transfer(flight->urb);
    free(flight);
}

static bool is_bulk(const struct flight *flight)
{
    return flight->urb->type == LIBUSB_TRANSFER_TYPE_BULK;
}

static bool is_bulk_out(const struct flight *flight)
{
    return is_bulk(flight) && !(flight->transfer->endpoint & LIBUSB_ENDPOINT_IN);
}

/* ---- the order of an endpoint ---- */

/* The oldest flight of the endpoint. */
static struct flight *oldest(const struct usb_transport *self, uint8_t endpoint)
{
    struct flight *flight = self->flights;

    while (flight && flight->transfer->endpoint != endpoint)
        flight = flight->next;
    return flight;
}

static int flight_launch(struct flight *flight)
{
    int code = libusb_error_translate(libusb_submit_transfer(flight->urb));

    flight->under_way = !code;
    return code;
}

/* The transfer that waited for the one that has ended. */
static void launch_next(struct usb_transport *self, uint8_t endpoint)
{
    struct flight *next = oldest(self, endpoint);
    int code;

    if (!next || !is_bulk_out(next) || next->under_way || next->verdict)
        return;
    code = flight_launch(next);
    next->verdict = code && code != -ENODEV ? -EIO : code;
}

/* Ends those of the endpoint from flight on. */
static void call_back(struct flight *flight, uint8_t endpoint, int verdict)
{
    for (; flight; flight = flight->next) {
        if (flight->transfer->endpoint != endpoint || flight->verdict)
            continue;
        flight->verdict = verdict;
        if (flight->under_way)
            libusb_cancel_transfer(flight->urb);
    }
}

/* Ends the flight's transfer; done may submit again, and what it submits is behind the failure. */
static void flight_finish(struct flight *flight, int status, uint32_t actual)
{
    struct usb_transport *self = flight->owner;
    struct transfer *transfer = flight->transfer;

    if (is_bulk(flight) && status && status != -ECANCELED)
        call_back(flight->next, transfer->endpoint, status == -ENODEV ? -ENODEV : -ECANCELED);
    flight_remove(self, flight);
    flight_free(flight);
    launch_next(self, transfer->endpoint);
    transfer->status = status;
    transfer->actual = actual;
    transfer->context = NULL;
    transfer->done(transfer);
}

/* ---- what libusb says ---- */

/* usbfs copies what lies outside of the memory that it gave. */
static void count_bytes(struct usb_transport *self, const struct transfer *transfer, int actual)
{
    uintptr_t at = (uintptr_t)transfer->data, memory = (uintptr_t)self->memory;
    bool inside = transfer->endpoint && memory && at >= memory && at < memory + self->memory_bytes;

    if (actual <= 0)
        return;
    self->base.bytes_carried += (uint64_t)actual;
    self->base.bytes_copied += inside ? 0 : (uint64_t)actual;
}

/* A kernel does not look into a CLEAR_FEATURE(ENDPOINT_HALT) that it carries: its own toggle would stay as it was. */
static int clear_toggle(const struct flight *flight)
{
    const uint8_t *setup = flight->transfer->setup;

    return flight->transfer->endpoint || setup[0] != 0x02 || setup[1] != 0x01
               ? 0
               : libusb_error_translate(libusb_clear_halt(flight->owner->handle, setup[4]));
}

static void LIBUSB_CALL on_done(struct libusb_transfer *urb)
{
    struct flight *flight = urb->user_data;
    struct transfer *transfer = flight->transfer;
    int status = libusb_status_translate(urb->status), actual = urb->actual_length;

    flight->under_way = false;
    if (status == 0)
        status = clear_toggle(flight);
    if (status == -ENODEV)
        flight->owner->gone = true;
    else if (flight->verdict)
        status = flight->verdict;
    count_bytes(flight->owner, transfer, actual);
    if (!transfer->endpoint && (transfer->setup[0] & 0x80) && actual > 0)
        memcpy(transfer->data, flight->control + LIBUSB_CONTROL_SETUP_SIZE, (size_t)actual);
    flight_finish(flight, status, actual > 0 ? (uint32_t)actual : 0);
}

/* ---- making one ---- */

static void flight_fill_control(struct flight *flight)
{
    const struct transfer *transfer = flight->transfer;

    memcpy(flight->control, transfer->setup, LIBUSB_CONTROL_SETUP_SIZE);
    if (!(transfer->setup[0] & 0x80) && transfer->length)
        memcpy(flight->control + LIBUSB_CONTROL_SETUP_SIZE, transfer->data, transfer->length);
    libusb_fill_control_transfer(flight->urb, flight->owner->handle, flight->control, on_done,
                                 flight, 0);
}

static void flight_fill(struct flight *flight, enum libusb_transfer_type type)
{
    struct transfer *transfer = flight->transfer;

    if (type == LIBUSB_TRANSFER_TYPE_CONTROL) {
        flight_fill_control(flight);
        return;
    }
    libusb_fill_bulk_transfer(flight->urb, flight->owner->handle, transfer->endpoint,
                              transfer->data, (int)transfer->length, on_done, flight, 0);
    flight->urb->type = (unsigned char)type;
    if (transfer->zero_packet)
        flight->urb->flags |= LIBUSB_TRANSFER_ADD_ZERO_PACKET;
}

static struct flight *flight_new(struct usb_transport *self, struct transfer *transfer)
{
    size_t control = transfer->endpoint ? 0 : LIBUSB_CONTROL_SETUP_SIZE + transfer->length;
    struct flight *flight = calloc(1, sizeof(*flight) + control);

    if (!flight)
        return NULL;
    flight->owner = self;
    flight->transfer = transfer;
    flight->urb = libusb_alloc_transfer(0);
    if (!flight->urb) {
        free(flight);
        return NULL;
    }
    return flight;
}

/* ---- the transport's side ---- */

int flight_start(struct usb_transport *self, struct transfer *transfer,
                 enum libusb_transfer_type type)
{
    struct flight *flight = flight_new(self, transfer);
    int code = 0;

    if (!flight)
        return -ENOMEM;
    flight_fill(flight, type);
    if (!is_bulk_out(flight) || !oldest(self, transfer->endpoint))
        code = flight_launch(flight);
    if (code) {
        flight_free(flight);
        return code;
    }
    flight_append(self, flight);
    transfer->context = flight;
    return 0;
}

void flight_cancel(struct flight *flight)
{
    if (flight->under_way)
        libusb_cancel_transfer(flight->urb); /* an error means that it has just ended: done comes */
    else if (!flight->verdict)
        flight->verdict = -ECANCELED;
}

static struct flight *first_due(const struct usb_transport *self)
{
    struct flight *flight = self->flights;

    while (flight && (flight->under_way || !flight->verdict))
        flight = flight->next;
    return flight;
}

bool flights_due(const struct usb_transport *self)
{
    return first_due(self);
}

void flights_turn(struct usb_transport *self)
{
    struct flight *flight;

    while ((flight = first_due(self)))
        flight_finish(flight, flight->verdict, 0);
}

void flights_give_up(struct usb_transport *self)
{
    while (self->flights)
        flight_finish(self->flights, -ECANCELED, 0);
}
