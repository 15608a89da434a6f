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
    int error; /* 0, or why it cannot be had: -EACCES, -EBUSY (another program has it) … */
    /* By libusb_transport_list only: what registers VERSION and FEATURES say, if they could be read. */
    bool registers_read;
    uint32_t version, features;
    bool zero_copy; /* also by it: the kernel gives memory whose transfers it does not copy */
};

/* Opens a board, configures and claims it. Another configuration, and with it the kernel's own driver, has the board again
 * when the transport is closed. which: its serial number or its port, or NULL for the first that can be opened.
 * Returns 0; -ENODEV (no such board), -EACCES (the message names the udev rule), -EBUSY (another program has
 * it) or another negative errno, with a message. */
int libusb_transport_open(struct transport **out, const char *which, char *error, size_t error_len);

/* Tells found of each board that is plugged in. Returns how many, or a negative errno with a message. */
int libusb_transport_list(void (*found)(void *user, const struct libusb_board *board), void *user,
                          char *error, size_t error_len);

/* ---- hotplug ---- */

struct libusb_watch;

/* Watches for boards that are plugged in. Returns 0; -EOPNOTSUPP where the system tells of none, or another negative
 * errno. Linux tells through udev, and only where that runs. */
int libusb_watch_open(struct libusb_watch **out);
void libusb_watch_close(struct libusb_watch *watch);
/* As in struct transport_ops. */
int libusb_watch_fds(struct libusb_watch *watch, struct pollfd *fds, int max);
/* Takes what has happened since the last call, without blocking. Returns true if a board was plugged in. */
bool libusb_watch_news(struct libusb_watch *watch);

#endif
