/* Opens and closes the host's pipes as the device's configuration and alternate settings are chosen (USB 2.0, 9.1.1.5).
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/bus/bus.h"

#include <errno.h>

enum {
    SET_CONFIGURATION = 9,
    TYPE_INTERFACE = 4,
    TYPE_ENDPOINT = 5,
    INTERFACE_BYTES = 9,
    ENDPOINT_BYTES = 7,
    TRANSFER_BULK = 2,
    TRANSFER_INTERRUPT = 3,
};

/* bInterval is an exponent at high speed and a count of frames at full speed (table 9-13). */
int pipe_describe(const uint8_t *endpoint, bool high_speed, struct pipe *pipe)
{
    uint8_t type = endpoint[3] & 3, exponent = endpoint[6];
    *pipe = (struct pipe){.endpoint = endpoint[2],
                          .max_packet = (uint16_t)((endpoint[4] | endpoint[5] << 8) & 0x7FF),
                          .interval = exponent};
    if (high_speed)
        pipe->interval = exponent >= 1 && exponent <= 16 ? UINT32_C(1) << (exponent - 1) : 1;
    pipe->type = type == TRANSFER_BULK        ? PIPE_BULK
                 : type == TRANSFER_INTERRUPT ? PIPE_INTERRUPT
                                              : PIPE_NONE;
    if (pipe->type == PIPE_NONE || pipe->max_packet == 0 || pipe->max_packet > MAX_DATA ||
        (pipe->endpoint & 15) == 0 || (pipe->endpoint & 0x70))
        return -EPROTO;
    return 0;
}

static void close_pipe(struct host *host, const uint8_t *endpoint)
{
    host_close_pipe(host, endpoint[2]);
}

static void open_pipe(struct host *host, const uint8_t *endpoint)
{
    struct pipe pipe;
    if (pipe_describe(endpoint, host->high_speed, &pipe) == 0)
        host_open_pipe(host, pipe.endpoint, pipe.type, pipe.max_packet, pipe.interval);
}

enum { ANY = -1 };

/* For each endpoint descriptor of an interface and an alternate setting of it, which may be ANY. */
static void each_endpoint(const struct bus_device *device, int interface, int alternate,
                          void (*act)(struct host *host, const uint8_t *endpoint))
{
    const uint8_t *at = device->chosen->bytes, *last = at + device->chosen->len;
    bool ours = false;
    for (; last - at >= 2; at += at[0]) {
        if (at[1] == TYPE_INTERFACE && at[0] >= INTERFACE_BYTES)
            ours = (interface == ANY || at[2] == interface) &&
                   (alternate == ANY || at[3] == alternate);
        if (at[1] == TYPE_ENDPOINT && at[0] >= ENDPOINT_BYTES && ours)
            act(device->host, at);
    }
}

static const struct bus_configuration *find(const struct bus_device *device, uint8_t value)
{
    for (unsigned i = 0; i < device->count; i++)
        if (device->configurations[i].bytes[5] == value)
            return &device->configurations[i];
    return NULL;
}

void pipes_follow(void *user, const uint8_t setup[8])
{
    struct bus_device *device = user;
    bool all = setup[1] == SET_CONFIGURATION;
    int interface = all ? ANY : setup[4], alternate = all ? 0 : setup[2];
    if (device->chosen)
        each_endpoint(device, interface, ANY, close_pipe);
    if (all)
        device->chosen = find(device, setup[2]);
    if (device->chosen)
        each_endpoint(device, interface, alternate, open_pipe);
}
