// The small boards' adapter at its pins: D+ and D-, RMII, MDIO; every clock at a rate and phase of its own.
// SPDX-License-Identifier: MIT
#include "Vnic_fs_rmii.h"
#include "driver/registers.h"
#include "tests/rtl/mdio_phy.h"
#include "tests/rtl/nic_driver.h"
#include "tests/rtl/rmii.h"
#include "tests/rtl/usb_line.h"

using bench::check;
using namespace ethernet;
using Dut = Vnic_fs_rmii;

// The adapter is built for a core of 24 MHz (RTL_TOP_FLAGS_nic_fs_rmii).
struct Adapter : NicDriver<UsbHostAt<UsbLine<Dut>>> {
    bench::Clocked<Dut> sim;
    Dut &dut = sim.top;
    UsbHostAt<UsbLine<Dut>> host{sim};
    RmiiSender partner;
    RmiiReceiver line;
    Phy phy; // its registers
    bench::Random random;
    bool rmii_runs = true;
    size_t pulses = 0; // of `activity`
    uint64_t rmii_at, rmii_half = 10000;

    explicit Adapter(int rubbish = 0, uint64_t seed = 1)
        : NicDriver{host, 64}, sim("nic_fs_rmii", rubbish), random(seed)
    {
        UsbLine<Dut> &usb = host.phy;
        usb.random = bench::Random(seed);
        usb.core_half = 20833 + random.below(5) - 2, usb.core_at = 1 + random.below(40000);
        usb.usb_half = 10417 + random.below(3) - 1, usb.usb_at = 1 + random.below(20000);
        rmii_at = 1 + random.below(20000), rmii_half = 9999 + random.below(3);
        usb.pins = [this] {
            return UsbLine<Dut>::Pins{!!dut.usb_drive, !!dut.usb_pull_up,
                                      (LineState)(dut.usb_dn_out << 1 | dut.usb_dp_out)};
        };
        usb.set_pins = [this](LineState state) {
            dut.usb_dp_in = state & 1, dut.usb_dn_in = state >> 1;
        };
        usb.before_edge = [this] { mdio(), pulses += dut.activity; };
        usb.other_clocks = [this](uint64_t now) { return rmii_clock(now); };
        dut.rmii_crs_dv = dut.rmii_rxd = 0, dut.mdio_in = 1;
        phy.address = 1, phy.answer_clocks = 7;
        set_link(true, true);
        dut.rst = 1;
        usb.run(40);
        dut.rst = 0;
        usb.run(300);
    }
    void set_link(bool up, bool fast)
    {
        phy.registers[0] = 0x1000;
        phy.registers[1] = up ? 0x782D : 0x7809;
        phy.registers[4] = 0x05E1;
        phy.registers[5] = fast ? 0x45E1 : 0x4061;
        partner.fast = line.fast = fast;
    }
    void start()
    {
        host.forget();
        host.phy.line(SE0);
        host.phy.run(1000);
        host.phy.line(LINE_J);
        host.phy.run(300);
        check(!dut.configured, "configured by nobody");
        configure();
        check(dut.configured && !dut.suspended, "not configured");
    }
    void await_status(uint32_t wanted)
    {
        uint32_t status = 0;
        for (int i = 0; i < 60 && (i == 0 || status != wanted); i++) {
            host.phy.run(6000);
            status = read(REG_STATUS);
        }
        check(status == wanted, "STATUS is %x", status);
        check(dut.link == (wanted & 1) && dut.fast == (wanted >> 1 & 1),
              "the pins say another link");
    }
    // Frames each way.
    void exchange(const char *when, size_t count = 1)
    {
        std::vector<Bytes> out, in;
        line.frames.clear();
        for (size_t i = 0; i < count; i++) {
            in.push_back(frame(random, 60 + random.below(400), 0xFFFFFFFFFFFF));
            out.push_back(frame(random, 60 + random.below(400)));
            partner.send(with_fcs(in.back()), 12, 7, (int)random.below(9), (int)random.below(9));
        }
        for (const Bytes &bytes : out)
            send(bytes);
        check(receive([&](auto &frames) { return frames.size() >= count; }) == in,
              "%s: not the frames that came in", when);
        for (int i = 0; i < 60000 && line.frames.size() < count; i++)
            host.phy.clock();
        check(line.frames.size() == count, "%s: %zu frames went out", when, line.frames.size());
        for (size_t i = 0; i < count && i < line.frames.size(); i++)
            check(line.body(i) == out[i], "%s: frame %zu out is another", when, i);
    }

  private:
    bool last_mdc = false;

    void mdio()
    {
        phy.clock();
        bool level = dut.mdio_drive ? dut.mdio_out : phy.drives ? phy.out : true;
        dut.mdio_in = level;
        if (dut.mdc && !last_mdc)
            phy.rising(level);
        last_mdc = dut.mdc;
    }
    // Runs the edge that is due, if it is now; returns when the next one is.
    uint64_t rmii_clock(uint64_t now)
    {
        if (!rmii_runs)
            rmii_at = now + 1000000;
        if (rmii_at != now)
            return rmii_at;
        rmii_at += rmii_half;
        dut.rmii_clk = !dut.rmii_clk;
        dut.eval();
        if (dut.rmii_clk) {
            if (!dut.rst) // what registers without a reset held is nobody's frame
                line.look(dut.rmii_tx_en, dut.rmii_txd);
            partner.drive(dut.rmii_rxd, dut.rmii_crs_dv);
        }
        return rmii_at;
    }
};

static void works_whatever_its_registers_held(int rubbish)
{
    Adapter board(rubbish, (uint64_t)rubbish);
    board.start();
    check(board.read(REG_ID) == REG_ID_VALUE, "ID is %08x", board.read(REG_ID));
    check(board.read(REG_CLOCK) == 24000000, "CLOCK");
    board.await_status(0xB); // link, 100 Mbit/s, full duplex
    board.write(REG_CONTROL, REG_CONTROL_RESET);
    check(board.read(REG_STATUS) == 0xB, "the link is lost with a reset");
    check(board.read(REG_RX_FRAMES) == 0 && board.read(REG_TX_FRAMES) == 0, "counters");
    board.write(REG_CONTROL, REG_CONTROL_ENABLE);
    board.exchange("from rubbish", 5);
    check(board.read(REG_RX_FRAMES) == 5 && board.read(REG_TX_FRAMES) == 5, "counters");
    check(board.pulses == 10, "%zu signs of activity for 10 frames", board.pulses);
    check(board.host.in(2) != NAK && board.host.payload[0] == 0xB, "no report of the link");
    board.host.phy.run(20000);
    check(board.dut.idle, "not idle");
}

static void goes_on_when_the_link_changes()
{
    Adapter board(0, 7);
    board.start();
    board.await_status(0xB);
    board.write(REG_CONTROL, REG_CONTROL_ENABLE);
    board.exchange("at 100 Mbit/s");
    board.set_link(true, false);
    board.await_status(0x9);
    board.exchange("at 10 Mbit/s");
    board.set_link(false, true);
    board.await_status(0xA);
    board.set_link(true, true);
    board.await_status(0xB);
    board.exchange("at 100 Mbit/s again");
}

static void answers_while_the_reference_stands_still()
{
    Adapter board(0, 8);
    board.rmii_runs = false;
    board.start();
    check(board.read(REG_ID) == REG_ID_VALUE, "registers");
    board.write(REG_CONTROL, REG_CONTROL_RESET);
    board.write(REG_CONTROL, REG_CONTROL_ENABLE);
    check(board.read(REG_CONTROL) == REG_CONTROL_ENABLE && board.host.in(1) == NAK, "CONTROL");
    board.rmii_runs = true;
    board.await_status(0xB);
    board.exchange("once the clock runs");
}

static void carries_the_hosts_mdio()
{
    Adapter board(0, 9);
    board.start();
    board.phy.registers[2] = 0x0007, board.phy.registers[3] = 0xC0F1;
    for (int i = 0; i < 20; i++) {
        board.write(REG_MDIO, 1u << 21 | (2u + i % 2) << 16);
        uint32_t value = REG_MDIO_BUSY;
        for (int tries = 0; value & REG_MDIO_BUSY && tries < 100; tries++)
            value = board.read(REG_MDIO);
        check((value & 0xFFFF) == (i % 2 ? 0xC0F1 : 0x0007), "register %d reads as %x", 2 + i % 2,
              value);
        board.host.phy.run(board.random.below(9000));
    }
    board.await_status(0xB);
}

int main()
{
    for (int rubbish : {1, 2, 3})
        bench::test("works whatever its registers held",
                    [=] { works_whatever_its_registers_held(rubbish); });
    bench::test("goes on when the link changes", goes_on_when_the_link_changes);
    bench::test("answers while the reference clock stands still",
                answers_while_the_reference_stands_still);
    bench::test("carries the host's MDIO accesses between its own", carries_the_hosts_mdio);
    return bench::done();
}
