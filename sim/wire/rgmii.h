/* The RGMII pins seen from the PHY: frames to nibbles, and the board's nibbles to frames (RGMII 2.0).
 *
 * SPDX-License-Identifier: MIT
 *
 * At 1000 Mbit/s a clock carries a byte, low nibble first; at 10 and 100 one nibble, repeated at the falling
 * edge. Between frames the PHY tells link, speed and duplex on RXD (in-band status, RGMII 2.0, 3.4.1).
 */
#ifndef SIM_WIRE_RGMII_H
#define SIM_WIRE_RGMII_H

#include "sim/wire/frame.h"
#include "sim/wire/wire.h"

enum {
    RGMII_PREAMBLE_BYTES = 8, /* with the start frame delimiter */
    RGMII_GAP_BYTES = 12,
};

/* Towards the board. */
struct rgmii_speaker {
    enum { SPEAK_NOTHING, SPEAK_FRAME, SPEAK_GAP } state;
    bool gigabit;
    bool upper;        /* 10 and 100: the byte's upper nibble is next */
    struct rgmii idle; /* in-band status */
    uint32_t position, end;
    uint8_t image[RGMII_PREAMBLE_BYTES + FRAME_MAX_BYTES + FRAME_FCS_BYTES];
};

void rgmii_speaker_init(struct rgmii_speaker *speaker);
/* Sets speed and in-band status, and cuts off a frame under way. mbps 0: no link. */
void rgmii_speaker_link(struct rgmii_speaker *speaker, uint32_t mbps);
/* Prepares a frame: preamble, padding, FCS, and then the flip that spoils it. */
void rgmii_speaker_start(struct rgmii_speaker *speaker, const struct frame *frame);
/* The pins of the next clock, while state is not SPEAK_NOTHING. */
struct rgmii rgmii_speak(struct rgmii_speaker *speaker);

/* rgmii_speak for most clocks of a frame: at 1000 Mbit/s, before the last byte. Returns false if this is another. */
static inline bool rgmii_speak_quickly(struct rgmii_speaker *speaker, struct rgmii *pins)
{
    uint8_t byte;

    if (speaker->state != SPEAK_FRAME || !speaker->gigabit || speaker->position + 1 >= speaker->end)
        return false;
    byte = speaker->image[speaker->position++];
    *pins = (struct rgmii){.rise = byte & 15, .fall = byte >> 4, .ctl = 3};
    return true;
}

/* From the board. */
struct rgmii_listener {
    enum { LISTEN_GAP, LISTEN_PREAMBLE, LISTEN_FRAME, LISTEN_SKIP } state;
    bool gigabit;
    bool upper; /* 10 and 100: bits 3:0 are in low_nibble */
    uint8_t low_nibble;
    bool symbol_error;   /* TX_ER in the frame */
    bool short_gap;      /* less than 12 byte times before the frame */
    uint32_t preamble;   /* bytes seen */
    uint32_t length;     /* with FCS; may be more than bytes holds */
    uint64_t gap_clocks; /* since the last frame's end */
    uint8_t bytes[FRAME_MAX_BYTES + FRAME_FCS_BYTES];
};

enum rgmii_verdict {
    RGMII_GOOD,
    RGMII_BAD_PREAMBLE, /* not exactly 7 bytes 0x55 and 0xD5; length is 0 */
    RGMII_RUNT,         /* under 64 bytes with FCS */
    RGMII_OVERSIZE,     /* over 1,518 bytes with FCS, or 1,522 with a VLAN tag */
    RGMII_BAD_FCS,      /* or an odd number of nibbles, or TX_ER */
};

void rgmii_listener_init(struct rgmii_listener *listener);
/* Sets the speed and forgets a frame under way. */
void rgmii_listener_link(struct rgmii_listener *listener, uint32_t mbps);
/* Takes one clock; needed while TX_CTL is up or state is not LISTEN_GAP (count gap_clocks else).
 * Returns true when a frame has just ended; bytes and length then hold until the next call. */
bool rgmii_listen(struct rgmii_listener *listener, struct rgmii tx);
/* rgmii_listen for most clocks of a frame: at 1000 Mbit/s, within its bytes. Returns false if this is another. */
static inline bool rgmii_listen_quickly(struct rgmii_listener *listener, struct rgmii tx)
{
    if (listener->state != LISTEN_FRAME || !listener->gigabit || tx.ctl != 3 ||
        listener->length >= sizeof(listener->bytes))
        return false;
    listener->bytes[listener->length++] = (uint8_t)((tx.rise & 15) | tx.fall << 4);
    return true;
}
/* Judges the frame that has just ended. */
enum rgmii_verdict rgmii_judge(const struct rgmii_listener *listener);

#endif
