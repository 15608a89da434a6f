/* A board whose packets pass the bus model: the C model behind a USB function of C, or the Verilated gates.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_BUS_BOARD_H
#define TESTS_WORLD_BUS_BOARD_H

#include "driver/transport.h"
#include "sim/wire/wire.h"

struct bus;

struct bus_board_config {
    struct wire_config wire;
    bool full_speed; /* the host controller refuses high speed */
    uint64_t now_ns;
};

/* The C model. Returns 0, or a negative errno and a message. */
int bus_board_open(struct transport **out, const struct bus_board_config *config, char *error,
                   size_t error_len);
struct wire *bus_board_wire(struct transport *transport);
struct bus *bus_board_bus(struct transport *transport);
/* As sim_unplug, sim_reset and sim_plug. */
void bus_board_unplug(struct transport *transport);
void bus_board_reset(struct transport *transport);
int bus_board_plug(struct transport *transport, uint64_t now_ns, char *error, size_t error_len);

#endif
