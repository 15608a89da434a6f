/* The libusb transport over a libusb made of paper: permission, a board in use, transfers, unplug, close.
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

static struct transport *start(const char *which)
{
    struct transport *transport;
    char error[400] = "";

    if (libusb_transport_open(&transport, which, error, sizeof(error)))
        fail_msg("%s", error);
    return transport;
}

static void expect_refusal(const char *which, int code, const char *said)
{
    struct transport *transport;
    char error[500] = "";

    assert_int_equal(libusb_transport_open(&transport, which, error, sizeof(error)), code);
    if (!strstr(error, said))
        fail_msg("'%s' does not say '%s'", error, said);
    for (int i = 0; i < DEVICES; i++)
        assert_int_equal(devices[i].opened, 0);
}

static void opens_by_order_serial_number_or_port(void **state)
{
    static const struct {
        const char *which, *serial, *name;
    } cases[] = {
        {NULL, "0001", "usb 1-2.4"}, {"0002", "0002", "usb 2-7.4"}, {"1-2.4", "0001", "usb 1-2.4"}};

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct transport *transport;
        bus_reset();
        transport = start(cases[i].which);
        assert_string_equal(transport->serial, cases[i].serial);
        assert_string_equal(transport->name, cases[i].name);
        assert_int_equal(transport->speed, SPEED_HIGH);
        assert_int_equal(devices[1].opened + devices[2].opened, 1);
        transport->ops->close(transport);
        assert_int_equal(
            devices[1].opened + devices[2].opened + devices[1].claimed + devices[2].claimed, 0);
    }
}

static void takes_another_board_where_the_first_is_in_use(void **state)
{
    struct transport *transport;

    (void)state;
    bus_reset();
    devices[1].claim_error = LIBUSB_ERROR_BUSY;
    transport = start(NULL);
    assert_string_equal(transport->serial, "0002");
    transport->ops->close(transport);
}

static void names_the_udev_rule_where_permission_is_denied(void **state)
{
    (void)state;
    bus_reset();
    devices[1].open_error = devices[2].open_error = LIBUSB_ERROR_ACCESS;
    expect_refusal(NULL, -EACCES, "99-ferrite.rules");
    expect_refusal("2-7.4", -EACCES, "board at 2-7.4");
    expect_refusal("0002", -EACCES,
                   "/etc/udev/rules.d/"); /* it may be one of those that hide their number */
}

static void says_who_may_hold_a_board_that_is_in_use(void **state)
{
    (void)state;
    bus_reset();
    devices[1].claim_error = devices[2].claim_error = LIBUSB_ERROR_BUSY;
    expect_refusal(NULL, -EBUSY, "ferrite up");
    expect_refusal("0002", -EBUSY, "/dev/bus/usb/002/017");
}

static void takes_a_board_from_the_kernel_and_gives_it_back(void **state)
{
    (void)state;
    for (int unbindable = 0; unbindable < 2; unbindable++) {
        struct transport *transport;
        bus_reset();
        devices[1].configuration = 2;
        devices[1].unbindable = unbindable;
        devices[1].bound = !unbindable;
        transport = start(NULL);
        assert_int_equal(devices[1].configuration, 1);
        assert_int_equal(devices[1].claimed, 1);
        transport->ops->close(transport);
        assert_int_equal(devices[1].configuration, 2);
        assert_int_equal(devices[1].bound, !unbindable);
        assert_int_equal(devices[2].configuration, 1);
    }
}

static void gives_a_board_back_that_it_cannot_have(void **state)
{
    (void)state;
    bus_reset();
    devices[1].configuration = 2;
    devices[1].bound = 1;
    devices[1].claim_error = LIBUSB_ERROR_BUSY;
    expect_refusal("0001", -EBUSY, "in use");
    assert_int_equal(devices[1].configuration, 2);
    assert_int_equal(devices[1].bound, 1);
    devices[1].configuration_error = LIBUSB_ERROR_BUSY; /* a program has one of the interfaces */
    expect_refusal("0001", -EBUSY, "in use");
    devices[1].detach_error = LIBUSB_ERROR_ACCESS;
    expect_refusal("0001", -EACCES, "board at 1-2.4");
    assert_int_equal(devices[1].configuration, 2);
}

static void says_when_there_is_no_board(void **state)
{
    (void)state;
    bus_reset();
    expect_refusal("0003", -ENODEV, "'0003'");
    devices[1].vendor = devices[2].vendor = 0x1234;
    expect_refusal(NULL, -ENODEV, "1209:0001");
}

struct listing {
    int count, denied, in_use;
    uint32_t features;
    char ports[100];
};

static void on_board(void *user, const struct libusb_board *board)
{
    struct listing *listing = user;

    listing->count++;
    listing->denied += board->error == -EACCES;
    listing->in_use += board->error == -EBUSY;
    if (board->registers_read)
        listing->features = board->features;
    strcat(strcat(strcat(listing->ports, board->port), board->serial), " ");
}

static void lists_boards_with_those_that_may_not_be_opened(void **state)
{
    struct listing listing = {0};
    char error[200];

    (void)state;
    bus_reset();
    devices[2].open_error = LIBUSB_ERROR_ACCESS;
    assert_int_equal(libusb_transport_list(on_board, &listing, error, sizeof(error)), 2);
    assert_int_equal(listing.count, 2);
    assert_int_equal(listing.denied, 1);
    assert_string_equal(listing.ports, "1-2.40001 2-7.4 ");
    assert_int_equal(devices[1].opened, 0);
}

static void tells_of_boards_in_use_and_reads_their_registers_all_the_same(void **state)
{
    struct listing listing = {0};
    char error[200];

    (void)state;
    bus_reset();
    devices[1].claim_error = LIBUSB_ERROR_BUSY;
    devices[2].open_error = LIBUSB_ERROR_ACCESS;
    assert_int_equal(libusb_transport_list(on_board, &listing, error, sizeof(error)), 2);
    assert_int_equal(listing.in_use, 1);
    assert_int_equal(listing.features, 0x00080008); /* the paper's register at FEATURES */
    assert_int_equal(devices[1].opened, 0);
}

static void tells_once_that_a_board_was_plugged_in(void **state)
{
    struct libusb_watch *watch;
    struct pollfd fds[2];

    (void)state;
    bus_reset();
    assert_int_equal(libusb_watch_open(&watch), 0);
    assert_int_equal(libusb_watch_fds(watch, fds, 2), 1);
    assert_false(libusb_watch_news(watch));
    assert_int_equal(
        arrivals(NULL, &devices[1], LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED, arrivals_user), 0);
    assert_true(libusb_watch_news(watch));
    assert_false(libusb_watch_news(watch));
    libusb_watch_close(watch);
    bus_reset();
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
    transport = start(NULL);
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
        transport = start(NULL);
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
    transport = start(NULL);
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
    transport = start(NULL);
    pending.user = transport;
    assert_int_equal(transport->ops->submit(transport, &pending), 0);
    transport->ops->close(transport);
    assert_int_equal(pending.status, -ECANCELED);
    bus_reset(); /* nothing is left open */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_by_order_serial_number_or_port),
        cmocka_unit_test(takes_another_board_where_the_first_is_in_use),
        cmocka_unit_test(names_the_udev_rule_where_permission_is_denied),
        cmocka_unit_test(says_who_may_hold_a_board_that_is_in_use),
        cmocka_unit_test(takes_a_board_from_the_kernel_and_gives_it_back),
        cmocka_unit_test(gives_a_board_back_that_it_cannot_have),
        cmocka_unit_test(says_when_there_is_no_board),
        cmocka_unit_test(lists_boards_with_those_that_may_not_be_opened),
        cmocka_unit_test(tells_of_boards_in_use_and_reads_their_registers_all_the_same),
        cmocka_unit_test(tells_once_that_a_board_was_plugged_in),
        cmocka_unit_test(carries_control_bulk_and_interrupt_transfers),
        cmocka_unit_test(counts_what_the_kernel_copies),
        cmocka_unit_test(unplugging_ends_transfers_and_refuses_new_ones),
        cmocka_unit_test(closing_cancels_what_is_in_flight_and_takes_nothing_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
