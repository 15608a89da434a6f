/* Tests of the whole simulated board as a network adapter, by a host that knows CDC ECM and none of our registers.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/model/model.h"
#include "tests/board/network_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECTION = 0,
    SPEED_CHANGE = 0x2A,
    LOOPBACK = 0x4140,
    LEAST = 60,
    UNTAGGED = 1514,
    MOST = 1518
};
static const uint16_t EVERYTHING = FILTER_PROMISCUOUS | FILTER_DIRECTED | FILTER_BROADCAST;

enum { QUALIFIER = 6, OTHER_SPEED = 7, SERIAL = 0x303 };

static struct network network;

/* Opens a board whose Ethernet PHY gives back what it gets. */
static struct transport *open_loop(struct sim_config *config)
{
    config->wire.backend = "none";
    struct transport *transport = rig_open(config);
    rig_await_link(transport, true);
    wire_mdio_write(sim_wire(transport), 0, 0, LOOPBACK);
    network_open(&network, transport);
    assert_int_equal(network_set_filter(&network, EVERYTHING), 0);
    return transport;
}

static void fill(uint8_t *frame, size_t length, unsigned seed)
{
    for (size_t i = 0; i < length; i++)
        frame[i] = (uint8_t)((i + 1) * (seed * 2 + 1) + (i >> 8));
    if (length)
        frame[0] &= 0xFE; /* to one station */
    if (length > UNTAGGED)
        memcpy(frame + 12, "\x81\x00", 2);
}

/* Sends a frame and expects it back, padded, and nothing else. */
static void expect_back(size_t length, unsigned seed)
{
    uint8_t frame[MOST + 1] = {0}, got[NETWORK_ROOM];
    fill(frame, length, seed);
    assert_int_equal(network_send(&network, frame, length), 0);
    memset(frame + length, 0, length < LEAST ? LEAST - length : 0);
    assert_int_equal(network_receive(&network, got), length < LEAST ? LEAST : length);
    assert_memory_equal(got, frame, length < LEAST ? LEAST : length);
}

/* ---- finding it ---- */

static void describes_itself_as_linux_looks_for_it(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    network_open(&network, transport);
    assert_int_equal(network.configuration, 2);
    assert_int_equal(network.segment, NETWORK_ROOM);
    assert_memory_equal(network.mac, "\x02\x46\x45\x00\x00\x01", 6);
    assert_int_equal(rig_read(transport, REG_MAC_LOW), 0x00454602);
    assert_int_equal(rig_read(transport, REG_CONTROL), REG_CONTROL_ENABLE);
    transport->ops->close(transport);
}

static void tells_of_the_link_and_its_speed(void **state)
{
    (void)state;
    static const uint32_t speeds[] = {10, 100, 1000};
    for (int i = 0; i < 3; i++) {
        struct sim_config config = {.wire = {.backend = "none", .speed_mbps = speeds[i]}};
        struct transport *transport = rig_open(&config);
        uint32_t value;
        rig_await_link(transport, true);
        network_open(&network, transport);
        assert_int_equal(network_notification(&network, &value), CONNECTION);
        assert_int_equal(value, 1);
        assert_int_equal(network_notification(&network, &value), SPEED_CHANGE);
        assert_int_equal(value, speeds[i] * 1000000);
        assert_int_equal(network_notification(&network, &value), -ETIMEDOUT);
        wire_set_link(sim_wire(transport), false);
        assert_int_equal(network_notification(&network, &value), CONNECTION);
        assert_int_equal(value, 0);
        wire_set_link(sim_wire(transport), true);
        assert_int_equal(network_notification(&network, &value), CONNECTION);
        assert_int_equal(value, 1);
        assert_int_equal(network_notification(&network, &value), SPEED_CHANGE);
        transport->ops->close(transport);
    }
}

/* The model's are written apart from the gates'. */
static void gives_the_descriptors_that_the_model_gives(void **state)
{
    (void)state;
    for (int full_speed = 0; full_speed < 2; full_speed++) {
        struct sim_config config = {.wire.backend = "none", .full_speed = full_speed};
        struct transport *boards[2] = {rig_open(&config), NULL};
        struct model_config model = {.wire.backend = "none", .full_speed = full_speed};
        char error[200];
        assert_int_equal(model_open(&boards[1], &model, error, sizeof error), 0);
        for (uint16_t type = 1; type < 17; type++)
            for (uint16_t index = 0; index < 7; index++) {
                uint8_t bytes[2][255];
                int got[2];
                if ((type << 8 | index) == SERIAL || type == QUALIFIER || type == OTHER_SPEED)
                    continue; /* each has its own; the model knows one speed */
                for (int i = 0; i < 2; i++)
                    got[i] = network_request(boards[i], 0x80, 6, (uint16_t)(type << 8 | index), 0,
                                             bytes[i], sizeof bytes[i]);
                assert_int_equal(got[0], got[1]);
                if (got[0] > 0)
                    assert_memory_equal(bytes[0], bytes[1], got[0]);
            }
        for (int i = 0; i < 2; i++)
            boards[i]->ops->close(boards[i]);
    }
}

/* ---- frames ---- */

static void reaches_the_other_end_of_the_wire(void **state)
{
    (void)state;
    struct sim_config config = {0};
    struct transport *transport = rig_open(&config);
    uint8_t frame[64], got[NETWORK_ROOM];
    rig_await_link(transport, true);
    network_open(&network, transport);
    assert_int_equal(network_set_filter(&network, FILTER_DIRECTED | FILTER_BROADCAST), 0);
    assert_int_equal(network_send(&network, frame, rig_arp(frame)), 0);
    assert_in_range(network_receive(&network, got), LEAST, LEAST + 4);
    assert_memory_equal(got, network.mac, 6);
    assert_memory_equal(got + 12, "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x02", 10);
    assert_memory_equal(got + 28, "\x0a\x00\x02\x02", 4);
    transport->ops->close(transport);
}

static void carries_frames_of_every_kind_of_length(bool full_speed)
{
    struct sim_config config = {.full_speed = full_speed};
    struct transport *transport = open_loop(&config);
    unsigned frames = 0, bytes = 0;
    for (size_t length = 14; length <= MOST; length++)
        if (length < 70 || length % 64 < 2 || length % 64 == 63 || length > MOST - 6) {
            expect_back(length, (unsigned)length);
            bytes += (unsigned)length;
            frames++;
        }
    assert_int_equal(rig_read(transport, REG_TX_FRAMES), frames);
    assert_int_equal(rig_read(transport, REG_RX_FRAMES), frames);
    assert_int_equal(rig_read(transport, REG_TX_BYTES), bytes);
    assert_int_equal(rig_read(transport, REG_TX_BAD_RECORDS), 0);
    assert_int_equal(rig_read(transport, REG_RX_VERIFIED), 0);
    assert_int_equal(wire_counters(sim_wire(transport))->bad_fcs, 0);
    transport->ops->close(transport);
}

static void carries_frames_of_every_kind_of_length_at_high_speed(void **state)
{
    (void)state;
    carries_frames_of_every_kind_of_length(false);
}

static void carries_frames_of_every_kind_of_length_at_full_speed(void **state)
{
    (void)state;
    carries_frames_of_every_kind_of_length(true);
}

static void drops_and_counts_transfers_that_are_no_frame(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 13, 1519, 1536, 2048, 4096, 65536};
    static uint8_t bytes[65536];
    struct sim_config config = {0};
    struct transport *transport = open_loop(&config);
    for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        fill(bytes, lengths[i], i);
        assert_int_equal(network_send(&network, bytes, lengths[i]), 0);
        assert_int_equal(network_send(&network, bytes, 0), 0); /* means nothing */
        expect_back(100 + i, i);
        assert_int_equal(rig_read(transport, REG_TX_BAD_RECORDS), i + 1);
        assert_int_equal(rig_read(transport, REG_TX_FRAMES), i + 1);
    }
    transport->ops->close(transport);
}

static void delivers_what_the_filter_says(void **state)
{
    (void)state;
    static const uint8_t to[4][6] = {{2, 0x46, 0x45, 0, 0, 1}, /* the board */
                                     {255, 255, 255, 255, 255, 255},
                                     {1, 0, 0x5E, 0, 0, 251},
                                     {2, 0x46, 0x45, 0, 0, 2}};
    static const struct {
        uint16_t filter;
        bool delivered[4];
    } cases[] = {{FILTER_DIRECTED | FILTER_BROADCAST, {true, true, false, false}},
                 {FILTER_DIRECTED | FILTER_BROADCAST | 16, {true, true, true, false}},
                 {FILTER_ALL_MULTICAST, {true, true, true, false}},
                 {FILTER_PROMISCUOUS, {true, true, true, true}}};
    struct sim_config config = {0};
    struct transport *transport = open_loop(&config);
    uint32_t refused = 0;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(network_set_filter(&network, cases[i].filter), 0);
        for (unsigned k = 0; k < 4; k++) {
            uint8_t frame[80] = {0}, got[NETWORK_ROOM];
            memcpy(frame, to[k], 6);
            frame[20] = (uint8_t)(i * 4 + k);
            assert_int_equal(network_send(&network, frame, sizeof frame), 0);
            refused += !cases[i].delivered[k];
            if (!cases[i].delivered[k]) {
                rig_wait(transport, 20000);
                continue;
            }
            assert_int_equal(network_receive(&network, got), sizeof frame);
            assert_memory_equal(got, frame, sizeof frame);
        }
    }
    assert_int_equal(rig_read(transport, REG_RX_FILTERED), refused);
    assert_int_equal(network_set_filter(&network, 0x20), -EPIPE);
    transport->ops->close(transport);
}

/* ---- changing one's mind ---- */

static void begins_anew_with_each_alternate_setting(void **state)
{
    (void)state;
    struct sim_config config = {0};
    struct transport *transport = open_loop(&config);
    uint8_t frame[600];
    uint32_t value;
    assert_int_equal(network_notification(&network, &value), CONNECTION);
    for (unsigned i = 0; i < 20; i++) {
        fill(frame, sizeof frame, i);
        for (unsigned k = 0; k < i % 4; k++) /* they wait in the board */
            assert_int_equal(network_send(&network, frame, sizeof frame), 0);
        if (i % 2) {
            assert_int_equal(network_set_data(&network, 0), 0);
            assert_int_equal(network_send(&network, frame, sizeof frame), -EINVAL);
            rig_wait(transport, 100000);
            assert_int_equal(rig_read(transport, REG_CONTROL), 0);
        }
        assert_int_equal(network_set_data(&network, 1), 0);
        expect_back(60 + i, 100 + i);
        assert_int_equal(network_notification(&network, &value), CONNECTION);
        assert_int_equal(value, 1);
    }
    fill(frame, 512, 0); /* half a frame, whose rest never comes */
    struct transfer half = {.endpoint = 0x01, .data = frame, .length = 512};
    assert_int_equal(rig_run(transport, &half), 0);
    assert_int_equal(network_set_data(&network, 1), 0);
    expect_back(700, 7);
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
    fill(frame, sizeof frame, seed);
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
    struct transport *transport = open_loop(&config);
    uint32_t bad = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        bool frames = round % 2 == 0;
        struct transfer sends[FLIGHT], receives[FLIGHT];
        unsigned ended = 0;
        if (!frames)
            rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS);
        for (unsigned i = 0; i < FLIGHT; i++) {
            uint8_t frame[1500];
            fill(frame, sizeof frame, round * FLIGHT + i);
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
            assert_int_equal(network_set_filter(&network, EVERYTHING), 0);
            expect_back(300 + round, round);
        }
        bad += rig_read(transport, REG_TX_BAD_RECORDS);
    }
    assert_int_equal(bad, 0);
    transport->ops->close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(describes_itself_as_linux_looks_for_it),
        cmocka_unit_test(tells_of_the_link_and_its_speed),
        cmocka_unit_test(gives_the_descriptors_that_the_model_gives),
        cmocka_unit_test(reaches_the_other_end_of_the_wire),
        cmocka_unit_test(carries_frames_of_every_kind_of_length_at_high_speed),
        cmocka_unit_test(carries_frames_of_every_kind_of_length_at_full_speed),
        cmocka_unit_test(drops_and_counts_transfers_that_are_no_frame),
        cmocka_unit_test(delivers_what_the_filter_says),
        cmocka_unit_test(begins_anew_with_each_alternate_setting),
        cmocka_unit_test(changes_configurations_while_frames_are_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
