// Tests the RMII receive pins: bytes and ends of frames from what a PHY may drive.
// SPDX-License-Identifier: MIT
#include "Vrmii_rx.h"
#include "tests/rtl/clocked.h"
#include "tests/rtl/rmii.h"

using namespace ethernet;
using bench::check;
using bench::random_bytes;
using bench::test;

struct Pins : bench::Clocked<Vrmii_rx> {
    RmiiSender phy;
    bench::Random random;
    Bytes taking;
    std::deque<Bytes> taken;

    explicit Pins(bool fast, uint64_t seed = 1) : Clocked("rmii_rx"), random(seed)
    {
        phy.fast = fast;
        top.fast = fast, top.enable = 1, top.rst = 1;
        run(4);
        top.rst = 0;
        run(40);
    }
    void run(int clocks)
    {
        for (; clocks; --clocks) {
            phy.drive(top.rmii_rxd, top.rmii_crs_dv);
            settle();
            check(!(top.ended && top.byte_valid), "a byte beside the end");
            check(!top.quiet || !(top.ended || top.byte_valid), "quiet, but a frame comes in");
            if (top.byte_valid)
                taking.push_back(top.byte_data);
            if (top.ended)
                taken.push_back(taking), taking.clear();
            edge();
        }
    }
    void run_out()
    {
        while (!phy.symbols.empty())
            run(1);
        run(60);
        check(top.quiet, "not quiet behind the last frame");
    }
};

// Any preamble that is left, any delay of CRS_DV to the bits, any number of nibbles that the PHY still holds.
static void receives(bool fast)
{
    Pins pins(fast, 2);
    std::deque<Bytes> sent;
    for (size_t length = 1; length < 80; ++length) {
        sent.push_back(random_bytes(pins.random, length));
        int preamble = 2 + (int)pins.random.below(7), early = (int)pins.random.below(25);
        int tail = (int)pins.random.below(2 * (uint32_t)length < 16 ? 2 * (uint32_t)length : 16);
        pins.phy.send(sent.back(), 3 + (int)pins.random.below(10), preamble, early, tail);
        pins.phy.put(0, false, (int)pins.random.below(10));
    }
    pins.run_out();
    check(pins.taken == sent, "%zu of %zu frames came as they were", pins.taken.size(),
          sent.size());
}

static void keeps_what_looks_like_a_delimiter()
{
    Pins pins(true);
    std::deque<Bytes> sent = {{0x55, 0xD5, 0x55, 0xD5, 0xD5}, {0xD5}, {0x00, 0xFF, 0xD5}};
    for (const Bytes &bytes : sent)
        pins.phy.send(bytes);
    pins.run_out();
    check(pins.taken == sent, "%zu frames came", pins.taken.size());
}

static void ignores_a_false_carrier(bool fast)
{
    Pins pins(fast);
    pins.phy.put(2, true, 300);
    pins.phy.gap(4);
    pins.run_out();
    check(pins.taken.empty(), "a frame came of it");
    pins.phy.send({1, 2, 3});
    pins.run_out();
    check(pins.taken == std::deque<Bytes>{{1, 2, 3}}, "the frame behind it did not come");
}

static void leaves_out_a_frame_that_began_before()
{
    Pins pins(true);
    pins.top.enable = 0;
    pins.phy.send(Bytes(30, 7));
    pins.run(60);
    pins.top.enable = 1;
    pins.run_out();
    check(pins.taken.empty() && pins.taking.empty(), "bytes of it came");
    pins.phy.send({1, 2, 3}, 2);
    pins.run_out();
    check(pins.taken.size() == 1, "the next one did not come");
    pins.phy.send(Bytes(30, 7));
    pins.run(60);
    pins.top.enable = 0;
    pins.run_out();
    check(pins.taken.size() == 2 && pins.taken[1] == Bytes(30, 7), "one that had begun was cut");
}

static void drops_an_odd_rest()
{
    Pins pins(true);
    pins.phy.send({1, 2, 3}, 0);
    pins.phy.put(3, true, 2);
    pins.phy.gap(12);
    pins.run_out();
    check(pins.taken == std::deque<Bytes>{{1, 2, 3}}, "not the three bytes");
}

int main()
{
    test("receives frames at 100 Mbit/s", [] { receives(true); });
    test("receives frames at 10 Mbit/s", [] { receives(false); });
    test("keeps bytes that look like a delimiter", keeps_what_looks_like_a_delimiter);
    test("ignores a false carrier at 100 Mbit/s", [] { ignores_a_false_carrier(true); });
    test("ignores a false carrier at 10 Mbit/s", [] { ignores_a_false_carrier(false); });
    test("leaves out a frame that began before it was enabled",
         leaves_out_a_frame_that_began_before);
    test("drops bits that make no byte at the end", drops_an_odd_rest);
    return bench::done();
}
