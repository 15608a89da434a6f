/* The oracle of what a host says of IPv6 on its link: from which addresses it sends, whom it asks for and how often, what it answers, which
 * errors it tells of.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_NEIGHBOR_WATCH_H
#define TESTS_WORLD_NEIGHBOR_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEIGHBOR_WATCH_OWN = 32, NEIGHBOR_WATCH_ASKED = 64 };

struct host;

struct neighbor_watch {
    struct {
        uint8_t address[16];
        uint64_t probed_ns; /* when the host asked whether anybody has it */
        bool taken;         /* and another station said so in time */
    } own[NEIGHBOR_WATCH_OWN];
    unsigned owns;
    struct {
        uint8_t address[16];
        uint64_t at_ns;
    } asked[NEIGHBOR_WATCH_ASKED]; /* for whose MAC address it asked last */
    unsigned asks;
    uint64_t error_ns; /* a bucket of errors: how far it is used up */
};

/* A frame leaves the host's stack, whatever driver and board make of it. */
void neighbor_watch_sent(struct host *host, const uint8_t *frame, size_t len, uint64_t now_ns);
/* Somebody says that he has the address. */
void neighbor_watch_taken(struct host *host, const uint8_t address[16], uint64_t now_ns);
/* The host has lost its link: whatever address it had, it has to ask for it again. */
void neighbor_watch_unplugged(struct host *host);

#endif
