/* Values of options that several of them have in common, and what is said of bad ones.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/cli/options_internal.h"

int options_bad(const char *name, const char *value, const char *advice)
{
    fprintf(stderr, "ferrite: %s '%s': %s\n", name, value, advice);
    return -EINVAL;
}

int options_number(const char *name, const char *text, unsigned long min, unsigned long max,
                   unsigned long *out)
{
    char *end;

    errno = 0;
    *out = strtoul(text, &end, 10);
    if (!errno && end != text && !*end && text[0] != '-' && *out >= min && *out <= max)
        return 0;
    fprintf(stderr, "ferrite: %s '%s': give a whole number from %lu to %lu\n", name, text, min,
            max);
    return -EINVAL;
}

int options_seconds(const char *name, const char *text, double *out)
{
    char *end;

    *out = strtod(text, &end);
    if (end != text && !*end && *out >= 0 && *out <= 1e6)
        return 0;
    fprintf(stderr, "ferrite: %s '%s': give seconds, as in 1.5\n", name, text);
    return -EINVAL;
}
