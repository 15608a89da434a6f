// Tests of usb_test_mode: what it hands to the link, byte by byte, under a link that takes its time.
// SPDX-License-Identifier: MIT
#include "Vusb_test_mode.h"
#include "tests/rtl/clocked.h"
#include "tests/rtl/usb_test_packet.h"

using bench::Bytes;
using bench::check;

struct Tester {
    bench::Clocked<Vusb_test_mode> sim{"usb_test_mode"};
    Vusb_test_mode &dut = sim.top;
    bench::Random random{5};
    double pace = 0.7;      // how often the link takes a byte
    Bytes packet;           // that goes out
    Bytes whole;            // the newest that ended
    int packets = 0;        // that ended
    int gap = 0, least = 0; // clocks of silence, and the fewest between two packets

    explicit Tester(int selector)
    {
        dut.rst = 1;
        clocks(2);
        dut.rst = 0;
        clocks(200);
        check(!dut.testing && !dut.busy && !dut.raw && sent_nothing(), "a test without a request");
        dut.start = 1;
        dut.selector = (uint8_t)selector;
        clock();
        dut.start = 0;
        dut.selector = 0;
        sim.settle();
    }
    bool sent_nothing() const
    {
        return packet.empty() && packets == 0;
    }
    void clock()
    {
        dut.tx_ready = random.chance(pace) || dut.tx_lost;
        sim.settle();
        if (dut.tx_valid) {
            if (packet.empty() && packets && gap && (!least || gap < least))
                least = gap;
            gap = 0;
            if (dut.tx_ready)
                packet.push_back(dut.tx_data);
        } else {
            ++gap;
            if (!packet.empty()) {
                whole = packet;
                packet.clear();
                ++packets;
            }
        }
        sim.edge();
    }
    void clocks(int n)
    {
        while (n--)
            clock();
    }
    void token()
    {
        dut.in_token = 1;
        clock();
        dut.in_token = 0;
    }
};

static void sends_j_and_k_without_end()
{
    for (int selector : {1, 2}) {
        Tester tester(selector);
        tester.clocks(1000);
        Bytes expected(tester.packet.size(), selector == 1 ? 0xff : 0x00);
        expected[0] = 0; // becomes the command
        check(tester.packets == 0 && tester.packet == expected && tester.packet.size() > 500,
              "%zu bytes", tester.packet.size());
        check(tester.dut.testing && tester.dut.raw && tester.dut.busy, "not told");
    }
}

static void begins_anew_when_the_bus_was_lost()
{
    for (int selector : {1, 2, 4}) {
        Tester tester(selector);
        tester.clocks(60);
        tester.dut.tx_lost = 1;
        tester.clock();
        check(tester.packets == 1, "selector %d: the packet goes on", selector);
        tester.dut.tx_lost = 0;
        tester.clocks(50);
        check(tester.packet.size() > 3 && tester.packet[0] == (selector == 4 ? 0xc3 : 0x00) &&
                  tester.packet[1] == (selector == 1 ? 0xff : 0x00),
              "selector %d: %zu bytes", selector, tester.packet.size());
        check(tester.dut.testing, "the test ended");
    }
}

static void gives_one_nak_for_each_token()
{
    Tester tester(3);
    tester.clocks(1000);
    check(tester.sent_nothing() && !tester.dut.busy && !tester.dut.raw && tester.dut.testing,
          "it sends without a token");
    for (int i = 1; i <= 20; i++) {
        tester.token();
        tester.clocks(30);
        check(tester.packets == i && tester.whole == Bytes({0x5a}), "token %d: %d packets", i,
              tester.packets);
    }
}

static void repeats_the_packet_of_the_standard()
{
    for (double pace : {1.0, 0.7}) {
        Tester tester(4);
        tester.pace = pace;
        for (int i = 0; i < 5000; i++) {
            tester.clock();
            check(tester.packets == 0 || tester.whole == test_packet(), "another packet");
            check(tester.dut.busy && tester.dut.testing && !tester.dut.raw, "not told");
        }
        check(tester.packets > 40, "%d packets", tester.packets);
        check(tester.least >= 15 && tester.least < 60, "a gap of %d clocks", tester.least);
    }
}

static void ends_with_the_power_alone()
{
    for (int selector : {1, 2, 3, 4}) {
        Tester tester(selector);
        tester.clocks(100);
        tester.dut.rst = 1;
        tester.clocks(2);
        tester.dut.rst = 0;
        tester.packet.clear();
        tester.packets = 0;
        tester.token();
        tester.clocks(200);
        check(!tester.dut.testing && !tester.dut.busy && !tester.dut.raw && tester.sent_nothing(),
              "selector %d: it goes on", selector);
    }
}

int main()
{
    bench::test("sends_j_and_k_without_end", sends_j_and_k_without_end);
    bench::test("begins_anew_when_the_bus_was_lost", begins_anew_when_the_bus_was_lost);
    bench::test("gives_one_nak_for_each_token", gives_one_nak_for_each_token);
    bench::test("repeats_the_packet_of_the_standard", repeats_the_packet_of_the_standard);
    bench::test("ends_with_the_power_alone", ends_with_the_power_alone);
    return bench::done();
}
