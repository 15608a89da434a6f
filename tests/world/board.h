/* The board of a station: the C model, or the Verilated gates.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_BOARD_H
#define TESTS_WORLD_BOARD_H

#include "driver/transport.h"
#include "sim/wire/backend.h"
#include "sim/wire/wire.h"

/* trace: where gates write their waves (FST), or NULL. Returns 0, or a negative errno and a message. */
int board_open(struct transport **out, bool gates, const struct wire_config *wire, uint64_t now_ns,
               const char *trace, char *error, size_t error_len);
/* Of its wire. */
const struct wire_counters *board_wire_counters(struct transport *board, bool gates);

#endif
