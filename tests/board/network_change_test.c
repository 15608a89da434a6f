/* Tests of the whole simulated board as a network adapter whose host changes its mind: alternate settings and
 * configurations, with frames under way.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/board/network_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

enum { CONNECTION = 0 };

static struct network network;

static void begins_anew_with_each_alternate_setting(void **state)
{
    (void)state;
    struct sim_config config = {0};
    struct transport *transport = network_open_loop(&network, &config);
    uint8_t frame[600];
    uint32_t value;
    assert_int_equal(network_notification(&network, &value), CONNECTION);
    for (unsigned i = 0; i < 20; i++) {
        network_fill(frame, sizeof frame, i);
        for (unsigned k = 0; k < i % 4; k++) /* they wait in the board */
            assert_int_equal(network_send(&network, frame, sizeof frame), 0);
        if (i % 2) {
            assert_int_equal(network_set_data(&network, 0), 0);
            assert_int_equal(network_send(&network, frame, sizeof frame), -EINVAL);
            rig_wait(transport, 100000);
            assert_int_equal(rig_read(transport, REG_CONTROL), 0);
        }
        assert_int_equal(network_set_data(&network, 1), 0);
        network_expect_back(&network, 60 + i, 100 + i);
        assert_int_equal(network_notification(&network, &value), CONNECTION);
        assert_int_equal(value, 1);
    }
    network_fill(frame, 512, 0); /* half a frame, whose rest never comes */
    struct transfer half = {.endpoint = 0x01, .data = frame, .length = 512};
    assert_int_equal(rig_run(transport, &half), 0);
    assert_int_equal(network_set_data(&network, 1), 0);
    network_expect_back(&network, 700, 7);
    assert_int_equal(rig_read(transport, REG_TX_BAD_RECORDS), 0);
    transport->ops->close(transport);
}

static void note_end(struct transfer *transfer)
{
    ++*(unsigned *)transfer->user;
}

/* Lets configuration 1 send a record and get it back. */
static void expect_record_back(struct transport *transport, unsigned seed)
{
    uint8_t frame[200], out[256], in[2048];
    network_fill(frame, sizeof frame, seed);
    rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS);
    struct transfer send = {.endpoint = 0x01, .data = out, .zero_packet = true};
    send.length = (uint32_t)rig_record(out, 0, frame, sizeof frame);
    struct transfer receive = {.endpoint = 0x81, .data = in, .length = sizeof in};
    assert_int_equal(rig_run(transport, &send), 0);
    assert_int_equal(rig_run(transport, &receive), 0);
    assert_int_equal(receive.actual, 216);
    assert_memory_equal(in + 16, frame, sizeof frame);
}

/* Puts transfers in flight both ways, lets them go on for a while, and chooses another configuration in the middle. */
static void changes_configurations_while_frames_are_under_way(void **state)
{
    enum { FLIGHT = 6, ROUNDS = 40 };
    (void)state;
    static uint8_t out[FLIGHT][1600], in[FLIGHT][2048];
    struct sim_config config = {0};
    struct transport *transport = network_open_loop(&network, &config);
    uint32_t bad = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        bool frames = round % 2 == 0;
        struct transfer sends[FLIGHT], receives[FLIGHT];
        unsigned ended = 0;
        if (!frames)
            rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS);
        for (unsigned i = 0; i < FLIGHT; i++) {
            uint8_t frame[1500];
            network_fill(frame, sizeof frame, round * FLIGHT + i);
            size_t length = frames ? sizeof frame : rig_record(out[i], 0, frame, sizeof frame);
            if (frames)
                memcpy(out[i], frame, sizeof frame);
            sends[i] = (struct transfer){.endpoint = 0x01, .data = out[i], .user = &ended};
            sends[i].length = (uint32_t)length;
            receives[i] = (struct transfer){.endpoint = 0x81, .data = in[i], .user = &ended};
            receives[i].length = frames ? NETWORK_ROOM : 2048;
            sends[i].done = receives[i].done = note_end;
            assert_int_equal(transport->ops->submit(transport, &sends[i]), 0);
            assert_int_equal(transport->ops->submit(transport, &receives[i]), 0);
        }
        rig_wait(transport, 1000 + round * 4111 % 120000);
        for (unsigned i = 0; i < 2 * FLIGHT; i++) /* as a kernel does first */
            transport->ops->cancel(transport, i % 2 ? &sends[i / 2] : &receives[i / 2]);
        while (ended < 2 * FLIGHT)
            transport->ops->poll(transport, rig_wall_ns(), TIME_NEVER);
        assert_int_equal(network_request(transport, 0, 9, frames ? 1 : 2, 0, NULL, 0), 0);
        if (frames) {
            expect_record_back(transport, round);
        } else {
            assert_int_equal(network_set_data(&network, 1), 0);
            assert_int_equal(network_set_filter(&network, FILTER_EVERYTHING), 0);
            network_expect_back(&network, 300 + round, round);
        }
        bad += rig_read(transport, REG_TX_BAD_RECORDS);
    }
    assert_int_equal(bad, 0);
    transport->ops->close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_anew_with_each_alternate_setting),
        cmocka_unit_test(changes_configurations_while_frames_are_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
