// Tests of ulpi_link at its pins: packets both ways, the PHY's registers, and a PHY that takes the bus at any time.
// SPDX-License-Identifier: MIT
#include "Vulpi_link.h"
#include "tests/rtl/usb_phy.h"

using bench::check;

struct Link {
    bench::Clocked<Vulpi_link> sim{"ulpi_link"};
    Vulpi_link &dut = sim.top;
    UsbPhy<Vulpi_link> phy{sim};
    Bytes received; // of the packet that comes, or came last
    int packets = 0, errors = 0;
    Bytes to_send;
    size_t at = 0;

    explicit Link(uint64_t seed = 1, uint8_t vbus = 0x0c)
    {
        phy.vbus = vbus;
        phy.random = bench::Random(seed);
        phy.before_edge = [this] { step(); };
        wish(1, 1, 0);
        dut.rst = 1;
        phy.run(3);
        dut.rst = 0;
        phy.run(100);
    }
    void wish(int transceiver, int terminate, int mode)
    {
        dut.transceiver = (uint8_t)transceiver;
        dut.terminate = (uint8_t)terminate;
        dut.mode = (uint8_t)mode;
    }
    void high_speed()
    {
        wish(0, 0, 0);
        phy.run(20);
    }

  private:
    bool was_active = false, ready = false;

    void step()
    {
        at += ready;
        dut.tx_valid = at < to_send.size();
        dut.tx_data = dut.tx_valid ? to_send[at] : 0;
        dut.eval();
        ready = dut.tx_valid && dut.tx_ready;
        if (dut.rx_active && !was_active)
            received.clear();
        if (dut.rx_valid && dut.rx_active)
            received.push_back(dut.rx_data);
        packets += was_active && !dut.rx_active;
        errors += dut.rx_error;
        was_active = dut.rx_active;
    }
};

static void resets_the_phy_and_sets_it_up()
{
    Link link;
    check(link.phy.register_writes == 3, "%d register writes", link.phy.register_writes);
    check(link.phy.registers[4] == 0x45 && link.phy.registers[0x0a] == 0,
          "Function Control %02x, OTG Control %02x", link.phy.registers[4],
          link.phy.registers[0x0a]);
    check(link.dut.idle, "not idle");
}

static void follows_each_wish_once()
{
    Link link;
    for (int i = 0; i < 40; i++) {
        int writes = link.phy.register_writes, before = link.phy.registers[4];
        int wish = (int)link.phy.random.below(16);
        link.wish(wish & 1, wish >> 1 & 1, wish >> 2);
        link.phy.run(30);
        int want = 0x40 | (wish >> 2) << 3 | (wish >> 1 & 1) << 2 | (wish & 1);
        check(link.phy.registers[4] == want, "Function Control %02x, not %02x",
              link.phy.registers[4], want);
        check(link.phy.register_writes == writes + (want != before), "%d writes",
              link.phy.register_writes - writes);
    }
}

static void tells_the_line_state()
{
    Link link;
    for (LineState state : {SE0, LINE_K, LINE_J, SE0, LINE_J}) {
        link.phy.line(state);
        link.phy.run(3);
        check(link.dut.line_state == state, "%d, not %d", link.dut.line_state, state);
    }
    check(link.packets == 0, "a packet was seen");
}

static void passes_packets_from_the_line(bool high_speed)
{
    Link link(5);
    if (high_speed)
        link.high_speed();
    bench::Random random(9);
    for (int i = 0; i < 100; i++) {
        Bytes packet = bench::random_bytes(random, 1 + random.below(high_speed ? 600 : 70));
        link.phy.receive(packet, i % 10 == 9);
        link.phy.run(4);
        check(link.received == packet, "%zu bytes came of %zu", link.received.size(),
              packet.size());
        check(link.packets == i + 1, "%d packets seen", link.packets);
        check((link.errors > 0) == (i >= 9), "%d errors", link.errors);
        link.phy.run(random.below(5));
    }
}

static void sends_packets_whatever_the_phy_tells(bool high_speed)
{
    Link link(6);
    if (high_speed)
        link.high_speed();
    bench::Random random(4);
    for (int i = 0; i < 100; i++) {
        Bytes packet = bench::random_bytes(random, 1 + random.below(high_speed ? 600 : 70));
        packet[0] = (uint8_t)((packet[0] & 15) | ~packet[0] << 4);
        if ((packet[0] & 15) == 0)
            packet[0] = 0xe1;
        link.to_send = packet;
        link.at = 0;
        link.phy.packets.clear();
        for (int clocks = (int)random.below(4); clocks > 0; clocks--)
            link.phy.clock();
        if (random.chance(0.5) && !link.phy.transmitting())
            link.phy.line(high_speed ? SE0 : LINE_J);
        for (int clocks = 0; link.phy.packets.empty() && clocks < 5000; clocks++)
            link.phy.clock();
        check(link.phy.packets.size() == 1 && link.phy.packets[0] == packet,
              "packet %d of %zu bytes", i, packet.size());
        check(link.phy.lost == 0, "a packet was cut off");
        link.phy.run(4);
        check(!link.dut.tx_busy && link.dut.idle, "still busy");
    }
}

static void gives_up_a_packet_that_the_phy_cuts_off()
{
    Link link;
    link.high_speed();
    link.to_send = Bytes(300, 0xd2);
    link.phy.run(50);
    check(link.phy.transmitting(), "not sending");
    Bytes packet = {0x69, 1, 2};
    link.phy.receive(packet);
    check(link.phy.lost == 1 && link.received == packet, "the packet from the line was lost");
    link.phy.run(400);
    check(link.phy.packets.empty() && !link.dut.tx_busy, "the rest was sent");
    link.to_send = {0xd2};
    link.at = 0;
    link.phy.run(20);
    check(link.phy.packets.size() == 1, "the next packet was not sent");
}

static void repeats_a_write_that_the_phy_cuts_off()
{
    for (int moment = 0; moment < 8; moment++) {
        Link link;
        link.high_speed();
        link.wish(0, 1, 2);
        link.phy.run(moment);
        link.phy.line(LINE_K);
        link.phy.run(20);
        check(link.phy.registers[4] == 0x54, "moment %d: Function Control %02x", moment,
              link.phy.registers[4]);
    }
}

static void notices_that_vbus_is_gone_but_not_that_it_never_was()
{
    Link link;
    link.phy.vbus = 0;
    Link open_pin(1, 0);
    open_pin.phy.line(LINE_J);
    open_pin.phy.run(3);
    check(!open_pin.dut.unplugged, "an open VBUS pin looks like an unplugged cable");
    link.phy.line(SE0);
    link.phy.run(3);
    check(link.dut.unplugged, "not unplugged");
    link.phy.vbus = 0x0c;
    link.phy.line(LINE_J);
    link.phy.run(3);
    check(!link.dut.unplugged, "still unplugged");
}

int main()
{
    bench::test("resets_the_phy_and_sets_it_up", resets_the_phy_and_sets_it_up);
    bench::test("follows_each_wish_once", follows_each_wish_once);
    bench::test("tells_the_line_state", tells_the_line_state);
    bench::test("passes_packets_from_the_line_at_high_speed",
                [] { passes_packets_from_the_line(true); });
    bench::test("passes_packets_from_the_line_at_full_speed",
                [] { passes_packets_from_the_line(false); });
    bench::test("sends_packets_whatever_the_phy_tells_at_high_speed",
                [] { sends_packets_whatever_the_phy_tells(true); });
    bench::test("sends_packets_whatever_the_phy_tells_at_full_speed",
                [] { sends_packets_whatever_the_phy_tells(false); });
    bench::test("gives_up_a_packet_that_the_phy_cuts_off", gives_up_a_packet_that_the_phy_cuts_off);
    bench::test("repeats_a_write_that_the_phy_cuts_off", repeats_a_write_that_the_phy_cuts_off);
    bench::test("notices_that_vbus_is_gone_but_not_that_it_never_was",
                notices_that_vbus_is_gone_but_not_that_it_never_was);
    return bench::done();
}
