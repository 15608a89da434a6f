// Tests the way back in front of the pins: frames come round whole, at any pace, and none is begun or ended by a reset.
// SPDX-License-Identifier: MIT
#include "Veth_loopback.h"
#include "tests/rtl/clocked.h"

using namespace bench;

namespace
{

constexpr int NOTHING = -1; // what the framer shows between frames

// What goes round: bytes, and END behind each frame's last.
constexpr int END = 256;

struct Rig : Clocked<Veth_loopback> {
    Random random;
    std::vector<int> line; // what the framer is to show, an item a tick
    size_t at = 0;
    double stall = 0;      // of the receive side, a chance a clock
    std::vector<int> came; // round

    explicit Rig(uint64_t seed) : Clocked("eth_loopback"), random(seed)
    {
        top.rst = 1;
        step();
        top.rst = 0;
    }

    int shown() const
    {
        return at < line.size() ? line[at] : NOTHING;
    }

    void step()
    {
        top.gmii_enable = shown() != NOTHING;
        top.gmii_data = (uint8_t)(shown() == NOTHING ? random.next() : (uint64_t)shown());
        top.quiet = shown() == NOTHING;
        top.out_ready = !random.chance(stall);
        settle();
        check(top.tick == top.out_ready, "the framer and the receive side are out of step");
        if (top.out_valid && top.out_ready)
            came.push_back(top.out_end ? END : top.out_data);
        bool moves = top.tick;
        edge();
        at += moves;
    }

    void run()
    {
        while (at < line.size() + 3)
            step();
        line.clear();
        at = 0;
    }

    // Puts preamble, delimiter and a gap around bytes, which have come round at the end of the run.
    Bytes frame(size_t size)
    {
        Bytes bytes = random_bytes(random, size);
        for (unsigned n = random.below(9); n > 0; n--)
            line.push_back(0x55);
        line.push_back(0xD5);
        line.insert(line.end(), bytes.begin(), bytes.end());
        for (unsigned n = 1 + random.below(13); n > 0; n--)
            line.push_back(NOTHING);
        return bytes;
    }

    void loop(bool wanted)
    {
        top.wanted = wanted;
        run();
        came.clear();
    }
};

void append(std::vector<int> &wanted, const Bytes &bytes)
{
    wanted.insert(wanted.end(), bytes.begin(), bytes.end());
    wanted.push_back(END);
}

void turns_frames_round()
{
    Rig rig(1);
    rig.loop(true);
    for (int i = 0; i < 300; ++i) {
        std::vector<int> wanted;
        rig.stall = i % 3 * 0.4;
        for (int n = 0; n < 3; ++n)
            append(wanted, rig.frame(1 + rig.random.below(90)));
        rig.run();
        check(rig.came == wanted, "round %d: %zu items, %zu expected", i, rig.came.size(),
              wanted.size());
        rig.came.clear();
    }
}

void takes_the_first_delimiter_only()
{
    Rig rig(2);
    rig.loop(true);
    rig.line = {0x55, 0x55, 0xD5, 0xD5, 0x55, 0xD5, 0x00, 0xD5, NOTHING, NOTHING};
    rig.run();
    check(rig.came == std::vector<int>{0xD5, 0x55, 0xD5, 0x00, 0xD5, END}, "%zu items",
          rig.came.size());
    rig.came.clear();
    rig.line = {0x55, 0x55, 0x5D, 0x55, NOTHING}; // no frame
    rig.run();
    check(rig.came.empty(), "%zu items of a frame without delimiter", rig.came.size());
}

// A wish in the middle of a frame waits for its end.
void changes_the_way_between_frames()
{
    for (bool on : {false, true})
        for (size_t when = 1; when < 30; ++when) {
            Rig rig(3 + when);
            rig.loop(on);
            Bytes bytes = rig.frame(30);
            while (rig.at < when)
                rig.step();
            rig.top.wanted = !on;
            rig.run();
            std::vector<int> wanted;
            if (on)
                append(wanted, bytes);
            check(rig.came == wanted, "%zu items, %zu expected", rig.came.size(), wanted.size());
            check(rig.top.looping == !on, "the way is the old one behind the frame");
        }
}

// What a reset cuts is over: no byte and no end of it comes behind, and the next frame is whole.
void forgets_a_frame_in_a_reset()
{
    for (size_t when = 0; when < 60; ++when) {
        Rig rig(100 + when);
        rig.loop(true);
        rig.frame(40);
        while (rig.at < when)
            rig.step();
        rig.top.rst = 1;
        rig.step();
        rig.line.clear(); // the framer too was reset
        rig.at = 0;
        check(!rig.top.looping, "the pins are silent in a reset");
        rig.top.rst = 0;
        rig.came.clear();
        rig.run();
        check(rig.came.empty(), "reset after %zu clocks: %zu items are left", when,
              rig.came.size());
        std::vector<int> wanted;
        append(wanted, rig.frame(20));
        rig.run();
        check(rig.came == wanted, "reset after %zu clocks: the next frame differs", when);
    }
}

void is_silent_if_not_wanted()
{
    Rig rig(4);
    rig.frame(60);
    rig.run();
    check(rig.came.empty() && !rig.top.looping, "%zu items", rig.came.size());
}

} // namespace

int main()
{
    test("turns frames round whole at any pace", turns_frames_round);
    test("takes the first delimiter for one and the others for data",
         takes_the_first_delimiter_only);
    test("changes the way between frames only", changes_the_way_between_frames);
    test("forgets a frame that a reset cuts", forgets_a_frame_in_a_reset);
    test("is silent if it is not wanted", is_silent_if_not_wanted);
    return done();
}
