// Tests of usb_device: speeds, suspend, resume, resets, unplugging, and a bus full of rubbish.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_DEVICE_LINE_H
#define TESTS_RTL_USB_DEVICE_LINE_H

#include "tests/rtl/usb_board.h"

using bench::check;

constexpr int US = 60; // clocks

inline void negotiates_high_speed()
{
    Board board;
    check(board.host.phy.registers[4] == 0x45, "Function Control %02x on power-on",
          board.host.phy.registers[4]);
    check(board.host.phy.registers[0x0a] == 0x00, "OTG Control %02x: pull-downs are on",
          board.host.phy.registers[0x0a]);
    board.plug();
    check(board.dut.high_speed && board.host.phy.registers[4] == 0x40, "Function Control %02x",
          board.host.phy.registers[4]);
    uint64_t chirp = board.host.phy.chirp_clocks;
    check(chirp >= 1000 * US && chirp <= 1100 * US, "our K lasted %llu clocks",
          (unsigned long long)chirp);
    check(board.descriptor(0x0100).size() == 18, "no descriptor");
}

inline void falls_back_to_full_speed()
{
    for (int chirps : {0, 2, 5}) {
        Board board;
        board.host.phy.line(LINE_J);
        board.host.phy.run(300);
        board.host.reset(chirps);
        if (chirps) {
            board.host.phy.run(1100 * US);
            board.host.phy.line(LINE_J);
            board.host.phy.run(200);
        }
        check(!board.dut.high_speed && board.host.phy.registers[4] == 0x45,
              "%d chirps: Function Control %02x", chirps, board.host.phy.registers[4]);
        check(board.descriptor(0x0100).size() == 18, "no descriptor");
    }
}

inline void takes_a_short_se0_for_no_reset()
{
    Board board;
    board.start(false);
    board.host.phy.run(10 * US);
    board.host.phy.line(SE0);
    board.host.phy.run(2 * US);
    board.host.phy.line(LINE_J);
    board.host.phy.run(20 * US);
    check(board.dut.configured && !board.host.phy.transmitting(), "a reset was seen");
}

inline void suspends_and_resumes(bool high_speed)
{
    Board board;
    board.start(high_speed);
    board.host.phy.run(2990 * US);
    check(!board.dut.suspended, "suspended too early");
    board.host.phy.run(30 * US);
    if (high_speed) {
        check(board.host.phy.registers[4] == 0x45, "not back at full speed: Function Control %02x",
              board.host.phy.registers[4]);
        board.host.phy.line(LINE_J);
        board.host.phy.run(300 * US);
    }
    check(board.dut.suspended && board.dut.configured && board.dut.high_speed == high_speed,
          "not suspended");
    check(board.dut.idle, "not idle when suspended");
    board.host.phy.line(LINE_K);
    board.host.phy.run(1 * US);
    board.host.phy.line(LINE_J);
    board.host.phy.run(20 * US);
    check(board.host.phy.registers[4] == 0x45, "woken by a glitch");
    board.host.phy.line(LINE_K);
    board.host.phy.run(20000 * US);
    board.host.phy.line(SE0);
    board.host.phy.run(80);
    if (!high_speed)
        board.host.phy.line(LINE_J);
    board.host.phy.run(80);
    check(!board.dut.suspended && board.dut.configured, "not resumed");
    check(board.host.phy.registers[4] == (high_speed ? 0x40 : 0x45), "Function Control %02x",
          board.host.phy.registers[4]);
    check(board.host.out(1, {1, 2}) == ACK, "no answer after resume");
}

inline void is_reset_from_every_state()
{
    Board board;
    board.start();
    int before = board.unconfigured_clocks;
    board.host.reset();
    check(board.dut.high_speed && !board.dut.configured && board.unconfigured_clocks > before,
          "reset at high speed");
    check(board.descriptor(0x0100).size() == 18, "no descriptor at address 0");
    board.configure();
    board.host.phy.run(3010 * US);
    board.host.phy.line(LINE_J);
    board.host.phy.run(300 * US);
    check(board.dut.suspended, "not suspended");
    board.host.reset();
    check(board.dut.high_speed && !board.dut.configured && !board.dut.suspended,
          "reset when suspended");
    board.configure();
    board.host.reset(0);
    check(!board.dut.high_speed && !board.dut.configured, "reset to full speed");
    board.configure();
    board.host.reset();
    check(board.dut.high_speed && !board.dut.configured, "reset to high speed");
    board.configure();
    check(board.host.out(1, {1}) == ACK, "out of order");
}

inline void forgets_everything_when_unplugged()
{
    Board board;
    board.start();
    board.to_host.assign(600, 7);
    board.host.phy.run(700);
    board.host.phy.vbus = 0;
    board.host.phy.line(SE0);
    board.host.phy.run(100);
    check(!board.dut.configured && !board.dut.high_speed, "still configured");
    check(board.host.phy.registers[4] == 0x4d,
          "the line is driven without VBUS: Function Control %02x", board.host.phy.registers[4]);
    board.to_host.clear();
    board.host.phy.vbus = 0x0c;
    board.start();
    check(board.host.in(1) == NAK, "bytes from before");
    check(board.host.out(1, {1}) == ACK, "out of order");
}

inline void is_idle_when_nothing_is_under_way()
{
    Board board;
    board.start();
    board.host.phy.run(30);
    check(board.dut.idle, "not idle after enumeration");
    board.host.token(OUT, 1);
    check(!board.dut.idle, "idle when data is due");
    board.host.data(DATA0, {1, 2, 3});
    check(!board.dut.idle, "idle before the handshake");
    board.take = false;
    board.host.handshake();
    board.host.phy.run(100);
    check(!board.dut.idle, "idle with a byte buffered");
    board.take = true;
    board.host.phy.run(30);
    check(board.dut.idle, "not idle when the bytes are gone");
    board.to_host.push_back(5 | END);
    board.host.phy.run(30);
    check(!board.dut.idle, "idle with a byte to give");
    board.host.in(1);
    board.host.phy.run(30);
    check(board.dut.idle, "not idle when the byte was taken");
    board.host.token(IN, 1);
    board.host.handshake();
    board.host.token(OUT, 1);
    board.host.phy.run(200);
    check(board.dut.idle, "not idle when data did not come");
}

// Anything may be on the bus, cut off anywhere; the device must not mind.
inline void survives_rubbish(bool high_speed)
{
    Board board;
    board.start(high_speed);
    bench::Random random(3);
    board.host.phy.full_speed_clocks = 8;
    for (int i = 0; i < 2000; i++) {
        Bytes bytes = bench::random_bytes(random, random.below(random.chance(0.1) ? 1100 : 12));
        static const uint8_t pids[] = {OUT, IN,    SOF,  SETUP, PING, DATA0, DATA1, ACK,
                                       NAK, STALL, NYET, 0x87,  0x0f, 0x78,  0x3c,  0xf0};
        if (!bytes.empty() && random.chance(0.9))
            bytes[0] = pids[random.below(16)];
        if (random.chance(0.5))
            bytes = token_packet(pids[random.below(5)], 5, (int)random.below(4));
        board.host.phy.receive(bytes, random.chance(0.1));
        board.host.phy.run(random.below(random.chance(0.1) ? 200 : 20));
        board.host.phy.packets.clear();
    }
    board.host.phy.run(300);
    while (board.host.phy.transmitting())
        board.host.phy.clock();
    board.host.phy.packets.clear();
    board.from_host.clear();
    board.configure();
    check(board.host.out(1, {1, 2, 3}, DATA0) == ACK, "no answer");
    board.host.phy.run(50);
    check(board.from_host == std::vector<int>({1, 2, 3, END}), "%zu items came",
          board.from_host.size());
}

#endif
