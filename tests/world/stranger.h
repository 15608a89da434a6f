/* A stranger who sees the connections and forges packets for them, to their strict hosts: whatever RFC 5961 and 5927 say
 * must do no harm, and frames that mean nothing.
 *
 * SPDX-License-Identifier: MIT
 *
 * He knows all sequence numbers, and never sends what would be taken by right: an RST with the very next number, or data
 * in the window with an acknowledgement in its range.
 */
#ifndef TESTS_WORLD_STRANGER_H
#define TESTS_WORLD_STRANGER_H

#include "tests/world/world.h"

/* Sends one forged frame and chooses the time of the next. */
void stranger_attack(struct world *world);

#endif
