/* Parts of a segment, for the faults. See fault_internal.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/fault_internal.h"

uint32_t fault_number(const struct passing *passing, const struct watch *sender)
{
    return segment_word(passing->tcp + 4, 4) - sender->iss;
}

uint8_t *fault_flags(const struct passing *passing)
{
    return passing->tcp + 13;
}

void fault_add(uint8_t *at, int bytes, int64_t value)
{
    segment_store(at, bytes, (uint32_t)((int64_t)segment_word(at, bytes) + value));
}

uint8_t *fault_option(const struct passing *passing, int kind)
{
    for (uint8_t *at = passing->tcp + 20; at < passing->data && *at; at += *at == 1 ? 1 : at[1]) {
        if (*at == kind)
            return at;
        if (*at != 1 && at[1] < 2)
            return NULL;
    }
    return NULL;
}
