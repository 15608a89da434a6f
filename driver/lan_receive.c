/* Bulk IN and interrupt IN: received frames and changes of the link.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "driver/lan_internal.h"
#include "driver/registers.h"

/* Whether the transfer begins where one of the board's does. It is dropped if that is not known, and a short packet in it
 * is a sign that the next one does. */
static bool in_place(struct lan *lan, const struct transfer *transfer)
{
    bool lost = lan->lost_place;

    if (lost) {
        lan->counters.rx_discarded++;
        lan->lost_place = transfer->actual == transfer->length;
    }
    return !lost;
}

/* Hands every record of a transfer on; behind a bad one the place in the transfer is lost. */
static void deliver(struct lan *lan, const struct transfer *transfer)
{
    size_t at = 0;

    while (at < transfer->actual) {
        struct record record;
        long used =
            record_parse(transfer->data + at, transfer->actual - at, RECORD_MAX_FRAME, &record);

        if (used < 0) {
            lan->counters.rx_bad_records++;
            return;
        }
        lan->counters.rx_frames++;
        lan->counters.rx_bytes += record.length;
        lan->handler.frame(lan->handler.user, &record.vnet, record.frame, record.length,
                           lan->now_ns);
        at += (size_t)used;
    }
}

static void tell_batch(struct lan *lan, bool begin)
{
    if (lan->handler.batch)
        lan->handler.batch(lan->handler.user, begin, lan->now_ns);
}

/* Told before its frames are, hence counted by itself. */
static void tell(const struct lan *lan, const struct transfer *transfer)
{
    struct record record;
    size_t at = 0;
    unsigned count = 0;
    long used;

    if (!journal_wants(lan->config.journal, JOURNAL_DETAIL))
        return;
    for (; at < transfer->actual; at += (size_t)used, count++) {
        used = record_parse(transfer->data + at, transfer->actual - at, RECORD_MAX_FRAME, &record);
        if (used < 0)
            break;
    }
    journal_write(lan->config.journal, lan->now_ns, JOURNAL_DETAIL, "usb",
                  "bulk IN: %u bytes, %u record%s%s", transfer->actual, count,
                  count == 1 ? "" : "s", at < transfer->actual ? " and a bad one" : "");
}

static void in_done(struct transfer *transfer)
{
    struct lan *lan = transfer->user;
    struct slot *slot = (struct slot *)transfer;
    enum lan_verdict verdict = lan_judge(lan, &lan->in_recovery, transfer);

    slot->state = verdict == LAN_WAIT ? SLOT_WAITING : SLOT_FREE;
    if (verdict == LAN_FINE && in_place(lan, transfer)) {
        lan->counters.rx_transfers++;
        tell(lan, transfer);
        tell_batch(lan, true);
        deliver(lan, transfer);
        tell_batch(lan, false);
    }
    if (verdict == LAN_FINE)
        lan_submit(lan, slot);
}

void lan_status_update(struct lan *lan, uint32_t status)
{
    static const uint32_t mbps[4] = {10, 100, 1000, 0};
    struct lan_status now = {
        .link = status & REG_STATUS_LINK,
        .full_duplex = status & REG_STATUS_FULL_DUPLEX,
    };

    if (now.link)
        now.speed_mbps = mbps[(status & REG_STATUS_SPEED_MASK) >> REG_STATUS_SPEED_SHIFT];
    else
        now.full_duplex = false;
    if (now.link == lan->status.link && now.full_duplex == lan->status.full_duplex &&
        now.speed_mbps == lan->status.speed_mbps)
        return;
    lan->status = now;
    if (now.link)
        journal_write(lan->config.journal, lan->now_ns, JOURNAL_EVENT, "driver",
                      "link up, %u Mbit/s %s duplex", now.speed_mbps,
                      now.full_duplex ? "full" : "half");
    else
        journal_write(lan->config.journal, lan->now_ns, JOURNAL_EVENT, "driver", "link down");
    if (lan->handler.link)
        lan->handler.link(lan->handler.user, &lan->status, lan->now_ns);
}

static void interrupt_done(struct transfer *transfer)
{
    struct lan *lan = transfer->user;
    struct slot *slot = (struct slot *)transfer;
    enum lan_verdict verdict = lan_judge(lan, &lan->interrupt_recovery, transfer);
    const uint8_t *data = transfer->data;

    slot->state = verdict == LAN_WAIT ? SLOT_WAITING : SLOT_FREE;
    if (verdict == LAN_FINE && transfer->actual >= 4)
        lan_status_update(lan, data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
                                   (uint32_t)data[3] << 24);
    if (verdict == LAN_FINE)
        lan_submit(lan, slot);
}

void lan_receive_setup(struct lan *lan)
{
    for (uint32_t i = 0; i < lan->config.transfers_in; i++)
        lan->in[i].transfer = (struct transfer){
            .endpoint = ENDPOINT_IN,
            .data = lan->memory +
                    (size_t)lan->config.transfers_out * lan->config.transfer_out_bytes +
                    (size_t)i * lan->config.transfer_bytes,
            .length = lan->config.transfer_bytes,
            .done = in_done,
            .user = lan,
        };
    lan->interrupt.transfer = (struct transfer){
        .endpoint = ENDPOINT_INTERRUPT,
        .data = lan->interrupt_data,
        .length = LAN_INTERRUPT_BYTES,
        .done = interrupt_done,
        .user = lan,
    };
}

void lan_receive_start(struct lan *lan)
{
    for (uint32_t i = 0; i < lan->config.transfers_in; i++)
        lan_submit(lan, &lan->in[i]);
    lan_submit(lan, &lan->interrupt);
}

void lan_receive_resume(struct lan *lan)
{
    lan->lost_place = true;
    for (uint32_t i = 0; i < lan->config.transfers_in; i++)
        if (lan->in[i].state == SLOT_WAITING)
            lan_submit(lan, &lan->in[i]);
}

void lan_interrupt_resume(struct lan *lan)
{
    if (lan->interrupt.state == SLOT_WAITING)
        lan_submit(lan, &lan->interrupt);
}
