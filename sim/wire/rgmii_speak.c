/* Frames to the board: preamble, padding, FCS and gap, nibble by nibble.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/rgmii.h"

#include <string.h>

#include "sim/wire/crc32.h"

enum { PREAMBLE_BYTE = 0x55, START_BYTE = 0xD5, CTL_VALID = 3 };

void rgmii_speaker_init(struct rgmii_speaker *speaker)
{
    memset(speaker, 0, sizeof(*speaker));
    memset(speaker->image, PREAMBLE_BYTE, RGMII_PREAMBLE_BYTES - 1);
    speaker->image[RGMII_PREAMBLE_BYTES - 1] = START_BYTE;
}

void rgmii_speaker_link(struct rgmii_speaker *speaker, uint32_t mbps)
{
    uint8_t speed = mbps == 1000 ? 2 : mbps == 100 ? 1 : 0;
    uint8_t status = mbps ? (uint8_t)(8 | speed << 1 | 1) : 0;

    speaker->state = SPEAK_NOTHING;
    speaker->gigabit = mbps == 1000;
    speaker->idle = (struct rgmii){.rise = status, .fall = status, .ctl = 0};
}

static void image_put_fcs(uint8_t *at, uint32_t fcs)
{
    for (int i = 0; i < FRAME_FCS_BYTES; i++)
        at[i] = (uint8_t)(fcs >> 8 * i);
}

void rgmii_speaker_start(struct rgmii_speaker *speaker, const struct frame *frame)
{
    uint8_t *body = speaker->image + RGMII_PREAMBLE_BYTES;
    uint32_t length = frame->length;

    memcpy(body, frame->bytes, length);
    if (length < FRAME_MIN_BYTES) {
        memset(body + length, 0, FRAME_MIN_BYTES - length);
        length = FRAME_MIN_BYTES;
    }
    image_put_fcs(body + length, crc32_of(body, length));
    if (frame->flipped_bit)
        body[(frame->flipped_bit - 1) / 8] ^= (uint8_t)(1 << (frame->flipped_bit - 1) % 8);
    speaker->position = 0;
    speaker->end = RGMII_PREAMBLE_BYTES + length + FRAME_FCS_BYTES;
    speaker->upper = false;
    speaker->state = SPEAK_FRAME;
}

/* One byte time has passed. */
static void speaker_advance(struct rgmii_speaker *speaker)
{
    if (++speaker->position < speaker->end)
        return;
    speaker->position = 0;
    speaker->end = RGMII_GAP_BYTES;
    speaker->state = speaker->state == SPEAK_FRAME ? SPEAK_GAP : SPEAK_NOTHING;
}

struct rgmii rgmii_speak(struct rgmii_speaker *speaker)
{
    struct rgmii pins = speaker->idle;

    if (speaker->state == SPEAK_FRAME) {
        uint8_t byte = speaker->image[speaker->position];
        pins.rise = speaker->upper ? byte >> 4 : byte & 15;
        pins.fall = speaker->gigabit ? byte >> 4 : pins.rise;
        pins.ctl = CTL_VALID;
    }
    if (!speaker->gigabit) {
        speaker->upper = !speaker->upper;
        if (speaker->upper)
            return pins;
    }
    speaker_advance(speaker);
    return pins;
}
