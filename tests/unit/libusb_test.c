/* Finding and opening boards by a libusb made of paper: permission, a board in use, one that the kernel has.
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
