/* The link partner's MAC control: obeys pause frames and sends them (IEEE 802.3, annex 31B).
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/wire_internal.h"

#include <string.h>

enum {
    OPCODE_OFFSET = 14,
    QUANTA_OFFSET = 16,
    OPCODE_PAUSE = 1,
    QUANTUM_BITS = 512,
    QUANTA_MOST = 65535,
    OUTBOX_HIGH = 64, /* frames waiting for the backend: pause the board */
    OUTBOX_LOW = 16,  /* … release it */
};

static const uint8_t PAUSE_HEADER[] = {
    0x01, 0x80, 0xC2, 0x00,         0x00, 0x01, /* to MAC control's own group address */
    0x02, 0xFE, 0x00, 0x00,         0x00, 0x02, /* from the link partner */
    0x88, 0x08, 0x00, OPCODE_PAUSE,
};

static uint64_t quanta_ns(const struct wire *wire, uint64_t quanta)
{
    return quanta * QUANTUM_BITS * 1000 / wire->phy.mbps;
}

void pause_obey(struct wire *wire, const uint8_t *frame, uint64_t now_ns)
{
    bool to_group = !memcmp(frame, PAUSE_HEADER, 6);
    unsigned opcode = (unsigned)(frame[OPCODE_OFFSET] << 8 | frame[OPCODE_OFFSET + 1]);
    unsigned quanta = (unsigned)(frame[QUANTA_OFFSET] << 8 | frame[QUANTA_OFFSET + 1]);

    if (!to_group || opcode != OPCODE_PAUSE)
        return;
    wire->counters.pause_from_board++;
    wire->pause.until_ns = quanta ? now_ns + quanta_ns(wire, quanta) : 0;
    wire_schedule(wire);
}

static void pause_send(struct wire *wire, uint16_t quanta)
{
    wire->pause.quanta = quanta;
    wire->pause.pending = true;
    wire_schedule(wire);
}

void pause_update(struct wire *wire, uint64_t now_ns)
{
    struct wire_pause *pause = &wire->pause;

    if (pause->sent ? now_ns >= pause->renew_ns : wire->outbox.count >= OUTBOX_HIGH) {
        pause->sent = true;
        pause->renew_ns = now_ns + quanta_ns(wire, QUANTA_MOST) / 2;
        pause_send(wire, QUANTA_MOST);
    }
    if (pause->sent && wire->outbox.count <= OUTBOX_LOW) {
        pause->sent = false;
        pause_send(wire, 0);
    }
}

void pause_frame(struct wire *wire, struct frame *frame)
{
    memset(frame, 0, sizeof(*frame));
    memcpy(frame->bytes, PAUSE_HEADER, sizeof(PAUSE_HEADER));
    frame->bytes[QUANTA_OFFSET] = (uint8_t)(wire->pause.quanta >> 8);
    frame->bytes[QUANTA_OFFSET + 1] = (uint8_t)wire->pause.quanta;
    frame->length = FRAME_MIN_BYTES;
    wire->pause.pending = false;
    wire->counters.pause_to_board++;
}
