/* Transfers that the libusb transport has been given: when the kernel gets each, and how each ends.
 *
 * SPDX-License-Identifier: MIT
 *
 * A kernel's usbfs goes on with the transfers behind a failed one before a program can hear of the failure. In what is
 * sent, the next transfer's bytes would then complete a record that was cut off. So the kernel has one bulk OUT transfer
 * of an endpoint at a time, and the others wait here. What is received needs several at a time, or the bus would idle;
 * whatever arrives behind the failure is called back, and ends as cancelled also where it was quicker.
 */
#ifndef DRIVER_LIBUSB_FLIGHT_H
#define DRIVER_LIBUSB_FLIGHT_H

#include "driver/libusb_internal.h"

enum { ENDPOINTS = 32 }; /* 16 each way */

struct flight {
    struct flight *next;
    struct usb_transport *owner;
    struct transfer *transfer;
    struct libusb_transfer *urb;
    bool under_way;    /* the kernel has it */
    int verdict;       /* not 0: the status that it ends with, whatever the kernel makes of it */
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
    struct flight *flights;   /* oldest first */
    uint8_t types[ENDPOINTS]; /* enum libusb_transfer_type + 1 of each endpoint; 0: there is none */
};

/* Takes the transfer, of that type. Returns 0, -ENOMEM, or what libusb says of one that the kernel should have at once. */
int flight_start(struct usb_transport *self, struct transfer *transfer,
                 enum libusb_transfer_type type);
/* Asks for the flight's end. */
void flight_cancel(struct flight *flight);
/* Ends those that have a verdict and are not the kernel's. To be called from poll. */
void flights_turn(struct usb_transport *self);
/* Whether flights_turn has something to do. */
bool flights_due(const struct usb_transport *self);
/* Ends all at once: what the kernel has kept is lost to it. */
void flights_give_up(struct usb_transport *self);

#endif
