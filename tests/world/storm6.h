/* A storm of neighbour discovery, and of packets that make a host ask for neighbours that there are not (RFC 6583).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_STORM6_H
#define TESTS_WORLD_STORM6_H

#include "tests/world/world.h"

/* Sends one frame and chooses the time of the next. */
void storm6_send(struct world *world);

#endif
