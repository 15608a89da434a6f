/* Prints the journal for `--explain` and `-vv`: time, layer, what happened.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_EXPLAIN_H
#define HOST_CLI_EXPLAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "driver/journal.h"

struct explain {
    struct journal journal; /* hand this on */
    FILE *out;
    uint64_t start_ns;
    bool started, color;
};

/* Reads nothing yet; level 0 makes a journal that nobody reads. Lines go to out, times count from the first. */
void explain_init(struct explain *explain, FILE *out, enum journal_level level);

#endif
