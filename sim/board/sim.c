/* Offers the simulated board as a transport.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/board/sim_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sim *sim_of(struct transport *transport)
{
    return (struct sim *)transport;
}

static int sim_submit(struct transport *transport, struct transfer *transfer)
{
    struct sim *sim = sim_of(transport);
    return sim->unplugged ? -ENODEV : host_submit(&sim->bus.host, transfer);
}

static void sim_cancel(struct transport *transport, struct transfer *transfer)
{
    host_cancel(&sim_of(transport)->bus.host, transfer);
}

static void copy_counters(struct sim *sim)
{
    const struct host_counters *host = &sim->bus.host.counters;
    sim->counters.transfers = host->transfers;
    sim->counters.packets_in = host->packets_in;
    sim->counters.packets_out = host->packets_out;
    sim->counters.naks = host->naks;
    sim->counters.microframes = host->microframes;
    sim->counters.crc_errors = host->crc_errors;
}

/* Hands out what was complete at the start: a callback that submits and cancels again does not keep us here. */
static void call_done(struct sim *sim)
{
    struct transfer *last = sim->bus.host.done_tail, *transfer;
    do {
        transfer = last ? host_take_done(&sim->bus.host) : NULL;
        if (transfer && transfer->done)
            transfer->done(transfer);
    } while (transfer && transfer != last);
}

static uint64_t sim_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct sim *sim = sim_of(transport);
    if (!sim->unplugged && !host_has_done(&sim->bus.host))
        clockwork_poll(sim, wall_ns, until_ns);
    copy_counters(sim);
    transport->now_ns = sim->outside.now_ns;
    call_done(sim);
    return sim->outside.now_ns;
}

static uint64_t sim_deadline(struct transport *transport)
{
    return clockwork_deadline(sim_of(transport));
}

static int sim_fds(struct transport *transport, struct pollfd *fds, int max)
{
    return wire_fds(sim_of(transport)->wire, fds, max);
}

static bool sim_jump(struct transport *transport, uint64_t until_ns)
{
    return clockwork_jump(sim_of(transport), until_ns);
}

static void sim_free(struct sim *sim)
{
    if (sim->gates)
        sim->build->close(sim->gates);
    if (sim->wire)
        wire_close(sim->wire);
    free(sim);
}

static void sim_close(struct transport *transport)
{
    struct sim *sim = sim_of(transport);
    sim->unplugged = true; /* callbacks cannot submit again */
    host_end_all(&sim->bus.host, -ECANCELED);
    call_done(sim);
    sim_free(sim);
}

static uint16_t read_phy(void *user, unsigned phy, unsigned reg)
{
    return wire_mdio_read(user, phy, reg);
}

static void write_phy(void *user, unsigned phy, unsigned reg, uint16_t value)
{
    wire_mdio_write(user, phy, reg, value);
}

/* Joins bus, wire and MDIO to the gates' pins and powers them on. */
static int power_on(struct sim *sim, const struct sim_config *config, char *error, size_t error_len)
{
    const struct mdio_registers registers = {read_phy, write_phy, sim->wire};
    bus_init(&sim->bus, config->full_speed);
    if (config->shape == SHAPE_FULL_SPEED)
        bus_without_phy(&sim->bus);
    sim->outside = (struct outside){.bus = &sim->bus, .wire = sim->wire, .now_ns = config->wall_ns};
    mdio_slave_init(&sim->outside.mdio, &registers);
    sim->build = config->shape == SHAPE_FULL_SPEED ? &gates_full_speed
                 : config->trace                   ? &gates_tracing
                                                   : &gates_fast;
    sim->gates = sim->build->open(&sim->outside, config->trace);
    if (sim->gates)
        return 0;
    snprintf(error, error_len, "%s: cannot write waves there; check the folder and its permissions",
             config->trace);
    return -EACCES;
}

int sim_open(struct transport **out, const struct sim_config *config, char *error, size_t error_len)
{
    static const struct transport_ops ops = {
        .submit = sim_submit,
        .cancel = sim_cancel,
        .poll = sim_poll,
        .deadline = sim_deadline,
        .fds = sim_fds,
        .jump = sim_jump,
        .close = sim_close,
    };
    struct wire_config wire = config->wire;
    struct sim *sim = calloc(1, sizeof *sim);
    if (!sim)
        return -ENOMEM;
    sim->transport = (struct transport){.ops = &ops, .name = "sim"};
    sim->real_time = config->real_time;
    sim->wall_clock = config->wall_clock;
    wire.start_ns = config->wall_ns;
    wire.fast_ethernet = config->shape == SHAPE_FULL_SPEED;
    int result = wire_open(&sim->wire, &wire, error, error_len);
    if (result == 0)
        result = power_on(sim, config, error, error_len);
    if (result == 0)
        result = start_board(sim, error, error_len);
    if (result < 0) {
        sim_free(sim);
        return result;
    }
    memcpy(sim->transport.serial, sim->device.serial, sizeof sim->transport.serial);
    copy_counters(sim);
    *out = &sim->transport;
    return 0;
}

const struct sim_counters *sim_counters(const struct transport *transport)
{
    return &((const struct sim *)transport)->counters;
}

struct wire *sim_wire(struct transport *transport)
{
    return sim_of(transport)->wire;
}

void sim_reset(struct transport *transport)
{
    struct sim *sim = sim_of(transport);
    sim->unplugged = true;
    host_end_all(&sim->bus.host, -ENODEV);
    port_reset(&sim->bus.port);
}

void sim_unplug(struct transport *transport)
{
    struct sim *sim = sim_of(transport);
    sim_reset(transport);
    sim->bus.phy.vbus = false;
    sim->bus.phy.drive = DRIVE_NONE;
    sim->bus.port.state = PORT_EMPTY;
}

int sim_plug(struct transport *transport, uint64_t now_ns, char *error, size_t error_len)
{
    struct sim *sim = sim_of(transport);
    int result;

    call_done(sim);
    if (sim->outside.now_ns < now_ns)
        sim->outside.now_ns = now_ns;
    notice_power(sim);
    sim->bus.phy.vbus = true;
    result = start_board(sim, error, error_len);
    sim->unplugged = result < 0;
    if (result < 0)
        sim_unplug(transport);
    transport->now_ns = sim->outside.now_ns;
    return result;
}

struct bus *sim_bus(struct transport *transport)
{
    return &sim_of(transport)->bus;
}
