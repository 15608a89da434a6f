// Tests of eth_mac: frames turned round before the pins.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_ETH_MAC_LOOPBACK_H
#define TESTS_RTL_ETH_MAC_LOOPBACK_H

#include "tests/rtl/eth_mac_bench.h"

namespace ethernet
{

using bench::check;

// What the wire brings meanwhile stays outside; so does a frame to somebody else that comes back.
inline void loops_back_at(int speed)
{
    Mac mac(70 + (uint64_t)speed, speed);
    mac.vary_clocks();
    mac.top.enable = 0;
    mac.run_ns(2000 + 20 * mac.rx_half / 1000);
    mac.top.loopback = mac.top.enable = 1;
    std::deque<Bytes> expected;
    for (size_t length : {14u, 59u, 60u, 61u, 300u, 1514u}) {
        mac.to_send.push_back(frame(mac.random, length));
        expected.push_back(padded(mac.to_send.back()));
    }
    mac.to_send.push_back(frame(mac.random, 100, OTHER_MAC));
    for (int i = 0; i < 3; ++i)
        mac.partner_sends(frame(mac.random, 300));
    mac.run_until([&] { return mac.received_reports.size() > expected.size(); }, 10000000, "all");
    mac.run_until([&] { return mac.received.size() == expected.size(); }, 100000, "the last one");
    check(mac.received == expected, "frames differ");
    mac.run_until([&] { return mac.partner.idle(); }, 10000000, "silence");
    mac.run_until_idle();
    check(mac.fates(GOOD) == expected.size() && mac.fates(FILTERED) == 1 &&
              mac.received_reports.size() == 7 && mac.sent_reports.size() == 7,
          "%zu good, %zu filtered of %zu", mac.fates(GOOD), mac.fates(FILTERED),
          mac.received_reports.size());
    check(mac.line.frames.empty(), "the wire is not silent");
    mac.top.loopback = 0;
    mac.run_until_idle();
    mac.to_send.push_back(frame(mac.random, 100, OTHER_MAC));
    mac.partner_sends(frame(mac.random, 100));
    mac.run_until([&] { return mac.received.size() == 7 && mac.line.frames.size() == 1; }, 1000000,
                  "traffic on the wire again");
}

// A host that is slow: our own pause frames come back, and are obeyed.
inline void loops_back_more_than_the_buffer_holds()
{
    Mac mac(75);
    mac.top.loopback = 1;
    mac.take_chance = 0.1;
    std::deque<Bytes> sent;
    for (int i = 0; i < 120; ++i)
        sent.push_back(frame(mac.random, 1514));
    mac.to_send = sent;
    mac.run_until([&] { return mac.received.size() == sent.size(); }, 60000000, "the last frame");
    check(mac.received == sent && mac.fates(OVERFLOW_) == 0, "frames are lost");
    check(mac.fates(PAUSE) > 0 && mac.line.frames.empty(), "%zu pauses", mac.fates(PAUSE));
}

// The link is down: no matter. The receive clock stands still: nothing comes back, and nothing else happens.
inline void loops_back_without_a_link()
{
    Mac mac(76);
    mac.partner.status = 0;
    mac.run_ns(2000);
    mac.top.loopback = 1;
    mac.run_ns(1000);
    mac.to_send.push_back(frame(mac.random, 100));
    mac.run_until([&] { return mac.received.size() == 1; }, 20000, "the frame");
    mac.run_until_idle();
    mac.rx_at = UINT64_MAX;
    mac.to_send.push_back(frame(mac.random, 100));
    mac.run_ns(20000);
    check(mac.received.size() == 1 && !mac.top.idle, "something came back");
    mac.rx_at = mac.now_ps + 1;
    mac.run_until([&] { return mac.received.size() == 2; }, 20000, "the frame, late");
}

// A reset in the middle of a frame that comes back: the next ones are whole.
inline void recovers_from_reset_in_loopback(int speed)
{
    for (uint64_t seed = 80; seed < 110; ++seed) {
        Mac mac(seed, speed);
        mac.vary_clocks();
        mac.top.loopback = 1;
        mac.to_send.assign(8, frame(mac.random, 300));
        mac.run_ns((speed == 2 ? 1 : 20) * (2000 + mac.random.below(40000)));
        mac.reset();
        mac.run_ns(20 * mac.rx_half / 100 + 1000);
        mac.received.clear(), mac.receiving.clear(), mac.received_reports.clear();
        std::deque<Bytes> sent{frame(mac.random, 100), frame(mac.random, 200)};
        mac.to_send = sent;
        mac.run_until([&] { return mac.received.size() == 2; }, 4000000, "traffic");
        check(mac.received == sent && mac.received_reports.size() == 2, "the frames differ");
        check(mac.line.frames.empty(), "the wire is not silent");
        mac.run_until_idle();
    }
}

} // namespace ethernet
#endif
