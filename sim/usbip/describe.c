/* Learns what the exported device says of itself, and tells it as USB/IP's device block.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/usbip/server_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    GET_DESCRIPTOR = 6,
    TYPE_DEVICE = 1,
    TYPE_CONFIGURATION = 2,
    TYPE_INTERFACE = 4,
    INTERFACE_BYTES = 9,
};
static const uint64_t ANSWER_NS = UINT64_C(10000000000); /* of wall time */

static void note_done(struct transfer *transfer)
{
    *(bool *)transfer->user = true;
}

/* Runs one GET_DESCRIPTOR. Returns the bytes received, or a negative errno. */
static int get_descriptor(struct usbip_server *server, uint8_t type, uint8_t *data, uint16_t length)
{
    struct transport *transport = server->transport;
    bool done = false, late = false;
    struct transfer transfer = {
        .setup = {0x80, GET_DESCRIPTOR, 0, type, 0, 0, length & 0xFF, (uint8_t)(length >> 8)},
        .data = data,
        .length = length,
        .done = note_done,
        .user = &done};
    uint64_t limit = server->wall_ns() + ANSWER_NS;
    int result = transport->ops->submit(transport, &transfer);
    if (result < 0)
        return result;
    while (!done) {
        uint64_t wall = server->wall_ns();
        if (wall > limit && !late) {
            late = true;
            transport->ops->cancel(transport, &transfer);
        }
        transport->ops->poll(transport, wall, TIME_NEVER);
    }
    if (transfer.status < 0)
        return late ? -ETIMEDOUT : transfer.status;
    return (int)transfer.actual;
}

static void note_interfaces(struct device_info *info, const uint8_t *at, size_t len)
{
    while (len >= 2 && at[0] >= 2 && at[0] <= len) {
        bool first = at[1] == TYPE_INTERFACE && at[0] >= INTERFACE_BYTES && at[3] == 0;
        if (first && info->interfaces < MAX_INTERFACES)
            memcpy(info->interface[info->interfaces++], (uint8_t[4]){at[5], at[6], at[7], 0}, 4);
        len -= at[0];
        at += at[0];
    }
}

int describe_read(struct usbip_server *server, char *error, size_t error_len)
{
    struct device_info *info = &server->device;
    uint8_t configuration[512];
    int got = get_descriptor(server, TYPE_DEVICE, info->descriptor, sizeof info->descriptor);
    if (got == (int)sizeof info->descriptor)
        got = get_descriptor(server, TYPE_CONFIGURATION, configuration, sizeof configuration);
    else if (got >= 0)
        got = -EPROTO;
    if (got >= 0 && got < INTERFACE_BYTES)
        got = -EPROTO;
    if (got < 0) {
        snprintf(error, error_len, "%s does not tell its descriptors: %s", server->transport->name,
                 strerror(-got));
        return got;
    }
    info->configuration = configuration[5];
    note_interfaces(info, configuration, (size_t)got);
    return 0;
}

void describe_write(const struct usbip_server *server, uint8_t block[DEVICE_BLOCK_BYTES])
{
    const struct device_info *info = &server->device;
    const uint8_t *d = info->descriptor;
    memset(block, 0, DEVICE_BLOCK_BYTES);
    snprintf((char *)block, 256, "/sys/devices/ferrite/usb%d/" BUSID, BUS_NUMBER);
    snprintf((char *)block + 256, BUSID_BYTES, BUSID);
    put32(block + 288, BUS_NUMBER);
    put32(block + 292, DEVICE_NUMBER);
    put32(block + 296, server->transport->speed);
    const uint8_t tail[12] = {d[9],  d[8],
                              d[11], d[10],
                              d[13], d[12],
                              d[4],  d[5],
                              d[6],  info->configuration,
                              d[17], info->interfaces};
    memcpy(block + 300, tail, sizeof tail);
}
