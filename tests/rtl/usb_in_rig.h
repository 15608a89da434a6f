// A module that has packets for an IN endpoint, asked as usb_transaction does.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_IN_RIG_H
#define TESTS_RTL_USB_IN_RIG_H

#include "tests/rtl/clocked.h"

using bench::Bytes;

template <typename Dut> struct InPackets {
    bench::Clocked<Dut> sim;
    Dut &dut = sim.top;

    explicit InPackets(const char *name) : sim(name)
    {
        pulse(dut.rst);
        clock();
    }
    void clock()
    {
        sim.settle();
        sim.edge();
        sim.settle();
    }
    void pulse(uint8_t &signal)
    {
        signal = 1;
        clock();
        signal = 0;
    }
    // The packet on offer, taken byte by byte; change() runs once it has begun.
    template <typename F> Bytes packet(F change)
    {
        Bytes bytes;
        pulse(dut.start);
        change();
        for (int i = 0; i < 40; i++) {
            sim.settle();
            dut.payload_take = dut.payload_valid && i % 2;
            if (dut.payload_take)
                bytes.push_back(dut.payload_data);
            clock();
        }
        dut.payload_take = 0;
        return bytes;
    }
};

#endif
