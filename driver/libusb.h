/* Boards on this machine's USB, through libusb-1.0.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DRIVER_LIBUSB_H
#define DRIVER_LIBUSB_H

#include <stddef.h>

#include "driver/transport.h"

struct libusb_board {
    char serial[64]; /* "" if it could not be read (error tells why) */
    char port[32];   /* bus and ports up to it: "1-2.3" */
    enum transport_speed speed;
    int error; /* 0, or why it cannot be opened: -EACCES … */
};

/* Opens a board and claims it. which: its serial number or its port, or NULL for the first that can be opened.
 * Returns 0; -ENODEV (no such board), -EACCES (the message names the udev rule), -EBUSY (another program has
 * it) or another negative errno, with a message. */
int libusb_transport_open(struct transport **out, const char *which, char *error, size_t error_len);

/* Tells found of each board that is plugged in. Returns how many, or a negative errno with a message. */
int libusb_transport_list(void (*found)(void *user, const struct libusb_board *board), void *user,
                          char *error, size_t error_len);

#endif
