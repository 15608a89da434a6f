/* ferrite stat: the counters of board, driver, engine and stack, each by its name.
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
         "Prints every counter of the board (its registers), the driver, the engine and the stack, "
         "as ethtool -S does.\n"
         "driver/README.md says what the board's count.\n");
}

static int add_register(json_object *board, const char *name, uint32_t address)
{
    uint32_t value;

    if (fe_register_read(address, &value)) {
        fprintf(stderr, "ferrite: stat: cannot read the board's counter %s\n", name);
        return EXIT_FAILED;
    }
    json_object_object_add(board, name, json_object_new_int64(value));
    return EXIT_OK;
}

static int add_board(json_object *report)
{
    json_object *board = json_object_new_object();
    int code = EXIT_OK;

    json_object_object_add(report, "board", board);
#define ADD(name, address) \
    if (!code)             \
        code = add_register(board, #name, address);
    REG_COUNTERS(ADD)
#undef ADD
    return code;
}

static void show_part(json_object *report, const char *part)
{
    printf("%s statistics:\n", part);
    json_object_object_foreach(report_member(report, part), name, value)
    {
        printf("     %s: %s\n", name, json_object_get_string(value));
    }
}

static int show(json_object *report, void *user)
{
    (void)user;
    static const char *const parts[] = {"board", "driver", "engine", "stack"};

    for (int i = 0; i < 4; i++)
        show_part(report, parts[i]);
    return EXIT_OK;
}

int command_stat(int argc, char **argv)
{
    struct command_options command = {"", NULL, options_take_none, NULL, help};
    struct options common = {0};

    return report_command(argc, argv, &command, &common, "counters", add_board, show);
}
