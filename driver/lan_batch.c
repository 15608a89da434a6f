/* Receive batching: none while little is sent, so that an answer is quick; some while records to send keep the
 * bus busy, so that acknowledgements come many to a transfer and take few transactions from them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/lan_internal.h"
#include "driver/registers.h"

enum {
    BATCH_US = 200,
    BATCH_SLOW_US = 3000, /* at full speed the two frames that an ACK may wait for take 2.6 ms */
    BUSY_SHARE = 4,       /* of what bus and link can carry in a spell */
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

static bool is_changed(const struct lan *lan)
{
    return lan->batch.written != wanted(lan);
}

void lan_batch_poll(struct lan *lan)
{
    uint32_t us = wanted(lan);

    if (!lan_write_is_due(lan, &lan->batch.write, is_changed(lan)))
        return;
    lan->batch.written = us;
    journal_write(lan->config.journal, lan->now_ns, JOURNAL_DETAIL, "driver",
                  "received frames wait %u us for company", us);
    lan_write_start(lan, &lan->batch.write, REG_BATCH_TIME, &us, 1);
}

uint64_t lan_batch_deadline(const struct lan *lan)
{
    bool ends = !lan->gone && !lan->batch.write.under_way && !lan->batch.write.lost &&
                !lan->config.batch_us && lan->batch.written > 0;

    return ends ? lan->batch.busy_until_ns : lan_write_deadline(lan, &lan->batch.write, false);
}
