// The whole adapter at its pins: power-on from any state, no Ethernet clock, a link whose speed changes under way.
// SPDX-License-Identifier: MIT
#include "Vnic_ulpi_rgmii.h"
#include "driver/registers.h"
#include "tests/rtl/nic_driver.h"

using bench::check;
using namespace ethernet;

struct Adapter : NicDriver<UsbHost<Vnic_ulpi_rgmii>> {
    bench::Clocked<Vnic_ulpi_rgmii> sim;
    Vnic_ulpi_rgmii &dut = sim.top;
    UsbHost<Vnic_ulpi_rgmii> host{sim};
    Sender partner;
    Receiver line;
    bench::Random random{1};
    bool rx_runs, watch = false;
    size_t pulses = 0; // of `activity`
    uint64_t now_ps = 0, tx_at = 1000, rx_at = 2000, rx_half = 4000;

    explicit Adapter(int rubbish = 0, bool rx_clock = true)
        : NicDriver{host, 512}, sim("nic_ulpi_rgmii", rubbish), rx_runs(rx_clock)
    {
        dut.clk = dut.tx_clk = dut.rx_clk = dut.ulpi_dir = dut.ulpi_nxt = dut.ulpi_data_in = 0;
        dut.rgmii_rxd = dut.rgmii_rx_ctl = 0;
        dut.mdio_in = 1;
        host.phy.before_edge = [this] { other_clocks(), pulses += dut.activity; };
        dut.rst = 1;
        for (int i = 0; i < 4; i++) // its PHY is in reset too, and does not listen
            sim.settle(), sim.edge();
        host.phy.run(4);
        dut.rst = 0;
        host.phy.run(100);
    }
    // The Ethernet clocks' edges between two of the core's.
    void other_clocks()
    {
        now_ps += 16667;
        while (tx_at < now_ps || (rx_runs && rx_at < now_ps)) {
            if (!rx_runs || tx_at <= rx_at) {
                dut.tx_clk = !dut.tx_clk;
                dut.eval();
                if (watch)
                    line.look(dut.rgmii_tx_clk, dut.rgmii_tx_ctl, dut.rgmii_txd, tx_at);
                tx_at += 4000;
            } else {
                dut.rx_clk = !dut.rx_clk;
                partner.drive(dut.rgmii_rxd, dut.rgmii_rx_ctl, dut.rx_clk);
                dut.eval();
                rx_at += rx_half;
            }
        }
        if (!rx_runs)
            rx_at = now_ps;
    }
    // 0: 10 Mbit/s, 1: 100, 2: 1000; cuts off what is under way.
    void set_speed(int speed)
    {
        static const uint64_t byte_ps[] = {800000, 80000, 8000};
        partner = Sender();
        partner.gigabit = speed == 2;
        partner.status = (uint8_t)(9 | speed << 1);
        rx_half = speed == 2 ? 4000 : byte_ps[speed] / 4;
        watch = false;
        line = Receiver();
        line.gigabit = speed == 2;
        line.byte_ps = byte_ps[speed];
        host.phy.run(speed == 0 ? 2500 : 300);
    }
    void start()
    {
        host.phy.line(LINE_J);
        host.phy.run(300);
        host.reset();
        configure();
    }
    // One frame each way.
    void exchange(const char *when)
    {
        Bytes out = frame(random, 200), in = frame(random, 300, 0xFFFFFFFFFFFF);
        watch = true;
        send(out);
        partner.send(with_fcs(in));
        auto last = receive([&](auto &frames) { return !frames.empty() && frames.back() == in; });
        check(!last.empty() && last.back() == in, "%s: no frame came in", when);
        for (int i = 0; i < 60000 && (line.frames.empty() || line.frames.back().bytes != out); i++)
            host.phy.clock();
        check(!line.frames.empty() && line.frames.back().bytes == out, "%s: no frame went out",
              when);
    }
};

static void works_whatever_its_registers_held(int rubbish)
{
    Adapter board(rubbish);
    board.set_speed(2);
    board.start();
    check(board.read(REG_ID) == REG_ID_VALUE, "ID is %08x", board.read(REG_ID));
    board.write(REG_CONTROL, REG_CONTROL_RESET);
    check(board.read(REG_RX_FRAMES) == 0 && board.read(REG_TX_FRAMES) == 0, "counters");
    board.write(REG_CONTROL, REG_CONTROL_ENABLE);
    board.exchange("from rubbish");
    check(board.read(REG_RX_FRAMES) == 1 && board.read(REG_TX_FRAMES) == 1, "counters");
    check(board.pulses == 2, "%zu signs of activity for 2 frames", board.pulses);
}

static void answers_while_the_receive_clock_stands_still()
{
    Adapter board(0, false);
    board.start();
    check(board.read(REG_ID) == REG_ID_VALUE && board.read(REG_STATUS) == 0, "registers");
    for (int i = 0; i < 3; i++) {
        board.write(REG_CONTROL, REG_CONTROL_RESET);
        board.write(REG_CONTROL, REG_CONTROL_ENABLE);
        check(board.read(REG_CONTROL) == REG_CONTROL_ENABLE, "CONTROL");
    }
    check(board.host.in(1) == NAK, "frames from nowhere");
    board.rx_runs = true;
    board.set_speed(2);
    check(board.read(REG_STATUS) & REG_STATUS_LINK, "no link once the clock runs");
    board.exchange("once the clock runs");
    board.rx_runs = false;
    board.host.phy.run(500);
    board.write(REG_CONTROL, REG_CONTROL_RESET);
    check(board.read(REG_MAC_LOW) != 0, "registers");
    board.rx_runs = true;
    board.write(REG_CONTROL, REG_CONTROL_ENABLE);
    board.host.phy.run(500);
    board.exchange("after a pause of the clock");
}

static void goes_on_when_the_link_changes_its_speed(uint64_t seed)
{
    Adapter board;
    board.random = bench::Random(seed);
    board.set_speed(2);
    board.start();
    board.write(REG_CONTROL, REG_CONTROL_ENABLE);
    for (int speed : {1, 0, 2, 0, 1, 2}) {
        board.send(frame(board.random, 400));
        board.partner.send(with_fcs(frame(board.random, 400, 0xFFFFFFFFFFFF)));
        board.host.phy.run(board.random.below(400));
        board.set_speed(speed);
        board.host.phy.run(speed == 0 ? 25000 : 2500); // what was cut runs out
        check((board.read(REG_STATUS) & REG_STATUS_SPEED_MASK) >> REG_STATUS_SPEED_SHIFT ==
                  (uint32_t)speed,
              "STATUS does not tell speed %d", speed);
        board.exchange("after a change of speed");
    }
}

int main()
{
    for (int rubbish : {1, 2, 3})
        bench::test("works whatever its registers held",
                    [=] { works_whatever_its_registers_held(rubbish); });
    bench::test("answers while the receive clock stands still",
                answers_while_the_receive_clock_stands_still);
    for (uint64_t seed : {1, 2, 3})
        bench::test("goes on when the link changes its speed",
                    [=] { goes_on_when_the_link_changes_its_speed(seed); });
    return bench::done();
}
