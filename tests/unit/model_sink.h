/* Collects what the C model sends for a record.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_MODEL_SINK_H
#define TESTS_UNIT_MODEL_SINK_H

#include "tests/unit/model_packet.h"

enum { SINK_FRAMES = 65536 };

/* Frame i is at bytes + at[i] and ends at at[i + 1]. */
struct sink {
    size_t count, length, at[SINK_FRAMES + 1];
    uint8_t *bytes;
    size_t room;
};

extern struct sink sink;

/* Sends from memory that ends where the frame does, so that the sanitizer sees every byte read behind it. Returns what
 * model_send does. */
int sink_run(const struct vnet_header *vnet, const uint8_t *frame, size_t length);
/* The gso_type that fits the shape. */
uint8_t sink_gso(const struct packet_shape *shape);
void sink_free(void);

#endif
