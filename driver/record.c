/* Writes and parses records, the framing of both bulk endpoints.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "driver/record.h"

static void put_le16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static uint16_t get_le16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

void record_write(uint8_t *at, const struct vnet_header *vnet, uint32_t frame_length)
{
    size_t end = RECORD_HEADER_BYTES + (size_t)frame_length;

    put_le16(at, (uint16_t)frame_length);
    at[2] = (uint8_t)(frame_length >> 16);
    at[3] = RECORD_MARK;
    at[4] = vnet->flags;
    at[5] = vnet->gso_type;
    put_le16(at + 6, vnet->hdr_len);
    put_le16(at + 8, vnet->gso_size);
    put_le16(at + 10, vnet->csum_start);
    put_le16(at + 12, vnet->csum_offset);
    put_le16(at + 14, vnet->num_buffers);
    memset(at + end, 0, record_bytes(frame_length) - end);
}

long record_parse(const uint8_t *bytes, size_t len, size_t max_frame, struct record *out)
{
    size_t length, whole;

    if (len < RECORD_HEADER_BYTES || bytes[3] != RECORD_MARK)
        return -EBADMSG;
    length = get_le16(bytes) | (size_t)bytes[2] << 16;
    if (length < RECORD_MIN_FRAME || length > max_frame || length > len - RECORD_HEADER_BYTES)
        return -EBADMSG;
    out->vnet = (struct vnet_header){
        .flags = bytes[4],
        .gso_type = bytes[5],
        .hdr_len = get_le16(bytes + 6),
        .gso_size = get_le16(bytes + 8),
        .csum_start = get_le16(bytes + 10),
        .csum_offset = get_le16(bytes + 12),
        .num_buffers = get_le16(bytes + 14),
    };
    out->frame = bytes + RECORD_HEADER_BYTES;
    out->length = (uint32_t)length;
    whole = record_bytes(length);
    return (long)(whole < len ? whole : len);
}
