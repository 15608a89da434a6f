/* Brings the simulated board up: bus reset, then enumeration.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/board/sim_internal.h"

#include <errno.h>
#include <stdio.h>

enum {
    START_NS = 100000000,   /* simulated time in which the device must have been reset */
    CONTROL_NS = 500000000, /* … in which it must answer a request (USB 2.0, 9.2.6.4) */
};

/* One slice of clocks, in which the wire's far side gets its turn. */
static void run_slice(struct sim *sim)
{
    enum { SLICE_NS = 1000000 };
    wire_poll(sim->wire, sim->outside.now_ns);
    sim->idle = false;
    clockwork_run(sim, sim->outside.now_ns + SLICE_NS);
}

static int run_control(void *user, struct transfer *transfer)
{
    struct sim *sim = user;
    uint64_t limit = sim->outside.now_ns + CONTROL_NS;
    int result = host_submit(&sim->bus.host, transfer);
    if (result < 0)
        return result;
    while (!host_take_done(&sim->bus.host)) {
        if (sim->outside.now_ns > limit) {
            host_end_all(&sim->bus.host, -ETIMEDOUT);
            return -ETIMEDOUT;
        }
        run_slice(sim);
    }
    return 0;
}

void notice_power(struct sim *sim)
{
    enum { NOTICE_NS = 100000 };
    sim->idle = false;
    clockwork_run(sim, sim->outside.now_ns + NOTICE_NS);
}

static int reset_bus(struct sim *sim, char *error, size_t error_len)
{
    uint64_t limit = sim->outside.now_ns + START_NS;
    while (sim->bus.port.state != PORT_ENABLED) {
        if (sim->outside.now_ns > limit) {
            snprintf(error, error_len, "the simulated board does not attach to the USB bus");
            return -ENODEV;
        }
        run_slice(sim);
    }
    sim->transport.speed = sim->bus.port.high_speed ? SPEED_HIGH : SPEED_FULL;
    return 0;
}

int start_board(struct sim *sim, char *error, size_t error_len)
{
    const struct bus_runner runner = {run_control, sim};
    int result = reset_bus(sim, error, error_len);
    if (result < 0)
        return result;
    return bus_enumerate(&sim->bus, &runner, &sim->device, error, error_len);
}
