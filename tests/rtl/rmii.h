// The far end of the RMII pins in RTL tests: what a PHY drives and reads, clock by clock (RMII 1.2).
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_RMII_H
#define TESTS_RTL_RMII_H

#include "tests/rtl/ethernet.h"

namespace ethernet
{

// What a PHY drives on the receive pins: two bits and CRS_DV.
struct RmiiSender {
    struct Symbol {
        uint8_t rxd;
        bool crs_dv;
    };
    std::deque<Symbol> symbols;
    bool fast = true;
    Symbol now{0, false};

    void put(uint8_t rxd, bool crs_dv, int clocks)
    {
        for (int i = 0; i < clocks; ++i)
            symbols.push_back({rxd, crs_dv});
    }
    int repeat() const
    {
        return fast ? 1 : 10;
    }
    void gap(int bytes)
    {
        put(0, false, bytes * 4 * repeat());
    }
    // Carrier for `early` clocks before the first bits come. In the last `tail` nibbles the carrier is gone already, and
    // CRS_DV says only that the nibble still counts.
    void send(const Bytes &bytes, int gap_bytes = 12, int preamble = 7, int early = 3, int tail = 0)
    {
        Bytes all((size_t)preamble, 0x55);
        all.push_back(0xD5);
        all.insert(all.end(), bytes.begin(), bytes.end());
        put(0, true, early);
        int nibble = 0, nibbles = 2 * (int)all.size();
        for (uint8_t byte : all)
            for (int half = 0; half < 2; ++half, ++nibble) {
                uint8_t value = (uint8_t)(byte >> 4 * half & 15);
                put(value & 3, nibble < nibbles - tail, repeat());
                put(value >> 2, true, repeat());
            }
        gap(gap_bytes);
    }
    void drive(uint8_t &rxd, uint8_t &crs_dv)
    {
        now = symbols.empty() ? Symbol{0, false} : symbols.front();
        if (!symbols.empty())
            symbols.pop_front();
        rxd = now.rxd, crs_dv = now.crs_dv;
    }
};

// What a PHY sees on the transmit pins, looked at once a clock; frames as they are on the wire, preamble and FCS included.
struct RmiiReceiver {
    std::deque<Bytes> frames;
    std::deque<uint64_t> gaps; // clocks before each frame
    bool fast = true;
    bool abrupt = false; // a reset or a change of speed may cut a frame
    uint64_t silence = 0;
    std::vector<uint8_t> pairs;

    void look(bool enable, uint8_t txd)
    {
        if (enable) {
            if (pairs.empty())
                gaps.push_back(silence);
            pairs.push_back(txd);
            silence = 0;
            return;
        }
        if (!pairs.empty())
            finish();
        ++silence;
    }
    void finish()
    {
        size_t repeat = fast ? 1 : 10;
        Bytes bytes(pairs.size() / (4 * repeat));
        bench::check(abrupt || pairs.size() % (4 * repeat) == 0, "%zu clocks are no whole bytes",
                     pairs.size());
        for (size_t i = 0; i < bytes.size() * 4 * repeat; ++i) {
            size_t pair = i / repeat;
            bench::check(abrupt || pairs[i] == pairs[pair * repeat],
                         "a pair changes in its ten clocks");
            if (i % repeat == 0)
                bytes[pair / 4] |= (uint8_t)(pairs[i] << 2 * (pair % 4));
        }
        frames.push_back(bytes);
        pairs.clear();
    }
    // Frame i without preamble and FCS, both checked.
    Bytes body(size_t i) const
    {
        const Bytes &all = frames[i];
        if (!bench::check(all.size() >= 72, "frame %zu is too short", i))
            return {};
        for (size_t k = 0; k < 8; ++k)
            bench::check(all[k] == (k == 7 ? 0xD5 : 0x55), "bad preamble");
        Bytes body(all.begin() + 8, all.end() - 4);
        bench::check(with_fcs(body) == Bytes(all.begin() + 8, all.end()), "bad FCS");
        return body;
    }
};

} // namespace ethernet
#endif
