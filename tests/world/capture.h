/* What a run was like to the last packet: a hash of all frames with their times, and a pcapng file if wanted.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each frame counts as it leaves a host and as it reaches one; in the file the first is outbound, the second inbound.
 */
#ifndef TESTS_WORLD_CAPTURE_H
#define TESTS_WORLD_CAPTURE_H

#include <stdbool.h>

#include "sim/wire/pcapng.h"

struct capture {
    uint64_t hash, frames;
    struct pcapng *file; /* or NULL */
};

/* Returns 0, or a negative errno and a message. path may be NULL. */
int capture_open(struct capture *capture, const char *path, char *error, size_t error_len);
void capture_frame(struct capture *capture, uint64_t now_ns, int host, bool inbound,
                   const uint8_t *bytes, size_t len);
void capture_close(struct capture *capture);

#endif
