/* Two boards without USB or Verilog, joined by a wire in memory: transports for two engines in
 * one process.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each engine runs in a thread of its own and in wall time; what passes between them is locked.
 * Records are read and written here as driver/README.md states them.
 */
#ifndef TESTS_UNIT_FAKE_BOARD_H
#define TESTS_UNIT_FAKE_BOARD_H

#include <stdbool.h>

#include "driver/transport.h"

struct fake_wire;

/* Two boards with the link up. */
struct fake_wire *fake_wire_make(void);
void fake_wire_free(struct fake_wire *wire);
struct transport *fake_wire_board(struct fake_wire *wire, int side); /* 0 or 1 */

/* From any thread. */
void fake_wire_unplug(struct fake_wire *wire, int side);
void fake_wire_link(struct fake_wire *wire, int side, bool up);
void fake_wire_cut(struct fake_wire *wire, bool cut);     /* frames are lost, both ways */
void fake_wire_stall(struct fake_wire *wire, bool stall); /* boards take no more frames: NAK */

#endif
