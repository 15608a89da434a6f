/* Tests the model of PHY, port and host controller against a device on ULPI pins.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/unit/usb_rig.h"

static void reaches_high_speed_by_chirps(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_plug_in(false, false);
    assert_true(rig->bus.port.high_speed);
    assert_true(rig->device.high_speed);
    usb_rig_clocks(rig, 10 * MICROFRAME_CLOCKS);
    assert_in_range(rig->device.sofs, 10, 11);
    assert_int_equal(rig->device.bad_packets, 0);
}

static void leaves_a_device_at_full_speed_if_told(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_plug_in(true, false);
    assert_false(rig->bus.port.high_speed);
    assert_false(rig->device.high_speed);
    usb_rig_clocks(rig, 10 * FRAME_CLOCKS);
    assert_in_range(rig->device.sofs, 10, 11);
}

static void enumerates_at_both_speeds(void **state)
{
    (void)state;
    for (int full = 0; full < 2; full++) {
        struct usb_rig *rig = usb_rig_plug_in(false, full);
        struct bus_runner runner = {usb_rig_run, rig};
        assert_int_equal(
            bus_enumerate(&rig->bus, &runner, &rig->found, rig->error, sizeof rig->error), 0);
        assert_string_equal(rig->found.serial, "Ab3");
        assert_true(rig->device.configured);
        assert_int_equal(rig->device.address, 1);
        assert_int_equal(rig->device.tokens_at_wrong_address, 0);
    }
}

static void carries_data_out_in_packets(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    struct transfer transfer = usb_rig_out(1300, false);
    assert_int_equal(usb_rig_run(rig, &transfer), 0);
    assert_int_equal(transfer.status, 0);
    assert_int_equal(transfer.actual, 1300);
    assert_int_equal(rig->device.out_packets, 3);
    assert_memory_equal(rig->device.out, usb_pattern, 1300);
}

static void adds_an_empty_packet_only_to_full_ones(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    struct transfer plain = usb_rig_out(1024, false), closed = usb_rig_out(1024, true),
                    loose = usb_rig_out(1000, true);
    usb_rig_run(rig, &plain);
    assert_int_equal(rig->device.out_ends, 0);
    usb_rig_run(rig, &closed);
    assert_int_equal(rig->device.out_ends, 1);
    assert_int_equal(rig->device.out_packets, 5);
    usb_rig_run(rig, &loose);
    assert_int_equal(rig->device.out_packets, 7);
    assert_int_equal(closed.actual, 1024);
}

static void asks_for_room_by_ping_after_nyet_and_nak(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    struct transfer transfer = usb_rig_out(512 * 4, false);
    rig->device.manners.nyet = true;
    usb_rig_run(rig, &transfer);
    assert_int_equal(transfer.status, 0);
    assert_int_equal(rig->device.pings, 3);
    assert_int_equal(rig->device.out_tokens, 4);
    rig->device.manners = (struct device_manners){.naks = 20};
    struct transfer again = usb_rig_out(512, false);
    usb_rig_run(rig, &again);
    assert_int_equal(again.status, 0);
    assert_memory_equal(rig->device.out + 2048, usb_pattern, 512);
    assert_in_range(rig->device.out_tokens, 5, 6);
}

static void ends_an_in_transfer_at_a_short_packet(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    uint8_t buffer[4096];
    struct transfer transfer = {.endpoint = 0x81, .data = buffer, .length = sizeof buffer};
    usb_rig_offer(rig, 1500);
    usb_rig_run(rig, &transfer);
    assert_int_equal(transfer.status, 0);
    assert_int_equal(transfer.actual, 1500);
    assert_memory_equal(buffer, usb_pattern, 1500);
    usb_rig_offer(rig, 1024);
    usb_rig_run(rig, &transfer);
    assert_int_equal(transfer.actual, 1024);
    assert_int_equal(rig->device.in_at, 1024);
    assert_false(rig->device.in_open);
}

static void repairs_lost_and_damaged_packets(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    uint8_t buffer[4096];
    struct transfer in = {.endpoint = 0x81, .data = buffer, .length = sizeof buffer};
    usb_rig_offer(rig, 1500);
    rig->device.manners =
        (struct device_manners){.silences = 2, .bad_crcs = 2, .repeats = 2, .naks = 1};
    usb_rig_run(rig, &in);
    assert_int_equal(in.status, 0);
    assert_int_equal(in.actual, 1500);
    assert_memory_equal(buffer, usb_pattern, 1500);
    assert_int_equal(rig->bus.host.counters.crc_errors, 2);
    struct transfer out = usb_rig_out(2000, false);
    rig->device.manners = (struct device_manners){.silences = 2};
    usb_rig_run(rig, &out);
    assert_int_equal(out.status, 0);
    assert_memory_equal(rig->device.out, usb_pattern, 2000);
    assert_in_range(rig->device.pings, 2, 3);
}

static void gives_up_after_three_errors(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    uint8_t buffer[512];
    struct transfer in = {.endpoint = 0x81, .data = buffer, .length = sizeof buffer};
    usb_rig_offer(rig, 100);
    rig->device.manners.silences = 3;
    usb_rig_run(rig, &in);
    assert_int_equal(in.status, -EPROTO);
    assert_int_equal(rig->device.in_tokens, 3);
    struct transfer again = in;
    usb_rig_run(rig, &again);
    assert_int_equal(again.status, 0);
    assert_int_equal(again.actual, 100);
}

static void tells_a_stall_and_clears_it(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    struct transfer out = usb_rig_out(512, false);
    usb_rig_run(rig, &out);
    rig->device.manners.stall = true;
    usb_rig_run(rig, &out);
    assert_int_equal(out.status, -EPIPE);
    struct transfer clear = {.setup = {2, 1, 0, 0, 1, 0, 0, 0}};
    usb_rig_run(rig, &clear);
    assert_int_equal(clear.status, 0);
    usb_rig_run(rig, &out);
    assert_int_equal(out.status, 0);
    assert_int_equal(rig->device.out_packets, 2);
}

static void reports_more_data_than_room_as_overflow(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    uint8_t buffer[600];
    struct transfer in = {.endpoint = 0x81, .data = buffer, .length = sizeof buffer};
    usb_rig_offer(rig, 1024);
    usb_rig_run(rig, &in);
    assert_int_equal(in.status, -EOVERFLOW);
    assert_int_equal(in.actual, 512);
    rig = usb_rig_enumerated();
    usb_rig_offer(rig, 1024);
    rig->device.manners.oversize = 100;
    in.length = sizeof buffer;
    usb_rig_run(rig, &in);
    assert_int_equal(in.status, -EOVERFLOW);
    assert_int_equal(in.actual, 0);
}

static void cancels_a_waiting_and_a_running_transfer(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    uint8_t buffer[512];
    struct transfer first = {.endpoint = 0x81, .data = buffer, .length = 512}, second = first,
                    third = first;
    host_submit(&rig->bus.host, &first);
    host_submit(&rig->bus.host, &second);
    host_submit(&rig->bus.host, &third);
    usb_rig_clocks(rig, 1013);
    host_cancel(&rig->bus.host, &second);
    assert_ptr_equal(host_take_done(&rig->bus.host), &second);
    assert_int_equal(second.status, -ECANCELED);
    while (rig->bus.host.now.phase == PHASE_FREE)
        usb_rig_step(rig);
    host_cancel(&rig->bus.host, &first);
    assert_null(host_take_done(&rig->bus.host));
    usb_rig_clocks(rig, 1000);
    assert_ptr_equal(host_take_done(&rig->bus.host), &first);
    assert_int_equal(first.status, -ECANCELED);
    usb_rig_offer(rig, 10);
    usb_rig_clocks(rig, 1000);
    assert_ptr_equal(host_take_done(&rig->bus.host), &third);
    assert_int_equal(third.actual, 10);
    host_end_all(&rig->bus.host, -ENODEV);
    assert_null(host_take_done(&rig->bus.host));
}

static void a_failed_transfer_takes_those_behind_it_along(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    struct transfer out[3];
    for (int i = 0; i < 3; i++) {
        out[i] = usb_rig_out(512, false);
        host_submit(&rig->bus.host, &out[i]);
    }
    rig->device.manners.stall = true;
    usb_rig_clocks(rig, 10000);
    for (int i = 0; i < 3; i++) {
        assert_ptr_equal(host_take_done(&rig->bus.host), &out[i]);
        assert_int_equal(out[i].status, i ? -ECANCELED : -EPIPE);
    }
    assert_int_equal(rig->device.out_packets, 0);
}

/* Loses or spoils the answers whose bits are set, the first in bit 0. */
struct scissors {
    struct cable cable;
    unsigned lose, spoil, answers;
};

static bool pass_on(struct cable *cable, uint8_t *packet, size_t *len)
{
    (void)cable, (void)packet, (void)len;
    return true;
}

static bool cut(struct cable *cable, enum pid token, uint8_t *packet, size_t *len)
{
    struct scissors *scissors = (struct scissors *)cable;
    unsigned number = scissors->answers++;
    (void)token;
    packet[*len - 1] ^= scissors->spoil >> number & 1;
    return !(scissors->lose >> number & 1);
}

static uint32_t never_late(struct cable *cable)
{
    (void)cable;
    return 0;
}

static void survives_each_answer_that_the_cable_loses_or_spoils(void **state)
{
    (void)state;
    for (unsigned at = 0; at < 20; at++) {
        struct usb_rig *rig = usb_rig_enumerated();
        struct scissors scissors = {.cable = {pass_on, cut, never_late},
                                    .lose = at < 10 ? 1u << at : 0,
                                    .spoil = at < 10 ? 0 : 1u << (at - 10)};
        struct transfer out = usb_rig_out(2000, false);
        rig->bus.host.cable = &scissors.cable;
        usb_rig_run(rig, &out);
        assert_int_equal(out.status, 0);
        assert_int_equal(rig->device.out_len, 2000);
        assert_memory_equal(rig->device.out, usb_pattern, 2000);
    }
}

static void begins_with_data0_after_set_configuration(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    struct transfer out = usb_rig_out(512, false), configure = {.setup = {0, 9, 1, 0, 0, 0, 0, 0}};
    usb_rig_run(rig, &out);
    usb_rig_run(rig, &configure);
    usb_rig_run(rig, &out);
    assert_int_equal(rig->device.out_packets, 2);
}

static void refuses_transfers_to_unknown_endpoints(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    struct transfer transfer = {.endpoint = 0x05};
    assert_int_equal(host_submit(&rig->bus.host, &transfer), -EINVAL);
    assert_int_equal(host_open_pipe(&rig->bus.host, 0x81, PIPE_BULK, 0, 0), -EINVAL);
    assert_int_equal(host_open_pipe(&rig->bus.host, 0x80, PIPE_BULK, 64, 0), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reaches_high_speed_by_chirps),
        cmocka_unit_test(leaves_a_device_at_full_speed_if_told),
        cmocka_unit_test(enumerates_at_both_speeds),
        cmocka_unit_test(carries_data_out_in_packets),
        cmocka_unit_test(adds_an_empty_packet_only_to_full_ones),
        cmocka_unit_test(asks_for_room_by_ping_after_nyet_and_nak),
        cmocka_unit_test(ends_an_in_transfer_at_a_short_packet),
        cmocka_unit_test(repairs_lost_and_damaged_packets),
        cmocka_unit_test(gives_up_after_three_errors),
        cmocka_unit_test(tells_a_stall_and_clears_it),
        cmocka_unit_test(reports_more_data_than_room_as_overflow),
        cmocka_unit_test(cancels_a_waiting_and_a_running_transfer),
        cmocka_unit_test(a_failed_transfer_takes_those_behind_it_along),
        cmocka_unit_test(survives_each_answer_that_the_cable_loses_or_spoils),
        cmocka_unit_test(begins_with_data0_after_set_configuration),
        cmocka_unit_test(refuses_transfers_to_unknown_endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
