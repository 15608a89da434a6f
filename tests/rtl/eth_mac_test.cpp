// Tests the whole MAC at its pins, with three clocks that know nothing of each other.
// SPDX-License-Identifier: MIT
#include "tests/rtl/eth_mac_bench.h"

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
    mac.run_until([&] { return mac.line.frames.size() == sent.size(); }, speed == 0 ? 3000000 : 500000, "the last frame");
    for (size_t i = 0; i < sent.size() && i < mac.line.frames.size(); ++i) {
        check(mac.line.frames[i].bytes == padded(sent[i]), "frame %zu differs", i);
        check(mac.sent_reports.size() > i && mac.sent_reports[i].length == sent[i].size(), "report %zu", i);
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
    mac.run_until([&] { return mac.received.size() == sent.size(); }, speed == 0 ? 4000000 : 500000, "the last frame");
    check(mac.received == sent, "the frames differ");
    check(mac.fates(GOOD) == sent.size(), "%zu of %zu reported good", mac.fates(GOOD), sent.size());
    mac.run_until_idle();
}

int main()
{
    test("sends frames with preamble, padding, FCS and gap at 1000 Mbit/s", [] { sends_at(2); });
    test("sends frames with preamble, padding, FCS and gap at 100 Mbit/s", [] { sends_at(1); });
    test("sends frames with preamble, padding, FCS and gap at 10 Mbit/s", [] { sends_at(0); });
    test("receives frames without their FCS at 1000 Mbit/s", [] { receives_at(2); });
    test("receives frames without their FCS at 100 Mbit/s", [] { receives_at(1); });
    test("receives frames without their FCS at 10 Mbit/s", [] { receives_at(0); });
    return bench::done();
}
