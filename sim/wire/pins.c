/* The wire's board side: one clock of the pins, frames that end there and frames that start there.
 *
 * SPDX-License-Identifier: MIT
 *
 * wire_clock is the hot path: 125 million calls a simulated second. Without a frame it is two comparisons.
 */
#include "sim/wire/wire_internal.h"

enum { OUTBOX_MOST = 256 }; /* the board does not obey our pause: what comes on top is lost */

void wire_capture(struct wire *wire, uint64_t now_ns, uint32_t flags, const uint8_t *bytes,
                  uint32_t len)
{
    if (wire->pcapng)
        pcapng_frame(wire->pcapng, now_ns, flags, bytes, len);
}

/* Counts what the board did wrong; returns the capture's flags for it. */
static uint32_t verdict_count(struct wire_counters *counters, enum rgmii_verdict verdict,
                              bool short_gap)
{
    uint32_t flags = short_gap ? PCAPNG_BAD_GAP : 0;

    counters->short_gap += short_gap;
    switch (verdict) {
    case RGMII_GOOD: return flags;
    case RGMII_BAD_PREAMBLE: counters->bad_preamble++; return flags;
    case RGMII_RUNT: counters->runts++; return flags | PCAPNG_TOO_SHORT;
    case RGMII_OVERSIZE: counters->oversize++; return flags | PCAPNG_TOO_LONG;
    case RGMII_BAD_FCS: counters->bad_fcs++; return flags | PCAPNG_BAD_FCS;
    }
    return flags;
}

static bool frame_is_control(const uint8_t *bytes)
{
    return bytes[12] == 0x88 && bytes[13] == 0x08;
}

/* A good frame from the board goes on its way. */
static void wire_forward(struct wire *wire, const uint8_t *bytes, uint32_t len, uint64_t now_ns)
{
    struct frame *frame;

    wire->counters.frames_from_board++;
    wire->counters.bytes_from_board += len;
    frame = wire->outbox.count < OUTBOX_MOST ? frame_take(&wire->pool, bytes, len) : NULL;
    if (!frame) {
        wire->counters.lost++;
        return;
    }
    if (phy_loopback(&wire->phy)) {
        frame_queue_push(&wire->inbox, frame);
        wire_schedule(wire);
        return;
    }
    impair_push(&wire->from_board, frame, now_ns);
    wire_collect_outbox(wire, now_ns);
    pause_update(wire, now_ns);
}

void wire_accept(struct wire *wire, const uint8_t *bytes, uint32_t len, uint64_t now_ns)
{
    if (frame_is_control(bytes))
        pause_obey(wire, bytes, now_ns);
    else
        wire_forward(wire, bytes, len, now_ns);
}

static void wire_heard(struct wire *wire, uint64_t now_ns)
{
    const struct rgmii_listener *listener = &wire->listener;
    enum rgmii_verdict verdict = rgmii_judge(listener);
    uint32_t flags, held = listener->length;

    if (!wire->phy.link)
        return;
    if (held > sizeof(listener->bytes))
        held = sizeof(listener->bytes);
    held = held > FRAME_FCS_BYTES ? held - FRAME_FCS_BYTES : 0;
    flags = PCAPNG_OUTBOUND | verdict_count(&wire->counters, verdict, listener->short_gap);
    if (listener->length)
        wire_capture(wire, now_ns, flags, listener->bytes, held);
    if (verdict == RGMII_GOOD)
        wire_accept(wire, listener->bytes, held, now_ns);
}

struct frame *wire_next_frame(struct wire *wire, uint64_t now_ns, struct frame *control)
{
    wire_collect_inbox(wire, now_ns);
    if (wire->pause.pending) { /* pause frames go out even while we are paused (31B.3.3) */
        pause_frame(wire, control);
        return control;
    }
    return now_ns >= wire->pause.until_ns ? frame_queue_pop(&wire->inbox) : NULL;
}

void wire_frame_sent(struct wire *wire, struct frame *frame, const struct frame *control)
{
    if (frame == control)
        return;
    wire->counters.frames_to_board++;
    wire->counters.bytes_to_board +=
        frame->length < FRAME_MIN_BYTES ? FRAME_MIN_BYTES : frame->length;
    frame_give(&wire->pool, frame);
}

/* Starts the next frame to the board, if one may start. */
static void wire_start_frame(struct wire *wire, uint64_t now_ns)
{
    struct frame control, *frame = wire_next_frame(wire, now_ns, &control);

    if (frame) {
        wire->spoken_flags = PCAPNG_INBOUND | (frame->flipped_bit ? PCAPNG_BAD_FCS : 0);
        rgmii_speaker_start(&wire->speaker, frame);
        wire_frame_sent(wire, frame, &control);
    }
    wire_schedule(wire);
}

static struct rgmii wire_speak(struct wire *wire, uint64_t now_ns)
{
    struct rgmii_speaker *speaker = &wire->speaker;
    uint32_t end;
    struct rgmii pins;

    if (speaker->state == SPEAK_NOTHING)
        wire_start_frame(wire, now_ns);
    if (speaker->state != SPEAK_FRAME)
        return speaker->state == SPEAK_GAP ? rgmii_speak(speaker) : speaker->idle;
    end = speaker->end;
    pins = rgmii_speak(speaker);
    if (speaker->state != SPEAK_FRAME)
        wire_capture(wire, now_ns, wire->spoken_flags, speaker->image + RGMII_PREAMBLE_BYTES,
                     end - RGMII_PREAMBLE_BYTES - FRAME_FCS_BYTES);
    return pins;
}

/* A clock of a frame. Apart from wire_clock, so that an idle clock saves no registers. */
static __attribute__((noinline)) struct rgmii wire_clock_busy(struct wire *wire, uint64_t now_ns,
                                                              struct rgmii tx)
{
    struct rgmii pins;

    if (!rgmii_listen_quickly(&wire->listener, tx) && rgmii_listen(&wire->listener, tx))
        wire_heard(wire, now_ns);
    if (wire->speaker.state == SPEAK_NOTHING && now_ns < wire->speak_ns)
        return wire->speaker.idle;
    return rgmii_speak_quickly(&wire->speaker, &pins) ? pins : wire_speak(wire, now_ns);
}

struct rgmii wire_clock(struct wire *wire, uint64_t now_ns, struct rgmii tx)
{
    wire->now_ns = now_ns;
    if ((tx.ctl & 1) || wire->listener.state != LISTEN_GAP ||
        wire->speaker.state != SPEAK_NOTHING || now_ns >= wire->speak_ns)
        return wire_clock_busy(wire, now_ns, tx);
    wire->listener.gap_clocks++;
    return wire->speaker.idle;
}
