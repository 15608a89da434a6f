/* Names of what a board does for us, as `ethtool -K` has them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/cli/offload.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host/stack/device.h"

static int bad(const char *value, const char *advice)
{
    fprintf(stderr, "ferrite: --offload '%s': %s\n", value, advice);
    return -EINVAL;
}

/* The bits of a name: of itself, and of what cannot be without it. */
static const struct offload {
    const char *name;
    uint32_t bits, with;
} offloads[] = {
    {"rx", DEVICE_CSUM_RECEIVE, 0},
    {"tx", DEVICE_CSUM_SEND, DEVICE_TSO4 | DEVICE_TSO6 | DEVICE_USO},
    {"tso", DEVICE_TSO4 | DEVICE_TSO6, 0},
    {"uso", DEVICE_USO, 0},
};

static int take_one(const char *part, uint32_t *off_bits)
{
    const char *mark = strchr(part, '=');
    size_t length = mark ? (size_t)(mark - part) : strlen(part);
    bool is_off = mark && !strcmp(mark, "=off");

    for (size_t i = 0; i < sizeof offloads / sizeof *offloads; i++) {
        const struct offload *offload = &offloads[i];

        if (strlen(offload->name) != length || strncmp(offload->name, part, length))
            continue;
        if (!is_off && (!mark || strcmp(mark, "=on")))
            break;
        if (is_off)
            *off_bits |= offload->bits | offload->with;
        else
            *off_bits &= ~offload->bits;
        return 0;
    }
    return bad(part, "give rx, tx, tso or uso with =on or =off, as in tso=off,rx=off");
}

int offload_take(const char *value, uint32_t *features_off)
{
    char copy[128], *rest = copy, *part;
    uint32_t off = *features_off;

    if (strlen(value) >= sizeof copy)
        return bad(value, "the list is too long");
    strcpy(copy, value);
    while ((part = strsep(&rest, ","))) {
        int error = take_one(part, &off);

        if (error)
            return error;
    }
    if ((off & DEVICE_CSUM_SEND) && ~off & (DEVICE_TSO4 | DEVICE_TSO6 | DEVICE_USO))
        return bad(value, "tso and uso need tx: what is cut needs new checksums");
    *features_off = off;
    return 0;
}
