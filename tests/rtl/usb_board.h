// The USB device in its place: a host at its pins and, behind it, registers, a source and a sink of bytes.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_BOARD_H
#define TESTS_RTL_USB_BOARD_H

#include <cstring>
#include <map>

#include "Vusb_device.h"
#include "tests/rtl/usb_host.h"

constexpr int END = 0x100; // in a sequence of stream items: the transfer ended here

struct Board {
    using Dut = Vusb_device;
    static constexpr bool HIGH_SPEED = true;   // it can have
    static constexpr bool TELLS_ERRORS = true; // so can what is between host and device
    static constexpr uint64_t ANSWER_CLOCKS =
        30; // within which an answer has begun, or does not come
    static constexpr uint64_t LONGEST_RUN = 20000000;
    bench::Clocked<Vusb_device> sim{"usb_device"};
    Vusb_device &dut = sim.top;
    UsbHost<Vusb_device> host{sim};
    std::deque<int> to_host;    // bytes, each | END if its transfer ends with it
    std::vector<int> from_host; // bytes, and END between transfers
    std::map<int, uint32_t> registers;
    std::vector<std::pair<int, uint32_t>> writes;
    bool take = true; // the sink takes bytes
    int unconfigured_clocks = 0;

    explicit Board(uint64_t seed = 1)
    {
        host.phy.random = bench::Random(seed);
        host.phy.before_edge = [this] { step(); };
        dut.rst = 1;
        host.phy.run(4);
        dut.rst = 0;
        host.phy.run(100);
    }
    void plug(bool high_speed = true)
    {
        host.phy.line(LINE_J);
        host.phy.run(300);
        host.reset(high_speed ? 14 : 0);
    }
    // From power-on to configured.
    void start(bool high_speed = true)
    {
        plug(high_speed);
        set_address(5);
        configure();
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
        take_source = false;
    }
    // ---- for the device under fire ----
    void hurry()
    {
        host.phy.full_speed_clocks = 8;
    }
    bool at_high_speed() const
    {
        return dut.high_speed;
    }
    uint64_t cut_off() const // packets of the device's
    {
        return host.phy.lost;
    }
    // A bus reset at any time.
    void reset_line(bool high)
    {
        auto &phy = host.phy;
        phy.line(SE0);
        auto chirps = [&] { return phy.transmitting() && phy.registers[4] == 0x54; };
        for (int i = 0; i < 300000 && !chirps(); i++) // an answer may still be on its way
            phy.clock();
        bench::check(chirps(), "no chirp after a reset");
        while (phy.transmitting())
            phy.clock();
        phy.line(SE0);
        phy.run(300);
        for (int i = 0; high && i < 6; i++) {
            phy.line(i % 2 ? LINE_J : LINE_K);
            phy.run(200);
        }
        if (!high)
            phy.run(66000);
        phy.line(high ? SE0 : LINE_J);
        phy.run(300);
    }
    Bytes descriptor(int value, int length = 255)
    {
        Bytes result;
        Pid pid = host.control_in(host.request(0x80, 6, value, 0, length), result);
        bench::check(pid == ACK, "GET_DESCRIPTOR %04x ended with PID %02x", value, pid);
        return result;
    }

  private:
    bool read_pending = false, take_source = false;
    uint32_t read_value = 0;

    // Runs in front of each rising edge: the design's outputs are settled but for what these inputs change.
    void step()
    {
        if (take_source)
            to_host.pop_front();
        dut.reg_read_data = read_pending ? read_value : 0xdeadbeef;
        dut.out_ready = take;
        dut.in_valid = !to_host.empty();
        dut.in_data = dut.in_valid ? (uint8_t)to_host.front() : 0;
        dut.in_last = dut.in_valid && (to_host.front() & END);
        dut.eval();
        if (!dut.configured)
            ++unconfigured_clocks;
        take_source = dut.in_valid && dut.in_ready;
        if (dut.out_valid && dut.out_ready)
            from_host.push_back(dut.out_end ? END : dut.out_data);
        read_pending = dut.reg_read;
        read_value = registers.count(dut.reg_address) ? registers[dut.reg_address]
                                                      : 0x10000u * dut.reg_address + 0xabcd;
        if (dut.reg_write) {
            writes.emplace_back(dut.reg_address, dut.reg_write_data);
            registers[dut.reg_address] = dut.reg_write_data;
        }
    }
};

inline Bytes pattern(size_t length, uint64_t seed)
{
    bench::Random random(seed);
    return bench::random_bytes(random, length);
}

#endif
