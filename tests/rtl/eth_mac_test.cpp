// Tests the whole MAC at its pins, with three clocks that know nothing of each other.
// SPDX-License-Identifier: MIT
#include "tests/rtl/eth_mac_bench.h"
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
    mac.run_until([&] { return mac.line.frames.size() == sent.size(); },
                  speed == 0 ? 3000000 : 500000, "the last frame");
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

static void keeps_a_burst(size_t length)
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
static void loses_nothing_by_pause(int speed)
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

static void loses_without_pause()
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

static void obeys_the_partner()
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

// What the wire brings meanwhile stays outside; so does a frame to somebody else that comes back.
static void loops_back_at(int speed)
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
static void loops_back_more_than_the_buffer_holds()
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
static void loops_back_without_a_link()
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
static void recovers_from_reset_in_loopback(int speed)
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

int main()
{
    test("sends frames with preamble, padding, FCS and gap at 1000 Mbit/s", [] { sends_at(2); });
    test("sends frames with preamble, padding, FCS and gap at 100 Mbit/s", [] { sends_at(1); });
    test("sends frames with preamble, padding, FCS and gap at 10 Mbit/s", [] { sends_at(0); });
    test("receives frames without their FCS at 1000 Mbit/s", [] { receives_at(2); });
    test("receives frames without their FCS at 100 Mbit/s", [] { receives_at(1); });
    test("receives frames without their FCS at 10 Mbit/s", [] { receives_at(0); });
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
