/* Prints journal lines as they happen.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <unistd.h>

#include "host/cli/explain.h"

/* Several lines of detail stand under each other, indented behind the first one's layer. */
static void print_text(FILE *out, const char *text)
{
    const char *end;

    while ((end = strchr(text, '\n'))) {
        fprintf(out, "%.*s\n%21s", (int)(end - text), text, "");
        text = end + 1;
    }
    fprintf(out, "%s\n", text);
}

static void line(void *user, uint64_t now_ns, enum journal_level level, const char *layer, const char *text)
{
    struct explain *explain = user;
    const char *dim = explain->color && level == JOURNAL_DETAIL ? "\033[2m" : "";
    const char *plain = *dim ? "\033[0m" : "";

    if (!explain->started) {
        explain->started = true;
        explain->start_ns = now_ns;
    }
    flockfile(explain->out);
    fprintf(explain->out, "%s%11.3f ms %-6s ", dim, (double)(now_ns - explain->start_ns) / 1e6, layer);
    print_text(explain->out, text);
    fputs(plain, explain->out);
    fflush(explain->out);
    funlockfile(explain->out);
}

void explain_init(struct explain *explain, FILE *out, enum journal_level level)
{
    *explain = (struct explain){.out = out, .color = isatty(fileno(out))};
    if (level)
        explain->journal = (struct journal){.line = line, .user = explain, .level = level};
}
