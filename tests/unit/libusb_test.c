/* The libusb transport over a libusb made of paper: permission, a board in use, transfers, unplug, close.
 *
 * SPDX-License-Identifier: MIT
 *
 * The functions of libusb that the transport calls are defined here, and so take the place of the library's.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libusb-1.0/libusb.h>
#include <cmocka.h>

#include "driver/libusb.h"

enum { DEVICES = 3, URBS = 16 };

struct libusb_device {
    uint16_t vendor;
    uint8_t bus, port;
    const char *serial;
    int open_error, claim_error;
    int opened, claimed;
};

/* The paper bus: two boards behind something else. */
static struct libusb_device devices[DEVICES];
static struct libusb_transfer *urbs[URBS]; /* submitted, in order */
static int urb_count, started, transfers;
static int unplugged;

static void bus_reset(void)
{
    assert_int_equal(started, 0);
    assert_int_equal(transfers, 0);
    devices[0] = (struct libusb_device){.vendor = 0x8087, .bus = 1, .port = 1, .serial = "hub"};
    devices[1] = (struct libusb_device){.vendor = 0x1209, .bus = 1, .port = 2, .serial = "0001"};
    devices[2] = (struct libusb_device){.vendor = 0x1209, .bus = 2, .port = 7, .serial = "0002"};
    urb_count = unplugged = 0;
}

int libusb_init(libusb_context **context)
{
    *context = (libusb_context *)&started;
    started++;
    return 0;
}

void libusb_exit(libusb_context *context)
{
    (void)context;
    started--;
}

const char *libusb_error_name(int code)
{
    (void)code;
    return "PAPER";
}

ssize_t libusb_get_device_list(libusb_context *context, libusb_device ***list)
{
    (void)context;
    *list = calloc(DEVICES + 1, sizeof(**list));
    for (int i = 0; i < DEVICES; i++)
        (*list)[i] = &devices[i];
    return DEVICES;
}

void libusb_free_device_list(libusb_device **list, int unref)
{
    (void)unref;
    free(list);
}

int libusb_get_device_descriptor(libusb_device *device, struct libusb_device_descriptor *out)
{
    *out = (struct libusb_device_descriptor){
        .idVendor = device->vendor, .idProduct = 1, .iSerialNumber = 3};
    return 0;
}

int libusb_get_device_speed(libusb_device *device)
{
    (void)device;
    return LIBUSB_SPEED_HIGH;
}

int libusb_get_port_numbers(libusb_device *device, uint8_t *ports, int room)
{
    assert_true(room >= 2);
    ports[0] = device->port;
    ports[1] = 4;
    return 2;
}

uint8_t libusb_get_bus_number(libusb_device *device)
{
    return device->bus;
}

uint8_t libusb_get_device_address(libusb_device *device)
{
    return (uint8_t)(device->port + 10);
}

int libusb_open(libusb_device *device, libusb_device_handle **handle)
{
    if (device->open_error)
        return device->open_error;
    device->opened++;
    *handle = (libusb_device_handle *)device;
    return 0;
}

void libusb_close(libusb_device_handle *handle)
{
    ((struct libusb_device *)handle)->opened--;
}

libusb_device *libusb_get_device(libusb_device_handle *handle)
{
    return (libusb_device *)handle;
}

int libusb_claim_interface(libusb_device_handle *handle, int interface)
{
    struct libusb_device *device = (struct libusb_device *)handle;

    assert_int_equal(interface, 0);
    if (!device->claim_error)
        device->claimed++;
    return device->claim_error;
}

int libusb_release_interface(libusb_device_handle *handle, int interface)
{
    (void)interface;
    ((struct libusb_device *)handle)->claimed--;
    return 0;
}

int libusb_get_string_descriptor_ascii(libusb_device_handle *handle, uint8_t index,
                                       unsigned char *text, int room)
{
    (void)index;
    return snprintf((char *)text, (size_t)room, "%s", ((struct libusb_device *)handle)->serial);
}

int libusb_get_active_config_descriptor(libusb_device *device,
                                        struct libusb_config_descriptor **out)
{
    static struct libusb_endpoint_descriptor endpoints[3] = {
        {.bEndpointAddress = 0x01, .bmAttributes = 2},
        {.bEndpointAddress = 0x81, .bmAttributes = 2},
        {.bEndpointAddress = 0x82, .bmAttributes = 3}};
    static struct libusb_interface_descriptor setting = {.bNumEndpoints = 3, .endpoint = endpoints};
    static struct libusb_interface interface = {.altsetting = &setting, .num_altsetting = 1};
    static struct libusb_config_descriptor config = {.bNumInterfaces = 1, .interface = &interface};

    (void)device;
    *out = &config;
    return 0;
}

void libusb_free_config_descriptor(struct libusb_config_descriptor *config)
{
    (void)config;
}

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
    if (unplugged)
        return LIBUSB_ERROR_NO_DEVICE;
    urbs[urb_count++] = urb;
    return 0;
}

int libusb_cancel_transfer(struct libusb_transfer *urb)
{
    urb->status = LIBUSB_TRANSFER_CANCELLED;
    return 0;
}

/* Completes what was submitted before the call: control and OUT in full, bulk IN by its serial number or not at all. */
int libusb_handle_events_timeout_completed(libusb_context *context, struct timeval *patience,
                                           int *completed)
{
    int count = urb_count;

    (void)context, (void)patience, (void)completed;
    urb_count = 0;
    for (int i = 0; i < count; i++) {
        struct libusb_transfer *urb = urbs[i];
        if (unplugged)
            urb->status = LIBUSB_TRANSFER_NO_DEVICE;
        else if (urb->endpoint == 0x82 && urb->status == LIBUSB_TRANSFER_COMPLETED) {
            urbs[urb_count++] = urb; /* pends */
            continue;
        } else if (urb->status == LIBUSB_TRANSFER_COMPLETED && urb->endpoint == 0x81) {
            assert_int_equal(urb->type, LIBUSB_TRANSFER_TYPE_BULK);
            urb->actual_length = 3;
            memcpy(urb->buffer, "abc", 3);
        } else if (urb->status == LIBUSB_TRANSFER_COMPLETED && urb->endpoint == 0) {
            if (urb->buffer[1] == 99)
                urb->status = LIBUSB_TRANSFER_STALL;
            else
                memcpy(urb->buffer + 8, "FERR", 4), urb->actual_length = 4;
        } else if (urb->status == LIBUSB_TRANSFER_COMPLETED) {
            urb->actual_length = urb->length;
        }
        urb->callback(urb);
    }
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

/* ---- the tests ---- */

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

static void says_when_there_is_no_board(void **state)
{
    (void)state;
    bus_reset();
    expect_refusal("0003", -ENODEV, "'0003'");
    devices[1].vendor = devices[2].vendor = 0x1234;
    expect_refusal(NULL, -ENODEV, "1209:0001");
}

struct listing {
    int count, denied;
    char ports[100];
};

static void on_board(void *user, const struct libusb_board *board)
{
    struct listing *listing = user;

    listing->count++;
    listing->denied += board->error == -EACCES;
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
    for (int i = 0; i < 5; i++) {
        all[i].done = count_done;
        all[i].user = &done;
        assert_int_equal(transport->ops->submit(transport, &all[i]), 0);
    }
    assert_int_equal(urbs[2]->flags & LIBUSB_TRANSFER_ADD_ZERO_PACKET,
                     LIBUSB_TRANSFER_ADD_ZERO_PACKET);
    assert_int_equal(urbs[4]->type, LIBUSB_TRANSFER_TYPE_INTERRUPT);
    assert_int_equal(transport->ops->poll(transport, 1234, TIME_NEVER), 1234);
    assert_int_equal(done, 4);
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
        cmocka_unit_test(says_when_there_is_no_board),
        cmocka_unit_test(lists_boards_with_those_that_may_not_be_opened),
        cmocka_unit_test(carries_control_bulk_and_interrupt_transfers),
        cmocka_unit_test(unplugging_ends_transfers_and_refuses_new_ones),
        cmocka_unit_test(closing_cancels_what_is_in_flight_and_takes_nothing_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
