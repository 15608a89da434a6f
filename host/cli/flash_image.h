/* What a bitstream says of the device that it is for.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_FLASH_IMAGE_H
#define HOST_CLI_FLASH_IMAGE_H

#include <stddef.h>
#include <stdint.h>

enum flash_family { FLASH_ECP5, FLASH_ICE40 };

struct flash_image {
    enum flash_family family;
    char comment[80]; /* ECP5: the part, as "LFE5U-12F-6CABGA381"; iCE40: "" or the board's name */
    uint32_t idcode;  /* ECP5: that of the JTAG port; iCE40: 0, for its bitstreams hold none */
    unsigned
        columns; /* iCE40: bits in a row of a configuration bank, which tells the die; else 0 */
};

enum { FLASH_ICE40_8K_COLUMNS = 872 };

/* Reads the head of a whole bitstream, and whether its end is there. Returns 0, or -EBADMSG with *why saying what is wrong with them. */
int flash_image_parse(const uint8_t *data, size_t length, struct flash_image *image,
                      const char **why);

/* Reads it from a file. Returns 0, or a negative errno after a message on stderr that names the file. */
int flash_image_read(const char *path, struct flash_image *image);

#endif
