/* The MDIO pins of the Ethernet PHY: clause 22 frames become register accesses of the wire's PHY (IEEE 802.3, 22.2.4.5).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SIM_BOARD_MDIO_SLAVE_H
#define SIM_BOARD_MDIO_SLAVE_H

#include <stdbool.h>
#include <stdint.h>

/* Where register accesses go. */
struct mdio_registers {
    uint16_t (*read)(void *user, unsigned phy, unsigned reg);
    void (*write)(void *user, unsigned phy, unsigned reg, uint16_t value);
    void *user;
};

struct mdio_slave {
    struct mdio_registers registers;
    bool mdc;          /* its level when last seen */
    unsigned preamble; /* ones in a row, up to 32, before a frame */
    unsigned bits;     /* of the frame, so far; 0: between frames */
    uint32_t frame;    /* those bits */
    uint16_t value;    /* being read */
    bool drives, out;  /* what the PHY does with the data pin */
};

void mdio_slave_init(struct mdio_slave *slave, const struct mdio_registers *registers);
/* A rising edge of MDC, with the level of the data pin (which is high where nobody drives it). */
void mdio_slave_edge(struct mdio_slave *slave, bool data);

/* Called at every clock; only rising edges of MDC cost anything. Returns the level that the PHY gives the data pin. */
static inline bool mdio_slave_clock(struct mdio_slave *slave, bool mdc, bool data)
{
    if (mdc != slave->mdc) {
        slave->mdc = mdc;
        if (mdc)
            mdio_slave_edge(slave, slave->drives ? slave->out : data);
    }
    return slave->drives ? slave->out : data;
}

#endif
