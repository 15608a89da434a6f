/* Joins PHY, port and host controller.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/bus/bus.h"

void bus_init(struct bus *bus, bool full_speed_only)
{
    phy_init(&bus->phy, true);
    host_init(&bus->host, &bus->phy);
    port_init(&bus->port, &bus->phy, &bus->host, full_speed_only);
}

uint64_t bus_skip(struct bus *bus, uint64_t most)
{
    uint64_t next = port_next(&bus->port);
    if (next == UINT64_MAX || next <= bus->host.clock + 1 || !phy_quiet(&bus->phy))
        return 0;
    uint64_t clocks = next - bus->host.clock - 1;
    if (clocks > most)
        clocks = most;
    bus->host.clock += clocks;
    return clocks;
}
