/* Faults of the driver about USB errors: what it asks the board for is not done, or what the board tells it is not so.
 *
 * SPDX-License-Identifier: MIT
 *
 * A transport between the driver and the board's own does them.
 */
#include <errno.h>
#include <stdlib.h>

#include "driver/lan_internal.h"
#include "tests/world/fault_internal.h"

/* A transfer of the driver's, and the one that the board gets in its place. */
struct flight {
    struct transfer transfer;
    struct transfer *original;
    struct between *between;
    struct flight *next;
    bool again;
};

struct between {
    struct transport base;
    struct transport *board;
    enum fault_usb fault;
    struct flight *flights;
};

/* ---- a transport ---- */

static void take_out(struct flight *flight)
{
    struct flight **at = &flight->between->flights;

    while (*at != flight)
        at = &(*at)->next;
    *at = flight->next;
}

static void finish(struct flight *flight)
{
    struct transfer *original = flight->original;

    original->actual = flight->transfer.actual;
    original->status = flight->transfer.status;
    take_out(flight);
    free(flight);
    original->done(original);
}

static bool is_error(const struct transfer *transfer)
{
    return transfer->endpoint && (transfer->status == -EPROTO || transfer->status == -EPIPE);
}

static void flight_done(struct transfer *transfer)
{
    struct flight *flight = transfer->user;
    struct between *between = flight->between;

    between->base.now_ns = between->board->now_ns;
    if (is_error(transfer) && between->fault == FAULT_USB_ERROR_HIDDEN)
        transfer->status = 0;
    if (is_error(transfer) && between->fault == FAULT_USB_SENT_AGAIN &&
        transfer->endpoint == ENDPOINT_OUT && !flight->again) {
        flight->again = true;
        if (!between->board->ops->submit(between->board, transfer))
            return;
    }
    finish(flight);
}

/* What the board never gets to see. */
static bool is_left_out(const struct between *between, const struct transfer *transfer)
{
    return (between->fault == FAULT_USB_HALT_LEFT && !transfer->endpoint &&
            transfer->setup[0] == 0x02) ||
           (between->fault == FAULT_USB_END_LEFT && transfer->endpoint == ENDPOINT_OUT &&
            !transfer->length);
}

static int between_submit(struct transport *transport, struct transfer *transfer)
{
    struct between *between = (struct between *)transport;
    struct flight *flight;
    int error;

    if (is_left_out(between, transfer)) {
        transfer->actual = 0;
        transfer->status = 0;
        transfer->done(transfer);
        return 0;
    }
    flight = malloc(sizeof *flight);
    if (!flight)
        return -ENOMEM;
    *flight = (struct flight){
        .transfer = *transfer, .original = transfer, .between = between, .next = between->flights};
    flight->transfer.done = flight_done;
    flight->transfer.user = flight;
    between->flights = flight;
    error = between->board->ops->submit(between->board, &flight->transfer);
    if (error) {
        take_out(flight);
        free(flight);
    }
    return error;
}

static void between_cancel(struct transport *transport, struct transfer *transfer)
{
    struct between *between = (struct between *)transport;
    struct flight *flight = between->flights;

    while (flight && flight->original != transfer)
        flight = flight->next;
    if (flight)
        between->board->ops->cancel(between->board, &flight->transfer);
}

static uint64_t between_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct between *between = (struct between *)transport;

    transport->now_ns = between->board->ops->poll(between->board, wall_ns, until_ns);
    return transport->now_ns;
}

static uint64_t between_deadline(struct transport *transport)
{
    struct between *between = (struct between *)transport;

    return between->board->ops->deadline(between->board);
}

static int between_fds(struct transport *transport, struct pollfd *fds, int max)
{
    struct between *between = (struct between *)transport;

    return between->board->ops->fds(between->board, fds, max);
}

static void between_close(struct transport *transport)
{
    free(transport); /* the board stays its owner's */
}

struct transport *fault_between(struct world *world, struct transport *board)
{
    static const struct transport_ops ops = {.submit = between_submit,
                                             .cancel = between_cancel,
                                             .poll = between_poll,
                                             .deadline = between_deadline,
                                             .fds = between_fds,
                                             .close = between_close};
    struct between *between;

    if (!world->fault || !world->fault->usb)
        return NULL;
    between = malloc(sizeof *between);
    if (between) {
        *between = (struct between){.base = *board, .board = board, .fault = world->fault->usb};
        between->base.ops = &ops;
    }
    return &between->base;
}

bool fault_usb_is(const struct world *world, enum fault_usb usb)
{
    return world->fault && world->fault->usb == usb;
}

const struct fault faults_usb[] = {
    {"halt-left", "the driver does not clear an endpoint behind an error",
     .usb = FAULT_USB_HALT_LEFT},
    {"end-left-out", "a transfer that was cut off is not ended", .usb = FAULT_USB_END_LEFT},
    {"error-hidden", "a transfer that failed counts as one that did not",
     .usb = FAULT_USB_ERROR_HIDDEN},
    {"sent-again", "what failed is sent again from its beginning", .usb = FAULT_USB_SENT_AGAIN},
    {"loss-to-send-uncounted", "the driver does not count the transfers to send that it lost",
     .usb = FAULT_USB_OUT_UNCOUNTED},
    {"received-loss-uncounted", "nobody counts the received frames that were lost",
     .usb = FAULT_USB_IN_UNCOUNTED},
    {.name = NULL},
};
