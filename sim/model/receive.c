/* Bulk IN: filters and verifies the wire's frames and puts them into transfers as records.
 *
 * SPDX-License-Identifier: MIT
 *
 * Like the gates' the buffer is bounded, and the link partner is asked to pause before it is full.
 */
#include "sim/model/model_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/model/verify.h"

enum {
    FRAMES = 1024, /* of the ring; one place is always free for the frame that comes */
    PAUSE_AT = 512,
    RESUME_AT = 128,
    LONGEST_TRANSFER = 1 << 20, /* BATCH_BYTES' most; a record is shorter than its least */
    LEAST_FRAME_BYTES = 60,
    QUANTUM_BITS = 512, /* IEEE 802.3, annex 31B */
    QUANTA_MOST = 65535,
};

static const uint8_t MAC_CONTROL[6] = {0x01, 0x80, 0xC2, 0x00, 0x00, 0x01};
static const uint8_t BROADCAST[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t PAUSE[4] = {0x88, 0x08, 0x00, 0x01};

int receiver_open(struct receiver *receiver)
{
    receiver->frames = malloc(FRAMES * sizeof *receiver->frames);
    receiver->transfer = malloc(LONGEST_TRANSFER);
    return receiver->frames && receiver->transfer ? 0 : -ENOMEM;
}

void receiver_close(struct receiver *receiver)
{
    free(receiver->frames);
    free(receiver->transfer);
}

/* ---- frames that come ---- */

static uint64_t quanta_ns(const struct model *model, uint64_t quanta)
{
    uint32_t mbps = wire_link_mbps(model->wire);

    return mbps ? quanta * QUANTUM_BITS * 1000 / mbps : 0;
}

static bool is_pause(const struct model *model, const uint8_t *frame)
{
    return !memcmp(frame + 12, PAUSE, sizeof PAUSE) &&
           (!memcmp(frame, MAC_CONTROL, 6) || !memcmp(frame, model->registers.mac, 6));
}

static void obey_pause(struct model *model, const uint8_t *frame)
{
    uint64_t quanta = (uint64_t)frame[16] << 8 | frame[17];

    model_count(model, REG_RX_PAUSE, 1);
    model->sender.paused_until = quanta ? model->now_ns + quanta_ns(model, quanta) : 0;
}

/* IEEE 802.3, 3.2.9, over the address alone: the highest six bits, not complemented, name a bucket. */
static bool is_listed(const struct model *model, const uint8_t *address)
{
    uint32_t sum = 0xFFFFFFFF, bucket;

    for (int bit = 0; bit < 48; bit++) {
        uint32_t out = sum >> 31 ^ (address[bit / 8] >> bit % 8 & 1u);

        sum = sum << 1 ^ (out ? 0x04C11DB7u : 0);
    }
    bucket = sum >> 26;
    return model->registers.hash[bucket / 32] >> bucket % 32 & 1;
}

static bool is_wanted(const struct model *model, const uint8_t *frame)
{
    uint32_t control = model->registers.control;

    return (control & REG_CONTROL_PROMISCUOUS) || !memcmp(frame, model->registers.mac, 6) ||
           !memcmp(frame, BROADCAST, 6) ||
           ((frame[0] & 1) && ((control & REG_CONTROL_ALL_MULTICAST) || is_listed(model, frame)));
}

static void keep(struct model *model, struct received *frame)
{
    frame->valid =
        (model->features & REG_FEATURES_CSUM_RECEIVE) && model_verify(frame->bytes, frame->length);
    model->receiver.count++;
    model_count(model, REG_RX_FRAMES, 1);
    model_count(model, REG_RX_BYTES, frame->length);
    if (!memcmp(frame->bytes, BROADCAST, 6))
        model_count(model, REG_RX_BROADCAST, 1);
    else if (frame->bytes[0] & 1)
        model_count(model, REG_RX_MULTICAST, 1);
}

static void judge(struct model *model, struct received *frame, bool bad_fcs)
{
    if (!(model->registers.control & REG_CONTROL_ENABLE))
        return;
    if (bad_fcs)
        model_count(model, REG_RX_CRC_ERRORS, 1);
    else if (is_pause(model, frame->bytes))
        obey_pause(model, frame->bytes);
    else if (!is_wanted(model, frame->bytes))
        model_count(model, REG_RX_FILTERED, 1);
    else if (model->receiver.count == FRAMES - 1)
        model_count(model, REG_RX_OVERFLOWS, 1);
    else
        keep(model, frame);
}

void receiver_loop(struct model *model, const uint8_t *bytes, size_t length)
{
    struct receiver *receiver = &model->receiver;
    struct received *frame = &receiver->frames[(receiver->first + receiver->count) % FRAMES];

    memset(frame->bytes, 0, LEAST_FRAME_BYTES);
    memcpy(frame->bytes, bytes, length);
    frame->length = (uint16_t)(length < LEAST_FRAME_BYTES ? LEAST_FRAME_BYTES : length);
    judge(model, frame, false);
}

static void send_pause(struct model *model, uint16_t quanta)
{
    uint8_t frame[60] = {0};

    memcpy(frame, MAC_CONTROL, 6);
    memcpy(frame + 6, model->registers.mac, 6);
    memcpy(frame + 12, PAUSE, sizeof PAUSE);
    frame[16] = (uint8_t)(quanta >> 8);
    frame[17] = (uint8_t)quanta;
    sender_frame(model, frame, sizeof frame);
    model_count(model, REG_TX_PAUSE, 1);
}

static void update_pause(struct model *model)
{
    struct receiver *receiver = &model->receiver;

    if (receiver->pausing && receiver->count <= RESUME_AT) {
        receiver->pausing = false;
        send_pause(model, 0);
    } else if (receiver->pausing ? model->now_ns >= receiver->renew_ns
                                 : receiver->count >= PAUSE_AT) {
        receiver->pausing = true;
        receiver->renew_ns = model->now_ns + quanta_ns(model, QUANTA_MOST) / 2;
        send_pause(model, QUANTA_MOST);
    }
}

void receiver_poll(struct model *model)
{
    struct receiver *receiver = &model->receiver;
    size_t length;

    do {
        struct received *frame = &receiver->frames[(receiver->first + receiver->count) % FRAMES];
        bool bad_fcs = false;

        length = wire_frame_to_board(model->wire, model->now_ns, frame->bytes, &bad_fcs);
        frame->length = (uint16_t)length;
        if (length && !(model->registers.control & REG_CONTROL_LOOPBACK))
            judge(model, frame, bad_fcs);
        if (wire_link_mbps(model->wire))
            update_pause(model);
    } while (length);
}

/* ---- transfers that go ---- */

/* A network adapter's transfer is a frame as it is. */
static void append_bare(struct model *model)
{
    struct receiver *receiver = &model->receiver;
    const struct received *frame = &receiver->frames[receiver->first];

    memcpy(receiver->transfer, frame->bytes, frame->length);
    receiver->filled = frame->length;
    receiver->closed = true;
    receiver->first = (receiver->first + 1) % FRAMES;
    receiver->count--;
}

static void append(struct model *model)
{
    struct receiver *receiver = &model->receiver;
    const struct received *frame = &receiver->frames[receiver->first];
    const struct vnet_header vnet = {.flags = frame->valid ? VNET_DATA_VALID : 0, .num_buffers = 1};
    uint8_t *at = receiver->transfer + receiver->filled;

    model_count(model, REG_RX_VERIFIED, frame->valid);
    record_write(at, &vnet, frame->length);
    memcpy(at + RECORD_HEADER_BYTES, frame->bytes, frame->length);
    receiver->filled += record_bytes(frame->length);
    receiver->first = (receiver->first + 1) % FRAMES;
    receiver->count--;
}

static uint64_t batch_end(const struct model *model)
{
    return model->receiver.opened_ns + (uint64_t)model->registers.batch_us * 1000;
}

/* A transfer ends before the record that would exceed BATCH_BYTES, or when none waits and its time is over. */
static void fill(struct model *model)
{
    struct receiver *receiver = &model->receiver;

    while (receiver->count && !receiver->closed) {
        size_t record = record_bytes(receiver->frames[receiver->first].length);

        if (!receiver->filled)
            receiver->opened_ns = model->now_ns;
        if (model->configuration == CONFIGURATION_NETWORK)
            append_bare(model);
        else if (receiver->filled && receiver->filled + record > model->registers.batch_bytes)
            receiver->closed = true;
        else
            append(model);
    }
    if (receiver->filled && !receiver->count && model->now_ns >= batch_end(model))
        receiver->closed = true;
}

static void begin_next(struct receiver *receiver)
{
    receiver->filled = receiver->given = 0;
    receiver->closed = receiver->empty_packet = false;
}

bool receiver_give(struct model *model, struct transfer *transfer)
{
    struct receiver *receiver = &model->receiver;
    size_t left, room = transfer->length - transfer->actual, packet = model->packet_bytes;
    bool fits;

    fill(model);
    if (!receiver->closed)
        return false;
    left = receiver->filled - receiver->given;
    fits = left <= room;
    left = fits ? left : room / packet * packet;
    memcpy(transfer->data + transfer->actual, receiver->transfer + receiver->given, left);
    transfer->actual += (uint32_t)left;
    receiver->given += left;
    if (!fits && (room % packet || !room)) { /* the next packet is larger than what is left */
        transfer->status = -EOVERFLOW;
        return true;
    }
    receiver->empty_packet = fits && !receiver->empty_packet && receiver->filled % packet == 0 &&
                             transfer->actual == transfer->length;
    if (fits && !receiver->empty_packet)
        begin_next(receiver);
    return true;
}

uint64_t receiver_deadline(const struct model *model)
{
    const struct receiver *receiver = &model->receiver;
    uint64_t due = receiver->pausing ? receiver->renew_ns : TIME_NEVER;

    if (model->pipes[PIPE_BULK_IN].head && receiver->filled && batch_end(model) < due)
        due = batch_end(model);
    return due;
}

void receiver_flush(struct model *model, bool transfer_goes_on)
{
    struct receiver *receiver = &model->receiver;

    receiver->first = receiver->count = 0;
    if (!transfer_goes_on || !receiver->given)
        begin_next(receiver);
    else if (receiver->given < receiver->filled)
        receiver->filled = receiver->given + 1;
}
