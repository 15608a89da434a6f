// Drives offload_send as record_send does, takes its frames as cross_frame_fifo does, and compares them.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_OFFLOAD_RIG_H
#define TESTS_RTL_OFFLOAD_RIG_H

#include "Voffload_send.h"
#include "tests/rtl/offload_records.h"

namespace bench
{

struct Rig : Clocked<Voffload_send> {
    Random random;
    double in_gap = 0, out_gap = 0;
    Bytes frame; // the one that comes out
    std::vector<Bytes> got;
    unsigned dropped = 0;
    int since_end = 100; // clocks since the last frame ended
    bool patched = false, offered = false;
    uint32_t patch = 0; // where and what, from the second clock on
    uint32_t offer = 0;

    explicit Rig(uint64_t seed) : Clocked("offload_send"), random(seed)
    {
        top.rst = 1;
        step();
        top.rst = 0;
    }

    uint32_t out_now() const
    {
        return (uint32_t)(top.out_data | top.out_last << 8 | top.out_drop << 9);
    }

    // What cross_frame_fifo does: busy for two clocks behind a frame, for four if it is patched.
    void take_out()
    {
        check(!offered || (top.out_valid && out_now() == offer),
              "an offered byte changed before it was taken");
        offered = top.out_valid && !top.out_ready;
        offer = out_now();
        if (patched && (since_end == 2 || since_end == 3) && !got.empty()) {
            size_t at = top.out_patch_at + (since_end == 3 ? 1u : 0u);
            if (check(at < got.back().size(), "a patch at %zu of %zu", at, got.back().size()))
                got.back()[at] = (uint8_t)(top.out_patch_data >> (since_end == 3 ? 0 : 8));
        }
        uint32_t now = (uint32_t)(top.out_patch_at << 16 | top.out_patch_data);
        check(since_end < 3 || !patched || now == patch,
              "the patch changed before the next frame ended");
        patch = now;
        since_end++;
        if (!top.out_valid || !top.out_ready)
            return;
        frame.push_back(top.out_data);
        check(frame.size() <= 1518, "a frame grew to %zu bytes", frame.size());
        if (!top.out_last)
            return;
        since_end = 1;
        patched = top.out_patch && !top.out_drop;
        if (top.out_drop)
            dropped++;
        else
            got.push_back(frame);
        frame.clear();
    }

    bool step()
    {
        top.out_ready = since_end > (patched ? 4 : 2) && !random.chance(out_gap);
        settle();
        take_out();
        bool taken = top.in_valid && top.in_ready;
        edge();
        return taken;
    }

    void ask(const Request &r)
    {
        top.in_needs_csum = r.needs_csum;
        top.in_gso_type = r.gso_type;
        top.in_gso_size = r.gso_size;
        top.in_csum_start = r.csum_start;
        top.in_csum_offset = r.csum_offset;
        top.in_length = (uint32_t)r.frame.size();
    }

    // Returns false if it was refused. Behind `cut` bytes the transfer ends.
    bool give(const Request &r, size_t cut)
    {
        bool refused = false, taken = false;
        unsigned waited = 0;
        ask(r);
        for (size_t i = 0; i < r.frame.size() && !refused && failure.empty(); i += taken) {
            top.in_valid = (top.in_valid && !taken) || !random.chance(in_gap);
            top.in_data = i < cut ? r.frame[i] : 0xEE;
            top.in_last = i + 1 == r.frame.size() || i == cut;
            top.in_drop = top.in_last ? i == cut : random.chance(0.5); // means nothing elsewhere
            top.in_length = (uint32_t)(r.frame.size() - i);
            if (!top.in_valid) { // the rest means nothing
                top.in_data = (uint8_t)random.next();
                top.in_last = random.chance(0.5);
                top.in_drop = random.chance(0.5);
            }
            settle();
            refused = top.in_refuse;
            taken = step();
            waited = taken ? 0 : waited + 1;
            check(waited < 5000, "byte %zu of %zu is not taken", i, r.frame.size());
            check(!refused || !taken, "a byte of a refused frame was taken");
            if (taken && i == cut)
                break;
        }
        top.in_valid = top.in_last = top.in_drop = 0;
        return !refused;
    }

    void rest()
    {
        for (int i = 0; i < 8; i++)
            step();
    }

    // Gives a request and compares all that comes of it.
    void run(const Request &r, size_t cut = SIZE_MAX)
    {
        Layout layout = {};
        bool good = understand(r, layout);
        std::vector<Bytes> expected;
        if (good)
            expected = expected_frames(r, layout);
        size_t kept = expected.size();
        if (cut < r.frame.size() && good)
            kept = !r.gso_type || cut < layout.end ? 0 : (cut - layout.end) / r.gso_size;
        expected.resize(kept);
        got.clear();
        bool passed = give(r, cut);
        rest();
        check(cut < r.frame.size() || passed == good, "type %02x, %zu bytes, start %u, size %u: %s",
              r.gso_type, r.frame.size(), r.csum_start, r.gso_size, passed ? "passed" : "refused");
        check(passed || got.empty(), "frames of a refused record");
        check(frame.empty(), "%zu bytes of a frame have no end", frame.size());
        compare(r, expected);
    }

    void compare(const Request &r, const std::vector<Bytes> &expected)
    {
        check(got.size() == expected.size(), "type %02x, %zu bytes: %zu frames, %zu expected",
              r.gso_type, r.frame.size(), got.size(), expected.size());
        for (size_t i = 0; i < got.size() && failure.empty(); i++) {
            check(got[i].size() == expected[i].size(), "frame %zu has %zu bytes, %zu expected", i,
                  got[i].size(), expected[i].size());
            for (size_t k = 0; k < got[i].size() && failure.empty(); k++)
                check(got[i][k] == expected[i][k],
                      "type %02x, start %u, frame %zu of %zu: byte %zu is %02x, expected %02x",
                      r.gso_type, r.csum_start, i, got.size(), k, got[i][k], expected[i][k]);
        }
    }
};

} // namespace bench
#endif
