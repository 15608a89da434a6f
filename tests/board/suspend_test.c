/* Tests what the whole simulated board lives through when its bus is suspended, resumed and reset, at both speeds.
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

#include "sim/bus/bus.h"
#include "sim/wire/backend.h"

enum {
    FRAMES = 5,
    GAP_NS = 4000000,
    ASLEEP_NS = 30000000,
    RECORD_BYTES = 76,
    BUS_CLOCKS_PER_MS = 60000
};

/* Sends a frame every GAP_NS, and looks when the wire takes it. */
struct sender {
    struct backend backend;
    uint64_t begin_ns, latest_ns; /* how late it took one */
    unsigned sent;
};

static uint64_t due_ns(const struct sender *sender)
{
    return sender->sent < FRAMES ? sender->begin_ns + sender->sent * (uint64_t)GAP_NS : TIME_NEVER;
}

static void give(struct backend *backend, uint64_t now_ns)
{
    struct sender *sender = (struct sender *)backend;
    uint8_t frame[60] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 9, 0x88, 0xb5};

    while (due_ns(sender) <= now_ns) {
        uint64_t late_ns = now_ns - due_ns(sender);

        sender->latest_ns = late_ns > sender->latest_ns ? late_ns : sender->latest_ns;
        frame[14] = (uint8_t)sender->sent++;
        backend->port.frame(backend->port.user, frame, sizeof frame, now_ns);
    }
}

static uint64_t due(struct backend *backend, uint64_t now_ns)
{
    (void)now_ns;
    return due_ns((struct sender *)backend);
}

static bool take(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    (void)backend, (void)bytes, (void)len, (void)now_ns;
    return true;
}

static const struct backend_ops sender_ops = {.send = take, .poll = give, .deadline = due};

static struct transport *open_enabled(struct sender *sender, bool full_speed)
{
    struct sim_config config = {.wire.far_end = &sender->backend, .full_speed = full_speed};
    struct transport *transport;

    *sender = (struct sender){.backend.ops = &sender_ops, .begin_ns = TIME_NEVER / 2};
    transport = rig_open(&config);
    rig_await_link(transport, true);
    rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE);
    return transport;
}

static void sleep_for(struct transport *transport, uint64_t ns)
{
    struct bus *bus = sim_bus(transport);

    rig_wait(transport, 1000000); /* until its clocks stand still */
    assert_int_equal(bus->port.state, PORT_ENABLED);
    port_suspend(&bus->port, ns / 1000000 * BUS_CLOCKS_PER_MS);
    rig_wait(transport, ns / 2);
    assert_int_equal(bus->port.state, PORT_SUSPENDED);
}

/* Takes all records that there are; returns how many. */
static unsigned take_records(struct transport *transport)
{
    static uint8_t bytes[16384];
    struct transfer transfer = {.endpoint = 0x81, .data = bytes, .length = sizeof bytes};
    unsigned count = 0;

    while (count < FRAMES && rig_run(transport, &transfer) == 0)
        for (size_t at = 0; at < transfer.actual; at += RECORD_BYTES)
            assert_int_equal(bytes[at + 16 + 14], count++);
    return count;
}

/* Nothing is asked of the device before the frames are. */
static void keeps_what_the_wire_brings_while_it_sleeps(bool full_speed)
{
    struct sender sender;
    struct transport *transport = open_enabled(&sender, full_speed);

    sender.begin_ns = transport->now_ns + ASLEEP_NS / 4;
    sleep_for(transport, ASLEEP_NS);
    assert_int_equal(take_records(transport), FRAMES);
    assert_int_equal(rig_read(transport, REG_RX_FRAMES), FRAMES);
    assert_int_equal(rig_read(transport, REG_CONTROL), REG_CONTROL_ENABLE);
    assert_true(sender.latest_ns < 10000); /* the wire's time goes on */
    transport->ops->close(transport);
}

static void keeps_it_at_high_speed(void **state)
{
    (void)state;
    keeps_what_the_wire_brings_while_it_sleeps(false);
}

static void keeps_it_at_full_speed(void **state)
{
    (void)state;
    keeps_what_the_wire_brings_while_it_sleeps(true);
}

/* The bus is reset; then the device is made known again. */
static void reset_and_plug(struct transport *transport)
{
    uint8_t data[8] = {0};
    struct transfer interrupt = {.endpoint = 0x82, .data = data, .length = sizeof data};
    char error[200];

    sim_reset(transport);
    assert_int_equal(rig_run(transport, &interrupt), -ENODEV);
    assert_int_equal(sim_plug(transport, transport->now_ns, error, sizeof error), 0);
    assert_int_equal(rig_read(transport, REG_ID), REG_ID_VALUE);
    assert_int_equal(rig_read(transport, REG_CONTROL), 0);
}

static void is_known_again_after_a_reset_while_it_sleeps(void **state)
{
    struct sender sender;
    struct transport *transport = open_enabled(&sender, false);

    (void)state;
    sleep_for(transport, ASLEEP_NS);
    reset_and_plug(transport);
    assert_int_equal(transport->speed, SPEED_HIGH);
    transport->ops->close(transport);
}

static void is_known_again_after_a_reset_in_the_middle_of_a_packet(void **state)
{
    static uint8_t bytes[4096];
    struct sender sender;
    struct transport *transport = open_enabled(&sender, false);
    struct transfer transfer = {.endpoint = 0x01, .data = bytes, .length = sizeof bytes};

    (void)state;
    rig_record(bytes, 0, bytes + 2000, 1500);
    for (int i = 0; i < 4; i++) {
        rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE);
        assert_int_equal(transport->ops->submit(transport, &transfer), 0);
        transport->ops->poll(transport, rig_wall_ns(),
                             transport->now_ns + 1000 + 4100 * (uint64_t)i);
        assert_int_not_equal(sim_bus(transport)->host.now.phase, PHASE_FREE);
        reset_and_plug(transport);
    }
    transport->ops->close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_it_at_high_speed),
        cmocka_unit_test(keeps_it_at_full_speed),
        cmocka_unit_test(is_known_again_after_a_reset_while_it_sleeps),
        cmocka_unit_test(is_known_again_after_a_reset_in_the_middle_of_a_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
