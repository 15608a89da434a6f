/* The paper libusb's transfers: submitted, carried, cancelled. For libusb_paper.h only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_LIBUSB_PAPER_TRANSFERS_H
#define TESTS_UNIT_LIBUSB_PAPER_TRANSFERS_H

#include "tests/unit/libusb_paper.h"

struct libusb_transfer *libusb_alloc_transfer(int packets)
{
    (void)packets;
    transfers++;
    return calloc(1, sizeof(struct libusb_transfer));
}

void libusb_free_transfer(struct libusb_transfer *urb)
{
    transfers--;
    free(urb);
}

int libusb_submit_transfer(struct libusb_transfer *urb)
{
    if (unplugged || submits_refused)
        return unplugged ? LIBUSB_ERROR_NO_DEVICE : (submits_refused--, LIBUSB_ERROR_NO_MEM);
    assert_true(urb_count < URBS);
    urbs[urb_count++] = urb;
    return 0;
}

int libusb_clear_halt(libusb_device_handle *handle, unsigned char endpoint)
{
    (void)handle;
    toggle_cleared = endpoint;
    return 0;
}

/* Too late for one that has been carried. */
int libusb_cancel_transfer(struct libusb_transfer *urb)
{
    for (int i = 0; i < urb_count; i++)
        if (urbs[i] == urb) {
            urb->status = LIBUSB_TRANSFER_CANCELLED;
            return 0;
        }
    return LIBUSB_ERROR_NOT_FOUND;
}

/* Bulk IN: "abc", which is a short packet. */
static void carry_bulk(struct libusb_transfer *urb)
{
    assert_int_equal(urb->type, LIBUSB_TRANSFER_TYPE_BULK);
    urb->actual_length = urb->endpoint & 0x80 ? 3 : urb->length;
    if (urb->endpoint & 0x80)
        memcpy(urb->buffer, "abc", 3);
    if (++bulk_carried == bulk_fails) {
        urb->status = LIBUSB_TRANSFER_ERROR;
        urb->actual_length /= 2;
    }
}

static void carry_control(struct libusb_transfer *urb)
{
    if (urb->buffer[1] == 99)
        urb->status = LIBUSB_TRANSFER_STALL;
    else if (urb->buffer[0] & 0x80)
        memcpy(urb->buffer + 8, "FERR", 4), urb->actual_length = 4;
}

/* Carries what was submitted before the call, all of it before a program hears of any, as usbfs may: behind a failed
 * transfer it goes on. Interrupt IN pends. */
int libusb_handle_events_timeout_completed(libusb_context *context, struct timeval *patience,
                                           int *completed)
{
    struct libusb_transfer *carried[URBS];
    int count = 0, pending = 0;

    (void)context, (void)patience, (void)completed;
    for (int i = 0; i < urb_count; i++) {
        struct libusb_transfer *urb = urbs[i];
        if (unplugged)
            urb->status = LIBUSB_TRANSFER_NO_DEVICE;
        else if (urb->endpoint == 0x82 && urb->status == LIBUSB_TRANSFER_COMPLETED) {
            urbs[pending++] = urb;
            continue;
        } else if (urb->status == LIBUSB_TRANSFER_COMPLETED && urb->endpoint)
            carry_bulk(urb);
        else if (urb->status == LIBUSB_TRANSFER_COMPLETED)
            carry_control(urb);
        carried[count++] = urb;
    }
    urb_count = pending;
    for (int i = 0; i < count; i++)
        carried[i]->callback(carried[i]);
    return 0;
}

const struct libusb_pollfd **libusb_get_pollfds(libusb_context *context)
{
    static const struct libusb_pollfd one = {.fd = 42, .events = POLLOUT};
    const struct libusb_pollfd **list = calloc(2, sizeof(*list));

    (void)context;
    list[0] = &one;
    return list;
}

void libusb_free_pollfds(const struct libusb_pollfd **list)
{
    free(list);
}

#endif
