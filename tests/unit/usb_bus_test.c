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
#include <string.h>

#include "sim/bus/bus.h"
#include "tests/unit/ulpi_device.h"

enum { PATIENCE_CLOCKS = 3000000 };

struct rig {
    struct bus bus;
    struct ulpi_device device;
    struct bus_device found;
    char error[200];
};

static uint8_t pattern[65536];

static void step(struct rig *rig)
{
    struct ulpi_phy pins = rig->bus.phy.pins;
    bus_clock(&rig->bus, rig->device.drive);
    ulpi_device_clock(&rig->device, pins);
}

static void run_clocks(struct rig *rig, uint64_t clocks)
{
    while (clocks--)
        step(rig);
}

/* Returns a few clocks after the end, when the device too has seen the last handshake. */
static int run(void *user, struct transfer *transfer)
{
    struct rig *rig = user;
    int result = host_submit(&rig->bus.host, transfer);
    for (int i = 0; result == 0 && i < PATIENCE_CLOCKS; i++) {
        step(rig);
        if (host_take_done(&rig->bus.host)) {
            run_clocks(rig, 8);
            return 0;
        }
    }
    return result ? result : -ETIMEDOUT;
}

static struct rig *plug_in(bool refuse_high_speed, bool no_chirp)
{
    static struct rig rig;
    memset(&rig, 0, sizeof rig);
    bus_init(&rig.bus, refuse_high_speed);
    ulpi_device_init(&rig.device);
    rig.device.no_chirp = no_chirp;
    for (int i = 0; i < PATIENCE_CLOCKS && rig.bus.port.state != PORT_ENABLED; i++)
        step(&rig);
    assert_int_equal(rig.bus.port.state, PORT_ENABLED);
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 7 + i / 256);
    return &rig;
}

static struct rig *enumerated(void)
{
    struct rig *rig = plug_in(false, false);
    struct bus_runner runner = {run, rig};
    assert_int_equal(bus_enumerate(&rig->bus, &runner, &rig->found, rig->error, sizeof rig->error),
                     0);
    return rig;
}

static struct transfer out_transfer(uint32_t length, bool zero_packet)
{
    return (struct transfer){
        .endpoint = 1, .data = pattern, .length = length, .zero_packet = zero_packet};
}

static void offer(struct rig *rig, size_t len)
{
    rig->device.in = pattern;
    rig->device.in_len = len;
    rig->device.in_at = 0;
    rig->device.in_open = true;
}

static void reaches_high_speed_by_chirps(void **state)
{
    (void)state;
    struct rig *rig = plug_in(false, false);
    assert_true(rig->bus.port.high_speed);
    assert_true(rig->device.high_speed);
    run_clocks(rig, 10 * MICROFRAME_CLOCKS);
    assert_in_range(rig->device.sofs, 10, 11);
    assert_int_equal(rig->device.bad_packets, 0);
}

static void leaves_a_device_at_full_speed_if_told(void **state)
{
    (void)state;
    struct rig *rig = plug_in(true, false);
    assert_false(rig->bus.port.high_speed);
    assert_false(rig->device.high_speed);
    run_clocks(rig, 10 * FRAME_CLOCKS);
    assert_in_range(rig->device.sofs, 10, 11);
}

static void enumerates_at_both_speeds(void **state)
{
    (void)state;
    for (int full = 0; full < 2; full++) {
        struct rig *rig = plug_in(false, full);
        struct bus_runner runner = {run, rig};
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
    struct rig *rig = enumerated();
    struct transfer transfer = out_transfer(1300, false);
    assert_int_equal(run(rig, &transfer), 0);
    assert_int_equal(transfer.status, 0);
    assert_int_equal(transfer.actual, 1300);
    assert_int_equal(rig->device.out_packets, 3);
    assert_memory_equal(rig->device.out, pattern, 1300);
}

static void adds_an_empty_packet_only_to_full_ones(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    struct transfer plain = out_transfer(1024, false), closed = out_transfer(1024, true),
                    loose = out_transfer(1000, true);
    run(rig, &plain);
    assert_int_equal(rig->device.out_ends, 0);
    run(rig, &closed);
    assert_int_equal(rig->device.out_ends, 1);
    assert_int_equal(rig->device.out_packets, 5);
    run(rig, &loose);
    assert_int_equal(rig->device.out_packets, 7);
    assert_int_equal(closed.actual, 1024);
}

static void asks_for_room_by_ping_after_nyet_and_nak(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    struct transfer transfer = out_transfer(512 * 4, false);
    rig->device.manners.nyet = true;
    run(rig, &transfer);
    assert_int_equal(transfer.status, 0);
    assert_int_equal(rig->device.pings, 3);
    assert_int_equal(rig->device.out_tokens, 4);
    rig->device.manners = (struct device_manners){.naks = 20};
    struct transfer again = out_transfer(512, false);
    run(rig, &again);
    assert_int_equal(again.status, 0);
    assert_memory_equal(rig->device.out + 2048, pattern, 512);
    assert_in_range(rig->device.out_tokens, 5, 6);
}

static void ends_an_in_transfer_at_a_short_packet(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    uint8_t buffer[4096];
    struct transfer transfer = {.endpoint = 0x81, .data = buffer, .length = sizeof buffer};
    offer(rig, 1500);
    run(rig, &transfer);
    assert_int_equal(transfer.status, 0);
    assert_int_equal(transfer.actual, 1500);
    assert_memory_equal(buffer, pattern, 1500);
    offer(rig, 1024);
    run(rig, &transfer);
    assert_int_equal(transfer.actual, 1024);
    assert_int_equal(rig->device.in_at, 1024);
    assert_false(rig->device.in_open);
}

static void repairs_lost_and_damaged_packets(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    uint8_t buffer[4096];
    struct transfer in = {.endpoint = 0x81, .data = buffer, .length = sizeof buffer};
    offer(rig, 1500);
    rig->device.manners =
        (struct device_manners){.silences = 2, .bad_crcs = 2, .repeats = 2, .naks = 1};
    run(rig, &in);
    assert_int_equal(in.status, 0);
    assert_int_equal(in.actual, 1500);
    assert_memory_equal(buffer, pattern, 1500);
    assert_int_equal(rig->bus.host.counters.crc_errors, 2);
    struct transfer out = out_transfer(2000, false);
    rig->device.manners = (struct device_manners){.silences = 2};
    run(rig, &out);
    assert_int_equal(out.status, 0);
    assert_memory_equal(rig->device.out, pattern, 2000);
    assert_in_range(rig->device.pings, 2, 3);
}

static void gives_up_after_three_errors(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    uint8_t buffer[512];
    struct transfer in = {.endpoint = 0x81, .data = buffer, .length = sizeof buffer};
    offer(rig, 100);
    rig->device.manners.silences = 3;
    run(rig, &in);
    assert_int_equal(in.status, -EPROTO);
    assert_int_equal(rig->device.in_tokens, 3);
    struct transfer again = in;
    run(rig, &again);
    assert_int_equal(again.status, 0);
    assert_int_equal(again.actual, 100);
}

static void tells_a_stall_and_clears_it(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    struct transfer out = out_transfer(512, false);
    run(rig, &out);
    rig->device.manners.stall = true;
    run(rig, &out);
    assert_int_equal(out.status, -EPIPE);
    struct transfer clear = {.setup = {2, 1, 0, 0, 1, 0, 0, 0}};
    run(rig, &clear);
    assert_int_equal(clear.status, 0);
    run(rig, &out);
    assert_int_equal(out.status, 0);
    assert_int_equal(rig->device.out_packets, 2);
}

static void reports_more_data_than_room_as_overflow(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    uint8_t buffer[600];
    struct transfer in = {.endpoint = 0x81, .data = buffer, .length = sizeof buffer};
    offer(rig, 1024);
    run(rig, &in);
    assert_int_equal(in.status, -EOVERFLOW);
    assert_int_equal(in.actual, 512);
    rig = enumerated();
    offer(rig, 1024);
    rig->device.manners.oversize = 100;
    in.length = sizeof buffer;
    run(rig, &in);
    assert_int_equal(in.status, -EOVERFLOW);
    assert_int_equal(in.actual, 0);
}

static void cancels_a_waiting_and_a_running_transfer(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    uint8_t buffer[512];
    struct transfer first = {.endpoint = 0x81, .data = buffer, .length = 512}, second = first,
                    third = first;
    host_submit(&rig->bus.host, &first);
    host_submit(&rig->bus.host, &second);
    host_submit(&rig->bus.host, &third);
    run_clocks(rig, 1013);
    host_cancel(&rig->bus.host, &second);
    assert_ptr_equal(host_take_done(&rig->bus.host), &second);
    assert_int_equal(second.status, -ECANCELED);
    while (rig->bus.host.now.phase == PHASE_FREE)
        step(rig);
    host_cancel(&rig->bus.host, &first);
    assert_null(host_take_done(&rig->bus.host));
    run_clocks(rig, 1000);
    assert_ptr_equal(host_take_done(&rig->bus.host), &first);
    assert_int_equal(first.status, -ECANCELED);
    offer(rig, 10);
    run_clocks(rig, 1000);
    assert_ptr_equal(host_take_done(&rig->bus.host), &third);
    assert_int_equal(third.actual, 10);
    host_end_all(&rig->bus.host, -ENODEV);
    assert_null(host_take_done(&rig->bus.host));
}

/* Bulk packets in each of 20 microframes, both ways at once or one way. */
static void assert_packets(struct rig *rig, bool out, bool in, unsigned least)
{
    static uint8_t buffer[65536];
    struct transfer out_one = out_transfer(65536, false),
                    in_one = {.endpoint = 0x81, .data = buffer, .length = 65536};
    uint64_t frame = rig->bus.host.frame;
    unsigned most = 0, fewest = 99;
    offer(rig, sizeof pattern);
    if (out)
        host_submit(&rig->bus.host, &out_one);
    if (in)
        host_submit(&rig->bus.host, &in_one);
    while (rig->bus.host.frame < frame + 9) {
        unsigned packets = rig->bus.host.bulk_packets;
        uint64_t before = rig->bus.host.frame;
        step(rig);
        if (rig->bus.host.frame == before || before == frame)
            continue;
        most = packets > most ? packets : most;
        fewest = packets < fewest ? packets : fewest;
    }
    assert_in_range(most, least, HIGH_BULK_PACKETS);
    assert_in_range(fewest, least, HIGH_BULK_PACKETS);
}

static void carries_thirteen_packets_in_a_microframe(void **state)
{
    (void)state;
    assert_packets(enumerated(), true, false, 13);
    assert_packets(enumerated(), false, true, 13);
    assert_packets(enumerated(), true, true, 13);
}

static void fits_fewer_packets_with_many_ones(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    memset(pattern, 0xFF, sizeof pattern);
    struct transfer out = out_transfer(65536, false);
    uint64_t frame = rig->bus.host.frame;
    run(rig, &out);
    assert_int_equal(out.status, 0);
    assert_in_range(rig->bus.host.frame - frame, 128 / 12, 128 / 11 + 1);
}

/* Received data may hold a stuffed bit in every six, which nobody can know before. */
static void starts_every_frame_on_time(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    static uint8_t buffer[65536];
    struct host *host = &rig->bus.host;
    for (size_t spread = 100; spread < 500; spread += 20) {
        struct transfer in = {.endpoint = 0x81, .data = buffer, .length = sizeof buffer};
        memset(pattern, 0, sizeof pattern);
        for (size_t i = 0; i < 128; i++)
            memset(pattern + i * 512, 0xFF, i % 3 ? i * 37 % spread : 512);
        offer(rig, sizeof pattern);
        host_submit(host, &in);
        while (!host_has_done(host)) {
            uint64_t frame = host->frame;
            step(rig);
            if (host->frame != frame)
                assert_int_equal(host->clock, host->frame_start);
        }
        assert_ptr_equal(host_take_done(host), &in);
        run_clocks(rig, 2000);
    }
}

static void begins_with_data0_after_set_configuration(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    struct transfer out = out_transfer(512, false), configure = {.setup = {0, 9, 1, 0, 0, 0, 0, 0}};
    run(rig, &out);
    run(rig, &configure);
    run(rig, &out);
    assert_int_equal(rig->device.out_packets, 2);
}

static void asks_a_silent_endpoint_once_while_other_work_waits(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    uint8_t buffer[512];
    struct transfer in = {.endpoint = 0x81, .data = buffer, .length = 512},
                    out = out_transfer(65536, false);
    host_submit(&rig->bus.host, &in);
    uint64_t frame = rig->bus.host.frame;
    unsigned tokens = rig->device.in_tokens;
    run(rig, &out);
    assert_int_equal(out.actual, 65536);
    assert_in_range(rig->device.in_tokens - tokens, 8, rig->bus.host.frame - frame + 1);
    tokens = rig->device.in_tokens;
    run_clocks(rig, MICROFRAME_CLOCKS);
    assert_in_range(rig->device.in_tokens - tokens, 50, 500);
}

static void polls_an_interrupt_endpoint_at_its_interval(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    uint8_t buffer[8];
    struct transfer in = {.endpoint = 0x82, .data = buffer, .length = 8};
    uint64_t naks = rig->bus.host.counters.naks;
    host_submit(&rig->bus.host, &in);
    run_clocks(rig, 80 * MICROFRAME_CLOCKS);
    assert_in_range(rig->bus.host.counters.naks - naks, 10, 11);
    rig->device.interrupts = 1;
    run_clocks(rig, 9 * MICROFRAME_CLOCKS);
    assert_ptr_equal(host_take_done(&rig->bus.host), &in);
    assert_int_equal(in.actual, 8);
}

static void settles_once_every_waiting_endpoint_said_no(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
    uint8_t buffer[512];
    struct transfer in = {.endpoint = 0x81, .data = buffer, .length = 512};
    struct transfer interrupt = {.endpoint = 0x82, .data = buffer, .length = 8};
    host_submit(&rig->bus.host, &in);
    host_submit(&rig->bus.host, &interrupt);
    run_clocks(rig, 20 * MICROFRAME_CLOCKS);
    uint64_t since = rig->bus.host.clock;
    assert_false(host_settled(&rig->bus.host, since));
    int waited = 0;
    while (!host_settled(&rig->bus.host, since) && waited++ < 10000)
        step(rig);
    assert_in_range(waited, 1, 200);
    struct transfer out = out_transfer(65536, false);
    host_submit(&rig->bus.host, &out);
    run_clocks(rig, 700);
    assert_false(host_settled(&rig->bus.host, since));
}

static void keeps_frames_apart_at_full_speed(void **state)
{
    (void)state;
    struct rig *rig = plug_in(true, false);
    struct bus_runner runner = {run, rig};
    assert_int_equal(bus_enumerate(&rig->bus, &runner, &rig->found, rig->error, sizeof rig->error),
                     0);
    host_open_pipe(&rig->bus.host, 1, PIPE_BULK, 64, 0);
    struct transfer out = out_transfer(64 * 19 * 4, false);
    uint64_t frame = rig->bus.host.frame;
    unsigned sofs = rig->device.sofs;
    run(rig, &out);
    assert_int_equal(out.status, 0);
    assert_memory_equal(rig->device.out, pattern, out.length);
    assert_in_range(rig->bus.host.frame - frame, 4, 5);
    assert_int_equal(rig->device.sofs - sofs, rig->bus.host.frame - frame);
    assert_int_equal(rig->device.bad_packets, 0);
}

static void refuses_transfers_to_unknown_endpoints(void **state)
{
    (void)state;
    struct rig *rig = enumerated();
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
        cmocka_unit_test(carries_thirteen_packets_in_a_microframe),
        cmocka_unit_test(fits_fewer_packets_with_many_ones),
        cmocka_unit_test(starts_every_frame_on_time),
        cmocka_unit_test(begins_with_data0_after_set_configuration),
        cmocka_unit_test(asks_a_silent_endpoint_once_while_other_work_waits),
        cmocka_unit_test(polls_an_interrupt_endpoint_at_its_interval),
        cmocka_unit_test(settles_once_every_waiting_endpoint_said_no),
        cmocka_unit_test(keeps_frames_apart_at_full_speed),
        cmocka_unit_test(refuses_transfers_to_unknown_endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
