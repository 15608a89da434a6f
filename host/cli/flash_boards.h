/* The boards that can be flashed, and the program that does it for each.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_FLASH_BOARDS_H
#define HOST_CLI_FLASH_BOARDS_H

#include <stdbool.h>
#include <stddef.h>

#include "host/cli/flash_image.h"

enum { FLASH_MAX_ARGUMENTS = 12 };

struct flash_board {
    const char *name, *title;
    enum flash_family family;
    const char *device,
        *package;     /* ECP5: as a bitstream's part names them, the speed grade between them */
    uint32_t idcode;  /* ECP5 */
    unsigned columns; /* iCE40 */
    const char *tool; /* the program that flashes */
    /* Its arguments before the file, for what stays, and for what lasts until power is lost (none: the board cannot). */
    const char *keep[FLASH_MAX_ARGUMENTS], *load[FLASH_MAX_ARGUMENTS];
    const char *load_tool; /* the program for that, where it is another one */
    const char *suffix;    /* of the file in build/dist */
};

/* The table, ended by an entry without a name. */
extern const struct flash_board flash_boards[];

/* Returns the board of that name, or NULL. */
const struct flash_board *flash_board_find(const char *name);

/* Returns whether the bitstream is for the board's device. With why that is an answer in words, which quotes both. */
bool flash_board_fits(const struct flash_board *board, const struct flash_image *image, char *why,
                      size_t size);

/* Returns what to install to have the tool. */
const char *flash_tool_package(const char *tool);

#endif
