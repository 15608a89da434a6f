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
#include <string.h>

enum { CONNECTION = 0, SPEED_CHANGE = 0x2A, LEAST = 60, MOST = 1518 };
enum { QUALIFIER = 6, OTHER_SPEED = 7, SERIAL = 0x303 };

static struct network network;

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
    struct transport *transport = network_open_loop(&network, &config);
    unsigned frames = 0, bytes = 0;
    for (size_t length = 14; length <= MOST; length++)
        if (length < 70 || length % 64 < 2 || length % 64 == 63 || length > MOST - 6) {
            network_expect_back(&network, length, (unsigned)length);
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
    struct transport *transport = network_open_loop(&network, &config);
    for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        network_fill(bytes, lengths[i], i);
        assert_int_equal(network_send(&network, bytes, lengths[i]), 0);
        assert_int_equal(network_send(&network, bytes, 0), 0); /* means nothing */
        network_expect_back(&network, 100 + i, i);
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
    struct transport *transport = network_open_loop(&network, &config);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
