// The full-speed USB device in its place: a host at D+ and D-, and behind it a register, a source and a sink of bytes.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_BOARD_FULL_SPEED_H
#define TESTS_RTL_USB_BOARD_FULL_SPEED_H

#include "Vusb_device_full_speed.h"
#include "tests/rtl/usb_host.h"
#include "tests/rtl/usb_line.h"

constexpr uint64_t CORE_24 = 20833; // half a clock in ps
constexpr int END = 0x100;          // a transfer ended here

// The device is built for a core of 24 MHz (RTL_TOP_FLAGS_usb_device_full_speed).
struct FullSpeedBoard {
    using Dut = Vusb_device_full_speed;
    static constexpr bool HIGH_SPEED = false;   // it can have
    static constexpr bool TELLS_ERRORS = false; // so can what is between host and device
    static constexpr uint64_t ANSWER_CLOCKS =
        60; // within which an answer has begun, or does not come
    static constexpr uint64_t LONGEST_RUN = 60000000;
    bench::Clocked<Dut> sim{"usb_device_full_speed"};
    Dut &dut = sim.top;
    UsbHostAt<UsbLine<Dut>> host{sim};
    std::deque<int> to_host;    // bytes, each | END if its transfer ends with it
    std::vector<int> from_host; // bytes, and END between transfers
    uint32_t written = 0, register_value = 0x12345678;
    bool take = true;

    explicit FullSpeedBoard(uint64_t seed = 1, int ppm = 0)
    {
        UsbLine<Dut> &line = host.phy;
        line.random = bench::Random(seed);
        line.core_half = CORE_24 + (uint64_t)line.random.below(40),
        line.core_at = 1 + line.random.below(40000);
        line.usb_at = 1 + line.random.below(20000);
        line.manner.bit_ps = BIT_PS * (1 + ppm * 1e-6);
        line.pins = [this] {
            return UsbLine<Dut>::Pins{!!dut.usb_drive, !!dut.usb_pull_up, (LineState)dut.usb_out};
        };
        line.set_pins = [this](LineState state) { dut.usb_in = state; };
        line.before_edge = [this] { step(); };
        dut.rst = 1;
        line.run(20);
        bench::check(line.state() == SE0, "the pull-up is on in reset");
        dut.rst = 0;
        line.run(100);
    }
    void reset_bus(int us = 20)
    {
        host.forget();
        host.phy.line(SE0);
        host.phy.run((uint64_t)us * 60);
        host.phy.line(LINE_J);
        host.phy.run(300);
    }
    void set_address(int address)
    {
        bench::check(host.control_out(host.request(0x00, 5, address, 0, 0)) == ACK,
                     "SET_ADDRESS failed");
        host.address = address;
    }
    void configure(int value = 1)
    {
        bench::check(host.control_out(host.request(0x00, 9, value, 0, 0)) == ACK,
                     "SET_CONFIGURATION failed");
        for (int i = 1; i < 3; i++)
            host.out_toggle[i] = host.in_toggle[i] = false;
    }
    // The source has nothing more to give.
    void drop_source()
    {
        to_host.clear();
        taken = false;
    }
    // ---- as usb_board.h has it, for the device under fire ----
    void hurry()
    {
        host.phy.may_collide = true;
        host.phy.manner.bit_ps = BIT_PS * (1 + ((int)host.phy.random.below(5000) - 2500) * 1e-6);
        host.phy.manner.jitter_ps = 2000, host.phy.manner.skew_ps = 5000;
    }
    bool at_high_speed() const
    {
        return false;
    }
    uint64_t cut_off() const // packets of the device's
    {
        return 0;
    }
    void reset_line(bool)
    {
        reset_bus();
    }

  private:
    bool taken = false, read = false;

    void step()
    {
        if (taken)
            to_host.pop_front();
        dut.reg_read_data = read ? register_value : 0xdeadbeef;
        dut.out_ready = take;
        dut.in_valid = !to_host.empty();
        dut.in_data = dut.in_valid ? (uint8_t)to_host.front() : 0;
        dut.in_last = dut.in_valid && to_host.front() & END;
        dut.eval();
        taken = dut.in_valid && dut.in_ready;
        read = dut.reg_read;
        if (dut.reg_write)
            written = dut.reg_write_data;
        if (dut.out_valid && take)
            from_host.push_back(dut.out_end ? END : dut.out_data);
    }
};

#endif
