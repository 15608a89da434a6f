/* Tests how the model of the host controller fills frames and microframes: how many packets, whose turn, and when.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/usb_rig.h"

/* Bulk packets in each of 20 microframes, both ways at once or one way. */
static void assert_packets(struct usb_rig *rig, bool out, bool in, unsigned least)
{
    static uint8_t buffer[65536];
    struct transfer out_one = usb_rig_out(65536, false),
                    in_one = {.endpoint = 0x81, .data = buffer, .length = 65536};
    uint64_t frame = rig->bus.host.frame;
    unsigned most = 0, fewest = 99;
    usb_rig_offer(rig, sizeof usb_pattern);
    if (out)
        host_submit(&rig->bus.host, &out_one);
    if (in)
        host_submit(&rig->bus.host, &in_one);
    while (rig->bus.host.frame < frame + 9) {
        unsigned packets = rig->bus.host.bulk_packets;
        uint64_t before = rig->bus.host.frame;
        usb_rig_step(rig);
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
    assert_packets(usb_rig_enumerated(), true, false, 13);
    assert_packets(usb_rig_enumerated(), false, true, 13);
    assert_packets(usb_rig_enumerated(), true, true, 13);
}

static void fits_fewer_packets_with_many_ones(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    memset(usb_pattern, 0xFF, sizeof usb_pattern);
    struct transfer out = usb_rig_out(65536, false);
    uint64_t frame = rig->bus.host.frame;
    usb_rig_run(rig, &out);
    assert_int_equal(out.status, 0);
    assert_in_range(rig->bus.host.frame - frame, 128 / 12, 128 / 11 + 1);
}

/* Received data may hold a stuffed bit in every six, which nobody can know before. */
static void starts_every_frame_on_time(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    static uint8_t buffer[65536];
    struct host *host = &rig->bus.host;
    for (size_t spread = 100; spread < 500; spread += 20) {
        struct transfer in = {.endpoint = 0x81, .data = buffer, .length = sizeof buffer};
        memset(usb_pattern, 0, sizeof usb_pattern);
        for (size_t i = 0; i < 128; i++)
            memset(usb_pattern + i * 512, 0xFF, i % 3 ? i * 37 % spread : 512);
        usb_rig_offer(rig, sizeof usb_pattern);
        host_submit(host, &in);
        while (!host_has_done(host)) {
            uint64_t frame = host->frame;
            usb_rig_step(rig);
            if (host->frame != frame)
                assert_int_equal(host->clock, host->frame_start);
        }
        assert_ptr_equal(host_take_done(host), &in);
        usb_rig_clocks(rig, 2000);
    }
}

static void asks_a_silent_endpoint_once_while_other_work_waits(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    uint8_t buffer[512];
    struct transfer in = {.endpoint = 0x81, .data = buffer, .length = 512},
                    out = usb_rig_out(65536, false);
    host_submit(&rig->bus.host, &in);
    uint64_t frame = rig->bus.host.frame;
    unsigned tokens = rig->device.in_tokens;
    usb_rig_run(rig, &out);
    assert_int_equal(out.actual, 65536);
    assert_in_range(rig->device.in_tokens - tokens, 8, rig->bus.host.frame - frame + 1);
    tokens = rig->device.in_tokens;
    usb_rig_clocks(rig, MICROFRAME_CLOCKS);
    assert_in_range(rig->device.in_tokens - tokens, 50, 500);
}

static void polls_an_interrupt_endpoint_at_its_interval(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    uint8_t buffer[8];
    struct transfer in = {.endpoint = 0x82, .data = buffer, .length = 8};
    uint64_t naks = rig->bus.host.counters.naks;
    host_submit(&rig->bus.host, &in);
    usb_rig_clocks(rig, 80 * MICROFRAME_CLOCKS);
    assert_in_range(rig->bus.host.counters.naks - naks, 10, 11);
    rig->device.interrupts = 1;
    usb_rig_clocks(rig, 9 * MICROFRAME_CLOCKS);
    assert_ptr_equal(host_take_done(&rig->bus.host), &in);
    assert_int_equal(in.actual, 8);
}

static void settles_once_every_waiting_endpoint_said_no(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_enumerated();
    uint8_t buffer[512];
    struct transfer in = {.endpoint = 0x81, .data = buffer, .length = 512};
    struct transfer interrupt = {.endpoint = 0x82, .data = buffer, .length = 8};
    host_submit(&rig->bus.host, &in);
    host_submit(&rig->bus.host, &interrupt);
    usb_rig_clocks(rig, 20 * MICROFRAME_CLOCKS);
    uint64_t since = rig->bus.host.clock;
    assert_false(host_settled(&rig->bus.host, since));
    int waited = 0;
    while (!host_settled(&rig->bus.host, since) && waited++ < 10000)
        usb_rig_step(rig);
    assert_in_range(waited, 1, 200);
    struct transfer out = usb_rig_out(65536, false);
    host_submit(&rig->bus.host, &out);
    usb_rig_clocks(rig, 700);
    assert_false(host_settled(&rig->bus.host, since));
}

static void keeps_frames_apart_at_full_speed(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_plug_in(true, false);
    struct bus_runner runner = {usb_rig_run, rig};
    assert_int_equal(bus_enumerate(&rig->bus, &runner, &rig->found, rig->error, sizeof rig->error),
                     0);
    host_open_pipe(&rig->bus.host, 1, PIPE_BULK, 64, 0);
    struct transfer out = usb_rig_out(64 * 19 * 4, false);
    uint64_t frame = rig->bus.host.frame;
    unsigned sofs = rig->device.sofs;
    usb_rig_run(rig, &out);
    assert_int_equal(out.status, 0);
    assert_memory_equal(rig->device.out, usb_pattern, out.length);
    assert_in_range(rig->bus.host.frame - frame, 4, 5);
    assert_int_equal(rig->device.sofs - sofs, rig->bus.host.frame - frame);
    assert_int_equal(rig->device.bad_packets, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_thirteen_packets_in_a_microframe),
        cmocka_unit_test(fits_fewer_packets_with_many_ones),
        cmocka_unit_test(starts_every_frame_on_time),
        cmocka_unit_test(asks_a_silent_endpoint_once_while_other_work_waits),
        cmocka_unit_test(polls_an_interrupt_endpoint_at_its_interval),
        cmocka_unit_test(settles_once_every_waiting_endpoint_said_no),
        cmocka_unit_test(keeps_frames_apart_at_full_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
