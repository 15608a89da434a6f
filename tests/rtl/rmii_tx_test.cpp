// Tests the RMII transmit pins: each byte in four pairs of bits, one or ten clocks a pair.
// SPDX-License-Identifier: MIT
#include "Vrmii_tx.h"
#include "tests/rtl/clocked.h"
#include "tests/rtl/rmii.h"

using namespace ethernet;
using bench::check;
using bench::test;

struct Pins : bench::Clocked<Vrmii_tx> {
    RmiiReceiver phy;
    std::deque<int> to_send; // bytes, or -1: silence for a byte time
    uint64_t ticks = 0, tick_at = 0;

    explicit Pins(bool fast) : Clocked("rmii_tx")
    {
        phy.fast = fast;
        top.fast = fast;
    }
    void run_out()
    {
        while (!to_send.empty()) {
            top.gmii_enable = to_send.front() >= 0;
            top.gmii_data = (uint8_t)to_send.front();
            settle();
            phy.look(top.rmii_tx_en, top.rmii_txd);
            check(top.rmii_tx_en || top.rmii_txd == 0, "bits without TX_EN");
            if (top.tick) {
                uint64_t wanted = phy.fast ? 4 : 40;
                check(!ticks++ || clocks - tick_at == wanted, "a byte in %llu clocks",
                      (unsigned long long)(clocks - tick_at));
                tick_at = clocks;
                to_send.pop_front();
            }
            edge();
        }
    }
};

static void sends(bool fast)
{
    Pins pins(fast);
    bench::Random random(3);
    std::deque<Bytes> sent;
    for (size_t length : {1u, 2u, 72u, 300u}) {
        sent.push_back(bench::random_bytes(random, length));
        for (uint8_t byte : sent.back())
            pins.to_send.push_back(byte);
        pins.to_send.insert(pins.to_send.end(), 12, -1);
    }
    pins.to_send.push_front(-1);
    pins.run_out();
    check(pins.phy.frames == sent, "%zu frames, or other bytes", pins.phy.frames.size());
    for (size_t i = 1; i < pins.phy.gaps.size(); ++i)
        check(pins.phy.gaps[i] == (fast ? 48u : 480u), "gap of %llu clocks",
              (unsigned long long)pins.phy.gaps[i]);
}

int main()
{
    test("sends at 100 Mbit/s", [] { sends(true); });
    test("sends at 10 Mbit/s, each pair ten clocks long", [] { sends(false); });
    return bench::done();
}
