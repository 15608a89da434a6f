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

/* The line of tests/conformance/known that begins with the script's name says why it is known to fail. */
static bool known_why(const char *name, char *why, size_t size)
{
    char line[TITLE];
    size_t length = strlen(name);
    bool found = false;
    FILE *file = fopen("tests/conformance/known", "r");
    while (file && !found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        found = !strncmp(line, name, length) && line[length] == ' ';
    }
    if (file)
        fclose(file);
    snprintf(why, size, "%s", found ? line + length + 1 : "");
    return found;
}

/* Returns whether it did what is expected of it: one that is known to fail and passes must leave the list. */
static bool one(int number, const char *path, const struct run_wish *wish)
{
    static char title[TITLE], message[MESSAGE], why[TITLE];
    const char *at = strstr(path, "conformance/");
    const char *name = at ? at + strlen("conformance/") : path;
    bool good = script_run(path, wish, title, sizeof title, message, sizeof message);
    bool known = known_why(name, why, sizeof why);
    printf("%s %d - %s: %s", good && !known ? "ok" : "not ok", number, name, title);
    printf("%s%s\n", known && !good ? " # TODO " : "", known && !good ? why : "");
    if (known && good)
        puts("# it passes: take it from tests/conformance/known");
    if (!good)
        message_print(message);
    return good != known;
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
