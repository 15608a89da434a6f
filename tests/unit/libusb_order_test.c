/* The order of a libusb transport's transfers, and what becomes of those behind one that fails.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>

#include "driver/libusb.h"
#include "tests/unit/libusb_paper.h"

enum { LANE = 4, LANE_BYTES = 16 };

/* Transfers of one endpoint, and the order in which they end. */
struct lane {
    struct transport *transport;
    struct transfer transfers[LANE];
    uint8_t data[LANE_BYTES];
    char order[LANE + 3];
    bool again; /* the first one is submitted anew when it ends */
};

static void lane_done(struct transfer *transfer)
{
    struct lane *lane = transfer->user;
    char name[2] = {(char)('0' + (transfer - lane->transfers)), 0};

    assert_true(strlen(lane->order) < sizeof(lane->order) - 1);
    strcat(lane->order, name);
    if (transfer == lane->transfers && lane->again) {
        lane->again = false;
        assert_int_equal(lane->transport->ops->submit(lane->transport, transfer), 0);
    }
}

static void lane_submit(struct lane *lane, uint8_t endpoint, int count)
{
    struct transport *transport = lane->transport;

    for (int i = 0; i < count; i++) {
        lane->transfers[i] = (struct transfer){.endpoint = endpoint,
                                               .data = lane->data,
                                               .length = LANE_BYTES,
                                               .done = lane_done,
                                               .user = lane};
        assert_int_equal(transport->ops->submit(transport, &lane->transfers[i]), 0);
    }
}

/* The same on a bus of its own. */
static struct transport *lane_open(struct lane *lane, uint8_t endpoint, int count)
{
    char error[400] = "";

    bus_reset();
    if (libusb_transport_open(&lane->transport, NULL, error, sizeof(error)))
        fail_msg("%s", error);
    lane_submit(lane, endpoint, count);
    return lane->transport;
}

static void expect_statuses(const struct lane *lane, const int *statuses, int count)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(lane->transfers[i].status, statuses[i]);
}

static void polls(struct transport *transport, int times)
{
    for (int i = 0; i < times; i++)
        transport->ops->poll(transport, (uint64_t)i, TIME_NEVER);
}

static void the_kernel_has_one_transfer_to_send_at_a_time(void **state)
{
    struct lane lane = {0};
    struct transport *transport = lane_open(&lane, 0x01, LANE);

    (void)state;
    for (int i = 0; i < LANE; i++) {
        assert_int_equal(urb_count, 1);
        assert_true(transport->ops->deadline(transport) == TIME_NEVER);
        polls(transport, 1);
    }
    assert_string_equal(lane.order, "0123");
    expect_statuses(&lane, (int[LANE]){0}, LANE);
    transport->ops->close(transport);
}

static void nothing_is_sent_behind_a_transfer_that_failed(void **state)
{
    struct lane lane = {.again = true};
    struct transport *transport = lane_open(&lane, 0x01, LANE);

    (void)state;
    bulk_fails = 2;
    polls(transport, 2);
    /* 0 was carried and submitted again, which is behind 3 */
    assert_string_equal(lane.order, "01230");
    assert_int_equal(bulk_carried, 2);
    expect_statuses(&lane, (int[LANE]){-ECANCELED, -EPROTO, -ECANCELED, -ECANCELED}, LANE);
    assert_int_equal(lane.transfers[1].actual, LANE_BYTES / 2);
    assert_int_equal(lane.transfers[2].actual, 0);
    transport->ops->close(transport);
}

static void what_is_submitted_after_a_failure_is_told_is_sent(void **state)
{
    struct lane lane = {.again = true};
    struct transport *transport = lane_open(&lane, 0x01, 2);

    (void)state;
    bulk_fails = 1;
    polls(transport, 2);
    assert_string_equal(lane.order, "010");
    expect_statuses(&lane, (int[]){0, -ECANCELED}, 2);
    assert_int_equal(bulk_carried, 2);
    transport->ops->close(transport);
}

static void what_arrives_behind_a_failure_counts_as_cancelled(void **state)
{
    struct lane lane = {.again = true}, out = {0};
    struct transport *transport = lane_open(&lane, 0x81, LANE);

    (void)state;
    out.transport = transport;
    lane_submit(&out, 0x01, 1);
    assert_int_equal(urb_count, LANE + 1);
    bulk_fails = 1;
    polls(transport, 1);
    assert_int_equal(bulk_carried, LANE + 1); /* the kernel went on before we knew */
    assert_string_equal(lane.order, "0123");
    expect_statuses(&lane, (int[LANE]){-EPROTO, -ECANCELED, -ECANCELED, -ECANCELED}, LANE);
    assert_int_equal(out.transfers[0].status, 0);
    polls(transport, 1);
    assert_string_equal(lane.order, "01230");
    assert_int_equal(lane.transfers[0].status, 0);
    transport->ops->close(transport);
}

static void a_transfer_that_waits_can_be_cancelled(void **state)
{
    struct lane lane = {0};
    struct transport *transport = lane_open(&lane, 0x01, 3);

    (void)state;
    transport->ops->cancel(transport, &lane.transfers[1]);
    assert_string_equal(lane.order, "");
    assert_true(transport->ops->deadline(transport) == transport->now_ns);
    polls(transport, 1);
    assert_string_equal(lane.order, "01");
    polls(transport, 1);
    expect_statuses(&lane, (int[]){0, -ECANCELED, 0}, 3);
    transport->ops->close(transport);
}

static void a_transfer_that_the_kernel_refuses_when_its_turn_comes_has_failed(void **state)
{
    struct lane lane = {0};
    struct transport *transport = lane_open(&lane, 0x01, 3);

    (void)state;
    submits_refused = 1;
    polls(transport, 1);
    assert_string_equal(lane.order, "012");
    expect_statuses(&lane, (int[]){0, -EIO, -ECANCELED}, 3);
    assert_int_equal(bulk_carried, 1);
    transport->ops->close(transport);
}

static void unplugging_ends_those_that_wait_as_unplugged(void **state)
{
    struct lane lane = {0};
    struct transport *transport = lane_open(&lane, 0x01, 3);

    (void)state;
    unplugged = 1;
    polls(transport, 1);
    assert_string_equal(lane.order, "012");
    expect_statuses(&lane, (int[]){-ENODEV, -ENODEV, -ENODEV}, 3);
    transport->ops->close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_has_one_transfer_to_send_at_a_time),
        cmocka_unit_test(nothing_is_sent_behind_a_transfer_that_failed),
        cmocka_unit_test(what_is_submitted_after_a_failure_is_told_is_sent),
        cmocka_unit_test(what_arrives_behind_a_failure_counts_as_cancelled),
        cmocka_unit_test(a_transfer_that_waits_can_be_cancelled),
        cmocka_unit_test(a_transfer_that_the_kernel_refuses_when_its_turn_comes_has_failed),
        cmocka_unit_test(unplugging_ends_those_that_wait_as_unplugged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
