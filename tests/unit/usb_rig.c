/* A host controller with a device at its port. See usb_rig.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/unit/usb_rig.h"

enum { PATIENCE_CLOCKS = 3000000 };

uint8_t usb_pattern[65536];

void usb_rig_step(struct usb_rig *rig)
{
    struct ulpi_phy pins = rig->bus.phy.pins;
    bus_clock(&rig->bus, rig->device.drive);
    ulpi_device_clock(&rig->device, pins);
}

void usb_rig_clocks(struct usb_rig *rig, uint64_t clocks)
{
    while (clocks--)
        usb_rig_step(rig);
}

int usb_rig_run(void *user, struct transfer *transfer)
{
    struct usb_rig *rig = user;
    int result = host_submit(&rig->bus.host, transfer);
    for (int i = 0; result == 0 && i < PATIENCE_CLOCKS; i++) {
        usb_rig_step(rig);
        if (host_take_done(&rig->bus.host)) {
            usb_rig_clocks(rig, 8);
            return 0;
        }
    }
    return result ? result : -ETIMEDOUT;
}

struct usb_rig *usb_rig_plug_in(bool refuse_high_speed, bool no_chirp)
{
    static struct usb_rig rig;
    memset(&rig, 0, sizeof rig);
    bus_init(&rig.bus, refuse_high_speed);
    ulpi_device_init(&rig.device);
    rig.device.no_chirp = no_chirp;
    for (int i = 0; i < PATIENCE_CLOCKS && rig.bus.port.state != PORT_ENABLED; i++)
        usb_rig_step(&rig);
    assert_int_equal(rig.bus.port.state, PORT_ENABLED);
    for (size_t i = 0; i < sizeof usb_pattern; i++)
        usb_pattern[i] = (uint8_t)(i * 7 + i / 256);
    return &rig;
}

struct usb_rig *usb_rig_enumerated(void)
{
    struct usb_rig *rig = usb_rig_plug_in(false, false);
    struct bus_runner runner = {usb_rig_run, rig};
    assert_int_equal(bus_enumerate(&rig->bus, &runner, &rig->found, rig->error, sizeof rig->error),
                     0);
    return rig;
}

struct transfer usb_rig_out(uint32_t length, bool zero_packet)
{
    return (struct transfer){
        .endpoint = 1, .data = usb_pattern, .length = length, .zero_packet = zero_packet};
}

void usb_rig_offer(struct usb_rig *rig, size_t len)
{
    rig->device.in = usb_pattern;
    rig->device.in_len = len;
    rig->device.in_at = 0;
    rig->device.in_open = true;
}
