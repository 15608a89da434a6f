/* What a world with IPv6 has besides: see scenario.h.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_SCENARIO_IPV6_H
#define TESTS_WORLD_SCENARIO_IPV6_H

#include "tests/world/scenario.h"

enum { LEAST_MTU_IPV6 = 1280 }; /* of a link (RFC 8200, 5) */

/* Gives most of our hosts IPv6, and lets most connections between such hosts use it. */
void scenario_draw_ipv6(struct scenario *scenario);

#endif
