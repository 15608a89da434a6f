// frame_send: a frame a transfer, as it came, or not at all.
// SPDX-License-Identifier: MIT
#include "Vframe_send.h"
#include "tests/rtl/clocked.h"

using namespace bench;

namespace
{

struct Rig : Clocked<Vframe_send> {
    Random random;
    double out_gap = 0, tx_gap = 0;
    Bytes frame; // the one that comes out
    std::vector<Bytes> frames, expected;
    unsigned dropped = 0, bad = 0, expected_bad = 0;
    bool offered = false;
    uint32_t offer = 0;

    explicit Rig(uint64_t seed) : Clocked("frame_send"), random(seed)
    {
        top.rst = 1;
        step();
        top.rst = 0;
    }

    void take_tx()
    {
        uint32_t now = (uint32_t)(top.tx_data | top.tx_last << 8 | top.tx_drop << 9);
        check(!offered || (top.tx_valid && now == offer), "an offered byte changed");
        offered = top.tx_valid && !top.tx_ready && !top.rst;
        offer = now;
        if (!top.tx_valid || !top.tx_ready)
            return;
        check(!top.tx_drop || top.tx_last, "tx_drop without tx_last");
        frame.push_back(top.tx_data);
        if (!top.tx_last)
            return;
        if (top.tx_drop)
            dropped++;
        else
            frames.push_back(frame);
        frame.clear();
    }

    bool step()
    {
        top.tx_ready = !random.chance(tx_gap);
        settle();
        take_tx();
        bool taken = top.out_valid && top.out_ready;
        edge();
        bad += top.bad_frame;
        return taken;
    }

    void item(uint8_t data, bool end)
    {
        while (random.chance(out_gap)) {
            top.out_valid = 0;
            top.out_data = (uint8_t)random.next();
            top.out_end = random.chance(0.5);
            step();
        }
        top.out_valid = 1;
        top.out_data = end ? (uint8_t)random.next() : data;
        top.out_end = end;
        while (!step())
            ;
        top.out_valid = 0;
    }

    void bytes(const Bytes &transfer)
    {
        for (uint8_t byte : transfer)
            item(byte, false);
    }

    void send(const Bytes &transfer)
    {
        bytes(transfer);
        item(0, true);
        if (transfer.size() >= 14 && transfer.size() <= 1518)
            expected.push_back(transfer);
        else
            expected_bad += !transfer.empty();
    }

    void compare()
    {
        step();
        check(frames == expected, "%zu frames of %zu, or others", frames.size(), expected.size());
        check(bad == expected_bad && dropped == bad, "%u bad, %u dropped, %u expected", bad,
              dropped, expected_bad);
        check(frame.empty(), "%zu bytes without an end", frame.size());
    }
};

void every_length()
{
    Rig rig(1);
    for (size_t length = 0; length < 1600; length += length == 100 ? 1380 : 1)
        rig.send(random_bytes(rig.random, length));
    for (size_t length : {4096u, 70000u, 60u, 0u, 0u, 1518u, 1519u, 1518u})
        rig.send(random_bytes(rig.random, length));
    rig.compare();
    check(rig.bad == 13 + 81 + 2 + 1, "%u bad frames", rig.bad);
}

void stalls()
{
    Rig rig(2);
    rig.out_gap = 0.3;
    rig.tx_gap = 0.4;
    for (int i = 0; i < 300; i++)
        rig.send(random_bytes(rig.random, rig.random.below(i % 9 ? 90 : 1700)));
    rig.compare();
    check(rig.frames.size() > 200 && rig.bad > 20, "%zu frames, %u bad: too few to mean anything",
          rig.frames.size(), rig.bad);
}

void full_speed()
{
    Rig rig(3);
    Bytes transfer = random_bytes(rig.random, 1518);
    uint64_t start = rig.clocks;
    rig.send(transfer);
    check(rig.clocks - start == transfer.size() + 1, "%llu clocks",
          (unsigned long long)(rig.clocks - start));
}

// The data interface is set anew in the middle of a frame of any length, or of one that is skipped.
void reset_anywhere()
{
    for (size_t at : {0u, 1u, 13u, 14u, 60u, 1517u, 1518u, 1519u, 1600u}) {
        Rig rig(10 + at);
        rig.bytes(random_bytes(rig.random, at));
        rig.bad = 0;
        rig.top.rst = rig.top.out_valid = rig.top.out_end = 1; // an end beside it counts no frame
        rig.step();
        rig.top.rst = rig.top.out_valid = 0;
        rig.frame.clear(); // the MAC is reset with it
        rig.frames.clear();
        rig.dropped = 0;
        rig.offered = false;
        for (size_t length : {14u, 13u, 1518u})
            rig.send(random_bytes(rig.random, length));
        rig.compare();
    }
}

} // namespace

int main()
{
    test("passes_a_frame_of_every_lawful_length_and_no_other", every_length);
    test("passes_every_frame_when_both_sides_stall", stalls);
    test("takes_a_byte_in_every_clock", full_speed);
    test("starts_afresh_after_a_reset_at_any_byte", reset_anywhere);
    return done();
}
