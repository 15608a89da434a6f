// Tests the frame FIFO between two clocks with random frames, ratios of the clocks, stalls, drops and overflow.
// SPDX-License-Identifier: MIT
#include "Vcross_frame_fifo.h"
#include "tests/rtl/ethernet.h"

using bench::check;
using bench::test;
using Bytes = ethernet::Bytes;

constexpr size_t BYTES = 4096;

// A writer on one clock, a reader on the other, and the frames that must come out between them.
struct Bench {
    Vcross_frame_fifo top;
    bench::Random random;
    uint64_t now = 0, in_half, out_half, in_at, out_at;
    double write_chance = 1, read_chance = 1, drop_chance = 0, patch_chance = 0;
    size_t shortest = 1, longest = 200;
    bool hurried = false; // the writer cannot wait: it gives a frame up when there is no room
    bool writing = true;  // begins new frames

    Bytes frame;
    size_t index = 0;
    bool drop = false, lost = false, patch = false, flag = false;
    int since_end = 0; // edges of the writer's clock behind a frame's last byte
    uint16_t patch_at = 0, patch_data = 0;
    std::deque<Bytes> expected;
    std::deque<bool> flags; // of those
    Bytes reading;
    size_t written = 0, read = 0, dropped = 0, overflowed = 0, patches = 0, high_water = 0;

    Bench(uint64_t seed, uint64_t in_period, uint64_t out_period)
        : random(seed), in_half(in_period / 2), out_half(out_period / 2)
    {
        in_at = 1 + random.below((uint32_t)in_period),
        out_at = 1 + random.below((uint32_t)out_period);
        top.in_clk = top.out_clk = 0;
        top.in_valid = top.out_ready = 0;
        reset();
    }
    void reset()
    {
        top.in_rst = top.out_rst = 1;
        top.in_valid = 0;
        frame.clear(), expected.clear(), flags.clear(), reading.clear();
        writing = false;
        run(20 * (in_half + out_half));
        top.in_rst = top.out_rst = 0;
        writing = true;
    }
    void next_frame()
    {
        size_t length = shortest + random.below((uint32_t)(longest - shortest + 1));
        frame.resize(length);
        for (uint8_t &byte : frame)
            byte = (uint8_t)random.next();
        index = 0, lost = false;
        flag = random.chance(0.5);
        drop = random.chance(drop_chance);
        patch = patch_chance > 0 && length >= 2 && random.chance(patch_chance);
    }
    void finish()
    {
        if (drop)
            ++dropped;
        else if (lost)
            ++overflowed;
        else
            keep();
        frame.clear();
    }
    // The patch is told late, and only for as long as it must be.
    void keep()
    {
        if (patch) {
            patch_at = (uint16_t)random.below((uint32_t)frame.size() - 1);
            patch_data = (uint16_t)random.next();
            frame[patch_at] = (uint8_t)(patch_data >> 8),
            frame[patch_at + 1u] = (uint8_t)patch_data;
            since_end = 0, ++patches;
        }
        expected.push_back(frame), flags.push_back(flag), ++written;
    }
    void tell_patch()
    {
        bool due = since_end == 1 || since_end == 2;
        top.in_patch_at = due ? patch_at : 0;
        top.in_patch_data = due ? patch_data : 0x1234;
        ++since_end;
    }
    void offer()
    {
        if (top.in_valid || (frame.empty() && !writing) || !random.chance(write_chance))
            return;
        if (frame.empty())
            next_frame();
        bool last = index + 1 == frame.size();
        if (lost && !last) {
            ++index;
            return;
        }
        top.in_valid = 1;
        top.in_data = frame[index];
        top.in_last = last;
        top.in_drop = last && (drop || lost);
        top.in_patch = last ? patch : patch_chance > 0;
        top.in_flag = last ? flag : random.chance(0.5);
        top.eval();
        if (hurried && !top.in_ready) {
            lost = true;
            top.in_valid = last;
            top.in_drop = last;
            index += !last;
        }
    }
    void in_edge()
    {
        bool taken = top.in_valid && top.in_ready;
        high_water = std::max<size_t>(high_water, top.in_fill);
        check(!top.in_empty || expected.empty(), "empty, but %zu frames wait", expected.size());
        top.in_clk = 1;
        top.eval();
        if (taken) {
            top.in_valid = 0;
            if (++index == frame.size())
                finish();
        } else if (top.in_valid) {
            check(!hurried, "a byte that is to be forgotten is not taken");
        }
        offer();
        tell_patch();
        top.eval();
    }
    void out_edge()
    {
        bool taken = top.out_valid && top.out_ready, last = top.out_last,
             stuck = top.out_valid && !top.out_ready;
        uint8_t data = top.out_data;
        if (top.out_valid && !top.out_rst &&
            check(!expected.empty(), "a frame that nobody finished")) {
            check(top.out_length == expected.front().size(), "length %u, frame of %zu",
                  top.out_length, expected.front().size());
            check(top.out_flag == flags.front(), "frame %zu has another's flag", read);
        }
        top.out_clk = 1;
        top.eval();
        if (stuck && !top.out_rst)
            check(top.out_valid && top.out_data == data && top.out_last == last,
                  "an offered byte changed");
        if (taken && !top.out_rst)
            take(data, last);
        top.out_ready = random.chance(read_chance);
        top.eval();
    }
    void take(uint8_t data, bool last)
    {
        reading.push_back(data);
        if (!last)
            return;
        check(reading == expected.front(), "frame %zu differs", read);
        expected.pop_front(), flags.pop_front(), reading.clear(), ++read;
    }
    void step()
    {
        now = std::min(in_at, out_at);
        if (in_at == now) {
            in_at += in_half;
            if (top.in_clk)
                top.in_clk = 0, top.eval();
            else
                in_edge();
        } else {
            out_at += out_half;
            if (top.out_clk)
                top.out_clk = 0, top.eval();
            else
                out_edge();
        }
    }
    void run(uint64_t time)
    {
        for (uint64_t end = now + time; now < end && bench::failure.empty();)
            step();
    }
    void run_frames(size_t frames)
    {
        for (size_t end = written + dropped + overflowed + frames;
             written + dropped + overflowed < end && bench::failure.empty();)
            step();
    }
    void drain()
    {
        writing = false;
        read_chance = 1;
        uint64_t end = now + 40000 * (in_half + out_half);
        while (!(expected.empty() && frame.empty() && top.in_empty) && bench::failure.empty()) {
            step();
            check(now < end, "%zu frames did not come out", expected.size());
        }
        writing = true;
    }
};

static const uint64_t RATIOS[][2] = {{16666, 8000},   {8000, 16666},   {8000, 8002},
                                     {400000, 16666}, {16666, 400000}, {8000, 8000}};

static void carries(double write_chance, double read_chance, double drop_chance, size_t longest)
{
    uint64_t seed = 1;
    for (auto &ratio : RATIOS) {
        Bench b(seed++, ratio[0], ratio[1]);
        b.write_chance = write_chance, b.read_chance = read_chance, b.drop_chance = drop_chance,
        b.longest = longest;
        b.run_frames(longest > 400 ? 100 : 400);
        b.drain();
        check(b.read == b.written && b.read > 0, "%zu of %zu frames came out", b.read, b.written);
    }
}

// A writer that cannot wait, a reader too slow for it: frames are lost whole, and all others arrive.
static void overflows(size_t longest)
{
    Bench b(70, 8000, 16666);
    b.hurried = true, b.longest = longest, b.drop_chance = 0.1;
    b.shortest = 4; // a wire's frames outlast the clocks in which the writer is busy
    for (double chance : {0.1, 0.0, 0.6, 0.02}) {
        b.read_chance = chance;
        b.run_frames(150);
    }
    b.drain();
    check(b.overflowed > 0 && b.dropped > 0 && b.read > 50, "lost %zu, read %zu", b.overflowed,
          b.read);
    check(b.high_water > BYTES - 300 && b.high_water < BYTES, "filled up to %zu", b.high_water);
    check(b.read == b.written, "%zu of %zu frames came out", b.read, b.written);
}

static void patches(double read_chance)
{
    uint64_t seed = 40;
    for (auto &ratio : RATIOS) {
        Bench b(seed++, ratio[0], ratio[1]);
        b.patch_chance = 0.6, b.drop_chance = 0.2, b.read_chance = read_chance;
        b.run_frames(300);
        b.drain();
        check(b.read == b.written && b.patches > 50, "%zu of %zu frames, %zu patches", b.read,
              b.written, b.patches);
    }
}

static void holds_the_longest()
{
    Bench b(80, 16666, 8000);
    b.shortest = b.longest = BYTES - 10;
    b.run_frames(5);
    b.drain();
    check(b.read >= 5, "%zu of 5 frames came out", b.read);
    b.hurried = true;
    b.shortest = b.longest = BYTES - 8;
    b.run_frames(3);
    b.shortest = b.longest = 3 * BYTES;
    b.run_frames(2);
    check(b.overflowed >= 5, "%zu of 5 frames too long were refused", b.overflowed);
    b.shortest = 1, b.longest = 100;
    b.run_frames(20);
    b.drain();
    check(b.read == b.written, "%zu of %zu frames came out", b.read, b.written);
}

static void is_not_seen_early()
{
    Bench b(90, 16666, 8000);
    b.shortest = b.longest = 1000;
    b.run(900 * 16666);
    check(!b.top.out_valid, "half a frame is on offer");
    check(!b.top.in_empty, "half a frame counts as empty");
    b.run_frames(1);
    b.drain();
}

static void forgets_by_reset()
{
    Bench b(95, 8000, 16666);
    for (int i = 0; i < 15; ++i) {
        b.read_chance = 0.1;
        b.run(1000 + b.random.below(3000000));
        b.reset();
        b.read_chance = 1;
        check(b.top.in_empty, "not empty behind a reset");
        b.run_frames(10);
        b.drain();
    }
}

int main()
{
    test("carries frames at full speed at any ratio of the clocks", [] { carries(1, 1, 0, 200); });
    test("carries frames of one to three bytes", [] { carries(1, 1, 0.2, 3); });
    test("carries large frames past stalls of both sides and forgets dropped ones",
         [] { carries(0.5, 0.4, 0.3, 1518); });
    test("makes the writer wait for a slow reader", [] { carries(1, 0.1, 0, 500); });
    test("writes a checksum that comes behind its frame over two bytes of it", [] {
        patches(1);
        patches(0.3);
    });
    test("loses whole frames when the writer cannot wait", [] { overflows(300); });
    test("loses whole frames when they are large", [] { overflows(1518); });
    test("holds a frame that fills it, and refuses a longer one", holds_the_longest);
    test("shows a frame only when it is complete", is_not_seen_early);
    test("forgets everything at a reset", forgets_by_reset);
    return bench::done();
}
