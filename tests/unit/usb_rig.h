/* The model of PHY, port and host controller with a device on ULPI pins, driven clock by clock.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_USB_RIG_H
#define TESTS_UNIT_USB_RIG_H

#include "sim/bus/bus.h"
#include "tests/unit/ulpi_device.h"

struct usb_rig {
    struct bus bus;
    struct ulpi_device device;
    struct bus_device found;
    char error[200];
};

extern uint8_t usb_pattern[65536]; /* what is sent; made anew by usb_rig_plug_in */

/* A device that has just reached its speed, and one that has been enumerated at high speed. There is one rig. */
struct usb_rig *usb_rig_plug_in(bool refuse_high_speed, bool no_chirp);
struct usb_rig *usb_rig_enumerated(void);

void usb_rig_step(struct usb_rig *rig);
void usb_rig_clocks(struct usb_rig *rig, uint64_t clocks);
/* Runs a transfer, for bus_runner too: returns 0 a few clocks after its end, when the device too has seen the last
 * handshake, or a negative errno. */
int usb_rig_run(void *user, struct transfer *transfer);

/* A transfer of the pattern to endpoint 1. */
struct transfer usb_rig_out(uint32_t length, bool zero_packet);
/* The device has len bytes of the pattern to give. */
void usb_rig_offer(struct usb_rig *rig, size_t len);

#endif
