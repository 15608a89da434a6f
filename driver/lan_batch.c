/* Receive batching: none while little is sent, so that an answer is quick; some while records to send keep the
 * bus busy, so that acknowledgements come many to a transfer and take few transactions from them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "driver/lan_internal.h"
#include "driver/registers.h"

enum {
    BATCH_US = 200,
    BATCH_SLOW_US = 3000, /* at full speed the two frames that an ACK may wait for take 2.6 ms */
    NOT_WRITTEN = -1,
    BUSY_SHARE = 4, /* of what bus and link can carry in a spell */
};

static const uint64_t SPELL_NS = 1000000, SPELL_SLOW_NS = 8000000;

/* A bus or link on which a short spell has no room for what makes it a busy one. */
static bool slow(const struct lan *lan)
{
    return lan_bytes_per_ms(lan) < LAN_TWO_RECORDS;
}

static uint64_t spell_ns(const struct lan *lan)
{
    return slow(lan) ? SPELL_SLOW_NS : SPELL_NS;
}

static uint32_t busy_us(const struct lan *lan)
{
    return slow(lan) ? BATCH_SLOW_US : BATCH_US;
}

/* BATCH_TIME as it should be now. */
static uint32_t wanted(const struct lan *lan)
{
    if (lan->config.batch_us == LAN_BATCH_NEVER)
        return 0;
    if (lan->config.batch_us)
        return lan->config.batch_us;
    return lan->now_ns < lan->batch.busy_until_ns ? busy_us(lan) : 0;
}

/* What must be sent in a spell for it to be a busy one. */
static size_t busy_bytes(const struct lan *lan)
{
    size_t share = lan_bytes_per_ms(lan) * (size_t)(spell_ns(lan) / 1000000) / BUSY_SHARE;

    return share > LAN_TWO_RECORDS ? share : LAN_TWO_RECORDS;
}

void lan_batch_sent(struct lan *lan, size_t bytes)
{
    struct batch *batch = &lan->batch;

    if (lan->now_ns - batch->spell_ns >= spell_ns(lan)) {
        batch->spell_ns = lan->now_ns;
        batch->spell_bytes = 0;
    }
    batch->spell_bytes += bytes;
    if (batch->spell_bytes >= busy_bytes(lan))
        batch->busy_until_ns = lan->now_ns + spell_ns(lan);
}

static void write_done(struct transfer *transfer)
{
    struct lan *lan = transfer->user;
    struct batch *batch = &lan->batch;

    batch->under_way = false;
    lan->now_ns = lan->transport->now_ns;
    if (lan->closing || lan->gone || transfer->status == -ECANCELED)
        return;
    if (transfer->status == 0) {
        batch->errors = 0;
        return;
    }
    lan->counters.transfer_errors++;
    batch->written = NOT_WRITTEN; /* a later lan_poll tries again */
    batch->retry_ns = lan->now_ns + lan_pause_ns(++batch->errors);
    if (transfer->status == -ENODEV || batch->errors > LAN_MAX_ERRORS)
        lan_set_gone(lan, transfer->status == -ENODEV ? -ENODEV : -EPROTO);
}

void lan_batch_poll(struct lan *lan)
{
    struct batch *batch = &lan->batch;
    uint32_t us = wanted(lan);
    int error;

    if (lan->gone || batch->under_way || batch->written == (int64_t)us ||
        lan->now_ns < batch->retry_ns)
        return;
    lan_register_setup(&batch->write, REG_BATCH_TIME, us, batch->data);
    batch->write.done = write_done;
    batch->write.user = lan;
    batch->under_way = true;
    batch->written = us;
    journal_write(lan->config.journal, lan->now_ns, JOURNAL_DETAIL, "driver",
                  "received frames wait %u us for company", us);
    error = lan->transport->ops->submit(lan->transport, &batch->write);
    if (error) {
        batch->under_way = false;
        lan_set_gone(lan, error);
    }
}

uint64_t lan_deadline(const struct lan *lan)
{
    bool settled = !lan->gone && !lan->batch.under_way; /* else the board's answer comes first */
    bool ends = settled && !lan->config.batch_us && lan->batch.written > 0;
    bool again = settled && lan->batch.written == NOT_WRITTEN;
    uint64_t due = ends ? lan->batch.busy_until_ns : again ? lan->batch.retry_ns : TIME_NEVER;
    uint64_t recovery = lan_recover_deadline(lan);

    return due < recovery ? due : recovery;
}
