// Runs the Verilated board: the hot loop of clocks, in which the pins meet the USB bus, the wire and MDIO.
// SPDX-License-Identifier: MIT
//
// Time goes in half periods of the 125 MHz clock. At gigabit the two Ethernet clocks share their edges, and each edge of
// the 60 MHz clock falls on the nearest of them, so that one evaluation serves all.
#include GATES_HEADER
#include GATES_ROOT_HEADER

#include <type_traits>

#include "sim/board/gates_shape.h"

namespace
{

constexpr unsigned HALF_NS = 4;
constexpr unsigned USB_PERIOD = 25, USB_STEP = 6; // 16.67 ns are 25/6 half periods
constexpr unsigned RESET_HALVES = 400;

// Where Verilator 5.006 keeps the gates' registers and the levels by which it sees a clock's edge.
#define ROOT_SAMPLED \
    nic_ulpi_rgmii__DOT__mac__DOT__receiver__DOT__rgmii__DOT__rgmii_in__DOT__sampler__DOT__at_fall
#define ROOT_DATA_LOW \
    nic_ulpi_rgmii__DOT__mac__DOT__transmitter__DOT__rgmii__DOT__rgmii_out__DOT__data_driver__DOT__low
#define ROOT_CLOCK_LOW \
    nic_ulpi_rgmii__DOT__mac__DOT__transmitter__DOT__rgmii__DOT__rgmii_out__DOT__clock_driver__DOT__low
#define ROOT_TX_WAS __Vtrigrprev__TOP__tx_clk
#define ROOT_RX_WAS __Vtrigrprev__TOP__rx_clk

// Whether it does; under another release every edge is evaluated.
template <class Root, class = void> constexpr bool root_is_known = false;
template <class Root>
constexpr bool
    root_is_known<Root, std::void_t<decltype(Root::ROOT_SAMPLED), decltype(Root::ROOT_DATA_LOW),
                                    decltype(Root::ROOT_CLOCK_LOW), decltype(Root::ROOT_TX_WAS),
                                    decltype(Root::ROOT_RX_WAS)>> = true;

// The Ethernet clocks fall, and no other clock has an edge: all that happens in the gates is in RGMII's DDR cells
// (rtl/platform/sim). Done here, it saves every other evaluation. Returns false if it has not done it.
template <class Top> bool fall(Top *top)
{
    using Root = std::remove_reference_t<decltype(*top->rootp)>;
    if constexpr (root_is_known<Root>) {
        Root *root = top->rootp;
        if (root->ROOT_RX_WAS && !top->rx_clk)
            root->ROOT_SAMPLED = top->rgmii_rx_ctl << 4 | top->rgmii_rxd;
        root->ROOT_TX_WAS = 0;
        root->ROOT_RX_WAS = top->rx_clk;
        top->rgmii_txd = root->ROOT_DATA_LOW & 15;
        top->rgmii_tx_ctl = root->ROOT_DATA_LOW >> 4;
        top->rgmii_tx_clk = root->ROOT_CLOCK_LOW;
        return true;
    }
    return false;
}

template <class Top, bool TRACING> struct Board : public Gates<Top, TRACING, Board<Top, TRACING>> {
    using Base = Gates<Top, TRACING, Board<Top, TRACING>>;
    using Base::evaluate, Base::out, Base::top;
    unsigned usb_phase = 0;
    unsigned rx_half = 1, rx_left = 1; // half periods of rx_clk
    rgmii tx = {0, 0, 0}; // what the board drives, gathered over a cycle of its own transmit clock
    uint8_t tx_clock = 0; // that clock's level

    explicit Board(outside *o) : Base(o)
    {
    }

    void receive_edge()
    {
        rx_left = rx_half;
        top->rx_clk = !top->rx_clk;
        if (top->rx_clk)
            out->received = wire_clock(out->wire, out->now_ns, tx);
        top->rgmii_rxd = top->rx_clk ? out->received.rise : out->received.fall;
        top->rgmii_rx_ctl = top->rx_clk ? out->received.ctl & 1 : out->received.ctl >> 1;
    }

    void transmit_edge()
    {
        tx_clock = top->rgmii_tx_clk;
        if (tx_clock) {
            tx.rise = top->rgmii_txd;
            tx.ctl = (tx.ctl & 2) | top->rgmii_tx_ctl;
        } else {
            tx.fall = top->rgmii_txd;
            tx.ctl = (tx.ctl & 1) | top->rgmii_tx_ctl << 1;
        }
    }

    void usb_clock(ulpi_link link)
    {
        ulpi_phy pins = bus_clock(out->bus, link);
        top->ulpi_dir = pins.dir;
        top->ulpi_nxt = pins.nxt;
        top->ulpi_data_in = pins.dir ? pins.data : link.data;
        top->mdio_in = mdio_slave_clock(&out->mdio, top->mdc, !top->mdio_drive || top->mdio_out);
        out->clocks++;
    }

    // Half a period of tx_clk, and whatever edges of the others fall on it.
    bool step()
    {
        bool rx_was = top->rx_clk;
        top->tx_clk = !top->tx_clk;
        if (--rx_left == 0)
            receive_edge();
        usb_phase += USB_STEP;
        bool usb = usb_phase >= USB_PERIOD;
        ulpi_link link = {0, false};
        if (usb) {
            usb_phase -= USB_PERIOD;
            link.data = top->ulpi_data_drive ? top->ulpi_data_out : 0;
            link.stp = top->ulpi_stp;
        }
        top->clk = usb_phase < USB_PERIOD / 2;
        bool only_falls = !usb && !top->tx_clk && (rx_was || !top->rx_clk);
        if (TRACING || !only_falls || !fall(top.get()))
            evaluate();
        if (top->rgmii_tx_clk != tx_clock)
            transmit_edge();
        out->now_ns += HALF_NS;
        if (usb && !top->rst)
            usb_clock(link);
        return usb;
    }

    void reset()
    {
        top->rst = 1;
        top->mdio_in = 1;
        for (unsigned i = 0; i < RESET_HALVES; i++)
            step();
        top->rst = 0;
    }

    void prepare()
    {
        rx_half = wire_clock_ns(out->wire) / (2 * HALF_NS);
    }

    bool at_rest() const
    {
        return true;
    }
};

using Shape = Board<GATES_TOP, GATES_TRACING>;

} // namespace

extern "C" const gates_build GATES_BUILD = {gates_open<Shape>, gates_run<Shape>,
                                            gates_close<Shape>};
