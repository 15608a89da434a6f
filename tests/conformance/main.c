/* Runs conformance scripts and prints TAP: a line a script.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/run.h"

static void usage(void)
{
    fputs("usage: pkt [--lenient] [--verbose] [--ipv6 | --both] FILE.pkt ...\n"
          "  --lenient  the stack may send more than the script has, behind its last packet\n"
          "  --verbose  print every packet as it passes\n"
          "  --ipv6     over IPv6, unless the script has --ip_version\n"
          "  --both     over IPv4, then over IPv6, unless the script has --ip_version\n",
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
    char line[TITLE_BYTES];
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

struct tally {
    int count, failed;
};

/* One that is known to fail and passes must leave the list. Returns whether the script says what it runs over. */
static bool one(struct tally *tally, const char *path, const struct run_wish *wish)
{
    static struct run_result result;
    static char why[TITLE_BYTES];
    const char *at = strstr(path, "conformance/");
    const char *name = at ? at + strlen("conformance/") : path;
    script_run(path, wish, &result);
    bool known = known_why(name, why, sizeof why), good = result.good;
    printf("%s %d - %s%s: %s", good && !known ? "ok" : "not ok", ++tally->count, name,
           wish->v6 && !result.version_told ? " over IPv6" : "", result.title);
    printf("%s%s\n", known && !good ? " # TODO " : "", known && !good ? why : "");
    if (known && good)
        puts("# it passes: take it from tests/conformance/known");
    if (!good)
        message_print(result.message);
    tally->failed += good == known;
    return result.version_told;
}

int main(int argc, char **argv)
{
    struct run_wish wish = {.strict = true};
    struct tally tally = {0};
    bool both = false;
    int first = 1;
    for (; first < argc && argv[first][0] == '-'; first++) {
        if (!strcmp(argv[first], "--lenient"))
            wish.strict = false;
        else if (!strcmp(argv[first], "--verbose"))
            wish.verbose = true;
        else if (!strcmp(argv[first], "--ipv6"))
            wish.v6 = true;
        else if (!strcmp(argv[first], "--both"))
            both = true;
        else
            usage();
    }
    if (first == argc)
        usage();
    for (int i = first; i < argc; i++) {
        wish.v6 &= !both;
        bool told = one(&tally, argv[i], &wish);
        wish.v6 |= both;
        if (both && !told)
            one(&tally, argv[i], &wish);
    }
    printf("1..%d\n", tally.count);
    return tally.failed ? 1 : 0;
}
