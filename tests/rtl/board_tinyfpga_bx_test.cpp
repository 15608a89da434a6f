// A whole small board, from oscillator to pins, through what befalls boards: no lock, a bus reset, links and modules that go.
// SPDX-License-Identifier: MIT
#include "Vboard_tinyfpga_bx.h"
#include "Vboard_tinyfpga_bx___024root.h"
#include "driver/registers.h"
#include "tests/rtl/board_traffic.h"
#include "tests/rtl/mdio_phy.h"
#include "tests/rtl/rmii.h"
#include "tests/rtl/usb_line.h"

using bench::check;
using namespace ethernet;
using Dut = Vboard_tinyfpga_bx;
using Host = UsbHostAt<UsbLine<Dut>>;

constexpr uint64_t NEVER = UINT64_MAX, MS = 1000000000;
constexpr int POWER_ON_BITS = 18;

struct Board : BoardTraffic<Host> {
    bench::Clocked<Dut> sim;
    Dut &dut = sim.top;
    Host host{sim};
    UsbLine<Dut> &usb = host.phy;
    RmiiSender partner;
    RmiiReceiver line;
    Phy phy; // its registers
    uint64_t oscillator_at = 1, rmii_at = 1, event_at = NEVER, rmii_half = 10000;
    bool rmii_runs = true, wild = false; // the PLL's clocks run, but at no rate
    std::function<void()> event;
    uint64_t paused_until = 0;
    uint64_t let_go_ps = 0; // how long the pull-up was off

    explicit Board(uint64_t seed)
        : BoardTraffic<Host>(host, 64, seed), sim("board_tinyfpga_bx", (int)seed)
    {
        usb.random = bench::Random(seed + 1);
        usb.pins = [this] {
            return UsbLine<Dut>::Pins{!!dut.usb_drive, !!dut.usb_pull_up,
                                      (LineState)(dut.usb_dn_out << 1 | dut.usb_dp_out)};
        };
        usb.set_pins = [this](LineState state) {
            dut.usb_dp_in = state & 1, dut.usb_dn_in = state >> 1;
        };
        usb.before_edge = [this] { mdio(); };
        usb.other_clocks = [this](uint64_t now) { return other_clocks(now); };
        partner_sends = [this](const Bytes &frame) {
            partner.send(with_fcs(frame), 12, 7, (int)random.below(9), (int)random.below(9));
        };
        wants = [this] {
            return rmii_runs && dut.phy_rst_n && usb.now_ps >= paused_until &&
                   partner.symbols.size() < 4000;
        };
        dut.oscillator = dut.clk = dut.usb_clk = dut.rmii_clk = dut.locked = 0;
        dut.rmii_crs_dv = dut.rmii_rxd = 0, dut.mdio_in = 1;
        phy.anywhere = true, phy.answer_clocks = 7; // mdio_link_test has it looked for
        set_link(true, true);
        lose_lock(MS / 100, false);
        come_back();
    }
    // ---- clocks ----
    void lock()
    {
        wild = false;
        usb.core_half = 20833 + random.below(5) - 2, usb.usb_half = 10417 + random.below(3) - 1;
        usb.core_at = usb.now_ps + 1 + random.below(40000);
        usb.usb_at = usb.now_ps + 1 + random.below(20000);
        dut.locked = 1;
    }
    // For so long; its clocks stand still, or run at any rate.
    void lose_lock(uint64_t ps, bool stops)
    {
        dut.locked = 0;
        wild = !stops;
        usb.core_at = usb.usb_at = stops ? NEVER : usb.now_ps + 1;
        line.abrupt = true;
        usb.ear.deaf = usb.may_collide = true;
        event_at = usb.now_ps + ps, event = [this] { lock(); };
    }
    void run_wild()
    {
        usb.core_half = 3000 + random.below(80000), usb.usb_half = 2000 + random.below(40000);
    }
    uint64_t other_clocks(uint64_t now)
    {
        if (event_at == now) {
            event_at = NEVER;
            auto due = event;
            due();
        }
        if (oscillator_at == now)
            oscillator();
        if (!rmii_runs)
            rmii_at = std::max(rmii_at, now + 1000000);
        if (rmii_at == now)
            rmii_edge();
        return std::min(event_at, std::min(oscillator_at, rmii_at));
    }
    void oscillator()
    {
        oscillator_at += 31250;
        dut.oscillator = !dut.oscillator;
        dut.eval();
        let_go_ps = dut.usb_pull_up ? 0 : let_go_ps + 31250;
        if (wild)
            run_wild();
    }
    void rmii_edge()
    {
        rmii_at += rmii_half;
        dut.rmii_clk = !dut.rmii_clk;
        dut.eval();
        if (!dut.rmii_clk)
            return;
        if (dut.phy_rst_n)
            line.look(dut.rmii_tx_en, dut.rmii_txd);
        else
            line.pairs.clear(), partner.symbols.clear();
        partner.drive(dut.rmii_rxd, dut.rmii_crs_dv);
        collect();
    }
    // Frames that a partner takes: whole ones.
    void collect()
    {
        for (; !line.frames.empty(); line.frames.pop_front()) {
            const Bytes &all = line.frames.front();
            Bytes start = {0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xD5};
            bool whole = all.size() >= 72 && Bytes(all.begin(), all.begin() + 8) == start;
            Bytes body = whole ? Bytes(all.begin() + 8, all.end() - 4) : Bytes();
            whole = whole && with_fcs(body) == Bytes(all.begin() + 8, all.end());
            check(whole || line.abrupt, "a bad frame of %zu bytes on the wire", all.size());
            if (whole && is_pause(body))
                paused_until = usb.now_ps +
                               (body[16] * 256u + body[17]) * 512ull * (line.fast ? 10000 : 100000);
            else if (whole)
                to_wire.arrive(body);
        }
    }
    // ---- the Ethernet PHY's registers ----
    void set_link(bool up, bool fast)
    {
        line.abrupt = true;
        partner.symbols.clear();
        phy.registers[0] = 0x1000;
        phy.registers[1] = up ? 0x782D : 0x7809;
        phy.registers[4] = 0x05E1;
        phy.registers[5] = fast ? 0x45E1 : 0x4061;
        partner.fast = line.fast = fast;
    }
    bool last_mdc = false;
    void mdio()
    {
        phy.clock();
        bool level = dut.mdio_drive ? dut.mdio_out : phy.drives ? phy.out : true;
        dut.mdio_in = level;
        if (dut.mdc && !last_mdc && dut.phy_rst_n)
            phy.rising(level);
        last_mdc = dut.mdc;
    }
    // ---- the ways back ----
    // The rest of power_on's step.
    void skip_step(int step)
    {
        IData &age = dut.rootp->board_tinyfpga_bx__DOT__board__DOT__power_on__DOT__age;
        if (age >> POWER_ON_BITS == (IData)step)
            age = ((IData)(step + 1) << POWER_ON_BITS) - 200;
        usb.run(4000);
    }
    // From a lost lock: pull-up off, PHY in reset, and then as from power-on.
    void come_back()
    {
        usb.line(LINE_J);
        for (int i = 0; i < 400000 && event_at != NEVER; i++)
            usb.clock();
        usb.run(300);
        check(!dut.phy_rst_n && !dut.usb_pull_up, "the board is not in reset");
        skip_step(0);
        check(dut.phy_rst_n && !dut.usb_pull_up, "the PHY's reset does not end first");
        usb.run(300); // 5 us without a pull-up are a device that is gone (USB 2.0, 7.1.7.3)
        check(let_go_ps > 3000000, "the host does not see the device go");
        skip_step(1);
        check(dut.usb_pull_up, "the board does not come back to the bus");
        usb.ear.deaf = usb.may_collide = false;
        enumerate();
    }
    void enumerate()
    {
        forget();
        usb.line(SE0);
        usb.run(1000);
        usb.line(LINE_J);
        usb.run(300);
        usb.may_collide = false;
        configure();
        check(read(REG_ID) == REG_ID_VALUE, "ID");
        await_link(true);
        write(REG_CONTROL, REG_CONTROL_ENABLE);
        usb.run(40000); // what was cut has run out
        line.abrupt = false;
    }
    void await_link(bool up)
    {
        uint32_t status = 0, wanted = up ? 9 | line.fast << 1 : 0;
        uint32_t mask = up ? 0xB : 1;
        for (int i = 0; i < 200 && (i == 0 || (status & mask) != wanted); i++) {
            usb.run(6000);
            status = read(REG_STATUS);
        }
        check((status & mask) == wanted, "STATUS is %x", status);
    }
    void turns(uint32_t most)
    {
        for (uint32_t n = random.below(most); n && bench::failure.empty(); n--)
            turn();
    }
    // Some turns; in the middle of one of them it happens.
    void amid(std::function<void()> what)
    {
        turns(30);
        event = what, event_at = usb.now_ps + 1 + random.below(300000000);
        for (int i = 0; i < 100 && event_at != NEVER && bench::failure.empty(); i++)
            turn();
    }
};

static void comes_back_when_the_lock_is_lost(uint64_t seed)
{
    Board board(seed);
    board.exchange("at first");
    for (int i = 0; i < 5 && bench::failure.empty(); i++) {
        uint64_t length = any_time(board.random, 63000, 3 * MS);
        bool stops = board.random.chance(0.5), event_came = false;
        board.amid([&] { board.lose_lock(length, stops), event_came = true; });
        check(event_came, "nothing happened");
        board.come_back();
        board.exchange(stops ? "after the clocks stood still" : "after the clocks ran wild");
    }
}

static void comes_back_from_a_bus_reset(uint64_t seed)
{
    Board board(seed);
    for (int i = 0; i < 8 && bench::failure.empty(); i++) {
        board.amid([&] { board.usb.may_collide = board.line.abrupt = true; });
        board.usb.run(board.random.below(3000));
        board.enumerate();
        board.exchange("after a bus reset");
    }
}

static void goes_on_when_the_link_changes(uint64_t seed)
{
    Board board(seed);
    for (int i = 0; i < 8 && bench::failure.empty(); i++) {
        bool fast = board.random.chance(0.5), down = board.random.chance(0.3);
        board.amid([&] { board.set_link(!down, fast); });
        board.turns(20);
        if (down) {
            board.partner.symbols.clear();
            board.await_link(false);
            board.set_link(true, fast);
        }
        board.await_link(true);
        board.usb.run(fast ? 10000 : 100000); // what was cut, and what waits, runs out
        board.line.abrupt = false;
        board.exchange(fast ? "at 100 Mbit/s" : "at 10 Mbit/s");
    }
}

// Its clock stops at either level, its pins float; whether it takes its edges with it is chance.
static void goes_on_when_the_module_is_pulled(uint64_t seed)
{
    Board board(seed);
    for (int i = 0; i < 6 && bench::failure.empty(); i++) {
        board.amid([&] {
            board.rmii_runs = false;
            board.line.abrupt = true, board.line.pairs.clear();
            board.phy.anywhere = board.phy.drives = false;
            board.phy.address = 32;
            board.dut.rmii_rxd = board.random.below(4),
            board.dut.rmii_crs_dv = board.random.below(2);
        });
        board.turns(40);
        if (board.random.chance(0.5))
            board.await_link(false);
        for (uint32_t noise = board.random.below(40); noise; noise--) {
            board.dut.rmii_rxd = board.random.below(4),
            board.dut.rmii_crs_dv = board.random.below(2);
            board.dut.rmii_clk = !board.dut.rmii_clk;
            board.usb.run(1 + board.random.below(20));
        }
        check(board.read(REG_ID) == REG_ID_VALUE, "registers");
        bool fast = board.random.chance(0.5);
        board.phy.anywhere = true, board.phy.bit = -1;
        board.set_link(false, fast);
        board.rmii_half = 9999 + board.random.below(3);
        board.rmii_at = board.usb.now_ps + 1 + board.random.below(20000);
        board.rmii_runs = true;
        board.usb.run(board.random.below(30000));
        board.set_link(true, fast);
        board.await_link(true);
        board.usb.run(fast ? 10000 : 100000);
        board.line.abrupt = false;
        board.exchange("with the module back");
    }
}

int main()
{
    for (uint64_t seed : {1, 2}) {
        bench::test("comes back when its PLL loses the lock",
                    [=] { comes_back_when_the_lock_is_lost(seed); });
        bench::test("comes back from a bus reset in the middle of traffic",
                    [=] { comes_back_from_a_bus_reset(seed); });
        bench::test("goes on when the link changes under traffic",
                    [=] { goes_on_when_the_link_changes(seed); });
        bench::test("goes on when its Ethernet module is pulled and plugged in",
                    [=] { goes_on_when_the_module_is_pulled(seed); });
    }
    return bench::done();
}
