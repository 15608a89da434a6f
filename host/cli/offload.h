/* What a board does for us, by the names rx, tx, tso and uso.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_OFFLOAD_H
#define HOST_CLI_OFFLOAD_H

#include <stdint.h>

/* Reads a list such as "tso=off,rx=on" from left to right and sets or clears bits (DEVICE_…) of what is not to
 * be used. Returns 0, or -EINVAL and has said why: an unknown word, or what cannot be ("tx=off,tso=on"). */
int offload_take(const char *value, uint32_t *features_off);

#endif
