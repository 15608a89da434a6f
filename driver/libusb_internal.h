/* What the libusb transport's files share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DRIVER_LIBUSB_INTERNAL_H
#define DRIVER_LIBUSB_INTERNAL_H

#include <libusb-1.0/libusb.h>

#include "driver/libusb.h"

/* libusb's codes as negative errno values: the only place where they are translated. */
int libusb_error_translate(int code);
int libusb_status_translate(enum libusb_transfer_status status);

/* Makes a transport of an opened device whose interface 0 is claimed; takes context and handle over. Returns NULL
 * without memory (and then takes nothing). */
struct transport *libusb_transport_make(libusb_context *context, libusb_device_handle *handle,
                                        const struct libusb_board *board);

#endif
