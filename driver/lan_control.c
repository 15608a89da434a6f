/* Control requests that block until they are answered: registers, and the board's bring-up.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <poll.h>

#include "driver/lan_internal.h"
#include "driver/registers.h"

enum { MAX_FDS = 64, TRIES = 3, REQUEST_REGISTERS = 1, READ_TYPE = 0xC0, WRITE_TYPE = 0x40 };

static const uint64_t CONTROL_PATIENCE_NS = 5000000000; /* USB 2.0, 9.2.6.1 */

struct waiter {
    struct transfer transfer;
    bool done;
};

static void waiter_done(struct transfer *transfer)
{
    struct waiter *waiter = transfer->user;

    waiter->done = true;
}

/* Sleeps until the transport has something to do, at most 100 ms. */
static void wait_for_transport(struct transport *transport, uint64_t now_ns)
{
    struct pollfd fds[MAX_FDS];
    int count = transport->ops->fds(transport, fds, MAX_FDS);
    uint64_t deadline = transport->ops->deadline(transport);
    uint64_t wait_ns = deadline <= now_ns ? 0 : deadline - now_ns;
    int timeout_ms = wait_ns > 100000000 ? 100 : (int)((wait_ns + 999999) / 1000000);

    poll(fds, (nfds_t)count, timeout_ms);
}

int lan_control(struct lan *lan, const uint8_t setup[8], uint8_t *data, uint16_t len)
{
    struct transport *transport = lan->transport;
    struct waiter waiter = {.transfer = {.data = data, .length = len, .done = waiter_done}};
    uint64_t start;
    bool cancelled = false;
    int error;

    if (lan->gone)
        return lan->gone;
    for (int i = 0; i < 8; i++)
        waiter.transfer.setup[i] = setup[i];
    waiter.transfer.user = &waiter;
    error = transport->ops->submit(transport, &waiter.transfer);
    if (error)
        return error;
    start = lan->wall_ns();
    while (!waiter.done) {
        uint64_t wall = lan->wall_ns();

        lan->now_ns = transport->ops->poll(transport, wall, TIME_NEVER);
        if (waiter.done)
            break;
        if (!cancelled && wall - start > CONTROL_PATIENCE_NS) {
            transport->ops->cancel(transport, &waiter.transfer);
            cancelled = true;
        }
        wait_for_transport(transport, lan->now_ns);
    }
    if (cancelled && waiter.transfer.status == -ECANCELED)
        return -ETIMEDOUT;
    return waiter.transfer.status ? waiter.transfer.status : (int)waiter.transfer.actual;
}

/* Bus errors, also where they look like a refusal: a register may be read or written again. */
static bool may_try_again(int error)
{
    return error == -EPROTO || error == -EPIPE || error == -EOVERFLOW || error == -EIO;
}

static int register_access(struct lan *lan, uint8_t type, uint32_t address, uint8_t bytes[4])
{
    uint8_t setup[8] = {type, REQUEST_REGISTERS, 0, 0, (uint8_t)address, (uint8_t)(address >> 8), 4,
                        0};
    int count = lan_control(lan, setup, bytes, 4);

    for (int tries = 1; tries < TRIES && may_try_again(count); tries++) {
        lan->counters.transfer_errors++;
        count = lan_control(lan, setup, bytes, 4);
    }
    if (count < 0)
        return count;
    return count == 4 ? 0 : -EPROTO;
}

void lan_register_setup(struct transfer *transfer, uint32_t address, const uint32_t *values,
                        int count, uint8_t *data)
{
    for (int i = 0; i < 4 * count; i++)
        data[i] = (uint8_t)(values[i / 4] >> 8 * (i % 4));
    *transfer = (struct transfer){.setup = {WRITE_TYPE, REQUEST_REGISTERS, 0, 0, (uint8_t)address,
                                            (uint8_t)(address >> 8), (uint8_t)(4 * count), 0},
                                  .data = data,
                                  .length = 4 * (uint32_t)count};
}

int lan_register_read(struct lan *lan, uint32_t address, uint32_t *value)
{
    uint8_t bytes[4] = {0};
    int error = register_access(lan, READ_TYPE, address, bytes);

    *value =
        bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    return error;
}

int lan_register_write(struct lan *lan, uint32_t address, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 24)};

    return register_access(lan, WRITE_TYPE, address, bytes);
}
