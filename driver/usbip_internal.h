/* What the USB/IP client's files share: messages as bytes, and how a connection becomes a transport.
 *
 * SPDX-License-Identifier: MIT
 *
 * Source of the format: Linux, Documentation/usb/usbip_protocol.rst. Everything is big-endian.
 */
#ifndef DRIVER_USBIP_INTERNAL_H
#define DRIVER_USBIP_INTERNAL_H

#include <stddef.h>

#include "driver/usbip.h"

enum {
    USBIP_VERSION = 0x0111,
    USBIP_OPERATION_BYTES = 8,
    USBIP_DEVICE_BYTES = 312,
    USBIP_INTERFACE_BYTES = 4,
    USBIP_BUSID_BYTES = 32,
    USBIP_URB_BYTES = 48, /* the header of each message about a URB */

    USBIP_REQ_DEVLIST = 0x8005,
    USBIP_REP_DEVLIST = 0x0005,
    USBIP_REQ_IMPORT = 0x8003,
    USBIP_REP_IMPORT = 0x0003,

    USBIP_CMD_SUBMIT = 1,
    USBIP_CMD_UNLINK = 2,
    USBIP_RET_SUBMIT = 3,
    USBIP_RET_UNLINK = 4,
};

static inline uint32_t be32_read(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint16_t be16_read(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* A RET_SUBMIT or RET_UNLINK. */
struct usbip_reply {
    uint32_t command, seqnum;
    int status;      /* as in struct transfer */
    uint32_t actual; /* of RET_SUBMIT */
};

void usbip_write_operation(uint8_t at[USBIP_OPERATION_BYTES], uint16_t code);
/* Reads a device block. Returns how many interfaces it says that it has. */
unsigned usbip_read_device(const uint8_t at[USBIP_DEVICE_BYTES], struct usbip_device *device);
void usbip_write_submit(uint8_t at[USBIP_URB_BYTES], uint32_t seqnum, uint32_t devid,
                        const struct transfer *transfer);
void usbip_write_unlink(uint8_t at[USBIP_URB_BYTES], uint32_t seqnum, uint32_t devid,
                        uint32_t target);
void usbip_read_reply(const uint8_t at[USBIP_URB_BYTES], struct usbip_reply *reply);

/* True if the transfer's data goes from the device to us. */
bool usbip_is_in(const struct transfer *transfer);

/* Where a server is, and which of its devices is meant ("": the first Ferrite board). */
struct usbip_place {
    char host[256], port[6], busid[USBIP_BUSID_BYTES + 1];
};

/* Where a message for people goes. */
struct usbip_report {
    char *text;
    size_t len;
};

/* Reads HOST[:PORT][/BUSID]; returns false if it is not of that form. */
bool usbip_place_read(struct usbip_place *place, const char *where);
/* Returns a blocking socket whose every step takes 5 s at most, or a negative errno with a message. */
int usbip_connect(const struct usbip_place *place, struct usbip_report report);
int usbip_bytes_send(int fd, const uint8_t *bytes, size_t len);
/* Reads exactly len bytes: 0, -ETIMEDOUT, -ECONNRESET (the server hung up) or another negative errno. */
int usbip_bytes_read(int fd, uint8_t *bytes, size_t len);

/* Makes a transport of a connected socket on which the device was imported; takes fd over. Returns NULL without memory
 * (and closes fd). */
struct transport *usbip_make(int fd, const struct usbip_device *device, const char *name,
                             const char *serial);

#endif
