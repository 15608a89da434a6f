/* Another station on a host's link, which has addresses that the host would like (RFC 4862, 5.4), or would like one that the host has.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_SQUATTER_H
#define TESTS_WORLD_SQUATTER_H

#include "tests/world/scenario.h"

struct host;

struct squatter {
    uint8_t has[SQUATTER_CLAIMS][16];
    unsigned count;
    bool has_asked;
    uint8_t asked[16];  /* of the host's, which must say that it has it … */
    uint64_t answer_ns; /* … until then; TIME_NEVER: nothing is to be said */
};

void squatter_init(struct host *host);
/* A frame has left the host. */
void squatter_hear(struct host *host, const uint8_t *frame, size_t len, uint64_t now_ns);
uint64_t squatter_deadline(const struct host *host);
void squatter_poll(struct host *host, uint64_t now_ns);

#endif
