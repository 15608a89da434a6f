/* Takes a board to the configuration that speaks records, and gives it back to whom it was taken from.
 *
 * SPDX-License-Identifier: MIT
 *
 * A kernel prefers the configuration in which the board is a network adapter, and binds a driver of its own to it. Where
 * ours is set already, SET_CONFIGURATION is sent all the same: it empties the board's buffers, and lets the interrupt
 * endpoint report anew.
 */
#include "driver/libusb_internal.h"

enum { RECORDS = 1, INTERFACES_MOST = 2 };

int libusb_configuration_take(libusb_device_handle *handle, int *before)
{
    int code = libusb_get_configuration(handle, before);

    if (code)
        return libusb_error_translate(code);
    for (int i = 0; *before != RECORDS && i < INTERFACES_MOST; i++) {
        code = libusb_detach_kernel_driver(handle, i);
        if (code && code != LIBUSB_ERROR_NOT_FOUND && code != LIBUSB_ERROR_NOT_SUPPORTED)
            return libusb_error_translate(code);
    }
    return libusb_error_translate(libusb_set_configuration(handle, RECORDS));
}

void libusb_configuration_return(libusb_device_handle *handle, int before)
{
    if (before > 0 && before != RECORDS)
        libusb_set_configuration(handle, before);
}
