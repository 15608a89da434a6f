// Tests the whole MAC at its pins, with three clocks that know nothing of each other.
// SPDX-License-Identifier: MIT
#include "tests/rtl/eth_mac_loopback.h"
#include "tests/rtl/eth_mac_pause.h"
#include "tests/rtl/packets.h"

using namespace ethernet;
using bench::check;
using bench::test;

static void sends_at(int speed)
{
    Mac mac(10 + (uint64_t)speed, speed);
    mac.vary_clocks();
    std::vector<Bytes> sent;
    for (size_t length : {14u, 59u, 60u, 61u, 300u, 1514u})
        sent.push_back(frame(mac.random, length, OTHER_MAC));
    for (const Bytes &f : sent)
        mac.to_send.push_back(f);
    mac.run_until(
        [&] {
            return mac.line.frames.size() == sent.size() && mac.sent_reports.size() == sent.size();
        },
        speed == 0 ? 3000000 : 500000, "the last frame and its report");
    for (size_t i = 0; i < sent.size() && i < mac.line.frames.size(); ++i) {
        check(mac.line.frames[i].bytes == padded(sent[i]), "frame %zu differs", i);
        check(mac.sent_reports.size() > i && mac.sent_reports[i].length == sent[i].size(),
              "report %zu", i);
    }
    mac.run_until_idle();
}

static void receives_at(int speed)
{
    Mac mac(20 + (uint64_t)speed, speed);
    mac.vary_clocks();
    std::deque<Bytes> sent;
    for (size_t length : {60u, 61u, 300u, 1514u, 1518u}) {
        sent.push_back(frame(mac.random, length));
        mac.partner_sends(sent.back());
    }
    mac.run_until([&] { return mac.received.size() == sent.size(); }, speed == 0 ? 4000000 : 500000,
                  "the last frame");
    check(mac.received == sent, "the frames differ");
    check(mac.fates(GOOD) == sent.size(), "%zu of %zu reported good", mac.fates(GOOD), sent.size());
    mac.run_until_idle();
}

// The buckets rest in the host's clock, and rule as soon as they are written: 01:00:5e:00:00:01 is of bucket 31.
static void filters_groups_at(int speed)
{
    Mac mac(27 + (uint64_t)speed, speed);
    mac.vary_clocks();
    std::deque<Bytes> wanted;
    size_t refused = 0;
    for (int i = 0; i < 40; ++i) {
        bool set = mac.random.chance(0.5);
        mac.top.multicast_hash = mac.random.next() & ~(1ull << 31);
        mac.top.multicast_hash |= (uint64_t)set << 31;
        Bytes bytes = frame(mac.random, 60 + mac.random.below(20), GROUP);
        if (set)
            wanted.push_back(bytes);
        else
            ++refused;
        mac.partner_sends(bytes);
        mac.run_until([&] { return mac.received_reports.size() == (size_t)i + 1; }, 500000,
                      "a report");
    }
    mac.run_until_idle();
    check(mac.received == wanted && !wanted.empty(), "the frames differ");
    check(mac.fates(GOOD) == wanted.size() && mac.fates(FILTERED) == refused && refused > 0,
          "%zu good, %zu filtered", mac.fates(GOOD), mac.fates(FILTERED));
}

// The mark reaches the host with its own frame, past frames that are dropped.
static void verifies()
{
    Mac mac(25);
    mac.take_chance = 0.8;
    std::deque<bool> wanted;
    for (int i = 0; i < 200; ++i) {
        Bytes bytes = padded(packets::frame(mac.random, packets::random_shape(mac.random, 200)));
        if (bytes.size() > 1518)
            continue;
        if (mac.random.chance(0.3))
            bytes[40] ^= 0x01;
        if (mac.random.chance(0.2))
            put_address(bytes, 0, OTHER_MAC);
        else
            wanted.push_back(packets::right(bytes));
        mac.partner_sends(bytes);
    }
    mac.run_until([&] { return mac.received.size() == wanted.size(); }, 3000000, "the last frame");
    check(mac.verified == wanted, "a frame has another's mark");
    mac.run_until_idle();
}

// Frames of any length both ways at once, with a host that stalls; the partner never outruns the buffer for long.
static void carries_both_ways(uint64_t seed)
{
    Mac mac(seed);
    mac.vary_clocks();
    mac.send_chance = 0.9, mac.take_chance = 0.9;
    std::deque<Bytes> in, out;
    for (int i = 0; i < 60; ++i) {
        out.push_back(frame(mac.random, 14 + mac.random.below(mac.random.chance(0.5) ? 60 : 1501),
                            OTHER_MAC));
        in.push_back(frame(mac.random, 60 + mac.random.below(mac.random.chance(0.5) ? 60 : 1459)));
        mac.partner_sends(in.back(), 12 + (int)mac.random.below(600));
    }
    mac.to_send = out;
    mac.run_until(
        [&] { return mac.received.size() == in.size() && mac.line.frames.size() == out.size(); },
        3000000, "all");
    check(mac.received == in, "received frames differ");
    for (size_t i = 0; i < out.size() && i < mac.line.frames.size(); ++i)
        check(mac.line.frames[i].bytes == padded(out[i]), "sent frame %zu differs", i);
    mac.run_until_idle();
    check(mac.sent_reports.size() == 60 && mac.fates(GOOD) == 60, "reports are missing");
}

// The densest traffic there is, also with preamble and gap shortened on the way.
static void counts_every_short_frame(int gap, int preamble)
{
    Mac mac(5);
    mac.vary_clocks();
    std::deque<Bytes> sent;
    for (int i = 0; i < 900; ++i) {
        sent.push_back(frame(mac.random, 60));
        mac.partner.send(with_fcs(sent.back()), gap, -1, preamble);
    }
    mac.run_until([&] { return mac.received.size() == sent.size(); }, 3000000, "the last frame");
    check(mac.received == sent && mac.fates(GOOD) == 900, "%zu of 900 reported", mac.fates(GOOD));
}

// A reset of one clock, at any time, at any ratio of the clocks: it ends whole, and everything works again.
static void recovers_from_reset(int speed)
{
    for (uint64_t seed = 30; seed < 40; ++seed) {
        Mac mac(seed, speed);
        mac.vary_clocks();
        mac.line.abrupt = true;
        uint64_t slow = speed == 2 ? 1 : 100;
        for (int i = 0; i < 8; ++i)
            mac.partner_sends(frame(mac.random, 300));
        mac.to_send.assign(8, frame(mac.random, 300, OTHER_MAC));
        mac.take_chance = 0.3;
        mac.run_ns(slow * (100 + mac.random.below(20000)));
        mac.reset();
        check(!mac.top.idle, "idle behind a reset");
        mac.partner.symbols.clear();
        mac.take_chance = 1;
        mac.run_ns(20 * mac.rx_half / 100 + 1000);
        mac.received.clear(), mac.receiving.clear(), mac.line.frames.clear();
        check(mac.top.link, "a reset of ours takes the link away");
        std::deque<Bytes> sent{frame(mac.random, 100), frame(mac.random, 200)};
        for (const Bytes &f : sent)
            mac.partner_sends(f);
        mac.to_send.push_back(frame(mac.random, 100, OTHER_MAC));
        mac.run_until([&] { return mac.received.size() == 2 && mac.line.frames.size() == 1; },
                      20000 * slow, "traffic");
        check(mac.received == sent, "the frames differ");
        mac.run_until_idle();
    }
}

static void follows_the_link()
{
    Mac mac(40);
    mac.run_until_idle();
    for (int speed : {0, 1, 2, 1, 0, 2}) {
        mac.set_speed(speed);
        mac.run_ns(speed == 2 ? 1000 : speed == 1 ? 3000 : 15000);
        check(mac.top.link && mac.top.speed == speed && mac.top.full_duplex, "speed %d reads as %d",
              speed, mac.top.speed);
        mac.to_send.push_back(frame(mac.random, 60, OTHER_MAC));
        mac.partner_sends(frame(mac.random, 60));
        mac.line.end = 0;
        mac.run_until([&] { return mac.received.size() == 1 && mac.line.frames.size() == 1; },
                      1000000, "traffic");
        mac.received.clear(), mac.line.frames.clear();
        mac.run_until_idle();
    }
    mac.partner.status = 0;
    mac.run_ns(20000);
    check(!mac.top.link && mac.top.idle, "the link is still up");
}

// All clocks stop whenever the MAC is idle and nothing waits outside: all news must have arrived by then.
static void may_stop_when_idle(int speed)
{
    Mac mac(50 + (uint64_t)speed, speed);
    mac.vary_clocks();
    size_t in = 0, out = 0;
    for (int round = 0; round < 60; ++round) {
        unsigned what = mac.random.below(4);
        if (what == 0)
            mac.to_send.push_back(frame(mac.random, 14 + mac.random.below(100), OTHER_MAC)), ++out;
        else if (what == 1)
            mac.partner_sends(frame(mac.random, 60 + mac.random.below(50))), ++in;
        else if (what == 2)
            mac.partner_sends(pause_frame((uint16_t)mac.random.below(3)));
        else
            mac.top.promiscuous = !mac.top.promiscuous, mac.top.mac_address ^= 0x100000;
        mac.top.mac_address = OUR_MAC ^ (what == 3 ? 0x100000 : 0);
        mac.run_until([&] { return mac.partner.idle() && mac.to_send.empty() && mac.top.idle; },
                      2000000, "idle");
        check(mac.line.frames.size() == out && mac.sent_reports.size() == out,
              "round %d: a frame is not out yet", round);
        check(mac.received.size() == in && mac.fates(GOOD) == in, "round %d: a frame is not in yet",
              round);
        mac.core_at += mac.random.below(1000), mac.tx_at += mac.random.below(1000),
            mac.rx_at += mac.random.below(1000);
    }
}

static void keeps_quiet_when_disabled()
{
    Mac mac(60);
    mac.top.enable = 0;
    mac.run_clocks(20);
    mac.to_send.push_back(frame(mac.random, 100, OTHER_MAC));
    for (int i = 0; i < 3; ++i)
        mac.partner_sends(frame(mac.random, 100));
    mac.run_ns(20000);
    check(mac.line.frames.empty() && mac.received.empty() && mac.received_reports.empty(),
          "traffic while not enabled");
    mac.top.enable = 1;
    mac.run_until([&] { return mac.line.frames.size() == 1; }, 10000, "the frame behind enable");
}

static void forgets_dropped_frames()
{
    Mac mac(61);
    for (int i = 0; i < 20; ++i) {
        mac.to_send.push_back(frame(mac.random, 500, OTHER_MAC));
        mac.send_drop = i % 3 != 0;
        mac.run_until([&] { return mac.to_send.empty(); }, 100000, "a taken frame");
    }
    mac.run_until_idle();
    check(mac.line.frames.size() == 7 && mac.sent_reports.size() == 7, "%zu of 7 frames sent",
          mac.line.frames.size());
}

int main()
{
    test("sends frames with preamble, padding, FCS and gap at 1000 Mbit/s", [] { sends_at(2); });
    test("sends frames with preamble, padding, FCS and gap at 100 Mbit/s", [] { sends_at(1); });
    test("sends frames with preamble, padding, FCS and gap at 10 Mbit/s", [] { sends_at(0); });
    test("receives frames without their FCS at 1000 Mbit/s", [] { receives_at(2); });
    test("receives frames without their FCS at 100 Mbit/s", [] { receives_at(1); });
    test("receives frames without their FCS at 10 Mbit/s", [] { receives_at(0); });
    test("lets groups through by their buckets at 1000 Mbit/s", [] { filters_groups_at(2); });
    test("lets groups through by their buckets at 10 Mbit/s", [] { filters_groups_at(0); });
    test("tells the host which frames' checksums are right", verifies);
    for (uint64_t seed : {1, 2, 3, 4})
        test("carries frames both ways at once past a stalling host",
             [=] { carries_both_ways(seed); });
    test("counts and delivers the shortest frames at line rate",
         [] { counts_every_short_frame(12, 7); });
    test("counts and delivers them when gaps and preambles have shrunk",
         [] { counts_every_short_frame(8, 5); });
    test("keeps a burst of 64 KiB of large frames at line rate", [] { keeps_a_burst(1514); });
    test("keeps a burst of 64 KiB of small frames at line rate", [] { keeps_a_burst(60); });
    test("loses nothing when the partner obeys its pauses late, at 1000 Mbit/s",
         [] { loses_nothing_by_pause(2); });
    test("loses nothing when the partner obeys its pauses late, at 100 Mbit/s",
         [] { loses_nothing_by_pause(1); });
    test("counts what it loses when the partner does not obey", loses_without_pause);
    test("obeys the partner's pauses and keeps them from the host", obeys_the_partner);
    test("recovers from a short reset at any time at 1000 Mbit/s", [] { recovers_from_reset(2); });
    test("recovers from a short reset at any time at 10 Mbit/s", [] { recovers_from_reset(0); });
    test("follows the link from speed to speed", follows_the_link);
    test("is idle only when all clocks may stop, at 1000 Mbit/s", [] { may_stop_when_idle(2); });
    test("is idle only when all clocks may stop, at 10 Mbit/s", [] { may_stop_when_idle(0); });
    test("neither sends nor receives while not enabled", keeps_quiet_when_disabled);
    test("forgets a frame that the host drops", forgets_dropped_frames);
    test("turns frames round before the pins at 1000 Mbit/s", [] { loops_back_at(2); });
    test("turns frames round before the pins at 100 Mbit/s", [] { loops_back_at(1); });
    test("turns frames round before the pins at 10 Mbit/s", [] { loops_back_at(0); });
    test("obeys its own pauses in loopback", loops_back_more_than_the_buffer_holds);
    test("needs no link in loopback, but both clocks", loops_back_without_a_link);
    test("recovers from a reset in loopback at 1000 Mbit/s",
         [] { recovers_from_reset_in_loopback(2); });
    test("recovers from a reset in loopback at 10 Mbit/s",
         [] { recovers_from_reset_in_loopback(0); });
    return bench::done();
}
