/* Formats journal lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stdio.h>

#include "driver/journal.h"

enum { LINE_BYTES = 1001 };

void journal_write(const struct journal *journal, uint64_t now_ns, enum journal_level level,
                   const char *layer, const char *format, ...)
{
    char text[LINE_BYTES];
    va_list args;

    if (!journal_wants(journal, level))
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    journal->line(journal->user, now_ns, level, layer, text);
}
