/* A board behind a USB/IP server (protocol 1.1.1): a simulated one in another process, or one on another machine.
 *
 * SPDX-License-Identifier: MIT
 *
 * This is a client in user space: no kernel module, no privileges. A server that hangs up, or breaks the protocol,
 * is a board unplugged: every transfer ends with -ENODEV.
 */
#ifndef DRIVER_USBIP_H
#define DRIVER_USBIP_H

#include <stddef.h>

#include "driver/transport.h"

/* A device that a server exports. */
struct usbip_device {
    char busid[33]; /* "1-1" */
    uint32_t devid; /* what URBs call it: bus << 16 | device */
    uint16_t vendor, product;
    enum transport_speed speed;
};

/* Imports a device and configures it. where: HOST[:PORT][/BUSID], "[::1]:3240/1-1"; without a host it is localhost, without
 * a port 3240, without a bus ID the first Ferrite board. Blocks for at most 5 s an answer. Returns 0; -EINVAL (where);
 * -ENODEV, -EBUSY (another client has it), -ECONNREFUSED, -ETIMEDOUT, -EPROTO … with a message. */
int usbip_open(struct transport **out, const char *where, char *error, size_t error_len);

/* Tells found of each device that the server exports. Returns how many, or a negative errno with a message. */
int usbip_list(const char *where, void (*found)(void *user, const struct usbip_device *device),
               void *user, char *error, size_t error_len);

#endif
