/* Finds the boards on this machine's USB.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/libusb_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "driver/registers.h"

enum {
    PORTS_MOST = 7,
    REGISTER_READ = 0xC0,
    REQUEST_REGISTERS = 1,
    ANSWER_MS = 1000,
    MEMORY_BYTES = 4096
};

bool libusb_device_is_board(libusb_device *device)
{
    struct libusb_device_descriptor descriptor;

    return libusb_get_device_descriptor(device, &descriptor) == 0 &&
           descriptor.idVendor == BOARD_VENDOR && descriptor.idProduct == BOARD_PRODUCT;
}

static enum transport_speed device_speed(libusb_device *device)
{
    switch (libusb_get_device_speed(device)) {
    case LIBUSB_SPEED_LOW: return SPEED_LOW;
    case LIBUSB_SPEED_FULL: return SPEED_FULL;
    case LIBUSB_SPEED_HIGH: return SPEED_HIGH;
    default: return SPEED_UNKNOWN;
    }
}

/* Writes the port as the kernel names it: bus, '-', ports from the root with '.' between. */
static void device_port(libusb_device *device, char *text, size_t room)
{
    uint8_t ports[PORTS_MOST];
    int count = libusb_get_port_numbers(device, ports, PORTS_MOST);
    size_t len = (size_t)snprintf(text, room, "%u", libusb_get_bus_number(device));

    for (int i = 0; i < count && len < room; i++)
        len += (size_t)snprintf(text + len, room - len, "%c%u", i ? '.' : '-', ports[i]);
}

void libusb_board_look(libusb_device *device, struct libusb_board *board,
                       libusb_device_handle **handle)
{
    struct libusb_device_descriptor descriptor;

    *handle = NULL;
    memset(board, 0, sizeof(*board));
    device_port(device, board->port, sizeof(board->port));
    board->speed = device_speed(device);
    board->error = libusb_error_translate(libusb_open(device, handle));
    if (!board->error && libusb_get_device_descriptor(device, &descriptor) == 0 &&
        descriptor.iSerialNumber) {
        int len = libusb_get_string_descriptor_ascii(*handle, descriptor.iSerialNumber,
                                                     (unsigned char *)board->serial,
                                                     sizeof(board->serial) - 1);
        board->serial[len > 0 ? len : 0] = '\0';
    }
}

static bool register_read(libusb_device_handle *handle, uint16_t address, uint32_t *value)
{
    unsigned char bytes[4] = {0};
    int got = libusb_control_transfer(handle, REGISTER_READ, REQUEST_REGISTERS, 0, address, bytes,
                                      sizeof bytes, ANSWER_MS);

    *value =
        bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    return got == (int)sizeof bytes;
}

static bool memory_given(libusb_device_handle *handle)
{
    unsigned char *memory = libusb_dev_mem_alloc(handle, MEMORY_BYTES);

    if (memory)
        libusb_dev_mem_free(handle, memory, MEMORY_BYTES);
    return memory;
}

/* Registers can be read whoever has the interface. Whether a program has it shows when one tries to claim it; the kernel's
 * own driver gives it up. */
static void board_ask(libusb_device_handle *handle, struct libusb_board *board)
{
    board->registers_read = register_read(handle, REG_VERSION, &board->version) &&
                            register_read(handle, REG_FEATURES, &board->features);
    board->zero_copy = memory_given(handle);
    if (libusb_kernel_driver_active(handle, 0) == 1)
        return;
    board->error = libusb_error_translate(libusb_claim_interface(handle, 0));
    if (!board->error)
        libusb_release_interface(handle, 0);
}

ssize_t libusb_devices_get(libusb_context **context, libusb_device ***list, char *error,
                           size_t error_len)
{
    int code = libusb_init(context);
    ssize_t count = code ? code : libusb_get_device_list(*context, list);

    if (count >= 0)
        return count;
    snprintf(error, error_len, "usb: no USB on this machine (libusb: %s)",
             libusb_error_name((int)count));
    if (!code)
        libusb_exit(*context);
    return -ENODEV;
}

int libusb_transport_list(void (*found)(void *user, const struct libusb_board *board), void *user,
                          char *error, size_t error_len)
{
    libusb_context *context;
    libusb_device **list;
    ssize_t count = libusb_devices_get(&context, &list, error, error_len);
    int boards = 0;

    if (count < 0)
        return (int)count;
    for (ssize_t i = 0; i < count; i++) {
        libusb_device_handle *handle;
        struct libusb_board board;

        if (!libusb_device_is_board(list[i]))
            continue;
        libusb_board_look(list[i], &board, &handle);
        if (handle) {
            board_ask(handle, &board);
            libusb_close(handle);
        }
        found(user, &board);
        boards++;
    }
    libusb_free_device_list(list, 1);
    libusb_exit(context);
    return boards;
}
