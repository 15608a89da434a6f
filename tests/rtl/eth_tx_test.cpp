// Tests the transmit clock's side of the MAC: frames on the pins, pauses asked for and obeyed.
// SPDX-License-Identifier: MIT
#include "Veth_tx.h"
#include "tests/rtl/ethernet.h"

using namespace ethernet;
using bench::check;
using bench::test;

constexpr uint64_t CLOCK_PS = 8000;

struct Bench {
    Veth_tx top;
    Receiver line;
    bench::Random random;
    uint64_t now_ps = 0;
    std::deque<Bytes> to_send;
    size_t index = 0;
    std::vector<std::pair<unsigned, bool>> done; // length, whether a pause frame
    unsigned clocks_high = 0,
             clocks_low = 0; // half clocks of the pin's clock, since its last rising edge

    explicit Bench(int speed, uint64_t seed = 1) : random(seed)
    {
        static const uint64_t byte_clocks[] = {100, 10, 1};
        line.gigabit = speed == 2;
        line.byte_ps = byte_clocks[speed] * CLOCK_PS;
        top.speed = (uint8_t)speed;
        top.mac_address = OUR_MAC;
        top.clk = top.in_valid = top.pause_load = top.stop_partner = 0;
        top.enable = top.rst = 1;
        clocks(4);
        top.rst = 0;
        clocks(20 * byte_clocks[speed]);
    }
    void offer()
    {
        top.in_valid = !to_send.empty();
        if (to_send.empty())
            return;
        top.in_data = to_send.front()[index];
        top.in_last = index + 1 == to_send.front().size();
        top.in_length = (uint16_t)to_send.front().size();
    }
    void half()
    {
        now_ps += CLOCK_PS / 2;
        bool taken = top.in_valid && top.in_ready;
        if (!top.clk && top.done)
            done.push_back({top.done_length, top.done_pause});
        top.clk = !top.clk;
        top.eval();
        if (top.clk && taken && ++index == to_send.front().size())
            to_send.pop_front(), index = 0;
        if (top.clk)
            offer();
        top.eval();
        line.look(top.phy_tx_clk, top.phy_tx_ctl, top.phy_txd, now_ps);
    }
    void clocks(uint64_t n)
    {
        for (uint64_t i = 0; i < 2 * n; ++i)
            half();
    }
    void byte_times(uint64_t n)
    {
        clocks(n * line.byte_ps / CLOCK_PS);
    }
    bool run_frames(size_t n, uint64_t limit_bytes)
    {
        for (uint64_t end = now_ps + limit_bytes * line.byte_ps; line.frames.size() < n;) {
            if (!check(now_ps < end, "only %zu frames came", line.frames.size()))
                return false;
            half();
        }
        return true;
    }
    void load_pause(uint16_t quanta)
    {
        top.pause_quanta = quanta, top.pause_load = 1;
        clocks(1);
        top.pause_load = 0;
    }
    uint64_t gap_bytes(size_t i)
    {
        return (line.frames[i].begin - line.frames[i - 1].end) / line.byte_ps;
    }
};

static void sends_every_length(int speed)
{
    Bench b(speed);
    std::vector<Bytes> sent;
    for (size_t length = 1; length < 70; ++length)
        sent.push_back(frame(b.random, length, OTHER_MAC));
    sent.push_back(frame(b.random, 1518, OTHER_MAC));
    b.to_send.assign(sent.begin(), sent.end());
    b.run_frames(sent.size(), 12000);
    for (size_t i = 0; i < sent.size() && i < b.line.frames.size(); ++i) {
        check(b.line.frames[i].bytes == padded(sent[i]), "frame of %zu bytes differs",
              sent[i].size());
        check(b.done[i].first == sent[i].size() && !b.done[i].second, "report of frame %zu", i);
        if (i)
            check(b.gap_bytes(i) == 12, "gap of %llu bytes", (unsigned long long)b.gap_bytes(i));
    }
    b.byte_times(20);
    check(b.top.quiet, "not quiet behind the last frame");
}

// The pins' clock at 100 Mbit/s is 2.5 clocks high and 2.5 low, at 10 Mbit/s 25 and 25.
static void makes_the_clock(int speed, unsigned halves)
{
    Bench b(speed);
    unsigned run = 0, edges = 0;
    bool last = b.top.phy_tx_clk;
    for (int i = 0; i < 2000; ++i, ++run) {
        b.half();
        if (b.top.phy_tx_clk == last)
            continue;
        check(edges == 0 || run == halves, "%u half clocks instead of %u", run, halves);
        last = b.top.phy_tx_clk, run = 0, ++edges;
    }
    check(edges >= 2000 / halves - 1, "%u edges", edges);
}

static void obeys_a_pause(int speed)
{
    Bench b(speed);
    b.to_send.push_back(frame(b.random, 500));
    b.byte_times(40);
    b.load_pause(7);
    for (int i = 0; i < 2; ++i)
        b.to_send.push_back(frame(b.random, 60));
    b.byte_times(420);
    b.load_pause(7);
    uint64_t loaded = b.now_ps;
    b.byte_times(200);
    check(b.line.frames.size() == 1, "the frame under way was not finished");
    check(!b.top.quiet, "quiet in a pause");
    b.run_frames(3, 3000);
    if (b.line.frames.size() < 3)
        return;
    uint64_t waited = (b.line.frames[1].begin - loaded) / b.line.byte_ps;
    check(waited >= 7 * 64 && waited <= 7 * 64 + 8, "waited %llu byte times",
          (unsigned long long)waited);
}

static void goes_on_after_zero()
{
    Bench b(2);
    b.load_pause(0xFFFF);
    b.to_send.push_back(frame(b.random, 100));
    b.clocks(20000);
    check(b.line.frames.empty(), "a frame in a pause");
    b.load_pause(0);
    b.run_frames(1, 200);
}

static Bytes own_pause(uint16_t quanta)
{
    Bytes bytes = pause_frame(quanta);
    put_address(bytes, 6, OUR_MAC);
    return bytes;
}

static void asks_for_a_pause()
{
    Bench b(2);
    b.load_pause(0xFFFF); // does not hold our own pause frames back
    b.top.stop_partner = 1;
    if (!b.run_frames(1, 200))
        return;
    check(b.line.frames[0].bytes == own_pause(0xFFFF), "not the frame that stops");
    check(b.done.size() == 1 && b.done[0].second, "not reported as a pause frame");
    check(!b.top.quiet, "quiet while the partner is stopped");
    b.clocks(100000);
    check(b.line.frames.size() == 1, "told more than once");
    b.top.stop_partner = 0;
    if (!b.run_frames(2, 200))
        return;
    check(b.line.frames[1].bytes == own_pause(0), "not the frame that frees");
    b.load_pause(0);
    b.clocks(100);
    check(b.line.frames.size() == 2 && b.top.quiet, "not quiet behind it");
}

static void repeats_itself()
{
    Bench b(2);
    b.top.stop_partner = 1;
    if (!b.run_frames(3, 65535 * 64 + 500))
        return;
    for (size_t i = 0; i < b.line.frames.size(); ++i)
        check(b.line.frames[i].bytes == own_pause(0xFFFF), "frame %zu is another", i);
    check(b.line.frames.size() == 3 && b.gap_bytes(2) < 40000 * 64,
          "too late to keep the partner stopped");
}

static void puts_pause_between_frames()
{
    Bench b(2);
    for (int i = 0; i < 3; ++i)
        b.to_send.push_back(frame(b.random, 1514, OTHER_MAC));
    b.clocks(700);
    b.top.stop_partner = 1;
    if (!b.run_frames(4, 7000))
        return;
    check(b.line.frames[1].bytes == own_pause(0xFFFF), "the pause frame is not the second");
    for (size_t i = 1; i < 4; ++i)
        check(b.gap_bytes(i) == 12, "gap of %llu bytes", (unsigned long long)b.gap_bytes(i));
}

// A reset in the middle: the gap holds afterwards, and a partner told to stop is told to go on.
static void survives_a_reset()
{
    Bench b(2);
    b.top.stop_partner = 1;
    b.run_frames(1, 200);
    b.to_send.push_back(frame(b.random, 1000));
    b.clocks(200);
    b.line.abrupt = true;
    b.top.rst = 1, b.top.stop_partner = 0;
    b.to_send.clear(), b.index = 0, b.offer();
    b.clocks(3);
    b.top.rst = 0;
    if (!b.run_frames(2, 300))
        return;
    check(b.line.bad == 1 && b.line.frames[1].bytes == own_pause(0), "the partner stays stopped");
}

static void waits_for_enable()
{
    Bench b(2);
    b.top.enable = 0;
    b.clocks(2);
    b.to_send.push_back(frame(b.random, 100));
    b.top.stop_partner = 1;
    b.clocks(3000);
    check(b.line.frames.empty() && b.done.empty(), "sent while not enabled");
    b.top.enable = 1;
    b.run_frames(2, 400);
}

int main()
{
    test("sends frames of every length with exact gaps at 1000 Mbit/s",
         [] { sends_every_length(2); });
    test("sends frames of every length with exact gaps at 100 Mbit/s",
         [] { sends_every_length(1); });
    test("sends frames of every length with exact gaps at 10 Mbit/s",
         [] { sends_every_length(0); });
    test("makes an even clock of 125 MHz", [] { makes_the_clock(2, 1); });
    test("makes an even clock of 25 MHz", [] { makes_the_clock(1, 5); });
    test("makes an even clock of 2.5 MHz", [] { makes_the_clock(0, 50); });
    test("obeys a pause to the quantum at 1000 Mbit/s, and the newer of two",
         [] { obeys_a_pause(2); });
    test("obeys a pause to the quantum at 100 Mbit/s, and the newer of two",
         [] { obeys_a_pause(1); });
    test("goes on at a pause of time 0", goes_on_after_zero);
    test("asks for a pause once, and takes it back", asks_for_a_pause);
    test("repeats the pause before it runs out", repeats_itself);
    test("puts a pause frame between two frames", puts_pause_between_frames);
    test("keeps the gap and frees the partner after a reset", survives_a_reset);
    test("sends nothing while not enabled", waits_for_enable);
    return bench::done();
}
