/* ferrite lookup: a name's addresses, asked through the board.
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/cli/commands.h"
#include "host/cli/session.h"
#include "host/socket/ferrite.h"

enum { MAX_ADDRESSES = 32 };

static void help(void)
{
    puts("usage: ferrite lookup [options] NAME...\n"
         "Prints the addresses of each name. Exit 1 if one has none.\n");
}

static const char *reason(int error)
{
    switch (error) {
    case -ENOENT: return "no such name";
    case -ENODATA: return "the name has no IPv4 address";
    case -ETIMEDOUT: return "no name server answers";
    case -EAGAIN: return "the name server failed";
    case -ENETUNREACH: return "no name server is known: give one with --dns";
    case -EINVAL: return "this is not a name";
    default: return strerror(-error);
    }
}

static int lookup(const char *name)
{
    struct sockaddr_storage found[MAX_ADDRESSES];
    int count = fe_lookup(name, found, MAX_ADDRESSES);

    if (count < 0)
        fprintf(stderr, "ferrite: lookup: %s: %s\n", name, reason(count));
    for (int i = 0; i < count; i++)
        printf("%s\t%s\n", name, inet_ntoa(((struct sockaddr_in *)&found[i])->sin_addr));
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
    for (int i = first; i < argc; i++)
        if (options_host_check("lookup", argv[i]))
            return EXIT_USAGE;
    if (session_start(&session, &common))
        return EXIT_USAGE;
    for (int i = first; i < argc; i++)
        failed |= lookup(argv[i]);
    return session_end(&session) ? EXIT_USAGE : failed ? EXIT_FAILED : EXIT_OK;
}
