/* What the board makes of a record to send: checksums inserted, super-frames cut into segments.
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure functions, written from VIRTIO 1.2 (5.1.6.2), RFC 9293, RFC 768 and RFC 3168 and apart from the Verilog, which they
 * judge. sim/README.md lists what makes a record bad.
 */
#ifndef SIM_MODEL_SEGMENT_H
#define SIM_MODEL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/record.h"

enum { MODEL_FRAME_BYTES = 1518 }; /* the longest frame that goes to the wire, without FCS */

/* A record on its way out. */
struct segments {
    const uint8_t *frame;
    size_t length;
    size_t held;        /* bytes of the frame that have come */
    bool sums;          /* a checksum is inserted … */
    size_t checksum_at; /* … here */
    size_t transport;   /* from where it is summed: the TCP or UDP header of a super-frame */
    size_t network;     /* a super-frame's IP header */
    size_t headers;     /* bytes in front of the payload; 0: no super-frame */
    size_t size;        /* of the payload of every segment but the last */
    bool v4, tcp, ecn;
    size_t sent;     /* payload bytes, or the whole frame */
    uint32_t number; /* of the next segment */
};

/* The bits of the FEATURES register that a record asks for; UINT32_MAX if its gso_type is none that exists. */
uint32_t segments_features(const struct vnet_header *vnet);

/* Prepares a record's frame, of at least 14 bytes, which stays where it is. Returns 0, or -EBADMSG if the record is bad. */
int segments_begin(struct segments *segments, const struct vnet_header *vnet, const uint8_t *frame,
                   size_t length);
/* The same for a record that is cut off behind held bytes of its frame: of a super-frame those segments follow of which
 * every byte has come; -EBADMSG also if there can be none. */
int segments_begin_cut(struct segments *segments, const struct vnet_header *vnet,
                       const uint8_t *frame, size_t length, size_t held);
/* Makes the next frame for the wire, without padding and FCS, and returns its length; 0 after the last. */
size_t segments_next(struct segments *segments, uint8_t out[MODEL_FRAME_BYTES]);

/* All of it at once: calls emit for each frame. Returns how many there were, or -EBADMSG. */
int model_send(const struct vnet_header *vnet, const uint8_t *frame, size_t length,
               void (*emit)(void *user, const uint8_t *frame, size_t length), void *user);

#endif
