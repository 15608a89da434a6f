/* A link of the world, one direction of it: the simulated wire's impairment (sim/wire/impair.h) behind what that does not
 * know: bursts of loss, black holes, pauses, and frames that arrive changed though their FCS is right.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_LINK_H
#define TESTS_WORLD_LINK_H

#include "sim/wire/impair.h"
#include "tests/world/chance.h"

enum { LINK_SPELLS = 2, LINK_BURST_BITS = 15 };

/* From from_ns up to until_ns; both 0: never. */
struct link_spell {
    uint64_t from_ns, until_ns;
};

struct link_config {
    struct wire_impairment
        wire;          /* each frame on its own: loss, order, copies; rate, queue, delay */
    unsigned burst;    /* in 1/1000: chance that a frame begins a burst of loss … */
    uint64_t burst_ns; /* … which is over after so long */
    unsigned
        change; /* in 1/1000: one burst of at most LINK_BURST_BITS bits arrives changed, with a right FCS, where a
                      * checksum of IP or TCP covers it: every such change is one that these sums must find */
    struct link_spell holes[LINK_SPELLS];  /* whatever is sent meanwhile is lost */
    struct link_spell pauses[LINK_SPELLS]; /* nothing arrives meanwhile, but afterwards */
};

struct link {
    struct link_config config;
    struct impair impair;
    struct wire_counters counters;
    struct chance chance;
    uint64_t burst_until_ns;
    uint64_t changed; /* frames that arrive so */
};

void link_init(struct link *link, const struct link_config *config, uint64_t seed,
               enum wire_direction direction, struct frame_pool *pool);
void link_push(struct link *link, const uint8_t *bytes, size_t len, uint64_t now_ns);
/* The next frame that has arrived, to be given back to the pool, or NULL. */
struct frame *link_pop(struct link *link, uint64_t now_ns);
/* When link_pop may have one; TIME_NEVER if none is under way. */
uint64_t link_deadline(const struct link *link, uint64_t now_ns);
/* Whether frames sent at now_ns or later will all be lost. */
bool link_is_dead(const struct link *link, uint64_t now_ns);
void link_close(struct link *link);

#endif
