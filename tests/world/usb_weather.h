/* What befalls a station's USB cable, drawn from the seed: packets lost, spoiled or late, answers forged, outages, storms of NAK,
 * suspend, and the plug pulled out and put back.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_USB_WEATHER_H
#define TESTS_WORLD_USB_WEATHER_H

#include "tests/world/chance.h"

enum { USB_EVENTS = 6 };

enum usb_event_kind {
    USB_OUTAGE,  /* no packet passes */
    USB_STORM,   /* every answer that may be one is NAK */
    USB_SUSPEND, /* the host does that to the bus */
    USB_UNPLUG,  /* and plugged in again */
    USB_RESET,   /* the host resets the bus, with the cable in, and makes the device known again */
};

struct usb_event {
    enum usb_event_kind kind;
    uint64_t at_ns, for_ns;
};

struct usb_config {
    bool on, full_speed;
    /* in 1/100,000 of the packets: from the host, and answers to it */
    unsigned lose_out, spoil_out, late, lose_in, spoil_in, nak, stall, babble;
    struct usb_event events[USB_EVENTS]; /* in their order */
    int count;
};

void usb_draw(struct usb_config *config, struct chance *chance);
void usb_print(const struct usb_config *config);

struct usb_tally {
    uint64_t lost, spoiled, late, naks, stalls, babbles, outages, storms, suspends, unplugs, resets,
        full_speed;
};

#endif
