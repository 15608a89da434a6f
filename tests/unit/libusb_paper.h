/* A libusb made of paper, with three devices, for the tests that include this file.
 *
 * SPDX-License-Identifier: MIT
 *
 * The functions of libusb that the transport calls are defined here, and so take the place of the library's. It is no
 * source file of its own, because those are linked to every unit test. Its transfers: libusb_paper_transfers.h.
 */
#ifndef TESTS_UNIT_LIBUSB_PAPER_H
#define TESTS_UNIT_LIBUSB_PAPER_H

#include <libusb-1.0/libusb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICES = 3, URBS = 16 };

struct libusb_device {
    uint16_t vendor;
    uint8_t bus, port;
    const char *serial;
    int open_error, claim_error;
    int opened, claimed;
    int configuration; /* in 2 the kernel's driver has interfaces 0 and 1, or … */
    int bound, detach_error, configuration_error;
    bool unbindable; /* … there is none */
};

/* The paper bus: two boards behind something else. */
static struct libusb_device devices[DEVICES];
static struct libusb_transfer *urbs[URBS]; /* submitted, in order */
static int urb_count, started, transfers;
static int toggle_cleared; /* the endpoint of the last libusb_clear_halt */
static int unplugged;
static int bulk_carried;    /* bulk transfers that have had their turn since bus_reset … */
static int bulk_fails;      /* … of which this one fails in its middle, counted from 1; 0: none */
static int submits_refused; /* so many are refused from now on */
static libusb_hotplug_callback_fn arrivals; /* asked to be told of boards */
static void *arrivals_user;

static void bus_reset(void)
{
    assert_int_equal(started, 0);
    assert_int_equal(transfers, 0);
    devices[0] = (struct libusb_device){.vendor = 0x8087, .bus = 1, .port = 1, .serial = "hub"};
    devices[1] = (struct libusb_device){
        .vendor = 0x1209, .bus = 1, .port = 2, .serial = "0001", .configuration = 1};
    devices[2] = (struct libusb_device){
        .vendor = 0x1209, .bus = 2, .port = 7, .serial = "0002", .configuration = 1};
    arrivals = NULL;
    urb_count = unplugged = bulk_carried = bulk_fails = submits_refused = 0;
}

int libusb_init(libusb_context **context)
{
    *context = (libusb_context *)&started;
    started++;
    return 0;
}

void libusb_exit(libusb_context *context)
{
    (void)context;
    started--;
}

const char *libusb_error_name(int code)
{
    (void)code;
    return "PAPER";
}

ssize_t libusb_get_device_list(libusb_context *context, libusb_device ***list)
{
    (void)context;
    *list = calloc(DEVICES + 1, sizeof(**list));
    for (int i = 0; i < DEVICES; i++)
        (*list)[i] = &devices[i];
    return DEVICES;
}

void libusb_free_device_list(libusb_device **list, int unref)
{
    (void)unref;
    free(list);
}

int libusb_get_device_descriptor(libusb_device *device, struct libusb_device_descriptor *out)
{
    *out = (struct libusb_device_descriptor){
        .idVendor = device->vendor, .idProduct = 1, .iSerialNumber = 3};
    return 0;
}

int libusb_get_device_speed(libusb_device *device)
{
    (void)device;
    return LIBUSB_SPEED_HIGH;
}

int libusb_get_port_numbers(libusb_device *device, uint8_t *ports, int room)
{
    assert_true(room >= 2);
    ports[0] = device->port;
    ports[1] = 4;
    return 2;
}

uint8_t libusb_get_bus_number(libusb_device *device)
{
    return device->bus;
}

uint8_t libusb_get_device_address(libusb_device *device)
{
    return (uint8_t)(device->port + 10);
}

int libusb_open(libusb_device *device, libusb_device_handle **handle)
{
    if (device->open_error)
        return device->open_error;
    device->opened++;
    *handle = (libusb_device_handle *)device;
    return 0;
}

void libusb_close(libusb_device_handle *handle)
{
    ((struct libusb_device *)handle)->opened--;
}

libusb_device *libusb_get_device(libusb_device_handle *handle)
{
    return (libusb_device *)handle;
}

int libusb_get_configuration(libusb_device_handle *handle, int *configuration)
{
    *configuration = ((struct libusb_device *)handle)->configuration;
    return 0;
}

int libusb_detach_kernel_driver(libusb_device_handle *handle, int interface)
{
    struct libusb_device *device = (struct libusb_device *)handle;

    assert_in_range(interface, 0, 1);
    if (device->detach_error || !device->bound)
        return device->detach_error ? device->detach_error : LIBUSB_ERROR_NOT_FOUND;
    device->bound = 0; /* of both: it is one driver */
    return 0;
}

int libusb_set_configuration(libusb_device_handle *handle, int configuration)
{
    struct libusb_device *device = (struct libusb_device *)handle;

    assert_int_equal(device->claimed, 0);
    if (device->bound || device->configuration_error)
        return device->bound ? LIBUSB_ERROR_BUSY : device->configuration_error;
    device->configuration = configuration;
    device->bound = configuration == 2 && !device->unbindable;
    return 0;
}

int libusb_claim_interface(libusb_device_handle *handle, int interface)
{
    struct libusb_device *device = (struct libusb_device *)handle;

    assert_int_equal(interface, 0);
    assert_int_equal(device->configuration, 1);
    if (!device->claim_error)
        device->claimed++;
    return device->claim_error;
}

static int memory_given; /* bytes; the paper kernel gives them if memory_there */
static bool memory_there;

unsigned char *libusb_dev_mem_alloc(libusb_device_handle *handle, size_t length)
{
    (void)handle;
    memory_given += memory_there ? (int)length : 0;
    return memory_there ? malloc(length) : NULL;
}

int libusb_dev_mem_free(libusb_device_handle *handle, unsigned char *memory, size_t length)
{
    (void)handle;
    memory_given -= (int)length;
    free(memory);
    return 0;
}

int libusb_kernel_driver_active(libusb_device_handle *handle, int interface)
{
    (void)interface;
    return ((struct libusb_device *)handle)->bound;
}

/* Registers read as their address, in both halves. */
int libusb_control_transfer(libusb_device_handle *handle, uint8_t type, uint8_t request,
                            uint16_t value, uint16_t index, unsigned char *data, uint16_t length,
                            unsigned timeout)
{
    const unsigned char bytes[4] = {(unsigned char)index, 0, (unsigned char)index, 0};

    (void)handle, (void)value;
    assert_int_equal(type << 8 | request, 0xC001);
    assert_true(length == 4 && timeout);
    memcpy(data, bytes, 4);
    return 4;
}

int libusb_hotplug_register_callback(libusb_context *context, int events, int flags, int vendor,
                                     int product, int class, libusb_hotplug_callback_fn callback,
                                     void *user, libusb_hotplug_callback_handle *handle)
{
    (void)context, (void)flags, (void)handle;
    assert_int_equal(events, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED);
    assert_true(vendor == 0x1209 && product == 1 && class == LIBUSB_HOTPLUG_MATCH_ANY);
    arrivals = callback;
    arrivals_user = user;
    return 0;
}

int libusb_release_interface(libusb_device_handle *handle, int interface)
{
    (void)interface;
    ((struct libusb_device *)handle)->claimed--;
    return 0;
}

int libusb_get_string_descriptor_ascii(libusb_device_handle *handle, uint8_t index,
                                       unsigned char *text, int room)
{
    (void)index;
    return snprintf((char *)text, (size_t)room, "%s", ((struct libusb_device *)handle)->serial);
}

int libusb_get_active_config_descriptor(libusb_device *device,
                                        struct libusb_config_descriptor **out)
{
    static struct libusb_endpoint_descriptor endpoints[3] = {
        {.bEndpointAddress = 0x01, .bmAttributes = 2},
        {.bEndpointAddress = 0x81, .bmAttributes = 2},
        {.bEndpointAddress = 0x82, .bmAttributes = 3}};
    static struct libusb_interface_descriptor setting = {.bNumEndpoints = 3, .endpoint = endpoints};
    static struct libusb_interface interface = {.altsetting = &setting, .num_altsetting = 1};
    static struct libusb_config_descriptor config = {.bNumInterfaces = 1, .interface = &interface};

    (void)device;
    *out = &config;
    return 0;
}

void libusb_free_config_descriptor(struct libusb_config_descriptor *config)
{
    (void)config;
}

#include "tests/unit/libusb_paper_transfers.h"

#endif
