/* Options of neighbour discovery: type, length in units of 8 bytes, value. RFC 4861, 4.6.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/ndp.h"

bool ndp_options_fit(const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        if (end - at < 8 || at[1] == 0 || end - at < 8 * at[1])
            return false;
        at += 8 * at[1];
    }
    return true;
}

int ndp_option_next(const uint8_t **at, const uint8_t *end, const uint8_t **option)
{
    if (*at >= end)
        return -1;
    *option = *at;
    *at += 8 * (*option)[1];
    return (*option)[0];
}

const uint8_t *ndp_link_address(const uint8_t *at, const uint8_t *end, unsigned type)
{
    const uint8_t *option;
    int found;

    while ((found = ndp_option_next(&at, end, &option)) >= 0)
        if ((unsigned)found == type && option[1] == 1 && !(option[2] & 1))
            return option + 2;
    return NULL;
}
