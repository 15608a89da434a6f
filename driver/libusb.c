/* The libusb transport: what struct transport_ops asks for, by libusb.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/libusb_flight.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum {
    CLOSE_ROUNDS = 50, /* of 100 ms each, for what was cancelled to come back */
    ROUND_US = 100000,
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
    int type = transfer_type(self, transfer);

    if (self->gone || type < 0)
        return self->gone ? -ENODEV : type;
    return flight_start(self, transfer, (enum libusb_transfer_type)type);
}

static void usb_cancel(struct transport *transport, struct transfer *transfer)
{
    (void)transport;
    if (transfer->context)
        flight_cancel(transfer->context);
}

static uint64_t usb_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct usb_transport *self = (struct usb_transport *)transport;
    struct timeval now = {0};

    (void)until_ns;
    transport->now_ns = wall_ns;
    libusb_handle_events_timeout_completed(self->context, &now, NULL);
    flights_turn(self);
    return wall_ns;
}

/* No transfer has a timeout, so libusb has no timers either. */
static uint64_t usb_deadline(struct transport *transport)
{
    return flights_due((struct usb_transport *)transport) ? transport->now_ns : TIME_NEVER;
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
        flight_cancel(flight);
    flights_turn(self);
    for (int i = 0; self->flights && i < CLOSE_ROUNDS; i++) {
        libusb_handle_events_timeout_completed(self->context, &round, NULL);
        flights_turn(self);
    }
    libusb_release_interface(self->handle, 0);
    libusb_configuration_return(self->handle, self->before);
    libusb_close(self->handle);
    flights_give_up(self);
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
