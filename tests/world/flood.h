/* A flood of SYNs for the listener that a crowd shares, from addresses at which nobody is: RFC 4987.
 *
 * SPDX-License-Identifier: MIT
 *
 * Some are no SYNs but ACKs, as if they brought a cookie back.
 */
#ifndef TESTS_WORLD_FLOOD_H
#define TESTS_WORLD_FLOOD_H

#include "tests/world/world.h"

/* Sends one forged segment and chooses the time of the next. */
void flood_send(struct world *world);

#endif
