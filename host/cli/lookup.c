/* ferrite lookup: a name's addresses, asked through the board.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "host/cli/commands.h"
#include "host/cli/host.h"
#include "host/cli/session.h"

static void help(void)
{
    puts("usage: ferrite lookup [options] NAME...\n"
         "Prints the addresses of each name, IPv4 and IPv6, the best to try first. Exit 1 if one "
         "has none.\n");
}

static int lookup(const char *name, int family)
{
    struct sockaddr_storage found[HOST_ADDRESSES];
    int count = host_resolve("lookup", name, family, found, HOST_ADDRESSES);
    char text[HOST_TEXT_BYTES];

    for (int i = 0; i < count; i++)
        printf("%s\t%s\n", name, host_format((struct sockaddr *)&found[i], text));
    return count <= 0;
}

int command_lookup(int argc, char **argv)
{
    struct command_options command = {"", NULL, options_take_none, NULL, help};
    struct options common = {0};
    struct session session;
    int first, code = options_parse(argc, argv, &common, &command, &first), failed = 0;

    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (first == argc) {
        fprintf(stderr, "ferrite: lookup: give a name; try 'ferrite lookup --help'\n");
        return EXIT_USAGE;
    }
    if (session_start(&session, &common))
        return EXIT_USAGE;
    for (int i = first; i < argc; i++)
        failed |= lookup(argv[i], common.family);
    return session_end(&session) ? EXIT_USAGE : failed ? EXIT_FAILED : EXIT_OK;
}
