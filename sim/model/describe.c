/* The descriptors that the model gives (USB 2.0, 9.6; CDC 1.2 and ECM 1.2; BOS of USB 3.2, 9.6.2; Microsoft OS 2.0).
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/model/model_internal.h"

#include <errno.h>
#include <string.h>

enum {
    TYPE_DEVICE = 1,
    TYPE_CONFIGURATION = 2,
    TYPE_STRING = 3,
    TYPE_ENDPOINT = 5,
    TYPE_BOS = 15,
    SERIAL_STRING = 3,
    BULK = 2,
    MICROSOFT_BYTES = 162,
};

static const uint8_t DEVICE[18] = {
    18,   1, 0x01, 2,                       /* USB 2.0.1 */
    0,    0, 0,    64, 0x09, 0x12, 0x01, 0, /* 1209:0001 */
    0x10, 0,                                /* release 0.1.0 */
    1,    2, 3,    2,                       /* strings; two configurations */
};
static const uint8_t RECORDS[39] = {
    9, 2, 39,   0, 1, 1,    0, 0x80, 250, /* bus-powered, 500 mA */
    9, 4, 0,    0, 3, 0xFF, 0, 0,    0,   /* vendor-specific */
    7, 5, 0x01, 2, 0, 2,    0,            /* bulk OUT */
    7, 5, 0x81, 2, 0, 2,    0,            /* bulk IN */
    7, 5, 0x82, 3, 8, 0,    4,            /* interrupt IN, each millisecond */
};
static const uint8_t NETWORK[80] = {
    9,  2,    80,   0,    2,  2,  0, 0x80, 250, /* the same power */
    9,  4,    0,    0,    1,  2,  6, 0,    0,   /* communication: Ethernet */
    5,  0x24, 0,    0x20, 1,                    /* CDC 1.20 */
    5,  0x24, 6,    0,    1,                    /* union of interfaces 0 and 1 */
    13, 0x24, 15,   4,    0,  0,  0, 0,    0xEE,
    5,  0,    0,    0,                        /* MAC address: string 4; 1,518 bytes */
    7,  5,    0x82, 3,    16, 0,  4,          /* interrupt IN, each millisecond */
    9,  4,    1,    0,    0,  10, 0, 0,    0, /* data, without endpoints */
    9,  4,    1,    1,    2,  10, 0, 0,    0, /* and with them */
    7,  5,    0x01, 2,    0,  2,  0,          /* bulk OUT */
    7,  5,    0x81, 2,    0,  2,  0,          /* bulk IN */
};
static const uint8_t BOS[40] = {
    5,    15,   40,   0,    2, /* two capabilities */
    7,    16,   2,    0,    0,
    0,    0, /* USB 2.0 extension */
    28,   16,   5,    0,    0xDF,
    0x60, 0xDD, 0xD8, 0x89, 0x45,
    0xC7, 0x4C, 0x9C, 0xD2, 0x65,
    0x9D, 0x9E, 0x64, 0x8A, 0x9F, /* Microsoft's platform */
    0,    0,    3,    6,    MICROSOFT_BYTES,
    0,    2,    0,
};
static const uint8_t MICROSOFT[38] = {
    10,  0,   0, 0,   0, 0,   3,   6,   MICROSOFT_BYTES,
    0,   20,  0, 3,   0, 'W', 'I', 'N', 'U',
    'S', 'B', 0, 0,   0, 0,   0,   0,   0,
    0,   0,   0, 132, 0, 4,   0,   7,   0,
    42,  0,
};
static const uint8_t ENGLISH[2] = {0x09, 0x04};
static const char *const STRINGS[] = {"", "Ferrite", "Ferrite", "", "024645000001"};

/* At full speed packets and intervals are others. */
static int describe_configuration(const struct model *model, unsigned index, uint8_t *out)
{
    size_t length = index ? sizeof NETWORK : sizeof RECORDS;

    memcpy(out, index ? NETWORK : RECORDS, length);
    for (uint8_t *at = out; model->transport.speed == SPEED_FULL && at < out + length;
         at += at[0]) {
        if (at[1] != TYPE_ENDPOINT)
            continue;
        if (at[3] == BULK)
            memcpy(at + 4, (uint8_t[2]){64, 0}, 2);
        else
            at[6] = 1;
    }
    return (int)length;
}

static size_t put_utf16(uint8_t *out, const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        out[2 * i] = (uint8_t)text[i];
        out[2 * i + 1] = 0;
    }
    return 2 * length;
}

/* String 0 is a list of languages, of which the first is US English. */
static int describe_string(const struct model *model, unsigned number, uint8_t *out)
{
    size_t length = 4;

    if (number >= sizeof STRINGS / sizeof STRINGS[0])
        return -EPIPE;
    if (number)
        length = 2 + put_utf16(out + 2,
                               number == SERIAL_STRING ? model->transport.serial : STRINGS[number]);
    else
        memcpy(out + 2, ENGLISH, sizeof ENGLISH);
    out[0] = (uint8_t)length;
    out[1] = TYPE_STRING;
    return (int)length;
}

int describe(const struct model *model, uint16_t value, uint8_t out[DESCRIPTOR_BYTES])
{
    switch (value >> 8) {
    case TYPE_DEVICE:
        if (value & 0xFF)
            return -EPIPE;
        memcpy(out, DEVICE, sizeof DEVICE);
        return sizeof DEVICE;
    case TYPE_CONFIGURATION:
        return (value & 0xFF) < 2 ? describe_configuration(model, value & 0xFF, out) : -EPIPE;
    case TYPE_STRING: return describe_string(model, value & 0xFF, out);
    case TYPE_BOS:
        if (value & 0xFF)
            return -EPIPE;
        memcpy(out, BOS, sizeof BOS);
        return sizeof BOS;
    default: return -EPIPE;
    }
}

int describe_to_windows(uint8_t out[DESCRIPTOR_BYTES])
{
    memset(out, 0, MICROSOFT_BYTES);
    memcpy(out, MICROSOFT, sizeof MICROSOFT);
    put_utf16(out + 38, "DeviceInterfaceGUIDs");
    out[80] = 80;
    put_utf16(out + 82, "{8C2F4A60-6B1D-4E0B-9B57-52E2A1D0C7F3}");
    return MICROSOFT_BYTES;
}
