/* The simulated board in this process, as a transport for the driver.
 *
 * SPDX-License-Identifier: MIT
 *
 * sim_open powers the Verilated board, joins a USB host controller model to its USB pins and a wire to its Ethernet pins,
 * resets the bus, and enumerates. What it returns is a struct transport (driver/transport.h).
 */
#ifndef SIM_BOARD_SIM_H
#define SIM_BOARD_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/transport.h"
#include "sim/wire/wire.h"

/* The boards differ in their pins (rtl/boards). */
enum sim_shape {
    SHAPE_HIGH_SPEED, /* nic_ulpi_rgmii: a ULPI PHY, gigabit */
    SHAPE_FULL_SPEED, /* nic_fs_rmii: D+ and D-, 10/100 Mbit/s */
};

struct sim_config {
    struct wire_config wire;
    const char *trace;            /* FST file for waves (about ten times slower), or NULL */
    enum sim_shape shape;         /* which board */
    bool full_speed;              /* the host controller refuses high speed */
    uint64_t wall_ns;             /* CLOCK_MONOTONIC now */
    bool real_time;               /* never jump: the stack lives in another process */
    uint64_t (*wall_clock)(void); /* CLOCK_MONOTONIC, only to measure wall_run_ns; may be NULL */
};

/* Returns 0 and a transport, or a negative errno and a message. The transport's time begins at wall_ns; wire.start_ns
 * is set to it. */
int sim_open(struct transport **out, const struct sim_config *config, char *error,
             size_t error_len);

struct sim_counters {
    uint64_t cycles;      /* of the 60 MHz clock, simulated */
    uint64_t sim_ns;      /* simulated time in which clocks ran */
    uint64_t wall_run_ns; /* wall time spent in simulating them; 0 without wall_clock */
    uint64_t transfers, packets_in, packets_out, naks, microframes, crc_errors;
};
/* Of a transport made by sim_open. */
const struct sim_counters *sim_counters(const struct transport *transport);
struct wire *sim_wire(struct transport *transport);
/* Pulls the cable out: transfers in flight end with -ENODEV, and so does every later submit. */
void sim_unplug(struct transport *transport);
/* Resets the bus, with the cable in: transfers in flight end with -ENODEV, and later submits, until sim_plug has made the device
 * known again. */
void sim_reset(struct transport *transport);
/* Plugs it in again at now_ns: bus reset and enumeration. Returns 0, or a negative errno and a message; then it may be tried
 * again. */
int sim_plug(struct transport *transport, uint64_t now_ns, char *error, size_t error_len);
struct bus;
/* The bus that it hangs on, so that a test can suspend it or damage packets. */
struct bus *sim_bus(struct transport *transport);

#endif
