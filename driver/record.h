/* The record: the header in front of every frame on the bulk endpoints, and its parser.
 *
 * SPDX-License-Identifier: MIT
 *
 * driver/README.md has the contract in full. All fields are little-endian.
 */
#ifndef DRIVER_RECORD_H
#define DRIVER_RECORD_H

#include <stddef.h>
#include <stdint.h>

enum {
    RECORD_HEADER_BYTES = 16, /* length, mark, 12 bytes of virtio-net header */
    RECORD_MARK = 0xFE,       /* byte 3 of each record */
    RECORD_MIN_FRAME = 14,
    RECORD_MAX_FRAME = 65593, /* or what the LIMITS register says */

    VNET_NEEDS_CSUM = 1, /* flags */
    VNET_DATA_VALID = 2,

    VNET_GSO_NONE = 0, /* gso_type */
    VNET_GSO_TCPV4 = 1,
    VNET_GSO_TCPV6 = 4,
    VNET_GSO_UDP_L4 = 5,
    VNET_GSO_ECN = 0x80,
};

/* struct virtio_net_hdr_v1 (VIRTIO 1.2, 5.1.6) in host byte order; on the bus 12 bytes, little-endian. */
struct vnet_header {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t hdr_len;
    uint16_t gso_size;
    uint16_t csum_start;  /* offset in the frame from which the sum is taken */
    uint16_t csum_offset; /* offset from csum_start at which it is stored */
    uint16_t num_buffers; /* 1 on receive, 0 on send */
};

/* A record found in a transfer; frame points into the transfer's bytes. */
struct record {
    struct vnet_header vnet;
    const uint8_t *frame;
    uint32_t length; /* of the frame */
};

/* Bytes a record takes in a transfer: header, frame and padding to a multiple of 4. */
static inline size_t record_bytes(size_t frame_length)
{
    return RECORD_HEADER_BYTES + ((frame_length + 3) & ~(size_t)3);
}

/* Writes the 16-byte header in front of frame_length bytes and zeroes the padding behind them; at has room
 * for record_bytes(frame_length). */
void record_write(uint8_t *at, const struct vnet_header *vnet, uint32_t frame_length);

/* Takes the record at the start of len bytes. Returns the bytes it occupies (its padding may be cut off at the
 * transfer's end), or -EBADMSG if the mark is missing, the length is under 14 or over max_frame, or the frame
 * runs past the end: the rest of the transfer is then lost. */
long record_parse(const uint8_t *bytes, size_t len, size_t max_frame, struct record *out);

#endif
