/* What a stranger on a host's link sends of IPv6 that must do no harm: neighbour discovery from beyond the link or of those who may
 * not say so, malformed options, extension headers of every kind, fragments that overlap.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_HOSTILE6_H
#define TESTS_WORLD_HOSTILE6_H

#include "tests/world/host.h"

void hostile6_send(struct host *host, struct chance *chance);

#endif
