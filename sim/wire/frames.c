/* The wire's board side for a board without pins: whole frames, with the same checks, captures and pause.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/wire_internal.h"

#include <string.h>

enum { TAG_BYTES = 4 };

uint32_t wire_link_mbps(const struct wire *wire)
{
    return wire->phy.link ? wire->phy.mbps : 0;
}

static bool frame_is_oversize(const uint8_t *bytes, size_t len)
{
    bool tagged = bytes[12] == 0x81 && bytes[13] == 0x00;

    return len > FRAME_MAX_BYTES - (tagged ? 0 : TAG_BYTES);
}

void wire_frame_from_board(struct wire *wire, uint64_t now_ns, const uint8_t *bytes, size_t len)
{
    uint8_t padded[FRAME_MIN_BYTES] = {0};
    bool oversize;

    wire->now_ns = now_ns;
    if (!wire->phy.link || len < FRAME_HEADER_BYTES)
        return;
    if (len < FRAME_MIN_BYTES) {
        memcpy(padded, bytes, len);
        bytes = padded;
        len = FRAME_MIN_BYTES;
    }
    oversize = frame_is_oversize(bytes, len);
    wire_capture(wire, now_ns, PCAPNG_OUTBOUND | (oversize ? PCAPNG_TOO_LONG : 0), bytes,
                 (uint32_t)len);
    if (oversize)
        wire->counters.oversize++;
    else
        wire_accept(wire, bytes, (uint32_t)len, now_ns);
}

/* Puts the frame as the board hears it into bytes. Returns its length. */
static size_t frame_hear(const struct frame *frame, uint8_t *bytes)
{
    size_t len = frame->length;

    memcpy(bytes, frame->bytes, len);
    if (len < FRAME_MIN_BYTES) {
        memset(bytes + len, 0, FRAME_MIN_BYTES - len);
        len = FRAME_MIN_BYTES;
    }
    if (frame->flipped_bit)
        bytes[(frame->flipped_bit - 1) / 8] ^= (uint8_t)(1 << (frame->flipped_bit - 1) % 8);
    return len;
}

size_t wire_frame_to_board(struct wire *wire, uint64_t now_ns, uint8_t bytes[WIRE_FRAME_BYTES],
                           bool *bad_fcs)
{
    struct frame control, *frame;
    size_t len;

    wire->now_ns = now_ns;
    if (now_ns < wire->speak_ns)
        return 0;
    frame = wire_next_frame(wire, now_ns, &control);
    if (!frame) {
        wire_schedule(wire);
        return 0;
    }
    len = frame_hear(frame, bytes);
    *bad_fcs = frame->flipped_bit != 0;
    wire_frame_sent(wire, frame, &control);
    wire_schedule(wire);
    wire_capture(wire, now_ns, PCAPNG_INBOUND | (*bad_fcs ? PCAPNG_BAD_FCS : 0), bytes,
                 (uint32_t)len);
    return len;
}
