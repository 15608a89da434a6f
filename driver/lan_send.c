/* Bulk OUT: records are written straight into the next USB transfer, several of which are in flight.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "driver/lan_internal.h"

enum {
    HIGH_SPEED_BYTES_PER_MS = 53248, /* USB 2.0, 5.8.4: 13 packets of 512 bytes a microframe */
    FULL_SPEED_BYTES_PER_MS = 1216,  /* 19 of 64 bytes a frame */
    LINK_BYTES_PER_MS = 125,         /* for each Mbit/s */
    WAIT_MS = 2,
};

/* What is reported is what waits no more. A transfer that failed has given its records up. */
static void tell_sent(struct lan *lan, const struct slot *slot)
{
    lan->waiting -= slot->transfer.length;
    if (lan->handler.sent)
        lan->handler.sent(lan->handler.user, slot->ticket, lan->now_ns);
}

static void out_done(struct transfer *transfer)
{
    struct lan *lan = transfer->user;
    struct slot *slot = (struct slot *)transfer;
    enum lan_verdict verdict = lan_judge(lan, &lan->out_recovery, transfer);

    /* A transfer that failed is not sent again: how much of it the board took is not known, and a frame may be
     * lost on any wire, but must not come twice. */
    slot->state = SLOT_FREE;
    if (verdict == LAN_STOP)
        return;
    if (verdict == LAN_FINE)
        lan->counters.tx_transfers++;
    else
        lan->counters.tx_lost++;
    tell_sent(lan, slot);
    if (!lan->wants_room || lan->out_recovery.state)
        return;
    lan->wants_room = false;
    if (lan->handler.room)
        lan->handler.room(lan->handler.user, lan->now_ns);
}

void lan_send_setup(struct lan *lan)
{
    for (uint32_t i = 0; i < lan->config.transfers_out; i++)
        lan->out[i].transfer = (struct transfer){
            .endpoint = ENDPOINT_OUT,
            .data = lan->memory + (size_t)i * lan->config.transfer_out_bytes,
            .zero_packet = true,
            .done = out_done,
            .user = lan,
        };
}

void lan_send_resume(struct lan *lan)
{
    for (uint32_t i = 0; i < lan->config.transfers_out; i++)
        if (lan->out[i].state == SLOT_WAITING)
            lan_submit(lan, &lan->out[i]);
    if (!lan->wants_room)
        return;
    lan->wants_room = false;
    if (lan->handler.room)
        lan->handler.room(lan->handler.user, lan->now_ns);
}

static bool start_filling(struct lan *lan)
{
    for (uint32_t i = 0; i < lan->config.transfers_out; i++)
        if (lan->out[i].state == SLOT_FREE) {
            lan->out[i].state = SLOT_FILLING;
            lan->filling = (int)i;
            lan->filled = 0;
            lan->filled_records = 0;
            return true;
        }
    return false;
}

uint8_t *lan_reserve(struct lan *lan, size_t len)
{
    size_t bytes = record_bytes(len);

    lan->reserved = NULL;
    if (lan->gone || len > lan->info.max_frame) {
        lan->counters.tx_no_room++;
        return NULL;
    }
    if (lan->filling >= 0 && lan->filled + bytes > lan->config.transfer_out_bytes)
        lan_flush(lan, lan->now_ns);
    if (lan->out_recovery.state || (lan->filling < 0 && !start_filling(lan))) {
        lan->counters.tx_no_room++;
        lan->wants_room = true;
        return NULL;
    }
    lan->reserved = lan->out[lan->filling].transfer.data + lan->filled;
    return lan->reserved + RECORD_HEADER_BYTES;
}

size_t lan_bytes_per_ms(const struct lan *lan)
{
    size_t bus =
        lan->transport->speed == SPEED_FULL ? FULL_SPEED_BYTES_PER_MS : HIGH_SPEED_BYTES_PER_MS;
    size_t link = (size_t)LINK_BYTES_PER_MS * lan->status.speed_mbps;

    return link && link < bus ? link : bus;
}

static size_t most_waiting(const struct lan *lan)
{
    size_t most = WAIT_MS * lan_bytes_per_ms(lan);

    return most > LAN_TWO_RECORDS ? most : LAN_TWO_RECORDS;
}

size_t lan_room(const struct lan *lan)
{
    size_t most = most_waiting(lan), left = 0;
    uint32_t others = lan->config.transfers_out > 1 ? 1 : 0, idle = 0;

    if (lan->gone || lan->waiting >= most)
        return 0;
    for (uint32_t i = 0; i < lan->config.transfers_out; i++)
        idle += lan->out[i].state == SLOT_FREE;
    if (idle > others)
        return most - lan->waiting;
    if (lan->filling >= 0)
        left = lan->config.transfer_out_bytes - lan->filled;
    return left < most - lan->waiting ? left : most - lan->waiting;
}

uint64_t lan_commit(struct lan *lan, const struct vnet_header *vnet, size_t len)
{
    if (!lan->reserved)
        return 0;
    record_write(lan->reserved, vnet, (uint32_t)len);
    lan->filled += (uint32_t)record_bytes(len);
    lan->filled_records++;
    lan->reserved = NULL;
    lan->counters.tx_frames++;
    lan->counters.tx_bytes += len;
    lan->waiting += record_bytes(len);
    lan_batch_sent(lan, record_bytes(len));
    return ++lan->tickets;
}

void lan_flush(struct lan *lan, uint64_t now_ns)
{
    struct slot *slot;

    if (lan->filling < 0 || lan->filled == 0)
        return;
    slot = &lan->out[lan->filling];
    slot->transfer.length = lan->filled;
    slot->ticket = lan->tickets;
    lan->filling = -1;
    journal_write(lan->config.journal, now_ns, JOURNAL_DETAIL, "usb",
                  "bulk OUT: %u bytes, %u record%s", lan->filled, lan->filled_records,
                  lan->filled_records == 1 ? "" : "s");
    if (lan->out_recovery.state)
        slot->state = SLOT_WAITING;
    else
        lan_submit(lan, slot);
}
