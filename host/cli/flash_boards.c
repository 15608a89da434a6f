/* The table of boards that can be flashed; constraints/boards.json has the same of their FPGAs.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "host/cli/flash_boards.h"

#define OPENFPGALOADER(board)                                                           \
    .tool = "openFPGALoader", .keep = {"-b", board, "-f"}, .load = {"-b", board, "-m"}, \
    .suffix = "bit"
#define ECPIX5(size, id)                                                                 \
    {                                                                                    \
        .name = "ecpix5-" size "f", .title = "ECPIX-5 " size "F", .idcode = id,          \
        .device = "LFE5UM5G-" size "F", .package = "CABGA554", OPENFPGALOADER("ecpix5"), \
    }
#define ULX3S(size, id)                                                                \
    {                                                                                  \
        .name = "ulx3s-" size "f", .title = "ULX3S " size "F + LAN8720", .idcode = id, \
        .device = "LFE5U-" size "F", .package = "CABGA381", OPENFPGALOADER("ulx3s"),   \
    }

const struct flash_board flash_boards[] = {
    ECPIX5("85", 0x81113043),
    ECPIX5("45", 0x81112043),
    ULX3S("12", 0x21111043),
    ULX3S("25", 0x41111043),
    ULX3S("45", 0x41112043),
    ULX3S("85", 0x41113043),
    {
        .name = "tinyfpga-bx",
        .title = "TinyFPGA BX + LAN8720",
        .family = FLASH_ICE40,
        .device = "iCE40LP8K",
        .package = "CM81",
        .columns = FLASH_ICE40_8K_COLUMNS,
        .tool = "tinyprog",
        .keep = {"-p"},
        .suffix = "bin",
    },
    {
        .name = "butterstick",
        .title = "ButterStick r1.0",
        .idcode = 0x81113043,
        .device = "LFE5UM5G-85F",
        .package = "CABGA381",
        .tool = "dfu-util", /* to the boot loader, which stays */
        .keep = {"-d", "1209:5af1", "-a", "0", "-R", "-D"},
        .suffix = "bit",
    },
    {
        .name = "kopflos",
        .title = "Kopflos v0",
        .idcode = 0x21111043,
        .device = "LFE5U-12F",
        .package = "CABGA256",
        .tool = "dfu-util", /* JTAG would write over the boot loader */
        .keep = {"-a", "0", "-D"},
        .load_tool = "openFPGALoader",
        .load = {"-c", "usb-blaster", "-m"},
        .suffix = "bit",
    },
    {
        .name = "hx8k-breakout",
        .title = "iCE40-HX8K + LAN8720",
        .family = FLASH_ICE40,
        .device = "iCE40HX8K",
        .package = "CT256",
        .columns = FLASH_ICE40_8K_COLUMNS,
        .tool = "iceprog",
        .keep = {"-I", "A"},
        .load = {"-I", "A", "-S"},
        .suffix = "bin",
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
