// The test packet of USB 2.0, 7.1.20, from the standard's own strings of NRZ bits.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_TEST_PACKET_H
#define TESTS_RTL_USB_TEST_PACKET_H

#include <string>

#include "tests/rtl/bench.h"

// PID, data and CRC16 as bytes: first bit on the wire lowest, and no stuffed bits ("S"), which the PHY adds.
inline std::vector<uint8_t> test_packet()
{
    static const struct {
        const char *bits;
        int times;
    } strings[] = {
        {"11000011", 1}, {"00000000", 9}, {"01010101", 8}, {"01110111", 8},         {"0", 1},
        {"111111S", 15}, {"111111", 1},   {"S", 1},        {"111111S", 1},          {"0111111S", 7},
        {"00111111", 1}, {"S0111111", 9}, {"S0", 1},       {"0110110101110011", 1},
    };
    std::vector<uint8_t> bytes;
    int count = 0;
    for (const auto &string : strings)
        for (int i = 0; i < string.times; i++)
            for (const char *bit = string.bits; *bit; bit++) {
                if (*bit == 'S')
                    continue;
                if (count % 8 == 0)
                    bytes.push_back(0);
                if (*bit == '1')
                    bytes.back() |= (uint8_t)(1 << count % 8);
                count++;
            }
    bench::check(count == 8 * 56, "the strings make %d bits", count);
    return bytes;
}

#endif
