/* Runs conformance scripts and prints TAP: a line a script.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/run.h"

enum { TITLE = 240, MESSAGE = 4096 };

static void usage(void)
{
    fputs("usage: pkt [--lenient] [--verbose] FILE.pkt ...\n"
          "  --lenient  the stack may send more than the script has, behind its last packet\n"
          "  --verbose  print every packet as it passes\n",
          stderr);
    exit(2);
}

static void message_print(char *message)
{
    for (char *line = strtok(message, "\n"); line; line = strtok(NULL, "\n"))
        printf("# %s\n", line);
}

static bool one(int number, const char *path, const struct run_wish *wish)
{
    static char title[TITLE], message[MESSAGE];
    const char *name = strstr(path, "conformance/");
    bool good = script_run(path, wish, title, sizeof title, message, sizeof message);
    printf("%s %d - %s: %s\n", good ? "ok" : "not ok", number,
           name ? name + strlen("conformance/") : path, title);
    if (!good)
        message_print(message);
    return good;
}

int main(int argc, char **argv)
{
    struct run_wish wish = {.strict = true};
    int first = 1, failed = 0;
    for (; first < argc && argv[first][0] == '-'; first++) {
        if (!strcmp(argv[first], "--lenient"))
            wish.strict = false;
        else if (!strcmp(argv[first], "--verbose"))
            wish.verbose = true;
        else
            usage();
    }
    if (first == argc)
        usage();
    printf("1..%d\n", argc - first);
    for (int i = first; i < argc; i++)
        failed += !one(i - first + 1, argv[i], &wish);
    return failed ? 1 : 0;
}
