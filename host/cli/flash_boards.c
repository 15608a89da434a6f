/* The table of boards that can be flashed; constraints/boards.json has the same of their FPGAs.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "host/cli/flash_boards.h"

const struct flash_board flash_boards[] = {
    {
        .name = "ecpix5-85f",
        .title = "ECPIX-5 85F",
        .device = "LFE5UM5G-85F",
        .package = "CABGA554",
        .idcode = 0x81113043,
        .tool = "openFPGALoader",
        .keep = {"-b", "ecpix5", "-f"},
        .try = {"-b", "ecpix5", "-m"},
        .suffix = "bit",
    },
    {
        .name = "ecpix5-45f",
        .title = "ECPIX-5 45F",
        .device = "LFE5UM5G-45F",
        .package = "CABGA554",
        .idcode = 0x81112043,
        .tool = "openFPGALoader",
        .keep = {"-b", "ecpix5", "-f"},
        .try = {"-b", "ecpix5", "-m"},
        .suffix = "bit",
    },
    {.name = NULL},
};

const struct flash_board *flash_board_find(const char *name)
{
    for (const struct flash_board *board = flash_boards; board->name; board++)
        if (!strcmp(board->name, name))
            return board;
    return NULL;
}

/* A part is DEVICE-nPACKAGE, as in LFE5U-12F-6CABGA381; the speed grade n does not matter. */
static bool part_fits(const struct flash_board *board, const char *part)
{
    size_t device = strlen(board->device), length = strlen(part);

    return length > device + 2 && !strncmp(part, board->device, device) && part[device] == '-' &&
           !strcmp(part + device + 2, board->package);
}

bool flash_board_fits(const struct flash_board *board, const struct flash_image *image, char *why,
                      size_t size)
{
    if (board->family != image->family) {
        snprintf(why, size, "it is for an %s, and %s has an %s",
                 image->family == FLASH_ECP5 ? "ECP5" : "iCE40", board->title,
                 board->family == FLASH_ECP5 ? "ECP5" : "iCE40");
        return false;
    }
    if (board->family == FLASH_ECP5) {
        snprintf(why, size, "it is for '%s', IDCODE 0x%08x, and %s is '%s' in %s, IDCODE 0x%08x",
                 image->comment, image->idcode, board->title, board->device, board->package,
                 board->idcode);
        return image->idcode == board->idcode && part_fits(board, image->comment);
    }
    if (image->columns != board->columns) {
        snprintf(why, size, "it has rows of %u bits, and the FPGA of %s has %u", image->columns,
                 board->title, board->columns);
        return false;
    }
    snprintf(why, size, "it says that it is for the board '%s', and not for %s", image->comment,
             board->name);
    return !*image->comment || !strcmp(image->comment, board->name);
}

const char *flash_tool_package(const char *tool)
{
    static const struct {
        const char *tool, *package;
    } packages[] = {
        {"openFPGALoader", "the Debian package openfpgaloader"},
        {"dfu-util", "the Debian package dfu-util"},
        {"iceprog", "the Debian package fpga-icestorm"},
        {"tinyprog", "tinyprog from PyPI: pipx install tinyprog"},
    };

    for (size_t i = 0; i < sizeof packages / sizeof packages[0]; i++)
        if (!strcmp(packages[i].tool, tool))
            return packages[i].package;
    return tool;
}
