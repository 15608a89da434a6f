// A whole ECPIX-5, from oscillator to pins, through what befalls boards: no lock, the button, a bus reset, clocks that go.
// SPDX-License-Identifier: MIT
#include "Vboard_ecpix5.h"
#include "Vboard_ecpix5___024root.h"
#include "driver/registers.h"
#include "tests/rtl/board_traffic.h"

using bench::check;
using namespace ethernet;
using Dut = Vboard_ecpix5;
using Host = UsbHost<Dut>;

constexpr uint64_t NEVER = UINT64_MAX, US = 1000000, MS = 1000 * US;
constexpr int POWER_ON_BITS = 20;
constexpr uint64_t BYTE_PS[] = {800000, 80000, 8000}; // at 10, 100 and 1000 Mbit/s

struct Board : BoardTraffic<Host> {
    bench::Clocked<Dut> sim;
    Dut &dut = sim.top;
    Host host{sim};
    UsbPhy<Dut> &usb = host.phy;
    Sender partner;
    Receiver line;
    int speed = 2;
    uint64_t now_ps = 0, usb_ps = 16667, oscillator_at = 1, tx_at = 1000, rx_at = 2000,
             event_at = NEVER;
    uint64_t tx_half = 4000, rx_half = 4000, usb_from = 0, paused_until = 0;
    bool tx_runs = false, rx_runs = true, wild = false, usb_pauses = false;
    bool pours = false, deaf = false; // the partner: fills the line; heeds no PAUSE
    std::function<void()> event;

    explicit Board(uint64_t seed)
        : BoardTraffic<Host>(host, 512, seed), sim("board_ecpix5", (int)seed)
    {
        usb.random = bench::Random(seed + 1);
        usb.before_edge = [this] { pass(); };
        usb.reset();
        usb.runs = false;
        partner_sends = [this](const Bytes &frame) { partner.send(with_fcs(frame)); };
        wants = [this] {
            return rx_runs && dut.eth_rst_n && (deaf || now_ps >= paused_until) &&
                   partner.symbols.size() < 4000 && partner.status & 1;
        };
        dut.clk = dut.tx_clk = dut.rx_clk = dut.oscillator = dut.locked = 0;
        dut.ulpi_dir = dut.ulpi_nxt = dut.ulpi_data_in = dut.rgmii_rxd = dut.rgmii_rx_ctl = 0;
        dut.mdio_in = dut.button_n = 1;
        dut.eval();
        usb_ps = 16665 + random.below(4);
        set_link(2, true);
        lose_lock(MS / 100, true);
        come_back();
    }
    // ---- clocks ----
    // Everything between two edges of the USB PHY's clock.
    void pass()
    {
        uint64_t until = now_ps + usb_ps;
        for (;;) {
            uint64_t tx = tx_runs ? tx_at : NEVER, rx = rx_runs && dut.eth_rst_n ? rx_at : NEVER;
            uint64_t next = std::min(std::min(tx, rx), std::min(oscillator_at, event_at));
            if (next >= until)
                break;
            now_ps = next;
            if (event_at == next)
                happen();
            else if (oscillator_at == next)
                oscillator();
            else if (tx == next)
                tx_edge();
            else
                rx_edge();
        }
        now_ps = until;
        if (pours)
            pour();
    }
    void happen()
    {
        event_at = NEVER;
        auto due = event;
        due();
    }
    // It changes nothing while the board runs, and costs time then.
    void oscillator()
    {
        bool needed = dut.in_reset || dut.ulpi_rst || !dut.locked || !dut.button_n;
        oscillator_at += needed || dut.oscillator ? 5000 : 200000;
        dut.oscillator = !dut.oscillator;
        dut.eval();
        if (wild)
            tx_half = 500 + random.below(30000);
        if (dut.ulpi_rst && usb.runs) {
            usb.reset();
            usb.runs = false;
        }
        if (dut.ulpi_rst)
            usb_from = now_ps + any_time(random, US, MS / 2);
        usb.runs = !usb_pauses && (usb.runs || (!dut.ulpi_rst && now_ps >= usb_from));
    }
    void tx_edge()
    {
        tx_at += tx_half;
        dut.tx_clk = !dut.tx_clk;
        dut.eval();
        if (dut.eth_rst_n)
            line.look(dut.rgmii_tx_clk, dut.rgmii_tx_ctl, dut.rgmii_txd, tx_at);
        for (; !line.frames.empty(); line.frames.pop_front()) {
            const Bytes &frame = line.frames.front().bytes;
            if (is_pause(frame))
                paused_until = now_ps + (frame[16] * 256u + frame[17]) * 64ull * line.byte_ps;
            else
                to_wire.arrive(frame);
        }
    }
    void rx_edge()
    {
        rx_at += rx_half;
        dut.rx_clk = !dut.rx_clk;
        partner.drive(dut.rgmii_rxd, dut.rgmii_rx_ctl, dut.rx_clk);
        dut.eval();
    }
    // The Ethernet PHY's link: its clock has another rate and phase at once, what is under way is cut.
    void set_link(int to, bool up)
    {
        speed = to;
        abrupt(true);
        partner = Sender();
        partner.gigabit = speed == 2;
        partner.status = (uint8_t)(8 | speed << 1 | up);
        uint64_t half = speed == 2 ? 4000 : BYTE_PS[speed] / 4;
        // 250 ppm or less, as picoseconds are whole.
        rx_half = half + random.below((uint32_t)(half / 5000 + 2)) - half / 10000;
        rx_at = now_ps + 1 + random.below((uint32_t)(2 * half));
        bool clock = line.last_clock;
        line = Receiver();
        line.last_clock = clock, line.abrupt = true;
        line.gigabit = speed == 2, line.byte_ps = BYTE_PS[speed];
    }
    void abrupt(bool may_be)
    {
        line.abrupt = may_be;
        line.end = 0;
    }
    void lock()
    {
        wild = false, tx_runs = true;
        tx_half = 4000, tx_at = now_ps + 1 + random.below(8000);
        dut.locked = dut.button_n = 1;
    }
    void lose_lock(uint64_t ps, bool stops)
    {
        dut.locked = 0;
        oscillator_at = now_ps + 1 + random.below(5000);
        wild = !stops, tx_runs = wild;
        abrupt(true);
        event_at = now_ps + ps, event = [this] { lock(); };
    }
    void pause_usb_clock(bool pauses)
    {
        usb_pauses = pauses, usb.runs = !pauses;
    }
    void press(uint64_t ps)
    {
        dut.button_n = 0;
        oscillator_at = now_ps + 1 + random.below(5000);
        abrupt(true);
        event_at = now_ps + ps, event = [this] { dut.button_n = 1; };
    }
    // ---- the ways back ----
    void skip_step(int step)
    {
        IData &age = dut.rootp->board_ecpix5__DOT__board__DOT__power_on__DOT__age;
        if (age >> POWER_ON_BITS == (IData)step)
            age = ((IData)(step + 1) << POWER_ON_BITS) - 200;
        usb.run(300);
    }
    // Both PHYs in reset, then as from power-on. The USB PHY's clock may come later than the core's time of reset is over.
    void come_back()
    {
        for (int i = 0; i < 400000 && event_at != NEVER; i++)
            usb.clock();
        usb.run(10);
        check(dut.ulpi_rst && !dut.eth_rst_n && !usb.runs, "the PHYs are not in reset");
        line.nibbles.clear(), line.carrier = false, partner.symbols.clear();
        usb.line(LINE_J); // as soon as there is a pull-up
        skip_step(0);
        check(!dut.ulpi_rst && dut.eth_rst_n, "the PHYs' reset does not end");
        skip_step(1);
        for (int i = 0; i < 100000 && (!usb.runs || dut.in_reset || !attached()); i++)
            usb.clock();
        check(usb.runs && !dut.in_reset, "the core is still in reset");
        check(attached(), "the board does not come back to the bus: %02x", usb.registers[4]);
        enumerate();
    }
    bool attached() const
    {
        return (usb.registers[4] & 0x1f) == 5; // full speed, with its pull-up
    }
    void enumerate()
    {
        forget();
        usb.line(LINE_J);
        host.reset();
        check(usb.high_speed(), "not at high speed");
        configure();
        check(dut.configured && dut.high_speed, "the LEDs do not say so");
        check(read(REG_ID) == REG_ID_VALUE, "ID");
        await_link(true);
        write(REG_CONTROL, REG_CONTROL_ENABLE);
        settle_down();
    }
    // What was cut runs out.
    void settle_down()
    {
        usb.run(speed == 2 ? 2000 : speed == 1 ? 10000 : 80000);
        abrupt(false);
    }
    void await_link(bool up)
    {
        uint32_t status = 0, wanted = up ? (uint32_t)(9 | speed << 1) : 0, mask = up ? 15 : 1;
        for (int i = 0; i < 60 && (i == 0 || (status & mask) != wanted); i++) {
            usb.run(200);
            status = read(REG_STATUS);
        }
        check((status & mask) == wanted && dut.link == up, "STATUS is %x", status);
    }
    void turns(uint32_t most)
    {
        for (uint32_t n = random.below(most); n && bench::failure.empty(); n--)
            turn();
    }
    // Some turns; in the middle of one of them it happens.
    void amid(std::function<void()> what)
    {
        turns(60);
        event = what, event_at = now_ps + 1 + random.below(30 * US);
        for (int i = 0; i < 100 && event_at != NEVER && usb.runs && bench::failure.empty(); i++)
            turn();
    }
};

static void comes_back_when_the_lock_is_lost(uint64_t seed)
{
    Board board(seed);
    board.exchange("at first");
    for (int i = 0; i < 6 && bench::failure.empty(); i++) {
        uint64_t length = any_time(board.random, 11000, MS);
        bool stops = board.random.chance(0.5), button = board.random.chance(0.3);
        board.amid([&] { button ? board.press(length) : board.lose_lock(length, stops); });
        board.come_back();
        board.exchange(button ? "after the button" : "after the lock was lost");
    }
}

static void comes_back_from_a_bus_reset(uint64_t seed)
{
    Board board(seed);
    for (int i = 0; i < 5 && bench::failure.empty(); i++) {
        bool silence = false;
        board.amid([&] { silence = true, board.abrupt(true); });
        check(silence, "no moment came");
        board.usb.run(board.random.below(300));
        board.enumerate();
        board.exchange("after a bus reset");
    }
}

// The receive clock stands still in between, as long as it likes.
static void goes_on_when_the_link_changes(uint64_t seed)
{
    Board board(seed);
    for (int i = 0; i < 10 && bench::failure.empty(); i++) {
        int speed = (int)board.random.below(3);
        bool down = board.random.chance(0.3), stops = board.random.chance(0.5);
        board.amid([&] {
            board.set_link(speed, !down);
            board.rx_runs = !stops;
            if (stops)
                board.rx_half = 1000 + board.random.below(100000); // one odd edge
        });
        board.turns(20);
        if (stops) {
            board.rx_runs = true;
            board.set_link(speed, !down);
        }
        if (down) {
            board.usb.run(speed == 0 ? 2000 : 200);
            board.await_link(false);
            board.set_link(speed, true);
        }
        board.usb.run(speed == 0 ? 2000 : 200);
        board.await_link(true);
        board.settle_down();
        board.exchange("at another speed");
    }
}

// Without a reset, and at times for so long that the partner fills the receive buffer: asked to pause it loses nothing
// (IEEE 802.3, annex 31B), deaf to that whole frames.
static void goes_on_when_the_usb_clock_pauses(uint64_t seed)
{
    Board board(seed);
    for (int i = 0; i < 12 && bench::failure.empty(); i++) {
        bool flood = i % 4 == 3;
        uint64_t length = flood ? MS : any_time(board.random, 20000, MS / 5);
        board.deaf = i == 11;
        board.amid([&] {
            board.pause_usb_clock(true);
            board.pours = flood;
            board.event_at = board.now_ps + length;
            board.event = [&] { board.pause_usb_clock(false), board.pours = false; };
        });
        while (board.event_at != NEVER)
            board.usb.clock();
        board.turns(10);
        board.exchange("after a pause of the USB PHY's clock");
        size_t lost = board.to_host.given.size() - board.to_host.arrived;
        check((lost > 0) == board.deaf, "%zu frames lost after a pause of %llu ns", lost,
              (unsigned long long)length / 1000);
    }
}

int main()
{
    for (uint64_t seed : {1, 2}) {
        bench::test("comes back when its PLL loses the lock, or by its button",
                    [=] { comes_back_when_the_lock_is_lost(seed); });
        bench::test("comes back from a bus reset in the middle of traffic",
                    [=] { comes_back_from_a_bus_reset(seed); });
        bench::test("goes on when the link changes under traffic",
                    [=] { goes_on_when_the_link_changes(seed); });
        bench::test("goes on when the USB PHY's clock pauses",
                    [=] { goes_on_when_the_usb_clock_pauses(seed); });
    }
    return bench::done();
}
