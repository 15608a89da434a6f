/* Captures the Ethernet wire into a pcapng file.
 *
 * SPDX-License-Identifier: MIT
 *
 * Written little-endian whatever the machine: the section header's magic tells the reader.
 */
#include "sim/wire/pcapng.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECTION_HEADER = 0x0A0D0D0A,
    INTERFACE = 1,
    ENHANCED_PACKET = 6,
    BYTE_ORDER_MAGIC = 0x1A2B3C4D,
    LINKTYPE_ETHERNET = 1,
    OPTION_END = 0,
    OPTION_IF_NAME = 2,
    OPTION_TSRESOL = 9,
    OPTION_FLAGS = 2,
    OPTION_USER_APPLICATION = 4,
    NANOSECONDS = 9,
    BLOCK_MOST = 2048,
};

struct pcapng {
    FILE *file;
    bool unflushed;
    size_t length; /* of the block being made */
    uint8_t block[BLOCK_MOST];
};

static void put_bytes(struct pcapng *pcapng, const void *bytes, size_t len)
{
    memcpy(pcapng->block + pcapng->length, bytes, len);
    pcapng->length += len;
    while (pcapng->length % 4)
        pcapng->block[pcapng->length++] = 0;
}

static void put_32(struct pcapng *pcapng, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        pcapng->block[pcapng->length++] = (uint8_t)(value >> 8 * i);
}

/* Two 16-bit fields, the first in the lower half. */
static void put_16s(struct pcapng *pcapng, uint32_t first, uint32_t second)
{
    put_32(pcapng, first | second << 16);
}

static void put_option(struct pcapng *pcapng, uint32_t code, const void *bytes, uint32_t len)
{
    put_16s(pcapng, code, len);
    put_bytes(pcapng, bytes, len);
}

static void block_begin(struct pcapng *pcapng, uint32_t type)
{
    pcapng->length = 0;
    put_32(pcapng, type);
    put_32(pcapng, 0); /* its length, once known */
}

static void block_end(struct pcapng *pcapng)
{
    size_t length = pcapng->length + 4;

    put_32(pcapng, (uint32_t)length);
    memcpy(pcapng->block + 4, pcapng->block + length - 4, 4);
    fwrite(pcapng->block, 1, length, pcapng->file);
    pcapng->unflushed = true;
}

static void section_write(struct pcapng *pcapng)
{
    static const char application[] = "Ferrite";

    block_begin(pcapng, SECTION_HEADER);
    put_32(pcapng, BYTE_ORDER_MAGIC);
    put_16s(pcapng, 1, 0); /* version 1.0 */
    put_32(pcapng, UINT32_MAX);
    put_32(pcapng, UINT32_MAX); /* the section's length: not told */
    put_option(pcapng, OPTION_USER_APPLICATION, application, sizeof(application) - 1);
    put_32(pcapng, OPTION_END);
    block_end(pcapng);
}

static void interface_write(struct pcapng *pcapng)
{
    static const char name[] = "rgmii";
    static const uint8_t resolution = NANOSECONDS;

    block_begin(pcapng, INTERFACE);
    put_16s(pcapng, LINKTYPE_ETHERNET, 0);
    put_32(pcapng, 0); /* no limit on a packet's length */
    put_option(pcapng, OPTION_IF_NAME, name, sizeof(name) - 1);
    put_option(pcapng, OPTION_TSRESOL, &resolution, 1);
    put_32(pcapng, OPTION_END);
    block_end(pcapng);
}

int pcapng_open(struct pcapng **out, const char *path, char *error, size_t error_len)
{
    struct pcapng *pcapng = calloc(1, sizeof(*pcapng));

    if (!pcapng)
        return -ENOMEM;
    pcapng->file = fopen(path, "we");
    if (!pcapng->file) {
        int reason = errno;
        snprintf(error, error_len, "wire: cannot write the capture '%s': %s", path,
                 strerror(reason));
        free(pcapng);
        return -reason;
    }
    section_write(pcapng);
    interface_write(pcapng);
    *out = pcapng;
    return 0;
}

void pcapng_frame(struct pcapng *pcapng, uint64_t now_ns, uint32_t flags, const uint8_t *bytes,
                  size_t len)
{
    size_t kept = len < BLOCK_MOST - 64 ? len : BLOCK_MOST - 64;

    block_begin(pcapng, ENHANCED_PACKET);
    put_32(pcapng, 0); /* the interface */
    put_32(pcapng, (uint32_t)(now_ns >> 32));
    put_32(pcapng, (uint32_t)now_ns);
    put_32(pcapng, (uint32_t)kept);
    put_32(pcapng, (uint32_t)len);
    put_bytes(pcapng, bytes, kept);
    put_16s(pcapng, OPTION_FLAGS, 4);
    put_32(pcapng, flags);
    put_32(pcapng, OPTION_END);
    block_end(pcapng);
}

void pcapng_flush(struct pcapng *pcapng)
{
    if (pcapng->unflushed)
        fflush(pcapng->file);
    pcapng->unflushed = false;
}

void pcapng_close(struct pcapng *pcapng)
{
    fclose(pcapng->file);
    free(pcapng);
}
