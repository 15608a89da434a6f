/* What the libusb transport's files share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DRIVER_LIBUSB_INTERNAL_H
#define DRIVER_LIBUSB_INTERNAL_H

#include <libusb-1.0/libusb.h>

#include "driver/libusb.h"

enum { BOARD_VENDOR = 0x1209, BOARD_PRODUCT = 0x0001 };

/* libusb's codes as negative errno values: the only place where they are translated. */
int libusb_error_translate(int code);
int libusb_status_translate(enum libusb_transfer_status status);

/* Sets configuration 1, anew if it is set; a kernel's driver has to let go of another. *before is the one that was set.
 * Returns 0, -EBUSY (another program has an interface of that one) or another negative errno. */
int libusb_configuration_take(libusb_device_handle *handle, int *before);
/* Sets that one again, and with it lets the kernel's driver have the device. No interface may be claimed. */
void libusb_configuration_return(libusb_device_handle *handle, int before);

/* Makes a transport of an opened device whose interface 0 is claimed; takes context and handle over, and returns the
 * device to configuration before when it is closed. Returns NULL without memory (and then takes nothing). */
struct transport *libusb_transport_make(libusb_context *context, libusb_device_handle *handle,
                                        const struct libusb_board *board, int before);
int libusb_fds_copy(libusb_context *context, struct pollfd *fds, int max);

/* libusb_list.c. Starts libusb and lists the devices. Returns how many, or a negative errno with a message. */
ssize_t libusb_devices_get(libusb_context **context, libusb_device ***list, char *error,
                           size_t error_len);
bool libusb_device_is_board(libusb_device *device);
/* Opens the device, if that is permitted, to ask for its serial number. Leaves it open if it could be opened, else *handle
 * is NULL. */
void libusb_board_look(libusb_device *device, struct libusb_board *board,
                       libusb_device_handle **handle);

#endif
