/* ferrite stat: the counters of stack, driver and board, each by its name.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "driver/registers.h"
#include "host/cli/commands.h"
#include "host/cli/report.h"
#include "host/socket/ferrite.h"

static void help(void)
{
    puts("usage: ferrite stat [options]\n"
         "Prints every counter of the board (its registers), the driver, the engine and the stack; "
         "--json leaves out the board.\n");
}

static int show_register(const char *name, uint32_t address)
{
    uint32_t value;

    if (fe_register_read(address, &value)) {
        fprintf(stderr, "ferrite: stat: cannot read the board's counter %s\n", name);
        return EXIT_FAILED;
    }
    printf("board.%-28s %u\n", name, value);
    return 0;
}

static int show(json_object *report)
{
    int code = EXIT_OK;

#define SHOW(name, address) code |= show_register(#name, address);
    REG_COUNTERS(SHOW)
#undef SHOW
    json_object_object_foreach(report, part, counters)
    {
        json_object_object_foreach(counters, name, value)
        {
            printf("%s.%-*s %s\n", part, 33 - (int)strlen(part), name,
                   json_object_get_string(value));
        }
    }
    return code;
}

int command_stat(int argc, char **argv)
{
    struct command_options command = {"", NULL, options_take_none, NULL, help};
    struct options common = {0};

    return report_command(argc, argv, &command, &common, "counters", show);
}
