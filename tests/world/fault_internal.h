/* The list of faults: faults.c; what applies them: fault.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_FAULT_INTERNAL_H
#define TESTS_WORLD_FAULT_INTERNAL_H

#include "tests/world/fault.h"

extern const struct fault faults[]; /* one without a name ends them */

#endif
