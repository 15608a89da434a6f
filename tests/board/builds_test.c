/* Tests that both builds of the gates, without and with waves, do the same at the same clocks: the first goes short ways.
 *
 * SPDX-License-Identifier: MIT
 *
 * No wall clock here: time is what the clocks say, so that two runs can be compared to the nanosecond.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/board/board_rig.h"

enum { FRAMES = 3, FRAME = 300, GIGABIT_LOOPBACK = 0x4140, FAST_LOOPBACK = 0x6100 };

/* What is known of a run at its end. */
struct outcome {
    struct sim_counters counters;
    struct wire_counters wire;
    uint64_t now_ns;
    uint32_t received;
    uint8_t bytes[4096];
};

static void wait_until(struct transport *transport, uint64_t until_ns)
{
    while (transport->ops->poll(transport, 0, until_ns) < until_ns)
        transport->ops->jump(transport, until_ns);
}

static void submit(struct transport *transport, struct transfer *transfer)
{
    assert_int_equal(transport->ops->submit(transport, transfer), 0);
}

static void write_control(struct transport *transport, uint32_t value)
{
    uint8_t data[4] = {(uint8_t)value};
    struct transfer transfer = {
        .setup = {0x40, 1, 0, 0, REG_CONTROL, 0, 4, 0}, .data = data, .length = sizeof data};

    submit(transport, &transfer);
    wait_until(transport, transport->now_ns + 1000000);
    assert_int_equal(transfer.status, 0);
}

static uint32_t write_frames(uint8_t *bytes)
{
    uint8_t frame[FRAME];
    size_t len = 0;

    for (int i = 0; i < FRAMES; i++) {
        memset(frame, i * 77 + 1, sizeof frame);
        len = rig_record(bytes, len, frame, sizeof frame);
    }
    return (uint32_t)len;
}

/* Sends frames that the PHY sends back, and takes them. */
static void run(struct outcome *outcome, const char *trace, uint16_t phy_control)
{
    struct sim_config config = {.wire.backend = "none", .trace = trace};
    struct transport *transport = NULL;
    uint8_t bytes[4096];
    char error[300] = "";

    memset(outcome, 0, sizeof *outcome);
    assert_int_equal(sim_open(&transport, &config, error, sizeof error), 0);
    write_control(transport, REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS);
    wire_mdio_write(sim_wire(transport), 0, 0, phy_control);
    wait_until(transport, transport->now_ns + 1000000);

    struct transfer in = {.endpoint = 0x81, .data = outcome->bytes, .length = 4096};
    struct transfer out = {.endpoint = 1, .data = bytes, .length = write_frames(bytes)};
    submit(transport, &in);
    submit(transport, &out);
    wait_until(transport, transport->now_ns + 1000000);

    outcome->received = in.actual;
    outcome->now_ns = transport->now_ns;
    outcome->counters = *sim_counters(transport);
    outcome->wire = *wire_counters(sim_wire(transport));
    transport->ops->close(transport);
}

static void compare(uint16_t phy_control)
{
    static struct outcome fast, tracing;
    char trace[64];

    snprintf(trace, sizeof trace, "/tmp/ferrite-builds-%d.fst", (int)getpid());
    run(&fast, NULL, phy_control);
    run(&tracing, trace, phy_control);
    unlink(trace);
    assert_int_equal(fast.wire.frames_from_board, FRAMES);
    assert_in_range(fast.received, FRAME, sizeof fast.bytes);
    assert_int_equal(fast.counters.cycles, tracing.counters.cycles);
    assert_memory_equal(&fast, &tracing, sizeof fast);
}

static void both_builds_run_alike_at_a_gigabit(void **state)
{
    (void)state;
    compare(GIGABIT_LOOPBACK);
}

static void both_builds_run_alike_at_100_mbit(void **state)
{
    (void)state;
    compare(FAST_LOOPBACK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_builds_run_alike_at_a_gigabit),
        cmocka_unit_test(both_builds_run_alike_at_100_mbit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
