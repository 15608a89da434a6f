/* The command line of `world`.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_OPTIONS_H
#define TESTS_WORLD_OPTIONS_H

#include "tests/world/world.h"

struct options {
    uint64_t first, last; /* seeds */
    int jobs;             /* worlds at a time */
    bool list;            /* print each seed's hash */
    bool tally;           /* print what the worlds have met */
    bool first_only;      /* stop at the first that fails */
    bool twice;           /* run each seed twice and compare */
    struct world_options world;
};

/* Ends the program with a message if the arguments make no sense. */
void options_read(struct options *options, int count, char **arguments);

#endif
