/* The USB side of the simulated board: PHY, root port and host controller, stepped together.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SIM_BUS_BUS_H
#define SIM_BUS_BUS_H

#include "sim/bus/full_speed_line.h"
#include "sim/bus/host.h"
#include "sim/bus/ulpi.h"
#include "sim/bus/port.h"

struct bus {
    struct ulpi phy;
    struct host host;
    struct port port;
    struct full_speed_line line; /* of a device without a PHY */
};

/* Plugs the device in. The bus resets it as soon as it pulls up its line; port.state is PORT_ENABLED after that. */
void bus_init(struct bus *bus, bool full_speed_only);
/* The device has D+ and D- alone. */
void bus_without_phy(struct bus *bus);

/* Ends one 60 MHz clock in which the link drove `link`; returns what the PHY drives in the next. */
static inline struct ulpi_phy bus_clock(struct bus *bus, struct ulpi_link link)
{
    ulpi_clock(&bus->phy, link);
    host_clock(&bus->host);
    if (bus->port.state != PORT_ENABLED)
        port_clock(&bus->port);
    return bus->phy.pins;
}

/* The same for a device without a PHY, after bus_without_phy: takes what it does to D+ and D-, returns what the host
 * makes of them in the next clock. */
static inline enum line bus_line_clock(struct bus *bus, struct line_device device)
{
    enum line state = full_speed_line_clock(&bus->line, device);
    host_clock(&bus->host);
    if (bus->port.state != PORT_ENABLED)
        port_clock(&bus->port);
    return state;
}

/* While the device cannot change by itself: passes over the clocks in which the bus does nothing either, at most so many.
 * Only reset and suspend wait like that; starts of frame are never passed over. Returns how many. */
uint64_t bus_skip(struct bus *bus, uint64_t most);
bool bus_can_skip(const struct bus *bus);

/* What enumeration learns. */
enum { BUS_CONFIGURATIONS = 4 };

struct bus_device {
    uint8_t descriptor[18];
    struct bus_configuration {
        uint8_t bytes[256];
        uint16_t len;
    } configurations[BUS_CONFIGURATIONS];
    unsigned count; /* of them */
    const struct bus_configuration *chosen;
    char serial[64];
    struct host *host; /* whose pipes follow the configuration that is chosen */
};

/* How enumeration gets a control transfer done: returns 0 once it is complete (its status may tell an error), or a
 * negative errno if the board cannot go on. */
struct bus_runner {
    int (*run)(void *user, struct transfer *transfer);
    void *user;
};

/* Reads the descriptors, sets address and the first configuration (USB 2.0, 9.1.2). From then on pipes open and close as
 * configurations and alternate settings are chosen; device must live as long as bus. Returns 0, or a negative errno and
 * a message. */
int bus_enumerate(struct bus *bus, const struct bus_runner *runner, struct bus_device *device,
                  char *error, size_t error_len);

/* pipes.c: the pipe that an endpoint descriptor asks for. Returns 0, or -EPROTO for one that cannot be here. */
int pipe_describe(const uint8_t *endpoint, bool high_speed, struct pipe *pipe);
/* For struct host: opens and closes pipes as SET_CONFIGURATION or SET_INTERFACE says; user is a struct bus_device. */
void pipes_follow(void *user, const uint8_t setup[8]);

#endif
