/* Prints journal lines as they happen.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <unistd.h>

#include "host/cli/explain.h"

enum { WIDTH = 110 };

/* Where a line that is too long breaks: behind its last comma that fits, else nowhere. */
static size_t piece(const char *text)
{
    size_t len = strcspn(text, "\n"), at = WIDTH;

    if (len <= WIDTH)
        return len;
    while (at && !(text[at - 1] == ',' && text[at] == ' '))
        at--;
    return at ? at : len;
}

/* Long lines and several of them stand under each other, indented behind the first one's layer. */
static void print_text(FILE *out, const char *text)
{
    size_t len = piece(text);

    while (text[len]) {
        fprintf(out, "%.*s\n%23s", (int)len, text, "");
        text += len + 1;
        len = piece(text);
    }
    fprintf(out, "%s\n", text);
}

static void line(void *user, uint64_t now_ns, enum journal_level level, const char *layer,
                 const char *text)
{
    struct explain *explain = user;
    const char *dim = explain->color && level == JOURNAL_DETAIL ? "\033[2m" : "";
    const char *plain = *dim ? "\033[0m" : "";

    if (!explain->started) {
        explain->started = true;
        explain->start_ns = now_ns;
    }
    flockfile(explain->out);
    fprintf(explain->out, "%s%11.3f ms %-6s ", dim, (double)(now_ns - explain->start_ns) / 1e6,
            layer);
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
