/* Enumerates the device as an operating system does (USB 2.0, 9.1.2 and 9.4).
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/bus/bus.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    GET_DESCRIPTOR = 6,
    SET_ADDRESS = 5,
    SET_CONFIGURATION = 9,
    TYPE_DEVICE = 1,
    TYPE_CONFIGURATION = 2,
    TYPE_STRING = 3,
    TYPE_ENDPOINT = 5,
    DEVICE_BYTES = 18,
    CONFIGURATION_BYTES = 9,
    ENDPOINT_BYTES = 7,
    ADDRESS = 1,
    ENGLISH = 0x0409,
};

struct enumeration {
    struct bus *bus;
    const struct bus_runner *runner;
    char *error;
    size_t error_len;
};

__attribute__((format(printf, 3, 4))) static int fail(const struct enumeration *e, int code,
                                                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(e->error, e->error_len, format, args);
    va_end(args);
    return code;
}

/* Returns the bytes received, or a negative errno. */
static int control(const struct enumeration *e, uint8_t type, uint8_t request, uint16_t value,
                   uint16_t index, uint8_t *data, uint16_t length)
{
    struct transfer transfer = {.setup = {type, request, value & 0xFF, (uint8_t)(value >> 8),
                                          index & 0xFF, (uint8_t)(index >> 8), length & 0xFF,
                                          (uint8_t)(length >> 8)},
                                .data = data,
                                .length = length};
    int result = e->runner->run(e->runner->user, &transfer);
    if (result < 0)
        return result;
    return transfer.status < 0 ? transfer.status : (int)transfer.actual;
}

static int get_descriptor(const struct enumeration *e, uint8_t type, uint8_t index,
                          uint16_t language, uint8_t *data, uint16_t length)
{
    int got =
        control(e, 0x80, GET_DESCRIPTOR, (uint16_t)(type << 8 | index), language, data, length);
    if (got < 0)
        return fail(e, got, "the simulated board does not answer GET_DESCRIPTOR type %u: %s", type,
                    strerror(-got));
    if (got < 2 || data[1] != type)
        return fail(e, -EPROTO,
                    "the simulated board answers GET_DESCRIPTOR type %u with %d bytes of type %u",
                    type, got, got < 2 ? 0 : data[1]);
    return got;
}

/* First the eight bytes that tell the control endpoint's packet size, then, with an address, all of it. */
static int read_device(const struct enumeration *e, struct bus_device *device)
{
    uint8_t *d = device->descriptor;
    int got = get_descriptor(e, TYPE_DEVICE, 0, 0, d, 8);
    if (got < 0)
        return got;
    if (got < 8 || (d[7] != 8 && d[7] != 16 && d[7] != 32 && d[7] != 64))
        return fail(e, -EPROTO, "the simulated board states a control packet size of %u",
                    got < 8 ? 0 : d[7]);
    host_set_control_packet(&e->bus->host, d[7]);
    got = control(e, 0x00, SET_ADDRESS, ADDRESS, 0, NULL, 0);
    if (got < 0)
        return fail(e, got, "the simulated board refuses SET_ADDRESS: %s", strerror(-got));
    got = get_descriptor(e, TYPE_DEVICE, 0, 0, d, DEVICE_BYTES);
    if (got >= 0 && got < DEVICE_BYTES)
        return fail(e, -EPROTO, "the simulated board's device descriptor has %d bytes of %d", got,
                    DEVICE_BYTES);
    return got;
}

static int read_configuration(const struct enumeration *e, struct bus_device *device, uint8_t index)
{
    uint8_t *c = device->configurations[index].bytes;
    int got = get_descriptor(e, TYPE_CONFIGURATION, index, 0, c, CONFIGURATION_BYTES);
    if (got < 0)
        return got;
    uint16_t total = got < 4 ? 0 : (uint16_t)(c[2] | c[3] << 8);
    if (total < CONFIGURATION_BYTES || total > sizeof device->configurations[0].bytes)
        return fail(e, -EPROTO, "the simulated board's configuration states a total length of %u",
                    total);
    got = get_descriptor(e, TYPE_CONFIGURATION, index, 0, c, total);
    if (got >= 0 && got < total)
        return fail(e, -EPROTO, "the simulated board's configuration ends after %d of %u bytes",
                    got, total);
    device->configurations[index].len = total;
    return got;
}

/* Keeps the ASCII part of a string descriptor. */
static int read_serial(const struct enumeration *e, struct bus_device *device)
{
    uint8_t text[255];
    size_t at = 0;
    if (device->descriptor[16] == 0)
        return 0;
    int got = get_descriptor(e, TYPE_STRING, device->descriptor[16], ENGLISH, text, sizeof text);
    if (got < 0)
        return got;
    for (int i = 2; i + 1 < got && at + 1 < sizeof device->serial; i += 2)
        device->serial[at++] =
            text[i + 1] == 0 && text[i] >= ' ' && text[i] < 127 ? (char)text[i] : '?';
    device->serial[at] = '\0';
    return 0;
}

static int check_endpoint(const struct enumeration *e, const uint8_t *endpoint)
{
    struct pipe pipe;
    if (pipe_describe(endpoint, e->bus->host.high_speed, &pipe) == 0)
        return 0;
    if (pipe.type == PIPE_NONE)
        return fail(e, -EPROTO, "endpoint 0x%02x is of type %u; only bulk and interrupt work here",
                    endpoint[2], endpoint[3] & 3);
    return fail(e, -EPROTO, "endpoint 0x%02x states a packet size of %u", endpoint[2],
                pipe.max_packet);
}

static int check_endpoints(const struct enumeration *e, const struct bus_configuration *c)
{
    const uint8_t *at = c->bytes, *last = at + c->len;
    while (last - at >= 2) {
        if (at[0] < 2 || at[0] > last - at)
            return fail(e, -EPROTO, "a descriptor in the configuration states %u bytes", at[0]);
        int result = at[1] == TYPE_ENDPOINT && at[0] >= ENDPOINT_BYTES ? check_endpoint(e, at) : 0;
        if (result < 0)
            return result;
        at += at[0];
    }
    return 0;
}

static int read_configurations(const struct enumeration *e, struct bus_device *device)
{
    unsigned count = device->descriptor[17];
    if (count < 1 || count > BUS_CONFIGURATIONS)
        return fail(e, -EPROTO, "the simulated board states %u configurations", count);
    for (device->count = 0; device->count < count; device->count++) {
        int result = read_configuration(e, device, (uint8_t)device->count);
        if (result >= 0)
            result = check_endpoints(e, &device->configurations[device->count]);
        if (result < 0)
            return result;
    }
    return 0;
}

int bus_enumerate(struct bus *bus, const struct bus_runner *runner, struct bus_device *device,
                  char *error, size_t error_len)
{
    const struct enumeration e = {bus, runner, error, error_len};
    *device = (struct bus_device){.host = &bus->host};
    bus->host.endpoints_changed = pipes_follow;
    bus->host.user = device;
    int result = read_device(&e, device);
    if (result >= 0)
        result = read_configurations(&e, device);
    if (result >= 0)
        result = read_serial(&e, device);
    if (result < 0)
        return result;
    result = control(&e, 0x00, SET_CONFIGURATION, device->configurations[0].bytes[5], 0, NULL, 0);
    if (result < 0)
        return fail(&e, result, "the simulated board refuses SET_CONFIGURATION: %s",
                    strerror(-result));
    return 0;
}
