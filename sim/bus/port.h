/* The root port: attach, bus reset, and the chirps that decide for high or full speed (USB 2.0, 7.1.7).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SIM_BUS_PORT_H
#define SIM_BUS_PORT_H

#include "sim/bus/host.h"

enum port_state {
    PORT_EMPTY,      /* no pull-up on the line */
    PORT_RESET,      /* SE0; a device that can high speed answers with a chirp K */
    PORT_DEVICE_K,   /* it does */
    PORT_PAUSE,      /* it has stopped; ours come soon */
    PORT_CHIRP,      /* K and J in turn */
    PORT_RESET_REST, /* SE0 until the reset's end */
    PORT_ENABLED,
    PORT_SUSPENDS,   /* once the transaction under way is over, */
    PORT_SUSPENDED,  /* the bus is silent (USB 2.0, 7.1.7.6) */
    PORT_RESUMES,    /* K for 20 ms (7.1.7.7), */
    PORT_RESUME_END, /* then SE0 */
};

struct port {
    struct ulpi *phy;
    struct host *host;
    enum port_state state;
    bool full_speed_only; /* leave the device's chirp without answer */
    bool high_speed;      /* the chirps were exchanged */
    uint64_t reset_end;   /* clock */
    uint64_t until;       /* clock of the next change while state has one */
    uint64_t quiet_from;  /* clock from which the device has nothing more to find out in suspend */
    unsigned chirps;      /* sent */
};

void port_init(struct port *port, struct ulpi *phy, struct host *host, bool full_speed_only);
/* Resets the bus again. What was in flight has been ended (host_end_all). */
void port_reset(struct port *port);
/* Suspends the bus for so many clocks, at least 10 ms for the device to follow, and resumes; transfers wait. Only where the
 * port is enabled, and a moment later it is again. */
void port_suspend(struct port *port, uint64_t clocks);
/* One 60 MHz clock, after phy and host. */
void port_clock(struct port *port);
/* The clock at which the port itself does something next if the device stays quiet, or UINT64_MAX. */
uint64_t port_next(const struct port *port);

#endif
