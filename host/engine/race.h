/* Connects to a name: asks for its addresses of both families at once and races connections to them. RFC 8305.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_ENGINE_RACE_H
#define HOST_ENGINE_RACE_H

#include "host/engine/engine_internal.h"

struct race;

struct race_goal {
    char host[256]; /* a name, or a written address */
    uint16_t port;
    uint32_t family; /* enum fe_family: the only one to try, or any */
    struct owner owner;
    char socks_name[SOCKS_NAME_BYTES];
    /* Called once, from engine_turn, unless the race is cancelled before. d is connected, without a pair, the caller's; or
     * NULL: error and text tell how the last attempt went. The race is over then. */
    void (*done)(struct engine *engine, void *user, struct descriptor *d, int error,
                 const char *text);
    void *user;
};

/* Returns 0 or a negative errno; then done is not called. */
int race_start(struct engine *engine, const struct race_goal *goal, struct race **out);
void race_cancel(struct race *race);

#endif
