/* A stranger who sees the connections and forges packets for them, to their strict hosts: whatever RFC 5961 and 5927 say
 * must do no harm, and frames that mean nothing.
 *
 * SPDX-License-Identifier: MIT
 *
 * He knows all sequence numbers, and never sends what would be taken by right: an RST with the very next number, or data
 * in the window with an acknowledgement in its range.
 */
#ifndef TESTS_WORLD_STRANGER_H
#define TESTS_WORLD_STRANGER_H

#include "tests/world/world.h"

/* A segment that nobody sent. */
struct forged_segment {
    uint32_t source;
    const uint8_t *source6, *destination6; /* over IPv6, else NULL */
    uint16_t source_port, destination_port;
    uint8_t flags;
    uint32_t seq, ack;
    uint16_t window;
    uint32_t bytes; /* of data, at most 1,000 */
};

/* The port at which the server of watch's connection listens. */
uint16_t stranger_server_port(const struct watch *watch);
void stranger_send(struct host *host, const struct forged_segment *segment);

/* Sends one forged frame and chooses the time of the next. */
void stranger_attack(struct world *world);

#endif
