/* Bulk OUT: takes the records out of the bytes, and sends their frames.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/model/model_internal.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

void sender_frame(struct model *model, const uint8_t *frame, size_t length)
{
    if (model->registers.control & REG_CONTROL_LOOPBACK)
        receiver_loop(model, frame, length);
    else
        wire_frame_from_board(model->wire, model->now_ns, frame, length);
}

/* The wire's answer, pause frames too, is heard between any two frames. */
bool sender_drain(struct model *model)
{
    struct sender *sender = &model->sender;
    uint8_t frame[MODEL_FRAME_BYTES];

    while (sender->sending) {
        size_t length;

        receiver_poll(model);
        if (model->now_ns < sender->paused_until)
            return false;
        length = segments_next(&sender->segments, frame);
        sender->sending = length != 0;
        if (!length) {
            const struct segments *all = &sender->segments;

            model_count(model, REG_TX_SEGMENTED_RECORDS, all->headers && all->held == all->length);
            break;
        }
        sender_frame(model, frame, length);
        model_count(model, REG_TX_SEGMENTS, sender->segments.headers != 0);
        model_count(model, REG_TX_FRAMES, 1);
        model_count(model, REG_TX_BYTES, (uint32_t)length);
    }
    return true;
}

static void refuse(struct model *model)
{
    model->sender.state = SEND_SKIP;
    model->sender.held = 0;
    model_count(model, REG_TX_BAD_RECORDS, 1);
}

static bool header_is_right(struct model *model)
{
    struct sender *sender = &model->sender;
    const uint8_t *at = sender->record;

    sender->length = at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16;
    return at[3] == RECORD_MARK && sender->length >= RECORD_MIN_FRAME &&
           sender->length <= model->limit;
}

/* Begins the segments of the record, of whose frame the end may be missing. Returns false if none can be sent. */
static bool begin_segments(struct model *model)
{
    struct sender *sender = &model->sender;
    size_t come = sender->held - RECORD_HEADER_BYTES;
    struct record record;

    return record_parse(sender->record, RECORD_HEADER_BYTES + sender->length, model->limit,
                        &record) >= 0 &&
           !(segments_features(&record.vnet) & ~model->features) &&
           !segments_begin_cut(&sender->segments, &record.vnet, record.frame, record.length, come);
}

/* The record is whole. A bad one is bad even while the adapter is off. */
static void send_record(struct model *model)
{
    struct sender *sender = &model->sender;

    if (!begin_segments(model)) {
        refuse(model);
        return;
    }
    sender->sending = model->registers.control & REG_CONTROL_ENABLE;
    if (!sender->sending)
        model_count(model, REG_TX_DISABLED, 1);
    sender->held = 0;
    sender->padding = record_bytes(sender->length) - RECORD_HEADER_BYTES - sender->length;
    sender->state = sender->padding ? SEND_PADDING : SEND_RECORD;
}

static size_t gather(struct model *model, const uint8_t *bytes, size_t length)
{
    struct sender *sender = &model->sender;
    size_t wanted = RECORD_HEADER_BYTES, taken;

    if (sender->held >= RECORD_HEADER_BYTES)
        wanted += sender->length;
    taken = least(wanted - sender->held, length);
    memcpy(sender->record + sender->held, bytes, taken);
    sender->held += taken;
    if (sender->held < wanted)
        return taken;
    if (wanted > RECORD_HEADER_BYTES)
        send_record(model);
    else if (!header_is_right(model))
        refuse(model);
    return taken;
}

/* A network adapter's transfer is a frame as it is. */
static size_t gather_bare(struct model *model, const uint8_t *bytes, size_t length)
{
    struct sender *sender = &model->sender;

    if (sender->held + length > MODEL_FRAME_BYTES) {
        refuse(model);
        return length;
    }
    memcpy(sender->record + sender->held, bytes, length);
    sender->held += length;
    return length;
}

static void send_bare(struct model *model)
{
    static const struct vnet_header plain;
    struct sender *sender = &model->sender;

    if (sender->state == SEND_SKIP || !sender->held)
        return;
    if (sender->held < RECORD_MIN_FRAME) {
        refuse(model);
        return;
    }
    segments_begin(&sender->segments, &plain, sender->record, sender->held);
    sender->sending = true;
    sender_drain(model);
}

static size_t take_some(struct model *model, const uint8_t *bytes, size_t length)
{
    struct sender *sender = &model->sender;

    if (sender->state == SEND_RECORD && model->configuration == CONFIGURATION_NETWORK)
        return gather_bare(model, bytes, length);
    if (sender->state == SEND_RECORD)
        return gather(model, bytes, length);
    if (sender->state == SEND_SKIP)
        return length;
    length = least(length, sender->padding);
    sender->padding -= length;
    if (!sender->padding)
        sender->state = SEND_RECORD;
    return length;
}

size_t sender_take(struct model *model, const uint8_t *bytes, size_t length)
{
    size_t taken = 0;

    while (taken < length && sender_drain(model))
        taken += take_some(model, bytes + taken, length - taken);
    if (taken)
        model->sender.midway = true;
    sender_drain(model);
    return taken;
}

void sender_cut_off(struct model *model)
{
    struct sender *sender = &model->sender;

    if (sender->state != SEND_RECORD || !sender->held)
        return;
    if (sender->held > RECORD_HEADER_BYTES && begin_segments(model))
        sender->sending = model->registers.control & REG_CONTROL_ENABLE;
    sender_drain(model);
    refuse(model);
}

void sender_end(struct model *model)
{
    struct sender *sender = &model->sender;

    if (model->configuration == CONFIGURATION_NETWORK)
        send_bare(model);
    else
        sender_cut_off(model);
    sender->state = SEND_RECORD;
    sender->held = 0;
    sender->midway = false;
}

void sender_flush(struct model *model, bool transfer_goes_on)
{
    struct sender *sender = &model->sender;

    sender->midway = sender->midway && transfer_goes_on;
    sender->state = sender->midway ? SEND_SKIP : SEND_RECORD;
    sender->held = 0;
    sender->sending = false;
}
