/* What the driver does about transfers that fail: an endpoint starts anew, a lost board is reported once.
 *
 * SPDX-License-Identifier: MIT
 *
 * A failed transfer leaves two things unknown: whether the other side has the last packet, so that the toggles may be out
 * of step, and where in a record the next byte belongs. So everything in flight on that endpoint is called back, the halt is
 * cleared (both ends are at DATA0 then), and both sides find a transfer's beginning: bulk OUT sends an empty packet, behind
 * which the board starts a record; bulk IN drops what comes up to the first short packet, which may also be one that
 * had come before.
 */
#include <errno.h>
#include <string.h>

#include "driver/lan_internal.h"

static const uint64_t FORGIVEN_NS = 1000000000; /* without an error; those before count no more */
static const uint64_t PAUSE_NS = 1000000;
enum { MOST_DOUBLED = 6 };

void lan_set_gone(struct lan *lan, int error)
{
    if (lan->gone || lan->closing)
        return;
    lan->gone = error;
    journal_write(lan->config.journal, lan->now_ns, JOURNAL_EVENT, "driver", "%s is gone: %s",
                  lan->transport->name,
                  error == -ENODEV   ? "unplugged"
                  : error == -EPROTO ? "bus errors without end"
                                     : strerror(-error));
    if (lan->handler.gone)
        lan->handler.gone(lan->handler.user, error, lan->now_ns);
}

void lan_submit(struct lan *lan, struct slot *slot)
{
    int error =
        lan->gone ? lan->gone : lan->transport->ops->submit(lan->transport, &slot->transfer);

    slot->state = error ? SLOT_FREE : SLOT_FLIGHT;
    if (error)
        lan_set_gone(lan, error);
}

/* None behind the first error, then a millisecond, doubled each time up to 64: almost a second in all. */
uint64_t lan_pause_ns(unsigned errors)
{
    unsigned doubled = errors - 2 < MOST_DOUBLED ? errors - 2 : MOST_DOUBLED;

    return errors < 2 ? 0 : PAUSE_NS << doubled;
}

/* ---- the slots of an endpoint ---- */

static struct slot *slots_of(struct recovery *recovery, unsigned *count)
{
    struct lan *lan = recovery->lan;

    *count = recovery == &lan->interrupt_recovery ? 1 : LAN_MAX_TRANSFERS;
    return recovery == &lan->out_recovery  ? lan->out
           : recovery == &lan->in_recovery ? lan->in
                                           : &lan->interrupt;
}

static void call_back(struct recovery *recovery, const struct transfer *failed)
{
    struct lan *lan = recovery->lan;
    unsigned count;
    struct slot *slots = slots_of(recovery, &count);

    for (unsigned i = 0; i < count; i++)
        if (slots[i].state == SLOT_FLIGHT && &slots[i].transfer != failed)
            lan->transport->ops->cancel(lan->transport, &slots[i].transfer);
}

static bool in_flight(struct recovery *recovery)
{
    unsigned count;
    struct slot *slots = slots_of(recovery, &count);

    for (unsigned i = 0; i < count; i++)
        if (slots[i].state == SLOT_FLIGHT)
            return true;
    return false;
}

/* ---- the way back ---- */

static void fail(struct recovery *recovery, int status)
{
    struct lan *lan = recovery->lan;

    if (status == -ENODEV) {
        lan_set_gone(lan, -ENODEV);
        return;
    }
    if (lan->now_ns - recovery->failed_ns > FORGIVEN_NS)
        recovery->errors = 0;
    recovery->failed_ns = lan->now_ns;
    recovery->state = RECOVERY_DRAINS;
    if (++recovery->errors > LAN_MAX_ERRORS)
        lan_set_gone(lan, -EPROTO);
}

static void resume(struct recovery *recovery)
{
    struct lan *lan = recovery->lan;

    recovery->state = RECOVERY_NONE;
    lan->counters.recoveries++;
    if (recovery == &lan->out_recovery)
        lan_send_resume(lan);
    else if (recovery == &lan->in_recovery)
        lan_receive_resume(lan);
    else
        lan_interrupt_resume(lan);
}

static void request(struct recovery *recovery, enum recovery_state state);

static void request_done(struct transfer *transfer)
{
    struct recovery *recovery = transfer->user;
    struct lan *lan = recovery->lan;

    recovery->under_way = false;
    lan->now_ns = lan->transport->now_ns;
    if (lan->closing || lan->gone)
        return;
    if (transfer->status) {
        lan->counters.transfer_errors++;
        fail(recovery, transfer->status);
    } else if (recovery->state == RECOVERY_CLEARS && recovery == &lan->out_recovery) {
        request(recovery, RECOVERY_ENDS);
    } else {
        resume(recovery);
    }
}

/* CLEAR_FEATURE(ENDPOINT_HALT), USB 2.0, 9.4.1, or the empty packet that ends what was cut off. */
static void request(struct recovery *recovery, enum recovery_state state)
{
    struct lan *lan = recovery->lan;
    int error;

    recovery->request = (struct transfer){.done = request_done, .user = recovery};
    if (state == RECOVERY_ENDS) {
        recovery->request.endpoint = ENDPOINT_OUT;
    } else {
        recovery->request.setup[0] = 0x02;
        recovery->request.setup[1] = 0x01;
        recovery->request.setup[4] = recovery->endpoint;
    }
    recovery->state = state;
    recovery->under_way = true;
    error = lan->transport->ops->submit(lan->transport, &recovery->request);
    if (error) {
        recovery->under_way = false;
        lan_set_gone(lan, error);
    }
}

static bool drained(struct recovery *recovery)
{
    return recovery->state == RECOVERY_DRAINS && !in_flight(recovery);
}

static void recover(struct recovery *recovery)
{
    struct lan *lan = recovery->lan;

    if (!lan->gone && drained(recovery) &&
        lan->now_ns >= recovery->failed_ns + lan_pause_ns(recovery->errors))
        request(recovery, RECOVERY_CLEARS);
}

void lan_recover_poll(struct lan *lan)
{
    recover(&lan->out_recovery);
    recover(&lan->in_recovery);
    recover(&lan->interrupt_recovery);
}

static uint64_t recovery_due(const struct lan *lan, struct recovery *recovery)
{
    return !lan->gone && drained(recovery) ? recovery->failed_ns + lan_pause_ns(recovery->errors)
                                           : TIME_NEVER;
}

uint64_t lan_recover_deadline(const struct lan *lan)
{
    struct lan *own = (struct lan *)lan;
    uint64_t out = recovery_due(lan, &own->out_recovery), in = recovery_due(lan, &own->in_recovery),
             interrupt = recovery_due(lan, &own->interrupt_recovery);

    out = out < in ? out : in;
    return out < interrupt ? out : interrupt;
}

enum lan_verdict lan_judge(struct lan *lan, struct recovery *recovery,
                           const struct transfer *transfer)
{
    bool recovers = recovery->state != RECOVERY_NONE;

    lan->now_ns = lan->transport->now_ns;
    if (lan->closing || lan->gone)
        return LAN_STOP;
    if (transfer->actual > 0) /* bytes pass, be it with trouble */
        recovery->errors = 0;
    if (transfer->status == 0 && !recovers) {
        recovery->errors = 0;
        return LAN_FINE;
    }
    if (transfer->status == -EPIPE)
        lan->counters.stalls++;
    else if (transfer->status && transfer->status != -ECANCELED && transfer->status != -ENODEV)
        lan->counters.transfer_errors++;
    if (!recovers || transfer->status == -ENODEV)
        fail(recovery, transfer->status);
    if (lan->gone)
        return LAN_STOP;
    if (!recovers)
        call_back(recovery, transfer);
    return LAN_WAIT;
}
