// Runs the Verilated board: the hot loop of clocks, in which the pins meet the USB bus, the wire and MDIO.
// SPDX-License-Identifier: MIT
//
// Time goes in half periods of the 125 MHz clock. At gigabit the two Ethernet clocks share their edges, and each edge of
// the 60 MHz clock falls on the nearest of them, so that one evaluation serves all.
#include GATES_HEADER
#include GATES_ROOT_HEADER

#include <memory>
#include <type_traits>

#include "verilated_fst_c.h"

extern "C" {
#include "sim/board/gates.h"
}

namespace
{

constexpr unsigned HALF_NS = 4;
constexpr unsigned USB_PERIOD = 25, USB_STEP = 6; // 16.67 ns are 25/6 half periods
constexpr unsigned RESET_HALVES = 400;
constexpr uint64_t IDLE_CLOCKS = 16; // so long must the board be idle
constexpr uint64_t CHECK_CLOCKS =
    8; // between two looks at whether anything goes on; a power of two
constexpr uint64_t FORGOTTEN_CLOCKS =
    120000; // 2 ms without a transfer: what the board holds, nobody wants

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

template <class Top, bool TRACING> struct Board {
    outside *out;
    const uint64_t start_ns; // where the waves begin
    std::unique_ptr<VerilatedContext> context = std::make_unique<VerilatedContext>();
    std::unique_ptr<Top> top;
    std::unique_ptr<VerilatedFstC> trace;
    unsigned usb_phase = 0;
    unsigned rx_half = 1, rx_left = 1; // half periods of rx_clk
    rgmii tx = {0, 0, 0}; // what the board drives, gathered over a cycle of its own transmit clock
    uint8_t tx_clock = 0; // that clock's level

    explicit Board(outside *o)
        : out(o), start_ns(o->now_ns), top(std::make_unique<Top>(context.get(), "board"))
    {
    }

    bool open_trace(const char *file)
    {
        if constexpr (TRACING) {
            if (!file)
                return true;
            context->traceEverOn(true);
            context->timeunit(-9);
            context->timeprecision(-9);
            trace = std::make_unique<VerilatedFstC>();
            top->trace(trace.get(), 99);
            trace->open(file);
            return trace->isOpen();
        }
        return !file;
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

    void evaluate()
    {
        top->eval();
        if constexpr (TRACING)
            if (trace)
                trace->dump(out->now_ns - start_ns);
    }

    // Half a period of tx_clk, and whatever edges of the others fall on it.
    bool half_period()
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
            half_period();
        top->rst = 0;
    }

    // Nobody will be the first to do something: neither the board, nor the wire, nor the host controller.
    bool quiet()
    {
        bus *usb = out->bus;
        uint64_t clock = usb->host.clock;
        if (!wire_idle(out->wire))
            out->active_clock = out->wanted_clock = clock;
        if (host_waits(&usb->host) || usb->port.state != PORT_ENABLED)
            out->wanted_clock = clock;
        bool forgotten = clock - out->wanted_clock > FORGOTTEN_CLOCKS;
        if (clock - out->busy_clock < IDLE_CLOCKS && !forgotten)
            return false;
        return usb->port.state == PORT_ENABLED ? host_settled(&usb->host, out->active_clock)
                                               : bus_can_skip(usb);
    }

    // Not idle: at work of its own, unless it only answers the host.
    void note_work()
    {
        const host &controller = out->bus->host;
        out->busy_clock = controller.clock;
        if (host_rests(&controller))
            out->active_clock = controller.clock;
    }

    gates_stop run(uint64_t until_ns)
    {
        rx_half = wire_clock_ns(out->wire) / (2 * HALF_NS);
        while (out->now_ns < until_ns) {
            if (!half_period())
                continue;
            if (host_has_done(&out->bus->host))
                return GATES_DONE;
            if (!top->idle)
                note_work();
            if (out->clocks % CHECK_CLOCKS == 0 && quiet())
                return GATES_QUIET;
        }
        return GATES_TIME;
    }
};

using Build = Board<GATES_TOP, GATES_TRACING>;

gates *gates_open(outside *out, const char *trace)
{
    auto board = std::make_unique<Build>(out);
    if (!board->open_trace(trace))
        return nullptr;
    board->reset();
    return reinterpret_cast<gates *>(board.release());
}

gates_stop gates_run(gates *g, uint64_t until_ns)
{
    return reinterpret_cast<Build *>(g)->run(until_ns);
}

void gates_close(gates *g)
{
    auto *board = reinterpret_cast<Build *>(g);
    if (board->trace)
        board->trace->close();
    board->top->final();
    delete board;
}

} // namespace

extern "C" const gates_build GATES_BUILD = {gates_open, gates_run, gates_close};
