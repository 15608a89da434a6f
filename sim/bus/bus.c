/* Joins PHY, port and host controller.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/bus/bus.h"

void bus_init(struct bus *bus, bool full_speed_only)
{
    ulpi_init(&bus->phy, true);
    host_init(&bus->host, &bus->phy);
    port_init(&bus->port, &bus->phy, &bus->host, full_speed_only);
}

void bus_without_phy(struct bus *bus)
{
    full_speed_line_init(&bus->line, &bus->phy);
}

bool bus_can_skip(const struct bus *bus)
{
    uint64_t next = port_next(&bus->port);
    return next != UINT64_MAX && next > bus->host.clock + 1 && ulpi_quiet(&bus->phy);
}

uint64_t bus_skip(struct bus *bus, uint64_t most)
{
    if (!bus_can_skip(bus))
        return 0;
    uint64_t clocks = port_next(&bus->port) - bus->host.clock - 1;
    if (clocks > most)
        clocks = most;
    bus->host.clock += clocks;
    return clocks;
}
