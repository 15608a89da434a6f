/* The oracle of what programs are told: how each connection may end, judged when all is over.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_VERDICT_H
#define TESTS_WORLD_VERDICT_H

#include "tests/world/world.h"

/* Objects to an end that was told something else than what happened. */
void verdict_of_end(struct world *world, const struct end *end);
/* Whether end may wait for ever: its peer is gone and could not tell, and it has nothing to say itself. */
bool verdict_may_wait(const struct world *world, const struct end *end);

#endif
