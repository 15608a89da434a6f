// What a driver does with a whole adapter at its USB pins: it enumerates it, reads and writes registers, moves frames.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_NIC_DRIVER_H
#define TESTS_RTL_NIC_DRIVER_H

#include "tests/rtl/ethernet.h"
#include "tests/rtl/records.h"
#include "tests/rtl/usb_host.h"

// Host is UsbHost or UsbHostAt<UsbLine>; largest is a bulk packet's size.
template <typename Host> struct NicDriver {
    Host &host;
    size_t largest;

    // Behind a bus reset.
    void configure()
    {
        bench::check(host.control_out(host.request(0x00, 5, 5, 0, 0)) == ACK, "SET_ADDRESS failed");
        host.address = 5;
        bench::check(host.control_out(host.request(0x00, 9, 1, 0, 0)) == ACK,
                     "SET_CONFIGURATION failed");
        host.phy.run(200);
    }
    uint32_t read(int at)
    {
        Bytes bytes;
        bool good = host.control_in(host.request(0xc0, 1, 0, at, 4), bytes) == ACK;
        bench::check(good && bytes.size() == 4, "register %03x cannot be read", at);
        bytes.resize(4);
        return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    }
    void write(int at, uint32_t value)
    {
        Bytes bytes;
        for (int i = 0; i < 4; i++)
            bytes.push_back((uint8_t)(value >> 8 * i));
        bench::check(host.control_out(host.request(0x40, 1, 0, at, 4), bytes) == ACK,
                     "register %03x cannot be written", at);
    }
    void send(const Bytes &frame)
    {
        Bytes transfer;
        bench::append_record(transfer, frame);
        for (size_t at = 0; at <= transfer.size(); at += largest) {
            Bytes part(transfer.begin() + (long)at,
                       transfer.begin() + (long)std::min(at + largest, transfer.size()));
            Pid pid = NAK;
            for (int tries = 0; pid == NAK && tries < 2000; tries++)
                pid = host.out(1, part);
            bench::check(pid == ACK || (pid == NYET && host.phy.high_speed()),
                         "bulk OUT ended with PID %02x", pid);
        }
    }
    // Frames as they come, until enough(frames).
    template <typename F> std::vector<Bytes> receive(F enough)
    {
        std::vector<Bytes> frames;
        Bytes transfer;
        for (int tries = 0; tries < 5000 && !enough(frames); tries++) {
            Pid pid = host.in(1);
            if (pid != DATA0 && pid != DATA1)
                continue;
            transfer.insert(transfer.end(), host.payload.begin(), host.payload.end());
            if (host.payload.size() == largest)
                continue;
            std::vector<Bytes> more;
            bench::check(bench::parse_received(transfer, more), "a transfer without good records");
            frames.insert(frames.end(), more.begin(), more.end());
            transfer.clear();
        }
        return frames;
    }
};

#endif
