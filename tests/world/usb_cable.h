/* A station's USB cable: what usb_weather.h says befalls the packets of a bus (struct cable, sim/bus/host.h).
 *
 * SPDX-License-Identifier: MIT
 *
 * Apart from the world's headers, whose hosts are others than the bus's.
 */
#ifndef TESTS_WORLD_USB_CABLE_H
#define TESTS_WORLD_USB_CABLE_H

#include "tests/world/usb_weather.h"

struct bus;
struct usb_cable;

/* From now on packets of bus are in the weather; NULL if there is no memory. */
struct usb_cable *usb_cable_open(struct bus *bus, const struct usb_config *config,
                                 struct chance chance);
/* No packet passes; every answer that may be one is NAK. */
void usb_cable_disturb(struct usb_cable *cable, bool down, bool storm);
/* Suspends the bus for so long, and resumes. */
void usb_cable_suspend(struct usb_cable *cable, uint64_t ns);
/* The caller may count events of its own in it. */
struct usb_tally *usb_cable_tally(struct usb_cable *cable);
void usb_cable_close(struct usb_cable *cable);

#endif
