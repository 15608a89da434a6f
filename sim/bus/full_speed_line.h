/* D+ and D- between the host controller and a device that has no PHY: packets to line states and back (USB 2.0, 7.1).
 *
 * SPDX-License-Identifier: MIT
 *
 * Takes ulpi_clock's place; towards the host controller struct ulpi stays what the cable is. Stepped once per 60 MHz
 * clock, of which a bit takes five; the device's bits are sampled as a receiver of its own clock would.
 */
#ifndef SIM_BUS_FULL_SPEED_LINE_H
#define SIM_BUS_FULL_SPEED_LINE_H

#include "sim/bus/ulpi.h"

/* What the device does to the line in one clock. */
struct line_device {
    bool pulls_up, drives;
    enum line state; /* while it drives */
};

struct full_speed_line {
    struct ulpi *phy;

    /* to the device */
    unsigned clock;     /* of the bit under way */
    unsigned sent_bits; /* of the packet: SYNC, data and end, stuffed bits not counted */
    unsigned ones;
    enum line level; /* of the bit under way */
    bool sending;

    /* from the device */
    enum line was;      /* at the clock before */
    unsigned unchanged; /* clocks since the line changed */
    enum line bit;      /* the line in the bit before */
    unsigned sync;      /* bits of SYNC seen; 8: data */
    unsigned in_ones, in_bits, end_bits;
    uint8_t byte;
    bool hearing, heard; /* a packet comes; it is over, but the device still drives */
};

void full_speed_line_init(struct full_speed_line *line, struct ulpi *phy);
/* Ends one clock; returns what the line shows in the next, the device's own drive aside. */
enum line full_speed_line_clock(struct full_speed_line *line, struct line_device device);

#endif
