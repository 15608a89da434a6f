// Tests who is in reset when: at power-on, when the PLL loses its lock, while the core's clock stands still. BITS is 4.
// SPDX-License-Identifier: MIT
#include <deque>

#include "Vpower_on.h"
#include "tests/rtl/clocked.h"

using bench::check;
using bench::test;

constexpr int STEP = 16; // clocks of each of the two steps
constexpr int LATE = 6;  // clocks more until a step is seen at the ports

// A board around it: the core follows core_run two of its own clocks later.
struct Board : bench::Clocked<Vpower_on> {
    bench::Random random;
    double core_rate = 0.5; // edges of the core's clock to one here; 0: it stands still
    std::deque<bool> way{false, false};
    int since = 0;         // clocks since the cause
    bool core_held = true; // the core has been in reset since await_core began

    explicit Board(uint64_t seed = 1) : Clocked("power_on"), random(seed)
    {
        top.locked = top.button_n = 1;
    }
    void clock()
    {
        if (random.chance(core_rate)) {
            way.push_back(top.core_run);
            way.pop_front();
        }
        core_held = core_held || !way.front();
        top.core_runs = way.front();
        settle();
        edge();
        ++since;
        since = top.locked && top.button_n ? since : 0;
        check(!(top.phy_rst && top.core_run), "the core is let go before the PHYs");
        check(top.phy_rst || since >= STEP || since <= 3, "the PHYs' reset is too short");
    }
    void run(int clocks)
    {
        while (clocks--)
            clock();
    }
    // The core goes into reset, if it is not there, and runs then.
    void await_core()
    {
        core_held = !way.front();
        for (int i = 0; !(core_held && way.front()) && i < 5000; ++i)
            clock();
        check(core_held, "the core was not in reset");
        check(way.front(), "the core does not run");
    }
};

static void powers_on_in_order()
{
    Board board;
    board.settle();
    for (int i = 0; i < 2 * STEP + LATE; i++) {
        check(i < STEP + LATE || !board.top.phy_rst, "clock %d: the PHYs are still in reset", i);
        check(i >= STEP || board.top.phy_rst, "clock %d: the PHYs' reset is over", i);
        check(i >= 2 * STEP || !board.top.core_run, "clock %d: the core runs", i);
        board.clock();
    }
    board.run(60);
    check(board.way.front(), "the core does not run");
}

// Any cause, of any length, at any time: all are in reset, and come back.
static void resets_all_and_comes_back(uint64_t seed)
{
    Board board(seed);
    for (int round = 0; round < 200; ++round) {
        board.core_rate = 0.05 + 0.01 * board.random.below(96);
        board.run((int)board.random.below(4 * STEP));
        bool button = board.random.chance(0.3);
        (button ? board.top.button_n : board.top.locked) = 0;
        board.run(1 + (int)board.random.below(board.random.chance(0.5) ? 3 : 100));
        board.top.button_n = board.top.locked = 1;
        board.run(4);
        check(board.top.phy_rst && !board.top.core_run, "round %d: no reset", round);
        if (board.random.chance(0.7))
            board.await_core();
    }
}

// A ULPI clock stops with its PHY's reset, before the core has heard of its own.
static void waits_for_the_cores_clock()
{
    Board board;
    board.await_core();
    board.core_rate = 0;
    board.top.locked = 0;
    board.clock();
    board.top.locked = 1;
    board.run(20 * STEP);
    check(!board.top.phy_rst && !board.top.core_run && board.way.front(), "nothing stood still");
    board.core_rate = 1;
    board.await_core();
}

int main()
{
    test("powers on: the PHYs first, then the core", powers_on_in_order);
    for (uint64_t seed : {1, 2, 3})
        test("resets all when lock or button say so, however short, and comes back",
             [=] { resets_all_and_comes_back(seed); });
    test("holds the core in reset until its clock has come", waits_for_the_cores_clock);
    return bench::done();
}
