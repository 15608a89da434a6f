/* The PHY's registers and its link.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/phy.h"

#include <string.h>

enum { /* registers: IEEE 802.3, table 22-6 */
       CONTROL = 0,
       STATUS = 1,
       ID_HIGH = 2,
       ID_LOW = 3,
       ADVERTISEMENT = 4,
       PARTNER = 5,
       EXPANSION = 6,
       CONTROL_1000 = 9,
       STATUS_1000 = 10,
       EXTENDED_STATUS = 15,
};

enum {
    CONTROL_RESET = 0x8000,
    CONTROL_LOOPBACK = 0x4000,
    CONTROL_SPEED_100 = 0x2000,
    CONTROL_NEGOTIATE = 0x1000,
    CONTROL_POWER_DOWN = 0x0800,
    CONTROL_DUPLEX = 0x0100,
    CONTROL_SPEED_1000 = 0x0040,
    CONTROL_KEPT = 0x7940, /* without reset, isolate and restart, which clear themselves */

    STATUS_ABILITIES =
        0x5149, /* 100 and 10 full, extended status, no preamble needed, negotiation, extended */
    STATUS_NEGOTIATED = 0x0020,
    STATUS_LINK = 0x0004,

    ABLE_SELECTOR = 0x0001,
    ABLE_10_FULL = 0x0040,
    ABLE_100_FULL = 0x0100,
    ABLE_PAUSE = 0x0400,
    ABLE_ACKNOWLEDGE = 0x4000,
    ABLE_1000_FULL = 0x0200,
    PARTNER_1000_FULL = 0x0800,
    RECEIVERS_OK = 0x3000,
    EXTENDED_1000_FULL = 0x2000,
    STATUS_EXTENDED = 0x0100, /* there is a register 15 */

    KSZ9031_ID_HIGH = 0x0022,
    KSZ9031_ID_LOW = 0x1622,
    LAN8720_ID_HIGH = 0x0007,
    LAN8720_ID_LOW = 0xC0F1,
};

static uint32_t phy_negotiated_mbps(const struct phy *phy)
{
    if ((phy->advertised_1000 & ABLE_1000_FULL) && phy->partner_mbps >= 1000)
        return 1000;
    if ((phy->advertised & ABLE_100_FULL) && phy->partner_mbps >= 100)
        return 100;
    return phy->advertised & ABLE_10_FULL ? 10 : 0;
}

static uint32_t phy_forced_mbps(const struct phy *phy)
{
    uint32_t mbps = phy->control & CONTROL_SPEED_1000  ? 1000
                    : phy->control & CONTROL_SPEED_100 ? 100
                                                       : 10;
    return mbps <= phy->partner_mbps ? mbps : 0;
}

static void phy_resolve(struct phy *phy)
{
    uint32_t mbps = 0;

    if (phy->cable && !(phy->control & CONTROL_POWER_DOWN))
        mbps = phy->control & CONTROL_NEGOTIATE ? phy_negotiated_mbps(phy) : phy_forced_mbps(phy);
    phy->link = mbps != 0;
    if (phy->link)
        phy->mbps = mbps;
    else
        phy->link_fell = true;
}

static void phy_reset(struct phy *phy)
{
    phy->control = CONTROL_NEGOTIATE | CONTROL_DUPLEX |
                   (phy->fast_ethernet ? CONTROL_SPEED_100 : CONTROL_SPEED_1000);
    phy->advertised = ABLE_SELECTOR | ABLE_10_FULL | ABLE_100_FULL | ABLE_PAUSE;
    phy->advertised_1000 = phy->fast_ethernet ? 0 : ABLE_1000_FULL;
}

void wire_phy_init(struct phy *phy, uint32_t partner_mbps, bool cable, bool fast_ethernet)
{
    memset(phy, 0, sizeof(*phy));
    phy->partner_mbps = phy->mbps = partner_mbps;
    phy->cable = cable;
    phy->fast_ethernet = fast_ethernet;
    phy_reset(phy);
    phy_resolve(phy);
}

void phy_cable(struct phy *phy, bool in)
{
    phy->cable = in;
    phy_resolve(phy);
}

static bool phy_negotiated(const struct phy *phy)
{
    return phy->link && (phy->control & CONTROL_NEGOTIATE);
}

static uint16_t phy_status(struct phy *phy)
{
    bool fell = phy->link_fell;

    phy->link_fell = !phy->link;
    return (uint16_t)((STATUS_ABILITIES & (phy->fast_ethernet ? ~STATUS_EXTENDED : ~0)) |
                      (phy_negotiated(phy) ? STATUS_NEGOTIATED : 0) |
                      (phy->link && !fell ? STATUS_LINK : 0));
}

static uint16_t phy_partner(const struct phy *phy)
{
    if (!phy_negotiated(phy))
        return 0;
    return (uint16_t)(ABLE_SELECTOR | ABLE_10_FULL | ABLE_PAUSE | ABLE_ACKNOWLEDGE |
                      (phy->partner_mbps >= 100 ? ABLE_100_FULL : 0));
}

static uint16_t phy_status_1000(const struct phy *phy)
{
    if (!phy_negotiated(phy) || phy->partner_mbps < 1000)
        return 0;
    return (uint16_t)(PARTNER_1000_FULL | (phy->mbps == 1000 ? RECEIVERS_OK : 0));
}

uint16_t phy_read(struct phy *phy, unsigned reg)
{
    switch (reg) {
    case CONTROL: return phy->control;
    case STATUS: return phy_status(phy);
    case ID_HIGH: return phy->fast_ethernet ? LAN8720_ID_HIGH : KSZ9031_ID_HIGH;
    case ID_LOW: return phy->fast_ethernet ? LAN8720_ID_LOW : KSZ9031_ID_LOW;
    case ADVERTISEMENT: return phy->advertised;
    case PARTNER: return phy_partner(phy);
    case EXPANSION: return phy_negotiated(phy);
    case CONTROL_1000: return phy->advertised_1000;
    case STATUS_1000: return phy_status_1000(phy);
    case EXTENDED_STATUS: return phy->fast_ethernet ? 0 : EXTENDED_1000_FULL;
    default: return 0;
    }
}

void phy_write(struct phy *phy, unsigned reg, uint16_t value)
{
    if (reg == CONTROL && (value & CONTROL_RESET))
        phy_reset(phy);
    else if (reg == CONTROL)
        phy->control = value & CONTROL_KEPT;
    else if (reg == ADVERTISEMENT)
        phy->advertised = value;
    else if (reg == CONTROL_1000 && !phy->fast_ethernet)
        phy->advertised_1000 = value;
    phy_resolve(phy);
}

bool phy_loopback(const struct phy *phy)
{
    return phy->control & CONTROL_LOOPBACK;
}
