/* USB/IP messages: to and from bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/usbip_internal.h"

#include <errno.h>
#include <string.h>

enum {
    DIRECTION_OUT = 0,
    DIRECTION_IN = 1,
    FLAG_ZERO_PACKET = 0x40,

    /* Linux' errno values, which the protocol carries whatever system this is */
    WIRE_ENOENT = -2,
    WIRE_ENODEV = -19,
    WIRE_EPIPE = -32,
    WIRE_ETIME = -62,
    WIRE_EPROTO = -71,
    WIRE_EOVERFLOW = -75,
    WIRE_EILSEQ = -84,
    WIRE_ECONNRESET = -104,
    WIRE_ESHUTDOWN = -108,
};

static void be32_write(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

void usbip_write_operation(uint8_t at[USBIP_OPERATION_BYTES], uint16_t code)
{
    be32_write(at, (uint32_t)USBIP_VERSION << 16 | code);
    be32_write(at + 4, 0);
}

unsigned usbip_read_device(const uint8_t at[USBIP_DEVICE_BYTES], struct usbip_device *device)
{
    uint32_t speed = be32_read(at + 296);

    memset(device, 0, sizeof(*device));
    memcpy(device->busid, at + 256, USBIP_BUSID_BYTES);
    device->devid = be32_read(at + 288) << 16 | (be32_read(at + 292) & 0xFFFF);
    device->speed = speed <= SPEED_HIGH ? (enum transport_speed)speed : SPEED_UNKNOWN;
    device->vendor = be16_read(at + 300);
    device->product = be16_read(at + 302);
    return at[311];
}

bool usbip_is_in(const struct transfer *transfer)
{
    return transfer->endpoint ? transfer->endpoint & 0x80 : transfer->setup[0] & 0x80;
}

void usbip_write_submit(uint8_t at[USBIP_URB_BYTES], uint32_t seqnum, uint32_t devid,
                        const struct transfer *transfer)
{
    memset(at, 0, USBIP_URB_BYTES);
    be32_write(at, USBIP_CMD_SUBMIT);
    be32_write(at + 4, seqnum);
    be32_write(at + 8, devid);
    be32_write(at + 12, usbip_is_in(transfer) ? DIRECTION_IN : DIRECTION_OUT);
    be32_write(at + 16, transfer->endpoint & 15);
    be32_write(at + 20, transfer->zero_packet ? FLAG_ZERO_PACKET : 0);
    be32_write(at + 24, transfer->length);
    if (!transfer->endpoint)
        memcpy(at + 40, transfer->setup, 8);
}

void usbip_write_unlink(uint8_t at[USBIP_URB_BYTES], uint32_t seqnum, uint32_t devid,
                        uint32_t target)
{
    memset(at, 0, USBIP_URB_BYTES);
    be32_write(at, USBIP_CMD_UNLINK);
    be32_write(at + 4, seqnum);
    be32_write(at + 8, devid);
    be32_write(at + 20, target);
}

static int status_translate(int32_t status)
{
    switch (status) {
    case 0: return 0;
    case WIRE_EPIPE: return -EPIPE;
    case WIRE_EOVERFLOW: return -EOVERFLOW;
    case WIRE_ECONNRESET:
    case WIRE_ENOENT: return -ECANCELED;
    case WIRE_ENODEV:
    case WIRE_ESHUTDOWN: return -ENODEV;
    case WIRE_EPROTO:
    case WIRE_EILSEQ:
    case WIRE_ETIME: return -EPROTO;
    default: return -EIO;
    }
}

void usbip_read_reply(const uint8_t at[USBIP_URB_BYTES], struct usbip_reply *reply)
{
    reply->command = be32_read(at);
    reply->seqnum = be32_read(at + 4);
    reply->status = status_translate((int32_t)be32_read(at + 20));
    reply->actual = reply->command == USBIP_RET_SUBMIT ? be32_read(at + 24) : 0;
}
