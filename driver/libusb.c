/* The libusb transport: transfers in flight, completed from poll.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/libusb_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum {
    ENDPOINTS = 32,    /* 16 each way */
    CLOSE_ROUNDS = 50, /* of 100 ms each, for what was cancelled to come back */
    ROUND_US = 100000,
};

struct flight {
    struct flight *next, **at;
    struct usb_transport *owner;
    struct transfer *transfer;
    struct libusb_transfer *urb;
    uint8_t control[]; /* setup and data, as libusb wants them */
};

struct usb_transport {
    struct transport base;
    libusb_context *context;
    libusb_device_handle *handle;
    int before; /* the configuration that the device had before us */
    bool gone;
    uint8_t *memory; /* that the kernel does not copy, or NULL */
    size_t memory_bytes;
    struct flight *flights;
    uint8_t types[ENDPOINTS]; /* enum libusb_transfer_type + 1 of each endpoint; 0: there is none */
};

int libusb_error_translate(int code)
{
    switch (code) {
    case LIBUSB_SUCCESS: return 0;
    case LIBUSB_ERROR_INVALID_PARAM: return -EINVAL;
    case LIBUSB_ERROR_ACCESS: return -EACCES;
    case LIBUSB_ERROR_NO_DEVICE:
    case LIBUSB_ERROR_NOT_FOUND: return -ENODEV;
    case LIBUSB_ERROR_BUSY: return -EBUSY;
    case LIBUSB_ERROR_TIMEOUT: return -ETIMEDOUT;
    case LIBUSB_ERROR_OVERFLOW: return -EOVERFLOW;
    case LIBUSB_ERROR_PIPE: return -EPIPE;
    case LIBUSB_ERROR_INTERRUPTED: return -EINTR;
    case LIBUSB_ERROR_NO_MEM: return -ENOMEM;
    case LIBUSB_ERROR_NOT_SUPPORTED: return -EOPNOTSUPP;
    default: return -EIO;
    }
}

int libusb_status_translate(enum libusb_transfer_status status)
{
    switch (status) {
    case LIBUSB_TRANSFER_COMPLETED: return 0;
    case LIBUSB_TRANSFER_STALL: return -EPIPE;
    case LIBUSB_TRANSFER_OVERFLOW: return -EOVERFLOW;
    case LIBUSB_TRANSFER_CANCELLED: return -ECANCELED;
    case LIBUSB_TRANSFER_NO_DEVICE: return -ENODEV;
    case LIBUSB_TRANSFER_ERROR: return -EPROTO;
    default: return -EIO;
    }
}

/* ---- flights ---- */

static void flight_link(struct usb_transport *self, struct flight *flight)
{
    flight->next = self->flights;
    flight->at = &self->flights;
    if (flight->next)
        flight->next->at = &flight->next;
    self->flights = flight;
}

static void flight_unlink(struct flight *flight)
{
    *flight->at = flight->next;
    if (flight->next)
        flight->next->at = flight->at;
}

/* Ends the flight's transfer; done may submit again. */
static void flight_finish(struct flight *flight, int status, uint32_t actual)
{
    struct transfer *transfer = flight->transfer;

    flight_unlink(flight);
    free(flight);
    transfer->status = status;
    transfer->actual = actual;
    transfer->context = NULL;
    transfer->done(transfer);
}

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

    if (status == 0)
        status = clear_toggle(flight);
    if (status == -ENODEV)
        flight->owner->gone = true;
    count_bytes(flight->owner, transfer, actual);
    if (!transfer->endpoint && (transfer->setup[0] & 0x80) && actual > 0)
        memcpy(transfer->data, flight->control + LIBUSB_CONTROL_SETUP_SIZE, (size_t)actual);
    libusb_free_transfer(urb);
    flight_finish(flight, status, actual > 0 ? (uint32_t)actual : 0);
}

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

/* ---- the transport ---- */

static unsigned endpoint_index(uint8_t address)
{
    return (address & 15u) | (address & 0x80u) >> 3;
}

/* Returns the endpoint's enum libusb_transfer_type, or -EINVAL. */
static int transfer_type(const struct usb_transport *self, const struct transfer *transfer)
{
    int type = self->types[endpoint_index(transfer->endpoint)];
    bool control = transfer->endpoint == 0;
    uint32_t told = transfer->setup[6] | (uint32_t)transfer->setup[7] << 8;

    if (control)
        return transfer->length == told ? LIBUSB_TRANSFER_TYPE_CONTROL : -EINVAL;
    return type && transfer->length <= INT32_MAX ? type - 1 : -EINVAL;
}

static int usb_submit(struct transport *transport, struct transfer *transfer)
{
    struct usb_transport *self = (struct usb_transport *)transport;
    int type = transfer_type(self, transfer), code;
    struct flight *flight;

    if (self->gone || type < 0)
        return self->gone ? -ENODEV : type;
    flight = flight_new(self, transfer);
    if (!flight)
        return -ENOMEM;
    flight_fill(flight, (enum libusb_transfer_type)type);
    code = libusb_error_translate(libusb_submit_transfer(flight->urb));
    if (code) {
        libusb_free_transfer(flight->urb);
        free(flight);
        return code;
    }
    flight_link(self, flight);
    transfer->context = flight;
    return 0;
}

static void usb_cancel(struct transport *transport, struct transfer *transfer)
{
    struct flight *flight = transfer->context;

    (void)transport;
    if (flight)
        libusb_cancel_transfer(flight->urb); /* an error means that it has just ended: done comes */
}

static uint64_t usb_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct usb_transport *self = (struct usb_transport *)transport;
    struct timeval now = {0};

    (void)until_ns;
    transport->now_ns = wall_ns;
    libusb_handle_events_timeout_completed(self->context, &now, NULL);
    return wall_ns;
}

/* No transfer has a timeout, so libusb has no timers either. */
static uint64_t usb_deadline(struct transport *transport)
{
    (void)transport;
    return TIME_NEVER;
}

int libusb_fds_copy(libusb_context *context, struct pollfd *fds, int max)
{
    const struct libusb_pollfd **list = libusb_get_pollfds(context);
    int count = 0;

    for (; list && list[count] && count < max; count++)
        fds[count] = (struct pollfd){.fd = list[count]->fd, .events = list[count]->events};
    libusb_free_pollfds(list);
    return count;
}

static int usb_fds(struct transport *transport, struct pollfd *fds, int max)
{
    return libusb_fds_copy(((struct usb_transport *)transport)->context, fds, max);
}

static uint8_t *usb_memory_new(struct transport *transport, size_t size)
{
    struct usb_transport *self = (struct usb_transport *)transport;

    if (!self->memory) {
        self->memory = libusb_dev_mem_alloc(self->handle, size);
        self->memory_bytes = size;
        return self->memory;
    }
    return NULL; /* one place is enough to look for a transfer in */
}

static void usb_memory_free(struct transport *transport, uint8_t *memory, size_t size)
{
    struct usb_transport *self = (struct usb_transport *)transport;

    libusb_dev_mem_free(self->handle, memory, size);
    self->memory = NULL;
}

static void usb_close(struct transport *transport)
{
    struct usb_transport *self = (struct usb_transport *)transport;
    struct timeval round = {.tv_usec = ROUND_US};

    self->gone = true; /* done may not submit again */
    for (struct flight *flight = self->flights; flight; flight = flight->next)
        libusb_cancel_transfer(flight->urb);
    for (int i = 0; self->flights && i < CLOSE_ROUNDS; i++)
        libusb_handle_events_timeout_completed(self->context, &round, NULL);
    libusb_release_interface(self->handle, 0);
    libusb_configuration_return(self->handle, self->before);
    libusb_close(self->handle);
    while (self->flights) /* the kernel kept these: their URBs are lost, their owners are told */
        flight_finish(self->flights, -ECANCELED, 0);
    libusb_exit(self->context);
    free(self);
}

/* Learns which endpoints there are, and of what type. */
static void endpoints_learn(struct usb_transport *self)
{
    struct libusb_config_descriptor *config;
    const struct libusb_interface_descriptor *interface;

    if (libusb_get_active_config_descriptor(libusb_get_device(self->handle), &config))
        return;
    if (config->bNumInterfaces > 0 && config->interface[0].num_altsetting > 0) {
        interface = &config->interface[0].altsetting[0];
        for (int i = 0; i < interface->bNumEndpoints; i++) {
            const struct libusb_endpoint_descriptor *endpoint = &interface->endpoint[i];
            self->types[endpoint_index(endpoint->bEndpointAddress)] =
                (uint8_t)((endpoint->bmAttributes & 3) + 1);
        }
    }
    libusb_free_config_descriptor(config);
}

struct transport *libusb_transport_make(libusb_context *context, libusb_device_handle *handle,
                                        const struct libusb_board *board, int before)
{
    static const struct transport_ops ops = {
        .submit = usb_submit,
        .cancel = usb_cancel,
        .poll = usb_poll,
        .deadline = usb_deadline,
        .fds = usb_fds,
        .memory_new = usb_memory_new,
        .memory_free = usb_memory_free,
        .close = usb_close,
    };
    struct usb_transport *self = calloc(1, sizeof(*self));

    if (!self)
        return NULL;
    self->base.ops = &ops;
    self->base.speed = board->speed;
    snprintf(self->base.name, sizeof(self->base.name), "usb %s", board->port);
    snprintf(self->base.serial, sizeof(self->base.serial), "%s", board->serial);
    self->context = context;
    self->handle = handle;
    self->before = before;
    endpoints_learn(self);
    return &self->base;
}
