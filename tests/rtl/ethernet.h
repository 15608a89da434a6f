// The far end of the RGMII pins in RTL tests: frames with a CRC of its own, a PHY that drives and reads both clock edges.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_ETHERNET_H
#define TESTS_RTL_ETHERNET_H

#include <deque>

#include "tests/rtl/bench.h"

namespace ethernet
{

using Bytes = std::vector<uint8_t>;

constexpr uint64_t OUR_MAC = 0x021122334455, OTHER_MAC = 0x02AABBCCDDEE, BROADCAST = 0xFFFFFFFFFFFF,
                   GROUP = 0x01005E000001, MAC_CONTROL = 0x0180C2000001;
enum Fate {
    GOOD = 1,
    BAD_FCS = 2,
    RUNT = 4,
    OVERSIZE = 8,
    SYMBOL = 16,
    OVERFLOW_ = 32,
    FILTERED = 64,
    PAUSE = 128,
    MULTICAST = 256,
    TO_ALL = 512
};

// The CRC bit by bit, as IEEE 802.3 draws it: most significant bit of the register leaves first.
inline uint32_t crc(const Bytes &frame)
{
    uint32_t state = 0xFFFFFFFF, reflected = 0;
    for (uint8_t byte : frame)
        for (int bit = 0; bit < 8; ++bit) {
            bool feedback = (state >> 31) ^ (byte >> bit & 1);
            state = state << 1 ^ (feedback ? 0x04C11DB7 : 0);
        }
    for (int bit = 0; bit < 32; ++bit)
        reflected |= (~state >> bit & 1) << (31 - bit);
    return reflected;
}

inline Bytes with_fcs(Bytes frame)
{
    uint32_t fcs = crc(frame);
    for (int i = 0; i < 4; ++i)
        frame.push_back((uint8_t)(fcs >> 8 * i));
    return frame;
}

inline void put_address(Bytes &frame, size_t at, uint64_t address)
{
    for (size_t i = 0; i < 6 && at + i < frame.size(); ++i)
        frame[at + i] = (uint8_t)(address >> (40 - 8 * i));
}

// A frame of `length` bytes without FCS; what does not fit is left out.
inline Bytes frame(bench::Random &random, size_t length, uint64_t destination = OUR_MAC)
{
    Bytes bytes(length);
    for (uint8_t &byte : bytes)
        byte = (uint8_t)random.next();
    put_address(bytes, 0, destination);
    put_address(bytes, 6, OTHER_MAC);
    if (length > 12)
        bytes[12] = 0x08;
    return bytes;
}

inline Bytes padded(Bytes frame)
{
    if (frame.size() < 60)
        frame.resize(60);
    return frame;
}

inline Bytes pause_frame(uint16_t quanta, uint64_t destination = MAC_CONTROL)
{
    Bytes bytes(60);
    put_address(bytes, 0, destination);
    put_address(bytes, 6, OTHER_MAC);
    bytes[12] = 0x88, bytes[13] = 0x08, bytes[15] = 0x01;
    bytes[16] = (uint8_t)(quanta >> 8), bytes[17] = (uint8_t)quanta;
    return bytes;
}

// What a PHY drives on the receive pins, clock by clock.
struct Sender {
    struct Symbol {
        uint8_t rise, fall;
        bool valid, error;
    };
    std::deque<Symbol> symbols;
    bool gigabit = true;
    uint8_t status = 0xD; // between frames: link, 1000 Mbit/s, full duplex
    Symbol now{};

    void put(uint8_t byte, bool error = false)
    {
        uint8_t low = byte & 15, high = byte >> 4;
        if (gigabit) {
            symbols.push_back({low, high, true, error});
        } else {
            symbols.push_back({low, low, true, error});
            symbols.push_back({high, high, true, error});
        }
    }
    void gap(int bytes)
    {
        for (int i = 0; i < (gigabit ? bytes : 2 * bytes); ++i)
            symbols.push_back({status, status, false, false});
    }
    // Bytes with their FCS; an error is signalled in byte error_at.
    void send(const Bytes &bytes, int gap_bytes = 12, int error_at = -1, int preamble = 7)
    {
        for (int i = 0; i < preamble; ++i)
            put(0x55);
        put(0xD5);
        for (size_t i = 0; i < bytes.size(); ++i)
            put(bytes[i], (int)i == error_at);
        gap(gap_bytes);
    }
    void send_odd_nibble(const Bytes &bytes)
    {
        send(bytes, 0);
        symbols.push_back({9, 9, true, false});
        gap(12);
    }
    void drive(uint8_t &rxd, uint8_t &rx_ctl, bool rising)
    {
        if (rising) {
            now = symbols.empty() ? Symbol{status, status, false, false} : symbols.front();
            if (!symbols.empty())
                symbols.pop_front();
        }
        rxd = rising ? now.rise : now.fall;
        rx_ctl = rising ? now.valid : now.valid != now.error;
    }
    bool idle() const
    {
        return symbols.empty() && !now.valid;
    }
};

// What a PHY sees on the transmit pins; it checks all that the standard asks of the sender.
struct Receiver {
    struct Seen {
        Bytes bytes;         // without FCS
        uint64_t begin, end; // ps, of the carrier
    };
    std::deque<Seen> frames;
    bool gigabit = true, last_clock = false, carrier = false;
    bool abrupt = false; // a reset may cut a frame
    uint64_t byte_ps = 8000, begin = 0, end = 0;
    Bytes nibbles;
    int bad = 0; // frames that broke a rule while abrupt

    void look(bool clock, bool enable, uint8_t txd, uint64_t ps)
    {
        if (clock == last_clock)
            return;
        last_clock = clock;
        if (!clock) {
            fault(enable == carrier, "tx_ctl signals an error");
            if (gigabit && enable)
                nibbles.push_back(txd);
            else if (!gigabit && enable && carrier)
                fault(nibbles.back() == txd, "the nibble changes in the middle of a clock");
            return;
        }
        if (enable && !carrier) {
            begin = ps;
            bench::check(abrupt || !end || begin - end >= 12 * byte_ps, "gap of %llu ps",
                         (unsigned long long)(begin - end));
        }
        if (enable)
            nibbles.push_back(txd);
        else if (carrier)
            finish(ps);
        carrier = enable;
    }
    bool fault(bool holds, const char *what)
    {
        if (!holds && abrupt)
            ++bad;
        return abrupt ? holds : bench::check(holds, "%s", what);
    }
    void finish(uint64_t ps)
    {
        end = ps;
        Bytes all, body;
        bool whole = fault(nibbles.size() % 2 == 0, "half a byte");
        for (size_t i = 0; i + 1 < nibbles.size(); i += 2)
            all.push_back((uint8_t)(nibbles[i] | nibbles[i + 1] << 4));
        nibbles.clear();
        if (!whole || !fault(all.size() >= 72, "frame too short"))
            return;
        for (int i = 0; i < 8; ++i)
            if (!fault(all[(size_t)i] == (i == 7 ? 0xD5 : 0x55), "bad preamble"))
                return;
        body.assign(all.begin() + 8, all.end() - 4);
        if (fault(with_fcs(body) == Bytes(all.begin() + 8, all.end()), "bad FCS"))
            frames.push_back({body, begin, end});
    }
};

} // namespace ethernet
#endif
