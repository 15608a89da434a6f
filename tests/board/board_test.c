/* Tests the whole simulated board: enumeration, registers and frames, from USB transfers to the wire.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/board/board_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

static void close_board(struct transport *transport)
{
    transport->ops->close(transport);
}

static void enumerates_at_high_speed(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    assert_int_equal(transport->speed, SPEED_HIGH);
    assert_string_equal(transport->serial, "00000001");
    close_board(transport);
}

static void falls_back_to_full_speed(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none", .full_speed = true};
    struct transport *transport = rig_open(&config);
    assert_int_equal(transport->speed, SPEED_FULL);
    assert_int_equal(rig_read(transport, REG_ID), REG_ID_VALUE);
    close_board(transport);
}

static void reads_and_writes_registers(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    assert_int_equal(rig_read(transport, REG_ID), REG_ID_VALUE);
    assert_int_equal(rig_read(transport, REG_CLOCK), 60000000);
    rig_write(transport, REG_MAC_LOW, 0x04030201);
    assert_int_equal(rig_read(transport, REG_MAC_LOW), 0x04030201);
    close_board(transport);
}

static void refuses_an_unknown_request_and_goes_on(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    uint8_t data[64];
    struct transfer transfer = {.setup = {0xC0, 99, 0, 0, 0, 0, 64, 0}, .data = data, .length = 64};
    assert_int_equal(rig_run(transport, &transfer), -EPIPE);
    assert_int_equal(rig_read(transport, REG_ID), REG_ID_VALUE);
    close_board(transport);
}

static void follows_the_link(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    rig_await_link(transport, true);
    wire_set_link(sim_wire(transport), false);
    rig_await_link(transport, false);
    close_board(transport);
}

/* The interrupt endpoint tells a change while nothing else goes on and the clocks stand still. */
static void tells_a_change_of_the_link_by_interrupt(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    uint8_t data[8];
    struct transfer transfer = {.endpoint = 0x82, .data = data, .length = 8};
    rig_await_link(transport, true);
    assert_int_equal(rig_run(transport, &transfer), 0);
    assert_int_equal(transfer.actual, 8);
    while (data[0] % 2 == 0)
        assert_int_equal(rig_run(transport, &transfer), 0);
    wire_set_link(sim_wire(transport), false);
    assert_int_equal(rig_run(transport, &transfer), 0);
    assert_int_equal(data[0] % 2, 0);
    close_board(transport);
}

static void sends_an_arp_request_and_receives_the_answer(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = NULL};
    struct transport *transport = rig_open(&config);
    uint8_t frame[64], out[256], in[16384];
    rig_await_link(transport, true);
    rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS);
    struct transfer send = {.endpoint = 0x01, .data = out, .zero_packet = true};
    send.length = (uint32_t)rig_record(out, 0, frame, rig_arp(frame));
    struct transfer receive = {.endpoint = 0x81, .data = in, .length = sizeof in};
    assert_int_equal(rig_run(transport, &send), 0);
    assert_int_equal(rig_run(transport, &receive), 0);
    assert_true(receive.actual >= 16 + 42);
    assert_int_equal(in[3], 0xFE);
    assert_memory_equal(in + 16 + 12, "\x08\x06", 2);
    assert_int_equal(in[16 + 21], 2); /* a reply */
    assert_int_equal(wire_counters(sim_wire(transport))->frames_from_board, 1);
    assert_int_equal(wire_counters(sim_wire(transport))->bad_fcs, 0);
    close_board(transport);
}

static void sends_a_thousand_frames_without_damage(void **state)
{
    (void)state;
    static uint8_t bytes[16384], frame[1514];
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    size_t sent = 0, len = 0;
    rig_await_link(transport, true);
    rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE);
    for (size_t i = 0; i < 1000; i++) {
        size_t size = 14 + i * 37 % 1501;
        memset(frame, (int)i, sizeof frame);
        frame[0] = 2;
        len = rig_record(bytes, len, frame, size);
        sent += size < 60 ? 60 : size;
        if (len < sizeof bytes - 1600 && i < 999)
            continue;
        struct transfer transfer = {
            .endpoint = 1, .data = bytes, .length = (uint32_t)len, .zero_packet = true};
        assert_int_equal(rig_run(transport, &transfer), 0);
        len = 0;
    }
    rig_wait(transport, 200000);
    const struct wire_counters *wire = wire_counters(sim_wire(transport));
    assert_int_equal(wire->frames_from_board, 1000);
    assert_int_equal(wire->bytes_from_board, sent);
    assert_int_equal(
        wire->bad_fcs + wire->bad_preamble + wire->short_gap + wire->runts + wire->oversize, 0);
    close_board(transport);
}

static void works_at_every_link_speed(void **state)
{
    (void)state;
    static const uint32_t speeds[] = {10, 100};
    for (size_t i = 0; i < 2; i++) {
        struct sim_config config = {.wire.speed_mbps = speeds[i]};
        struct transport *transport = rig_open(&config);
        uint8_t frame[64], out[256], in[4096];
        rig_await_link(transport, true);
        rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS);
        struct transfer send = {.endpoint = 0x01, .data = out, .zero_packet = true};
        send.length = (uint32_t)rig_record(out, 0, frame, rig_arp(frame));
        struct transfer receive = {.endpoint = 0x81, .data = in, .length = sizeof in};
        assert_int_equal(rig_run(transport, &send), 0);
        assert_int_equal(rig_run(transport, &receive), 0);
        assert_memory_equal(in + 16 + 12, "\x08\x06", 2);
        assert_int_equal(wire_counters(sim_wire(transport))->bad_fcs, 0);
        assert_int_equal(wire_counters(sim_wire(transport))->bad_preamble, 0);
        close_board(transport);
    }
}

/* Reads a register of the Ethernet PHY by way of MDIO. */
static uint16_t read_phy(struct transport *transport, unsigned reg)
{
    uint32_t value;
    rig_write(transport, REG_MDIO, reg << 16);
    do
        value = rig_read(transport, REG_MDIO);
    while (value & REG_MDIO_BUSY);
    return value & 0xFFFF;
}

static void reaches_the_ethernet_phy_by_mdio(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    for (unsigned reg = 2; reg < 4; reg++)
        assert_int_equal(read_phy(transport, reg), wire_mdio_read(sim_wire(transport), 0, reg));
    close_board(transport);
}

static void stands_still_while_nothing_happens(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    uint8_t status[8], in[4096];
    struct transfer interrupt = {.endpoint = 0x82, .data = status, .length = 8};
    rig_await_link(transport, true);
    rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE);
    assert_int_equal(rig_run(transport, &interrupt), 0);
    bool complete = false;
    struct transfer bulk = {.endpoint = 0x81, .data = in, .length = sizeof in, .user = &complete};
    transport->ops->submit(transport, &bulk);
    rig_wait(transport, 10000000);
    uint64_t cycles = sim_counters(transport)->cycles;
    assert_int_equal(transport->ops->deadline(transport), TIME_NEVER);
    rig_wait(transport, 3600000000000);
    assert_int_equal(sim_counters(transport)->cycles, cycles);
    close_board(transport);
}

static unsigned ended;

static void note_end(struct transfer *transfer)
{
    ended += transfer->status == *(int *)transfer->user;
}

static void ends_transfers_when_unplugged(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    uint8_t in[4096];
    int expected = -ENODEV;
    struct transfer bulk = {
        .endpoint = 0x81, .data = in, .length = sizeof in, .done = note_end, .user = &expected};
    ended = 0;
    assert_int_equal(transport->ops->submit(transport, &bulk), 0);
    transport->ops->poll(transport, rig_wall_ns(), TIME_NEVER);
    sim_unplug(transport);
    assert_int_equal(ended, 0);
    transport->ops->poll(transport, rig_wall_ns(), TIME_NEVER);
    assert_int_equal(ended, 1);
    assert_int_equal(transport->ops->submit(transport, &bulk), -ENODEV);
    assert_int_equal(transport->ops->deadline(transport), TIME_NEVER);
    close_board(transport);
}

static void cancels_transfers_when_closed(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    uint8_t in[4096];
    int expected = -ECANCELED;
    struct transfer bulk = {
        .endpoint = 0x81, .data = in, .length = sizeof in, .done = note_end, .user = &expected};
    ended = 0;
    assert_int_equal(transport->ops->submit(transport, &bulk), 0);
    transport->ops->poll(transport, rig_wall_ns(), TIME_NEVER);
    close_board(transport);
    assert_int_equal(ended, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enumerates_at_high_speed),
        cmocka_unit_test(falls_back_to_full_speed),
        cmocka_unit_test(reads_and_writes_registers),
        cmocka_unit_test(refuses_an_unknown_request_and_goes_on),
        cmocka_unit_test(follows_the_link),
        cmocka_unit_test(tells_a_change_of_the_link_by_interrupt),
        cmocka_unit_test(sends_an_arp_request_and_receives_the_answer),
        cmocka_unit_test(sends_a_thousand_frames_without_damage),
        cmocka_unit_test(works_at_every_link_speed),
        cmocka_unit_test(reaches_the_ethernet_phy_by_mdio),
        cmocka_unit_test(stands_still_while_nothing_happens),
        cmocka_unit_test(ends_transfers_when_unplugged),
        cmocka_unit_test(cancels_transfers_when_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
