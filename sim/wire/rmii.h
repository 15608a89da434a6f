/* The RMII pins seen from the PHY, as a way to the wire's nibbles (RMII 1.2).
 *
 * SPDX-License-Identifier: MIT
 *
 * Each 50 MHz clock carries two bits, each ten clocks at 10 Mbit/s. CRS_DV tells of the carrier at once while the bits come
 * HELD nibbles later, so it leads them at a frame's begin and, at its end, is low beside the first half of each nibble.
 */
#ifndef SIM_WIRE_RMII_H
#define SIM_WIRE_RMII_H

#include "sim/wire/wire.h"

/* Pins of one direction: two bits, and CRS_DV or TX_EN. */
struct rmii_pins {
    uint8_t data;
    bool valid;
};

enum { RMII_HELD = 4 }; /* nibbles in the PHY */

struct rmii {
    struct rgmii held[RMII_HELD]; /* on their way to the board, the next first */
    struct rgmii latest;          /* what the wire gave last */
    struct rgmii sent;            /* the last whole nibble of the board */
    unsigned repeat;              /* clocks of a pair: 1 or 10 */
    unsigned phase;               /* of the nibble towards the board, in clocks */
    unsigned taken;               /* clocks of the nibble that the board sends */
    uint8_t taking;
};

void rmii_init(struct rmii *rmii);
/* One 50 MHz clock: takes what the board drives, returns what the PHY drives in the next. */
struct rmii_pins rmii_clock(struct rmii *rmii, struct wire *wire, uint64_t now_ns,
                            struct rmii_pins board);
/* Nothing of a frame is between wire and board. */
bool rmii_idle(const struct rmii *rmii);

#endif
