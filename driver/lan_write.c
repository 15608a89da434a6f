/* Registers that follow what the driver wants, written while frames flow, and again where a write is lost.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "driver/lan_internal.h"

static void write_done(struct transfer *transfer)
{
    struct writing *write = transfer->user;
    struct lan *lan = write->lan;

    write->under_way = false;
    lan->now_ns = lan->transport->now_ns;
    if (lan->closing || lan->gone)
        return;
    if (transfer->status == 0) {
        write->errors = 0;
        return;
    }
    lan->counters.transfer_errors++;
    write->lost = true; /* a later lan_poll tries again */
    write->retry_ns = lan->now_ns + lan_pause_ns(++write->errors);
    if (transfer->status == -ENODEV || write->errors > LAN_MAX_ERRORS)
        lan_set_gone(lan, transfer->status == -ENODEV ? -ENODEV : -EPROTO);
}

bool lan_write_is_due(const struct lan *lan, const struct writing *write, bool changed)
{
    return !lan->gone && !write->under_way && (changed || write->lost) &&
           lan->now_ns >= write->retry_ns;
}

void lan_write_start(struct lan *lan, struct writing *write, uint32_t address,
                     const uint32_t *values, int count)
{
    int error;

    lan_register_setup(&write->request, address, values, count, write->data);
    write->request.done = write_done;
    write->request.user = write;
    write->lan = lan;
    write->under_way = true;
    write->lost = false;
    error = lan->transport->ops->submit(lan->transport, &write->request);
    if (error) {
        write->under_way = false;
        lan_set_gone(lan, error);
    }
}

uint64_t lan_write_deadline(const struct lan *lan, const struct writing *write, bool changed)
{
    bool waits = !lan->gone && !write->under_way && (changed || write->lost);

    return waits ? write->retry_ns : TIME_NEVER; /* under way, the board's answer comes first */
}
