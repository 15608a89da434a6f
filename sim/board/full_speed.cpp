// Runs the Verilated board of the small shape: D+ and D- meet the USB bus, RMII the wire.
// SPDX-License-Identifier: MIT
//
// Time goes in 1/2400 us, which all three clocks divide: 48 MHz of the pins and, at every second edge, the core's 24,
// 50 MHz of RMII, and the bus's 60. Nothing happens in the gates where a clock falls, so that is put off to the next edge.
#include GATES_HEADER

#include "sim/board/gates_shape.h"

extern "C" {
#include "sim/wire/rmii.h"
}

namespace
{

constexpr uint64_t USB_UNITS = 50, RMII_UNITS = 48, BUS_UNITS = 40; // periods
constexpr uint64_t UNITS_PER_US = 2400;
constexpr unsigned RESET_CLOCKS = 200;

template <class Top, bool TRACING> struct Board : public Gates<Top, TRACING, Board<Top, TRACING>> {
    using Base = Gates<Top, TRACING, Board<Top, TRACING>>;
    using Base::evaluate, Base::out, Base::top;

    uint64_t units = 0; // since `epoch_ns`
    uint64_t epoch_ns, expected_ns;
    uint64_t usb_at = 3, rmii_at = 11, bus_at = 0; // next edges
    bool core_half = false;
    struct rmii rmii;
    line line_state = LINE_SE0; // what the bus does to the line

    explicit Board(outside *o) : Base(o), epoch_ns(o->now_ns), expected_ns(o->now_ns)
    {
        rmii_init(&rmii);
    }

    // Time may have gone on without us.
    void prepare()
    {
        if (out->now_ns == expected_ns)
            return;
        epoch_ns = out->now_ns;
        usb_at -= units, rmii_at -= units, bus_at -= units;
        units = 0;
    }

    // What we know of the link is what the PHY shows: until then it has to be asked.
    bool at_rest() const
    {
        bool link = out->received.ctl == 0 && (out->received.rise & 1);
        bool fast = out->received.rise >> 1 & 1;
        return rmii_idle(&rmii) && top->link == link && (!link || top->fast == fast);
    }

    void show_line()
    {
        uint8_t device = (uint8_t)(top->usb_dn_out << 1 | top->usb_dp_out);
        uint8_t now = top->usb_drive ? device : (uint8_t)line_state;
        top->usb_dp_in = now & 1;
        top->usb_dn_in = now >> 1;
    }

    void usb_edge()
    {
        usb_at += USB_UNITS;
        show_line();
        core_half = !core_half;
        if (top->usb_clk) {
            top->usb_clk = 0;
            evaluate();
        }
        top->usb_clk = 1;
        top->rmii_clk = 0;
        top->clk = core_half;
        evaluate();
        if (core_half)
            top->mdio_in =
                mdio_slave_clock(&out->mdio, top->mdc, !top->mdio_drive || top->mdio_out);
    }

    void rmii_edge()
    {
        rmii_at += RMII_UNITS;
        rmii_pins driven = {(uint8_t)top->rmii_txd, (bool)top->rmii_tx_en};
        if (top->rmii_clk) {
            top->rmii_clk = 0;
            evaluate();
        }
        top->rmii_clk = 1;
        top->usb_clk = 0;
        evaluate();
        rmii_pins pins = rmii_clock(&rmii, out->wire, out->now_ns, driven);
        out->received = rmii.latest;
        top->rmii_rxd = pins.data;
        top->rmii_crs_dv = pins.valid;
    }

    void bus_edge()
    {
        bus_at += BUS_UNITS;
        line_device device = {(bool)top->usb_pull_up, (bool)top->usb_drive,
                              (line)(top->usb_dn_out << 1 | top->usb_dp_out)};
        line_state = bus_line_clock(out->bus, device);
        out->clocks++;
    }

    // The next edge; true if it was the bus's.
    bool step()
    {
        uint64_t next = usb_at < rmii_at ? usb_at : rmii_at;
        bool bus = bus_at <= next;
        if (bus)
            next = bus_at;
        units = next;
        out->now_ns = expected_ns = epoch_ns + units * 1000 / UNITS_PER_US;
        if (bus)
            bus_edge();
        else if (usb_at == next)
            usb_edge();
        else
            rmii_edge();
        return bus;
    }

    void reset()
    {
        top->rst = 1;
        top->mdio_in = 1;
        for (unsigned i = 0; i < 3 * RESET_CLOCKS; i++)
            step();
        top->rst = 0;
    }
};

using Shape = Board<GATES_TOP, GATES_TRACING>;

} // namespace

extern "C" const gates_build GATES_BUILD = {gates_open<Shape>, gates_run<Shape>,
                                            gates_close<Shape>};
