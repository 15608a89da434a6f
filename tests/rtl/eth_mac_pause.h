// Tests of eth_mac: a full buffer, and pauses both ways.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_ETH_MAC_PAUSE_H
#define TESTS_RTL_ETH_MAC_PAUSE_H

#include "tests/rtl/eth_mac_bench.h"

namespace ethernet
{

using bench::check;

inline void keeps_a_burst(size_t length)
{
    Mac mac(6);
    std::deque<Bytes> sent;
    for (size_t bytes = 0; bytes < 65536; bytes += length) {
        sent.push_back(frame(mac.random, length));
        mac.partner_sends(sent.back());
    }
    mac.take_chance = 53.0 / 60;
    mac.run_until([&] { return mac.received.size() == sent.size(); }, 3000000, "the last frame");
    check(mac.received == sent, "frames are lost");
    check(mac.line.frames.empty(), "asks for a pause without need");
}

// A host that stops reading, and a partner that obeys as late as it may: two frames of the largest size are on the way
// already, and some quanta pass.
inline void loses_nothing_by_pause(int speed)
{
    Mac mac(7, speed);
    std::deque<Bytes> sent;
    uint64_t obey_at = UINT64_MAX, free_at = 0;
    bool stopped = false;
    size_t heard = 0, stops = 0, frames = 120;
    mac.take_chance = 0;
    mac.to_send.assign(
        200,
        frame(mac.random, 1514, OTHER_MAC)); // so that our pause frames must wait as long as can be
    uint64_t slow = speed == 2 ? 1 : 10;
    for (; mac.received.size() < frames && check(mac.now_ps < 6000000000 * slow, "too slow");
         mac.step()) {
        for (; heard < mac.line.frames.size(); ++heard) {
            const Bytes &bytes = mac.line.frames[heard].bytes;
            if (bytes[12] != 0x88)
                continue;
            stopped = bytes[16] == 0xFF;
            stops += stopped;
            obey_at = mac.now_ps + (2 * 1542 + 8 * 64) * mac.line.byte_ps;
            free_at = stopped ? free_at : mac.now_ps;
        }
        bool silent = stopped && mac.now_ps >= obey_at;
        if (mac.now_ps > 1000000000 * slow)
            mac.take_chance = 0.8;
        if (!silent && mac.partner.idle() && sent.size() < frames) {
            sent.push_back(frame(mac.random, 1518));
            mac.partner_sends(sent.back());
        }
    }
    check(mac.received == sent, "frames are lost");
    check(stops > 0 && free_at > 0 && !stopped, "%zu stops, partner %s", stops,
          stopped ? "stopped" : "free");
}

inline void loses_without_pause()
{
    Mac mac(8);
    mac.take_chance = 0;
    std::deque<Bytes> sent;
    for (int i = 0; i < 60; ++i) {
        sent.push_back(frame(mac.random, 1514));
        mac.partner_sends(sent.back());
    }
    mac.run_ns(60 * 12304 + 10000);
    size_t kept = mac.fates(GOOD);
    check(kept == 43, "%zu frames of 1,516 bytes in 65,536", kept);
    check(mac.fates(OVERFLOW_) == 60 - kept, "%zu counted as lost", mac.fates(OVERFLOW_));
    mac.take_chance = 1;
    mac.run_until([&] { return mac.received.size() == kept; }, 3000000, "the kept frames");
    sent.resize(kept);
    check(mac.received == sent, "the kept frames differ");
    mac.run_until_idle();
    check(mac.line.frames.size() == 2, "%zu pause frames", mac.line.frames.size());
}

inline void obeys_the_partner()
{
    Mac mac(9);
    mac.partner_sends(pause_frame(100));
    mac.run_ns(2000);
    check(!mac.top.idle, "idle in a pause");
    mac.to_send.assign(2, frame(mac.random, 100, OTHER_MAC));
    uint64_t from = mac.now_ps;
    mac.run_until([&] { return mac.line.frames.size() == 2; }, 100000, "the frames");
    uint64_t bytes = (mac.line.frames[0].begin - from) / mac.line.byte_ps;
    check(bytes > 6000 && bytes < 6500, "waited %llu byte times", (unsigned long long)bytes);
    check(mac.received.empty() && mac.fates(PAUSE) == 1, "a pause frame reached the host");
    mac.partner_sends(pause_frame(0xFFFF));
    mac.run_ns(2000);
    mac.to_send.push_back(frame(mac.random, 100, OTHER_MAC));
    mac.run_ns(20000);
    mac.partner_sends(pause_frame(0));
    mac.run_until([&] { return mac.line.frames.size() == 3; }, 5000, "the frame behind the pause");
    mac.run_until_idle();
}

} // namespace ethernet
#endif
