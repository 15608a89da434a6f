/* The PHY's registers (IEEE 802.3 clause 22) and what they and the cable make of the link.
 *
 * SPDX-License-Identifier: MIT
 *
 * It gives its identity as a KSZ9031, the PHY of the ECPIX-5, or as a LAN8720, that of the small boards. Auto-negotiation ends at once, full duplex only,
 * with a partner that can do every speed up to its own.
 */
#ifndef SIM_WIRE_PHY_H
#define SIM_WIRE_PHY_H

#include <stdbool.h>
#include <stdint.h>

struct phy {
    bool cable;
    bool fast_ethernet; /* knows nothing of 1000 Mbit/s */
    uint32_t partner_mbps;
    uint16_t control, advertised, advertised_1000;
    bool
        link_fell; /* since the status register was read: its link bit is latched low (22.2.4.2.13) */
    bool link;
    uint32_t mbps; /* of the link, or of the last one */
};

void wire_phy_init(struct phy *phy, uint32_t partner_mbps, bool cable, bool fast_ethernet);
void phy_cable(struct phy *phy, bool in);
uint16_t phy_read(struct phy *phy, unsigned reg);
void phy_write(struct phy *phy, unsigned reg, uint16_t value);
/* The board asked the PHY to send its frames back. */
bool phy_loopback(const struct phy *phy);

#endif
