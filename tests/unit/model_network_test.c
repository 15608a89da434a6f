/* The C model as a network adapter (CDC ECM): interfaces, notifications, frames both ways. Its PHY's loopback shows the
 * frames.
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

#include "tests/unit/model_rig.h"

enum { PROMISCUOUS = 1, ALL_MULTICAST = 2, DIRECTED = 4, MULTICAST = 16, ROOM = 1518 };

static int request(struct rig *rig, uint8_t type, uint8_t code, uint16_t value, uint16_t index)
{
    return rig_control(rig, type, code, value, index, NULL, 0);
}

/* In configuration 2, with this alternate setting of its data interface. */
static void open_network(struct rig *rig, uint16_t alternate)
{
    rig_open(rig, 0);
    rig_loop_back(rig);
    assert_int_equal(request(rig, 0, 9, 2, 0), 0);
    assert_int_equal(request(rig, 1, 11, alternate, 1), 0);
    assert_int_equal(request(rig, 0x21, 0x43, PROMISCUOUS, 0), 0);
}

/* Sends a frame and gets it back, padded. */
static void expect_back(struct rig *rig, size_t length, uint8_t seed)
{
    uint8_t frame[ROOM] = {0}, got[ROOM];

    for (size_t i = 0; i < length; i++)
        frame[i] = (uint8_t)(2 * (i + seed));
    assert_int_equal(rig_send_bytes(rig, frame, length, true), length);
    assert_int_equal(rig_receive(rig, got, ROOM), length < 60 ? 60 : length);
    assert_memory_equal(got, frame, length < 60 ? 60 : length);
}

static void carries_frames_of_every_length(void **state)
{
    struct rig rig;
    unsigned count = 0;

    (void)state;
    open_network(&rig, 1);
    for (size_t length = 14; length <= 1514; length++, count++)
        expect_back(&rig, length, (uint8_t)length);
    assert_int_equal(rig_get(&rig, REG_TX_FRAMES), count);
    assert_int_equal(rig_get(&rig, REG_RX_FRAMES), count);
    assert_int_equal(rig_get(&rig, REG_RX_VERIFIED), 0);
    assert_int_equal(rig_get(&rig, REG_TX_BAD_RECORDS), 0);
    rig_close(&rig);
}

static void drops_and_counts_transfers_that_are_no_frame(void **state)
{
    static const size_t lengths[] = {1, 13, 1519, 2048, 5000};
    static uint8_t bytes[5000];
    struct rig rig;

    (void)state;
    open_network(&rig, 1);
    for (unsigned i = 0; i < 5; i++) {
        rig_send_bytes(&rig, bytes, lengths[i], true);
        rig_send_bytes(&rig, bytes, 0, true);
        expect_back(&rig, 70, (uint8_t)i);
        assert_int_equal(rig_get(&rig, REG_TX_BAD_RECORDS), i + 1);
        assert_int_equal(rig_get(&rig, REG_TX_FRAMES), i + 1);
    }
    rig_close(&rig);
}

static void has_bulk_endpoints_in_alternate_setting_1_alone(void **state)
{
    struct rig rig;
    uint8_t out[2] = {9, 9}, frame[60] = {0}, got[ROOM];

    (void)state;
    open_network(&rig, 0);
    assert_int_equal(rig_get(&rig, REG_CONTROL), 0);
    assert_int_equal(rig_send_bytes(&rig, frame, sizeof frame, true), -ECANCELED);
    assert_int_equal(rig_control(&rig, 0x82, 0, 0, OUT, out, 2), -EPIPE);
    assert_int_equal(rig_control(&rig, 0x82, 0, 0, INTERRUPT, out, 2), 2);
    for (uint16_t alternate = 0; alternate < 2; alternate++) {
        assert_int_equal(request(&rig, 1, 11, alternate, 1), 0);
        assert_int_equal(rig_control(&rig, 0x81, 10, 0, 1, out, 1), 1);
        assert_int_equal(out[0], alternate);
        assert_int_equal(rig_control(&rig, 0x81, 10, 0, 0, out, 1), 1);
        assert_int_equal(out[0], 0);
    }
    assert_int_equal(rig_get(&rig, REG_CONTROL), REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS);
    assert_int_equal(rig_send_bytes(&rig, frame, sizeof frame, true), sizeof frame);
    assert_int_equal(request(&rig, 1, 11, 1, 1), 0); /* what was under way is gone */
    assert_int_equal(rig_receive(&rig, got, ROOM), -ECANCELED);
    expect_back(&rig, 100, 1);
    rig_close(&rig);
}

static void stalls_requests_that_are_wrong(void **state)
{
    static const uint16_t cases[][4] = {
        {1, 11, 1, 0},      {1, 11, 2, 1},      {1, 11, 0, 2},      {0x21, 0x43, 0x20, 0},
        {0x21, 0x43, 1, 1}, {0x21, 0x40, 0, 0}, {0x21, 0x42, 0, 0}, {0x40, 1, 0, 0x10},
    };
    struct rig rig;
    uint8_t data[4] = {0};

    (void)state;
    open_network(&rig, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (rig_control(&rig, (uint8_t)cases[i][0], (uint8_t)cases[i][1], cases[i][2], cases[i][3],
                        data, cases[i][0] == 0x40 ? 4 : 0) != -EPIPE)
            fail_msg("case %zu was answered", i);
    assert_int_equal(request(&rig, 0, 9, 1, 0), 0);
    assert_int_equal(request(&rig, 0x21, 0x43, 1, 0), -EPIPE);
    assert_int_equal(rig_control(&rig, 0x81, 10, 0, 1, data, 1), -EPIPE);
    rig_set(&rig, REG_CONTROL, 0);
    rig_close(&rig);
}

static void notifies_of_the_link_and_its_speed(void **state)
{
    static const uint8_t up[8] = {0xA1, 0, 1}, down[8] = {0xA1},
                         gigabit[16] = {0xA1, 0x2A, 0,    0,    0,    0,    8,    0,
                                        0x00, 0xCA, 0x9A, 0x3B, 0x00, 0xCA, 0x9A, 0x3B};
    struct rig rig;
    uint8_t data[16];
    struct transfer transfer = {.endpoint = INTERRUPT, .data = data, .length = 16};

    (void)state;
    open_network(&rig, 0);
    assert_int_equal(rig_run(&rig, &transfer), -ECANCELED);
    for (int i = 0; i < 2; i++) { /* and anew for whoever sets it again */
        assert_int_equal(request(&rig, 1, 11, 1, 1), 0);
        assert_int_equal(rig_run(&rig, &transfer), 8);
        assert_memory_equal(data, up, 8);
        assert_int_equal(rig_run(&rig, &transfer), 16);
        assert_memory_equal(data, gigabit, 16);
        assert_int_equal(rig_run(&rig, &transfer), -ECANCELED);
    }
    wire_set_link(model_wire(rig.board), false);
    assert_int_equal(rig_run(&rig, &transfer), 8);
    assert_memory_equal(data, down, 8);
    assert_int_equal(rig_run(&rig, &transfer), -ECANCELED);
    rig_close(&rig);
}

static void sets_the_filter_and_its_own_mac_address(void **state)
{
    static const uint16_t cases[][2] = {{0, 0},
                                        {PROMISCUOUS, REG_CONTROL_PROMISCUOUS},
                                        {ALL_MULTICAST | DIRECTED, REG_CONTROL_ALL_MULTICAST},
                                        {MULTICAST, REG_CONTROL_ALL_MULTICAST}};
    struct rig rig;

    (void)state;
    rig_open(&rig, 0);
    rig_set(&rig, REG_MAC_LOW, 0x12345678);
    assert_int_equal(request(&rig, 0, 9, 2, 0), 0);
    assert_int_equal(rig_get(&rig, REG_MAC_LOW), 0x00454602);
    assert_int_equal(request(&rig, 1, 11, 1, 1), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(request(&rig, 0x21, 0x43, cases[i][0], 0), 0);
        assert_int_equal(rig_get(&rig, REG_CONTROL), cases[i][1] | REG_CONTROL_ENABLE);
    }
    assert_int_equal(request(&rig, 0, 9, 1, 0), 0);
    assert_int_equal(rig_get(&rig, REG_CONTROL), 0);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_frames_of_every_length),
        cmocka_unit_test(drops_and_counts_transfers_that_are_no_frame),
        cmocka_unit_test(has_bulk_endpoints_in_alternate_setting_1_alone),
        cmocka_unit_test(stalls_requests_that_are_wrong),
        cmocka_unit_test(notifies_of_the_link_and_its_speed),
        cmocka_unit_test(sets_the_filter_and_its_own_mac_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
