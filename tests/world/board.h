/* The board of a station: the C model, that behind the bus model, or the Verilated gates.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_BOARD_H
#define TESTS_WORLD_BOARD_H

#include "driver/transport.h"
#include "sim/wire/backend.h"
#include "sim/wire/wire.h"
#include "tests/world/scenario.h"

/* trace: where gates write their waves (FST), or NULL. Returns 0, or a negative errno and a message. */
int board_open(struct transport **out, const struct host_config *host,
               const struct wire_config *wire, uint64_t now_ns, const char *trace, char *error,
               size_t error_len);
/* Of its wire. */
const struct wire_counters *board_wire_counters(struct transport *board, enum host_kind kind);
struct bus;
/* The bus of one that has one. */
struct bus *board_bus(struct transport *board, enum host_kind kind);
void board_unplug(struct transport *board, enum host_kind kind);
/* The host resets the bus; then comes board_plug, too. */
void board_reset(struct transport *board, enum host_kind kind);
/* Returns 0, or a negative errno and a message. */
int board_plug(struct transport *board, enum host_kind kind, uint64_t now_ns, char *error,
               size_t error_len);

#endif
