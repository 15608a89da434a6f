/* TCP and UDP packets for `ferrite selftest`, and what must come back of them.
 *
 * SPDX-License-Identifier: MIT
 *
 * Written from RFC 791, 8200, 768, 9293 and 1071 and apart from the stack and the board, whom it judges.
 */
#ifndef HOST_CLI_SELFTEST_PACKET_H
#define HOST_CLI_SELFTEST_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/record.h"

struct selftest_kind {
    bool v6, udp;
    uint8_t gso_type; /* VNET_GSO_… of its super-frames */
};

/* Makes a frame from mac to mac with payload bytes behind its headers, and the request that has its checksum inserted;
 * the field holds the pseudo-header's sum. segment: payload of each segment of a super-frame, else 0. Returns the
 * frame's length; frame has room for payload + 80. */
size_t selftest_make(uint8_t *frame, const uint8_t mac[6], const struct selftest_kind *kind,
                     size_t payload, size_t segment, struct vnet_header *vnet);

/* Inserts the checksum as vnet asks. */
void selftest_finish(uint8_t *frame, size_t length, const struct vnet_header *vnet);

/* Judges segment `number` of what selftest_make made. Returns NULL, or what is wrong with it. */
const char *selftest_check(const uint8_t *frame, size_t length, const struct selftest_kind *kind,
                           size_t payload, size_t segment, size_t number);

#endif
