/* The wire as a whole: opens and joins its parts, and moves frames between impairment and far end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/wire_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    POOL_FRAMES = 16384, /* what a long, fast wire holds: 1 Gbit/s for 0.2 s */
    INBOX_ROOM = 256,    /* frames waiting for the board: the backend reads no more */
};

void wire_schedule(struct wire *wire)
{
    uint64_t next_ns = wire->inbox.first ? 0 : impair_deadline(&wire->to_board);

    if (next_ns < wire->pause.until_ns)
        next_ns = wire->pause.until_ns;
    wire->speak_ns = !wire->phy.link ? TIME_NEVER : wire->pause.pending ? 0 : next_ns;
}

void wire_collect_inbox(struct wire *wire, uint64_t now_ns)
{
    struct frame *frame;

    while ((frame = impair_pop(&wire->to_board, now_ns)))
        frame_queue_push(&wire->inbox, frame);
}

void wire_collect_outbox(struct wire *wire, uint64_t now_ns)
{
    struct frame *frame;

    while ((frame = impair_pop(&wire->from_board, now_ns))) {
        if (frame->flipped_bit) /* its FCS is wrong now: the far end drops it */
            frame_give(&wire->pool, frame);
        else
            frame_queue_push(&wire->outbox, frame);
    }
}

/* ---- what the backend calls ---- */

static void port_frame(void *user, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct wire *wire = user;
    struct frame *frame = NULL;

    if (wire->record)
        wire_record_frame(wire->record, now_ns, '<', bytes, len);
    if (wire->phy.link && len >= FRAME_HEADER_BYTES)
        frame = frame_take(&wire->pool, bytes, len);
    if (!frame) {
        wire->counters.lost++;
        return;
    }
    impair_push(&wire->to_board, frame, now_ns);
    wire_schedule(wire);
}

static bool port_room(void *user)
{
    const struct wire *wire = user;

    return wire->inbox.count < INBOX_ROOM;
}

/* ---- opening and closing ---- */

static int wire_open_files(struct wire *wire, const struct wire_config *config, char *error,
                           size_t error_len)
{
    struct backend_port port = {port_frame, port_room, wire};
    int bad = 0;

    if (!config->far_end)
        bad = backend_open(&wire->backend, config->backend, &port, config->start_ns, error,
                           error_len);
    if (!bad && config->pcap)
        bad = pcapng_open(&wire->pcapng, config->pcap, error, error_len);
    if (!bad && config->record)
        bad = wire_record_open(&wire->record, config->record, config->start_ns, error, error_len);
    if (!bad && config->far_end) {
        wire->backend = config->far_end;
        wire->backend->port = port;
    }
    return bad;
}

/* Brings speaker and listener to the PHY's link, which may have changed. */
static void wire_apply_link(struct wire *wire)
{
    rgmii_speaker_link(&wire->speaker, wire->phy.link ? wire->phy.mbps : 0);
    rgmii_listener_link(&wire->listener, wire->phy.mbps);
    if (!wire->phy.link) {
        wire->counters.lost += wire->inbox.count;
        frame_queue_empty(&wire->inbox, &wire->pool);
        wire->pause = (struct wire_pause){0};
    }
    wire_schedule(wire);
}

int wire_open(struct wire **out, const struct wire_config *config, char *error, size_t error_len)
{
    uint32_t most = config->fast_ethernet ? 100 : 1000;
    uint32_t mbps = config->speed_mbps ? config->speed_mbps : most;
    struct wire *wire;
    int bad;

    if (mbps > most) {
        snprintf(error, error_len,
                 "wire: no speed %u: this board's Ethernet does 10 and 100 (Mbit/s)", mbps);
        return -EINVAL;
    }
    if (mbps != 10 && mbps != 100 && mbps != 1000) {
        snprintf(error, error_len, "wire: no speed %u: give 10, 100 or 1000 (Mbit/s)", mbps);
        return -EINVAL;
    }
    snprintf(error, error_len, "wire: out of memory");
    wire = calloc(1, sizeof(*wire));
    if (!wire)
        return -ENOMEM;
    wire->now_ns = config->start_ns;
    wire->pool.limit = POOL_FRAMES;
    impair_init(&wire->from_board, &config->impairment, FROM_BOARD, &wire->pool, &wire->counters);
    impair_init(&wire->to_board, &config->impairment, TO_BOARD, &wire->pool, &wire->counters);
    rgmii_speaker_init(&wire->speaker);
    rgmii_listener_init(&wire->listener);
    wire_phy_init(&wire->phy, mbps, !config->link_down, config->fast_ethernet);
    wire_apply_link(wire);
    bad = wire_open_files(wire, config, error, error_len);
    if (bad) {
        wire_close(wire);
        return bad;
    }
    error[0] = '\0';
    *out = wire;
    return 0;
}

void wire_close(struct wire *wire)
{
    if (wire->backend && wire->backend->ops->close)
        wire->backend->ops->close(wire->backend);
    if (wire->pcapng)
        pcapng_close(wire->pcapng);
    if (wire->record)
        wire_record_close(wire->record);
    impair_empty(&wire->from_board);
    impair_empty(&wire->to_board);
    frame_queue_empty(&wire->inbox, &wire->pool);
    frame_queue_empty(&wire->outbox, &wire->pool);
    frame_pool_free(&wire->pool);
    free(wire);
}

/* ---- running ---- */

static void wire_deliver(struct wire *wire, uint64_t now_ns)
{
    wire_collect_outbox(wire, now_ns);
    while (wire->outbox.first) {
        struct frame *frame = wire->outbox.first;
        if (wire->record && !wire->blocked) /* before any answer to it */
            wire_record_frame(wire->record, now_ns, '>', frame->bytes, frame->length);
        wire->blocked =
            !wire->backend->ops->send(wire->backend, frame->bytes, frame->length, now_ns);
        if (wire->blocked)
            break;
        frame_give(&wire->pool, frame_queue_pop(&wire->outbox));
    }
    pause_update(wire, now_ns);
}

void wire_poll(struct wire *wire, uint64_t now_ns)
{
    wire->now_ns = now_ns;
    wire_deliver(wire, now_ns);
    if (wire->backend->ops->poll)
        wire->backend->ops->poll(wire->backend, now_ns);
    wire_collect_inbox(wire, now_ns);
    wire_schedule(wire);
    if (wire->pcapng)
        pcapng_flush(wire->pcapng);
    if (wire->record)
        wire_record_flush(wire->record);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t wire_deadline(const struct wire *wire)
{
    uint64_t deadline = earlier(wire->speak_ns, impair_deadline(&wire->from_board));

    if (wire->backend->ops->deadline)
        deadline = earlier(deadline, wire->backend->ops->deadline(wire->backend, wire->now_ns));
    if (wire->outbox.first && !wire->blocked)
        deadline = wire->now_ns;
    if (wire->pause.sent)
        deadline = earlier(deadline, wire->pause.renew_ns);
    return deadline > wire->now_ns ? deadline : wire->now_ns;
}

int wire_fds(struct wire *wire, struct pollfd *fds, int max)
{
    return wire->backend->ops->fds ? wire->backend->ops->fds(wire->backend, fds, max) : 0;
}

bool wire_host_busy(const struct wire *wire)
{
    return wire->backend->ops->host_busy &&
           wire->backend->ops->host_busy(wire->backend, wire->now_ns);
}

bool wire_idle(const struct wire *wire)
{
    return wire->listener.state == LISTEN_GAP && wire->speaker.state == SPEAK_NOTHING &&
           wire->speak_ns > wire->now_ns;
}

uint32_t wire_clock_ns(const struct wire *wire)
{
    return wire->phy.mbps == 1000 ? 8 : 4000 / wire->phy.mbps; /* a byte, or a nibble */
}

static void wire_link_changed(struct wire *wire, const struct phy *before)
{
    if (before->link != wire->phy.link || before->mbps != wire->phy.mbps)
        wire_apply_link(wire);
}

uint16_t wire_mdio_read(struct wire *wire, unsigned phy, unsigned reg)
{
    return phy == 0 ? phy_read(&wire->phy, reg)
                    : UINT16_MAX; /* nobody drives the line: it is pulled up */
}

void wire_mdio_write(struct wire *wire, unsigned phy, unsigned reg, uint16_t value)
{
    struct phy before = wire->phy;

    if (phy != 0)
        return;
    phy_write(&wire->phy, reg, value);
    wire_link_changed(wire, &before);
}

void wire_set_link(struct wire *wire, bool up)
{
    struct phy before = wire->phy;

    phy_cable(&wire->phy, up);
    wire_link_changed(wire, &before);
}

const struct wire_counters *wire_counters(const struct wire *wire)
{
    return &wire->counters;
}
