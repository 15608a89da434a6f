/* Opens one of the boards on this machine's USB.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/libusb_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RULE_INSTALL                                                                               \
    "sudo cp driver/99-ferrite.rules /etc/udev/rules.d/ && sudo udevadm control --reload && sudo " \
    "udevadm trigger"

/* Says why the board at device would not open or be claimed. */
static void refusal_explain(libusb_device *device, const struct libusb_board *board, char *error,
                            size_t error_len)
{
    unsigned bus = libusb_get_bus_number(device), address = libusb_get_device_address(device);

    if (board->error == -EACCES)
        snprintf(error, error_len,
                 "usb: permission denied for the board at %s: install the udev rule "
                 "99-ferrite.rules, then plug the board in "
                 "again: " RULE_INSTALL,
                 board->port);
    else if (board->error == -EBUSY)
        snprintf(error, error_len,
                 "usb: the board at %s is in use by another program: a service (ferrite up), a "
                 "virtual machine, or another "
                 "ferrite command that found no service; fuser -v /dev/bus/usb/%03u/%03u names it",
                 board->port, bus, address);
    else
        snprintf(error, error_len, "usb: the board at %s cannot be opened: %s", board->port,
                 strerror(-board->error));
}

static bool board_is_meant(const struct libusb_board *board, const char *which)
{
    return !which || !strcmp(which, board->port) ||
           (board->serial[0] && !strcmp(which, board->serial));
}

/* Takes the board's configuration, and its interface. Returns 0, or a negative errno and leaves it as it was. */
static int interface_claim(libusb_device_handle *handle, int *before)
{
    int error = libusb_configuration_take(handle, before);

    if (error)
        return error;
    error = libusb_error_translate(libusb_claim_interface(handle, 0));
    if (error)
        libusb_configuration_return(handle, *before);
    return error;
}

/* Opens and claims the board; board->error tells how it went, *before in which configuration it was. */
static libusb_device_handle *board_claim(libusb_device *device, const char *which,
                                         struct libusb_board *board, int *before)
{
    libusb_device_handle *handle;

    libusb_board_look(device, board, &handle);
    if (handle && board_is_meant(board, which))
        board->error = interface_claim(handle, before);
    if (handle && (board->error || !board_is_meant(board, which))) {
        libusb_close(handle);
        handle = NULL;
    }
    return handle;
}

/* Takes the first board that is meant and can be had. Returns NULL and *code with a message if there is none. */
static libusb_device_handle *board_choose(libusb_device **list, ssize_t count, const char *which,
                                          struct libusb_board *board, int *before, int *code,
                                          char *error, size_t error_len)
{
    bool explained = false;
    int boards = 0;

    *code = -ENODEV;
    for (ssize_t i = 0; i < count; i++) {
        libusb_device_handle *handle;
        bool meant;
        if (!libusb_device_is_board(list[i]))
            continue;
        boards++;
        handle = board_claim(list[i], which, board, before);
        if (handle)
            return handle;
        /* A board that may not be opened hides its serial number: it may be the one that is meant. */
        meant = board_is_meant(board, which);
        if (board->error && (meant ? !explained : *code == -ENODEV && !board->serial[0])) {
            *code = board->error;
            explained = meant;
            refusal_explain(list[i], board, error, error_len);
        }
    }
    if (*code == -ENODEV && which)
        snprintf(
            error, error_len,
            "usb: no board '%s' among the %d plugged in (1209:0001): `ferrite devices` lists them",
            which, boards);
    else if (*code == -ENODEV)
        snprintf(error, error_len, "usb: no Ferrite board (1209:0001) is plugged in");
    return NULL;
}

int libusb_transport_open(struct transport **out, const char *which, char *error, size_t error_len)
{
    libusb_device_handle *handle;
    struct libusb_board board;
    libusb_context *context;
    libusb_device **list;
    ssize_t count = libusb_devices_get(&context, &list, error, error_len);
    int code, before = 0;

    if (count < 0)
        return (int)count;
    handle = board_choose(list, count, which, &board, &before, &code, error, error_len);
    libusb_free_device_list(list, 1);
    *out = handle ? libusb_transport_make(context, handle, &board, before) : NULL;
    if (*out)
        return 0;
    if (handle) {
        libusb_release_interface(handle, 0);
        libusb_configuration_return(handle, before);
        libusb_close(handle);
        code = -ENOMEM;
        snprintf(error, error_len, "usb: out of memory");
    }
    libusb_exit(context);
    return code;
}
