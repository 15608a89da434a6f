// A PHY's registers behind MDC and MDIO, for tests (IEEE 802.3, clause 22).
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_MDIO_PHY_H
#define TESTS_RTL_MDIO_PHY_H

#include "tests/rtl/bench.h"

// A PHY with 32 registers at one address; it acts at rising edges of mdc and answers some clocks after them.
struct Phy {
    uint16_t registers[32] = {};
    unsigned address = 3, ones = 0, answer_clocks = 17; // 283 ns at 60 MHz
    bool anywhere = false;                              // it answers at every address
    int bit = -1; // of the frame behind the preamble; -1: in the preamble
    uint32_t frame = 0;
    bool drives = false, out = true, next_drives = false, next_out = true;
    unsigned wait = 0;
    bool addressed() const
    {
        return anywhere || (frame >> 23 & 31) == address;
    } // while all 32 bits are in place

    void rising(bool line)
    {
        next_drives = false, next_out = true;
        if (bit < 0) {
            ones = line ? ones + 1 : ones;
            if (!line && ones >= 32)
                bit = 0, frame = 0;
            else if (!line)
                ones = 0;
            if (bit < 0 || line)
                return;
        }
        frame = frame << 1 | line;
        answer(++bit);
        if (bit == 32) {
            if ((frame >> 28 & 3) == 1 && addressed() && (frame >> 16 & 3) == 2)
                registers[frame >> 18 & 31] = (uint16_t)frame;
            bit = -1, ones = 0;
        }
        wait = answer_clocks;
    }
    void answer(int n) // what is on the line from now on, n bits having passed
    {
        if (n < 15 || n > 31)
            return;
        uint32_t head = frame >> (n - 14); // the 14 bits up to the register
        bool read = (head >> 10 & 3) == 2 && (anywhere || (head >> 5 & 31) == address);
        next_drives = read;
        next_out = n == 15 ? false : registers[head & 31] >> (31 - n) & 1;
    }
    void clock()
    {
        if (wait && !--wait)
            drives = next_drives, out = next_out;
    }
};

#endif
