// Runs the Verilated board: the hot loop of clocks, in which the pins meet the USB bus, the wire and MDIO.
// SPDX-License-Identifier: MIT
//
// Time goes in half periods of the 125 MHz clock. At gigabit the two Ethernet clocks share their edges, and each edge of
// the 60 MHz clock falls on the nearest of them, so that one evaluation serves all.
#include GATES_HEADER
#include GATES_ROOT_HEADER

#include <type_traits>

#include "sim/board/gates_shape.h"

// The functions of which Verilator's eval() consists: for inputs, for clocks' edges, and for what happens at these.
#define JOINED(a, b)     a##b
#define JOIN(a, b)       JOINED(a, b)
#define GATES_ROOT       JOIN(GATES_TOP, ___024root)
#define GATES_PART(name) JOIN(GATES_TOP, ___024root___##name)
void GATES_PART(eval_ico)(GATES_ROOT *);
void GATES_PART(eval_triggers__act)(GATES_ROOT *);
void GATES_PART(eval_nba)(GATES_ROOT *);

namespace
{

constexpr unsigned HALF_NS = 4;
constexpr unsigned USB_PERIOD = 25, USB_STEP = 6; // 16.67 ns are 25/6 half periods
constexpr unsigned RESET_HALVES = 400;

// Where Verilator 5.006 keeps the gates' registers and the levels by which it sees a clock's edge.
#define ROOT_PINS \
    nic_ulpi_rgmii__DOT__mac__DOT__receiver__DOT__rgmii__DOT__rgmii_in__DOT____Vcellinp__sampler__pins
#define ROOT_SAMPLED \
    nic_ulpi_rgmii__DOT__mac__DOT__receiver__DOT__rgmii__DOT__rgmii_in__DOT__sampler__DOT__at_fall
#define ROOT_DATA_LOW \
    nic_ulpi_rgmii__DOT__mac__DOT__transmitter__DOT__rgmii__DOT__rgmii_out__DOT__data_driver__DOT__low
#define ROOT_CLOCK_LOW \
    nic_ulpi_rgmii__DOT__mac__DOT__transmitter__DOT__rgmii__DOT__rgmii_out__DOT__clock_driver__DOT__low
#define ROOT_TX_WAS __Vtrigrprev__TOP__tx_clk
#define ROOT_RX_WAS __Vtrigrprev__TOP__rx_clk

// Whether it does, and knows no clocks' edges but these four; under another release all is evaluated by eval().
template <class Root, class = void> constexpr bool root_is_known = false;
template <class Root>
constexpr bool
    root_is_known<Root, std::void_t<decltype(Root::ROOT_PINS), decltype(Root::ROOT_SAMPLED),
                                    decltype(Root::ROOT_DATA_LOW), decltype(Root::ROOT_CLOCK_LOW),
                                    decltype(Root::ROOT_TX_WAS), decltype(Root::ROOT_RX_WAS)>> =
        std::is_same_v<decltype(Root::__VicoTriggered), VlTriggerVec<1>>
            &&std::is_same_v<decltype(Root::__VactTriggered), VlTriggerVec<4>>;

// What RGMII's DDR cells do (rtl/platform/sim) as the Ethernet clocks fall.
template <class Root> void drive_low(Root *root)
{
    root->rgmii_txd = root->ROOT_DATA_LOW & 15;
    root->rgmii_tx_ctl = root->ROOT_DATA_LOW >> 4;
    root->rgmii_tx_clk = root->ROOT_CLOCK_LOW;
}

// The Ethernet clocks fall, and no other clock has an edge: nothing else happens in the gates. Done here, it saves every other
// evaluation.
template <class Root> void fall(Root *root)
{
    if (root->ROOT_RX_WAS && !root->rx_clk)
        root->ROOT_SAMPLED = root->rgmii_rx_ctl << 4 | root->rgmii_rxd;
    root->ROOT_TX_WAS = 0;
    root->ROOT_RX_WAS = root->rx_clk;
    drive_low(root);
}

// What eval() does about inputs and edges, once. It would do it again until nothing changes any more, but no clock comes from the
// gates. Inputs but for clocks and RGMII's need not be looked at unless they may have changed.
template <class Root> void evaluate_once(Root *root, bool inputs_changed)
{
    if (inputs_changed) {
        root->__VicoTriggered.at(0) = true;
        GATES_PART(eval_ico)(root);
    } else {
        root->ROOT_PINS = root->rgmii_rx_ctl << 4 | root->rgmii_rxd;
        if (!root->tx_clk)
            drive_low(root);
    }
    GATES_PART(eval_triggers__act)(root);
    root->__VnbaTriggered = root->__VactTriggered;
    GATES_PART(eval_nba)(root);
}

template <class Top, bool TRACING> struct Board : public Gates<Top, TRACING, Board<Top, TRACING>> {
    using Base = Gates<Top, TRACING, Board<Top, TRACING>>;
    using Root = std::remove_reference_t<decltype(*std::declval<Top>().rootp)>;
    using Base::evaluate, Base::out, Base::top;
    unsigned usb_phase = 0;
    unsigned rx_half = 1, rx_left = 1; // half periods of rx_clk
    rgmii tx = {0, 0, 0}; // what the board drives, gathered over a cycle of its own transmit clock
    uint8_t tx_clock = 0; // that clock's level
    bool inputs_changed = true; // since the last evaluation, other than clocks and RGMII's

    explicit Board(outside *o) : Base(o)
    {
    }

    void receive_edge(Root *pins)
    {
        rx_left = rx_half;
        pins->rx_clk = !pins->rx_clk;
        if (pins->rx_clk)
            out->received = wire_clock(out->wire, out->now_ns, tx);
        pins->rgmii_rxd = pins->rx_clk ? out->received.rise : out->received.fall;
        pins->rgmii_rx_ctl = pins->rx_clk ? out->received.ctl & 1 : out->received.ctl >> 1;
    }

    void transmit_edge(const Root *pins)
    {
        tx_clock = pins->rgmii_tx_clk;
        if (tx_clock) {
            tx.rise = pins->rgmii_txd;
            tx.ctl = (tx.ctl & 2) | pins->rgmii_tx_ctl;
        } else {
            tx.fall = pins->rgmii_txd;
            tx.ctl = (tx.ctl & 1) | pins->rgmii_tx_ctl << 1;
        }
    }

    void usb_clock(Root *pins, ulpi_link link)
    {
        ulpi_phy phy = bus_clock(out->bus, link);
        pins->ulpi_dir = phy.dir;
        pins->ulpi_nxt = phy.nxt;
        pins->ulpi_data_in = phy.dir ? phy.data : link.data;
        pins->mdio_in =
            mdio_slave_clock(&out->mdio, pins->mdc, !pins->mdio_drive || pins->mdio_out);
        inputs_changed = true;
        out->clocks++;
    }

    // All edges of a half period. In reset eval() has to set up the gates.
    void evaluate_edges(Root *root, bool only_falls)
    {
        if constexpr (!TRACING && root_is_known<Root>) {
            if (only_falls)
                return fall(root);
            if (!root->rst) {
                evaluate_once(root, inputs_changed);
                inputs_changed = false;
                return;
            }
        }
        evaluate();
    }

    // Half a period of tx_clk, and whatever edges of the others fall on it.
    bool step()
    {
        Root *pins = top->rootp;
        bool rx_was = pins->rx_clk;
        pins->tx_clk = !pins->tx_clk;
        if (--rx_left == 0)
            receive_edge(pins);
        usb_phase += USB_STEP;
        bool usb = usb_phase >= USB_PERIOD;
        ulpi_link link = {0, false};
        if (usb) {
            usb_phase -= USB_PERIOD;
            link.data = pins->ulpi_data_drive ? pins->ulpi_data_out : 0;
            link.stp = pins->ulpi_stp;
        }
        pins->clk = usb_phase < USB_PERIOD / 2;
        evaluate_edges(pins, !usb && !pins->tx_clk && (rx_was || !pins->rx_clk));
        if (pins->rgmii_tx_clk != tx_clock)
            transmit_edge(pins);
        out->now_ns += HALF_NS;
        if (usb && !pins->rst)
            usb_clock(pins, link);
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
