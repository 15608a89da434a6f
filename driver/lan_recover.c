/* What the driver does about transfers that fail: halts are cleared, a lost board is reported once.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "driver/lan_internal.h"

void lan_set_gone(struct lan *lan, int error)
{
    if (lan->gone || lan->closing)
        return;
    lan->gone = error;
    journal_write(lan->config.journal, lan->now_ns, JOURNAL_EVENT, "driver", "%s is gone: %s",
                  lan->transport->name, error == -ENODEV ? "unplugged" : "bus errors without end");
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

static void resume(struct lan *lan, const struct recovery *recovery)
{
    if (recovery == &lan->out_recovery)
        lan_send_resume(lan);
    else if (recovery == &lan->in_recovery)
        lan_receive_resume(lan);
    else
        lan_interrupt_resume(lan);
}

static void clear_done(struct transfer *transfer)
{
    struct recovery *recovery = transfer->user;
    struct lan *lan = recovery->lan;

    recovery->under_way = false;
    if (lan->closing || transfer->status == -ECANCELED)
        return;
    if (transfer->status) {
        lan_set_gone(lan, transfer->status == -ENODEV ? -ENODEV : -EPROTO);
        return;
    }
    resume(lan, recovery);
}

/* CLEAR_FEATURE(ENDPOINT_HALT), USB 2.0, 9.4.1; both ends start again with DATA0. */
static void clear_halt(struct lan *lan, struct recovery *recovery, uint8_t endpoint)
{
    int error;

    if (recovery->under_way)
        return;
    recovery->clear = (struct transfer){
        .setup = {0x02, 0x01, 0, 0, endpoint, 0, 0, 0}, .done = clear_done, .user = recovery};
    recovery->under_way = true;
    error = lan->transport->ops->submit(lan->transport, &recovery->clear);
    if (error) {
        recovery->under_way = false;
        lan_set_gone(lan, error);
    }
}

enum lan_verdict lan_judge(struct lan *lan, struct recovery *recovery,
                           const struct transfer *transfer)
{
    lan->now_ns = lan->transport->now_ns;
    if (lan->closing || lan->gone || transfer->status == -ECANCELED)
        return LAN_STOP;
    if (transfer->status == 0) {
        recovery->errors = 0;
        return LAN_FINE;
    }
    if (transfer->status == -ENODEV || ++recovery->errors > LAN_MAX_ERRORS) {
        lan_set_gone(lan, transfer->status == -ENODEV ? -ENODEV : -EPROTO);
        return LAN_STOP;
    }
    if (transfer->status == -EPIPE) {
        lan->counters.stalls++;
        clear_halt(lan, recovery, transfer->endpoint);
        return LAN_WAIT;
    }
    lan->counters.transfer_errors++;
    return LAN_AGAIN;
}
