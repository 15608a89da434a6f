/* Options of the simulated wire: what is at its end, what spoils it, its link.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/options_internal.h"

/* "tap:NAME,loss=1%": parts without '=' name the wire's end, the others what spoils it. */
int options_take_wire(struct options *options, const char *value)
{
    char copy[512], spoilt[512] = "", error[256], *rest = copy, *part;

    if (strlen(value) >= sizeof copy) {
        fprintf(stderr, "ferrite: --wire: the list is longer than %zu characters\n",
                sizeof copy - 1);
        return -EINVAL;
    }
    strcpy(copy, value);
    while ((part = strsep(&rest, ","))) {
        bool backend = !strchr(part, '=') && *part;

        if (backend)
            snprintf(options->wire_backend, sizeof options->wire_backend, "%s", part);
        else
            snprintf(spoilt + strlen(spoilt), sizeof spoilt - strlen(spoilt), "%s%s",
                     *spoilt ? "," : "", part);
    }
    options->wire_given = true;
    if (!*spoilt)
        return 0;
    if (!wire_impairment_parse(spoilt, &options->impairment, error, sizeof error))
        return 0;
    fprintf(stderr, "ferrite: --wire: %s\n", error);
    return -EINVAL;
}

int options_take_link(struct options *options, const char *value)
{
    unsigned long speed = strtoul(value, NULL, 10);

    options->link_down = !strcmp(value, "down");
    if (options->link_down)
        return 0;
    if (strcmp(value, "10") && strcmp(value, "100") && strcmp(value, "1000")) {
        fprintf(stderr, "ferrite: --link '%s': give 10, 100, 1000 or down\n", value);
        return -EINVAL;
    }
    options->speed_mbps = (unsigned)speed;
    return 0;
}

int options_take_shape(struct options *options, const char *value)
{
    options->small_shape = !strcmp(value, "full-speed");
    options->shape_given = true;
    return options->small_shape || !strcmp(value, "high-speed")
               ? 0
               : options_bad("--shape", value, "give high-speed or full-speed");
}
