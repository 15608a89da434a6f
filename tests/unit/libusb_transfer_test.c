/* The libusb transport's transfers over a libusb made of paper: what they carry and copy, unplug, close. Their
 * order behind one that fails: libusb_order_test.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "driver/libusb.h"
#include "tests/unit/libusb_paper.h"

static struct transport *start(void)
{
    struct transport *transport;
    char error[400] = "";

    if (libusb_transport_open(&transport, NULL, error, sizeof(error)))
        fail_msg("%s", error);
    return transport;
}

static void count_done(struct transfer *transfer)
{
    ++*(int *)transfer->user;
}

static void carries_control_bulk_and_interrupt_transfers(void **state)
{
    uint8_t data[4][16] = {{0}};
    int done = 0;
    struct transfer all[] = {
        {.setup = {0xC0, 1, 0, 0, 0, 0, 4}, .data = data[0], .length = 4},
        {.setup = {0x40, 99}, .length = 0},
        {.endpoint = 0x01, .data = data[1], .length = 16, .zero_packet = true},
        {.endpoint = 0x81, .data = data[2], .length = 16},
        {.endpoint = 0x82, .data = data[3], .length = 8},
        {.setup = {0x02, 1, 0, 0, 0x81}}, /* clears a halt, and the kernel's toggle with it */
    };
    struct transfer lies = {.setup = {0xC0, 1, 0, 0, 0, 0, 4}, .data = data[0], .length = 3};
    struct transfer nowhere = {.endpoint = 0x03, .data = data[0], .length = 4};
    struct pollfd fds[2];
    struct transport *transport;

    (void)state;
    bus_reset();
    transport = start();
    assert_int_equal(transport->ops->submit(transport, &lies), -EINVAL);
    assert_int_equal(transport->ops->submit(transport, &nowhere), -EINVAL);
    for (int i = 0; i < 6; i++) {
        all[i].done = count_done;
        all[i].user = &done;
        assert_int_equal(transport->ops->submit(transport, &all[i]), 0);
    }
    assert_int_equal(urbs[2]->flags & LIBUSB_TRANSFER_ADD_ZERO_PACKET,
                     LIBUSB_TRANSFER_ADD_ZERO_PACKET);
    assert_int_equal(urbs[4]->type, LIBUSB_TRANSFER_TYPE_INTERRUPT);
    assert_int_equal(transport->ops->poll(transport, 1234, TIME_NEVER), 1234);
    assert_true(done == 5 && all[5].status == 0 && toggle_cleared == 0x81);
    assert_memory_equal(data[0], "FERR", 4);
    assert_int_equal(all[1].status, -EPIPE);
    assert_int_equal(all[2].actual, 16);
    assert_int_equal(all[3].actual, 3);
    transport->ops->cancel(transport, &all[4]);
    transport->ops->poll(transport, 1235, TIME_NEVER);
    assert_int_equal(all[4].status, -ECANCELED);
    assert_int_equal(transport->ops->fds(transport, fds, 2), 1);
    assert_int_equal(fds[0].fd, 42);
    assert_true(transport->ops->deadline(transport) == TIME_NEVER);
    transport->ops->close(transport);
}

static void counts_what_the_kernel_copies(void **state)
{
    uint8_t own[16];
    int done = 0;
    struct transfer transfer = {.endpoint = 0x01, .length = 16, .done = count_done, .user = &done};
    struct transport *transport;

    (void)state;
    for (int there = 0; there < 2; there++) {
        uint8_t *memory;

        bus_reset();
        memory_there = there;
        transport = start();
        memory = transport->ops->memory_new(transport, 64);
        assert_int_equal(memory != NULL, there);
        assert_null(transport->ops->memory_new(transport, 64));
        transfer.data = own;
        assert_int_equal(transport->ops->submit(transport, &transfer), 0);
        transport->ops->poll(transport, 1, TIME_NEVER);
        assert_true(transport->bytes_carried == 16 && transport->bytes_copied == 16);
        if (there) {
            transfer.data = memory + 48;
            assert_int_equal(transport->ops->submit(transport, &transfer), 0);
            transport->ops->poll(transport, 2, TIME_NEVER);
            assert_true(transport->bytes_carried == 32 && transport->bytes_copied == 16);
            transport->ops->memory_free(transport, memory, 64);
        }
        assert_int_equal(memory_given, 0);
        transport->ops->close(transport);
    }
    memory_there = false;
}

static void unplugging_ends_transfers_and_refuses_new_ones(void **state)
{
    uint8_t data[8];
    int done = 0;
    struct transfer pending = {
        .endpoint = 0x82, .data = data, .length = 8, .done = count_done, .user = &done};
    struct transport *transport;

    (void)state;
    bus_reset();
    transport = start();
    assert_int_equal(transport->ops->submit(transport, &pending), 0);
    unplugged = 1;
    transport->ops->poll(transport, 1, TIME_NEVER);
    assert_int_equal(done, 1);
    assert_int_equal(pending.status, -ENODEV);
    assert_int_equal(transport->ops->submit(transport, &pending), -ENODEV);
    transport->ops->close(transport);
}

static void submit_again(struct transfer *transfer)
{
    struct transport *transport = transfer->user;

    if (transfer->status == -ECANCELED)
        assert_int_equal(transport->ops->submit(transport, transfer), -ENODEV);
}

static void closing_cancels_what_is_in_flight_and_takes_nothing_new(void **state)
{
    uint8_t data[8];
    struct transfer pending = {.endpoint = 0x82, .data = data, .length = 8, .done = submit_again};
    struct transport *transport;

    (void)state;
    bus_reset();
    transport = start();
    pending.user = transport;
    assert_int_equal(transport->ops->submit(transport, &pending), 0);
    transport->ops->close(transport);
    assert_int_equal(pending.status, -ECANCELED);
    bus_reset(); /* nothing is left open */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_control_bulk_and_interrupt_transfers),
        cmocka_unit_test(counts_what_the_kernel_copies),
        cmocka_unit_test(unplugging_ends_transfers_and_refuses_new_ones),
        cmocka_unit_test(closing_cancels_what_is_in_flight_and_takes_nothing_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
