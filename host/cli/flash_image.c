/* Reads the head of bitstreams as ecppack and icepack write them: comments, a preamble, then commands.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/flash_image.h"

enum {
    MAX_BYTES = 16 << 20,
    TAIL_BYTES = 64, /* hold the last command, and what a DFU suffix adds */
    COMMENT = 0xFF00,
    ECP5_PREAMBLE = 0xBDB3,
    ECP5_DUMMY = 0xFF,
    ECP5_RESET_CRC = 0x3B,
    ECP5_VERIFY_ID = 0xE2,
    ICE40_PREAMBLE = 0x7EAA, /* and 0x997E */
    ICE40_BANK_WIDTH = 6, /* a command's high four bits; the low four count its payload's bytes */
};

struct reader {
    const uint8_t *at, *end;
};

static unsigned read16(struct reader *reader)
{
    if (reader->end - reader->at < 2)
        return 0;
    reader->at += 2;
    return (unsigned)reader->at[-2] << 8 | reader->at[-1];
}

/* Copies the text "NAME: value" of the comments, without the name, and leaves the reader at the preamble. */
static int read_comments(struct reader *reader, const char *name, char *out, size_t size)
{
    size_t skip = strlen(name);

    if (read16(reader) != COMMENT)
        return -EBADMSG;
    while (reader->at < reader->end && *reader->at != 0xFF) {
        const uint8_t *zero = memchr(reader->at, 0, (size_t)(reader->end - reader->at));

        if (!zero)
            return -EBADMSG;
        if (!strncmp((const char *)reader->at, name, skip))
            snprintf(out, size, "%s", (const char *)reader->at + skip);
        reader->at = zero + 1;
    }
    while (reader->at < reader->end && *reader->at == 0xFF)
        reader->at++;
    return 0;
}

/* Commands of four bytes; some dummies, a reset of the CRC, then the one that compares the IDCODE. */
static int read_ecp5(struct reader *reader, struct flash_image *image)
{
    while (reader->end - reader->at >= 8) {
        if (*reader->at == ECP5_DUMMY) {
            reader->at++;
        } else if (*reader->at == ECP5_RESET_CRC) {
            reader->at += 4;
        } else if (*reader->at == ECP5_VERIFY_ID) {
            reader->at += 4;
            image->idcode = read16(reader) << 16;
            image->idcode |= read16(reader);
            return 0;
        } else {
            return -EBADMSG;
        }
    }
    return -EBADMSG;
}

static int read_ice40(struct reader *reader, struct flash_image *image)
{
    while (reader->at < reader->end) {
        unsigned command = *reader->at >> 4, bytes = *reader->at++ & 15;

        if (reader->end - reader->at < (long)bytes)
            return -EBADMSG;
        if (command == ICE40_BANK_WIDTH && bytes == 2) {
            image->columns = read16(reader) + 1;
            return 0;
        }
        reader->at += bytes;
    }
    return -EBADMSG;
}

/* Whether the command that starts the FPGA stands at the end, and so nothing was cut off. */
static bool is_whole(enum flash_family family, const uint8_t *data, size_t length)
{
    static const uint8_t ecp5_done[] = {0x5E, 0, 0, 0}, ice40_wake_up[] = {0x01, 0x06};
    size_t tail = length < TAIL_BYTES ? length : TAIL_BYTES;

    return family == FLASH_ECP5
               ? memmem(data + length - tail, tail, ecp5_done, sizeof ecp5_done) != NULL
               : memmem(data + length - tail, tail, ice40_wake_up, sizeof ice40_wake_up) != NULL;
}

static int parse_head(const uint8_t *data, size_t length, struct flash_image *image,
                      const char **why)
{
    struct reader reader = {data, data + length};
    unsigned preamble;

    *image = (struct flash_image){.family = FLASH_ECP5};
    *why = "it does not begin with a bitstream's comments";
    if (read_comments(&reader, "Part: ", image->comment, sizeof image->comment)) {
        reader = (struct reader){data, data + length};
        if (length < 2 || read16(&reader) != ICE40_PREAMBLE)
            return -EBADMSG;
        reader.at = data;
    }
    preamble = read16(&reader);
    *why = "its commands do not name the device";
    if (preamble == ECP5_PREAMBLE)
        return read_ecp5(&reader, image);
    image->family = FLASH_ICE40;
    if (preamble == ICE40_PREAMBLE && read16(&reader) == 0x997E) {
        struct reader again = {data, data + length};

        *image->comment = '\0';
        read_comments(&again, "board: ", image->comment, sizeof image->comment);
        return read_ice40(&reader, image);
    }
    *why = "no ECP5 or iCE40 preamble follows its comments";
    return -EBADMSG;
}

int flash_image_parse(const uint8_t *data, size_t length, struct flash_image *image,
                      const char **why)
{
    int error = parse_head(data, length, image, why);

    if (error || is_whole(image->family, data, length))
        return error;
    *why = "its end is missing";
    return -EBADMSG;
}

int flash_image_read(const char *path, struct flash_image *image)
{
    const char *why;
    uint8_t *data = malloc(MAX_BYTES);
    FILE *file = fopen(path, "rb");
    size_t length = data && file ? fread(data, 1, MAX_BYTES, file) : 0;
    int error = !data ? -ENOMEM : !file || ferror(file) ? -errno : 0;

    if (error)
        fprintf(stderr, "ferrite: flash: %s: %s\n", path, strerror(-error));
    else if ((error = flash_image_parse(data, length, image, &why)))
        fprintf(stderr, "ferrite: flash: %s: this is no bitstream: %s\n", path, why);
    if (file)
        fclose(file);
    free(data);
    return error;
}
