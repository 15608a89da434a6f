// Tests of usb_device: the test modes of USB 2.0, 7.1.20, each until power-off, and the requests for one that it refuses.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_DEVICE_TEST_MODES_H
#define TESTS_RTL_USB_DEVICE_TEST_MODES_H

#include "tests/rtl/usb_device_line.h"
#include "tests/rtl/usb_device_requests.h"
#include "tests/rtl/usb_test_packet.h"

inline void start_test(Board &board, int selector)
{
    Pid pid = board.host.control_out(board.host.request(0x00, 3, 2, selector << 8, 0));
    check(pid == ACK, "test %d: the request ended with PID %02x", selector, pid);
    board.host.phy.run(100);
}

inline void is_steady(Board &board, uint8_t level)
{
    UsbPhy<Vusb_device> &phy = board.host.phy;
    check(phy.transmitting() && phy.registers[4] == 0x50, "Function Control is %02x",
          phy.registers[4]);
    uint64_t before = phy.began;
    for (int i = 0; i < 4000; i++) {
        phy.run(50);
        check(!board.dut.idle && phy.transmitting() && phy.began == before, "a pause");
    }
    check(phy.steady.size() > 180000 && phy.steady == Bytes(phy.steady.size(), level),
          "not steady in %zu bytes", phy.steady.size());
    check(board.dut.high_speed && !board.dut.suspended && phy.packets.empty(), "not at high speed");
}

// For longer than the silence that would suspend it.
inline void holds_the_line(int selector, uint8_t level)
{
    Board board;
    board.start();
    start_test(board, selector);
    is_steady(board, level);
    board.host.phy.throttle = 0;
    board.host.phy.registers[4] = 0x41; // the PHY's power goes too
    board.dut.rst = 1;
    board.host.phy.run(4);
    board.dut.rst = 0;
    board.host.phy.run(100);
    check(board.host.phy.registers[4] == 0x45 && !board.dut.high_speed, "the test goes on");
    board.start();
}

inline void holds_the_line_again_when_the_phy_took_the_bus()
{
    Board board;
    board.start();
    start_test(board, 1);
    board.host.phy.line(SE0);
    board.host.phy.run(100);
    is_steady(board, 0xff);
}

inline void answers_only_in_tokens_in_the_nak_test()
{
    Board board;
    board.start();
    board.to_host.assign(10, 7);
    start_test(board, 3);
    board.host.longest_answer = 0;
    for (int round = 0; round < 2; round++) {
        for (int address : {0, 5, 127})
            for (int endpoint = 0; endpoint < 16; endpoint++) {
                board.host.address = address;
                check(board.host.in(endpoint) == NAK, "address %d, endpoint %d", address, endpoint);
            }
        Bytes bad = token_packet(IN, 5, 1);
        bad[2] ^= 0x80;
        board.host.phy.receive(bad);
        check(board.host.handshake() == NOTHING, "a token with a bad CRC");
        board.host.address = 5;
        check(board.host.ping(1) == NOTHING, "PING");
        check(board.host.out(1, {1, 2}) == NOTHING, "OUT");
        check(board.host.setup(board.host.request(0x80, 6, 0x100, 0, 18)) == NOTHING, "SETUP");
        check(board.host.in(0) == NAK, "no NAK");
        board.host.phy.run(5000 * US);
        check(board.host.phy.registers[4] == 0x40 && board.dut.high_speed, "left high speed");
    }
    check(board.host.longest_answer <= 14, "an answer after %llu clocks",
          (unsigned long long)board.host.longest_answer);
    check(board.from_host.empty(), "data was taken");
}

inline void repeats_the_test_packet()
{
    Board board;
    board.start();
    start_test(board, 4);
    UsbPhy<Vusb_device> &phy = board.host.phy;
    uint64_t gap_began = 0, gaps = 0, wait = phy.clocks;
    while (gaps < 3000 && phy.clocks < wait + 500000) {
        bool sending = phy.transmitting();
        phy.clock();
        check(!board.dut.idle, "idle");
        if (phy.transmitting() == sending)
            continue;
        if (sending) {
            gap_began = phy.clocks;
        } else if (gap_began) {
            uint64_t gap = phy.clocks - gap_began;
            check(gap >= 15 && gap < 125 * US, "a gap of %llu clocks", (unsigned long long)gap);
            ++gaps;
        }
    }
    check(gaps == 3000 && phy.registers[4] == 0x40, "%llu gaps, Function Control %02x",
          (unsigned long long)gaps, phy.registers[4]);
    if (phy.packets.empty())
        return;
    for (const Bytes &packet : phy.packets)
        check(packet == test_packet(), "another packet, of %zu bytes", packet.size());
    Bytes payload(phy.packets[0].begin() + 1, phy.packets[0].end() - 2);
    check(phy.packets[0] == data_packet(DATA0, payload), "its CRC is wrong");
}

inline void takes_test_modes_in_every_state()
{
    for (int state = 0; state < 3; state++) {
        Board board;
        board.plug();
        if (state > 0)
            board.set_address(9);
        if (state > 1)
            board.configure();
        start_test(board, 2);
        check(board.host.phy.transmitting() && board.host.phy.registers[4] == 0x50,
              "state %d: Function Control is %02x", state, board.host.phy.registers[4]);
    }
}

inline void begins_no_test_before_the_status_stage()
{
    Board board;
    board.start();
    board.host.setup(board.host.request(0x00, 3, 2, 0x0200, 0));
    board.host.phy.run(2000);
    check(!board.host.phy.transmitting() && board.host.phy.registers[4] == 0x40, "too early");
    check(board.host.in(0, false) == DATA1, "no status stage");
    board.host.phy.run(2000);
    check(!board.host.phy.transmitting() && board.host.phy.registers[4] == 0x40,
          "without an acknowledgement");
    check(board.host.in(0) == DATA1, "no status stage again");
    board.host.phy.run(200);
    check(board.host.phy.transmitting() && board.host.phy.registers[4] == 0x50, "no test");
}

inline void works_as_before(Board &board, uint8_t function_control)
{
    board.host.phy.run(2000);
    check(!board.host.phy.transmitting() && board.host.phy.registers[4] == function_control,
          "a test began: Function Control is %02x", board.host.phy.registers[4]);
    check(board.descriptor(0x0100).size() == 18, "out of order afterwards");
}

inline void refuses_other_tests()
{
    Board board;
    board.start();
    for (int index :
         {0x0000, 0x0500, 0x0600, 0x0800, 0x0900, 0x8100, 0xff00, 0x0001, 0x0101, 0x0480})
        must_stall(board, "another selector", 0x00, 3, 2, index, 0);
    must_stall(board, "an interface", 0x01, 3, 2, 0x0100, 0);
    must_stall(board, "an endpoint", 0x02, 3, 2, 0x0100, 0);
    must_stall(board, "a class's request", 0x20, 3, 2, 0x0100, 0);
    must_stall(board, "a request for data", 0x80, 3, 2, 0x0100, 2);
    must_stall(board, "another feature", 0x00, 3, 3, 0x0100, 0);
    must_stall(board, "a feature of two bytes", 0x00, 3, 0x0102, 0x0100, 0);
    must_stall(board, "data", 0x00, 3, 2, 0x0100, 2);
    must_stall(board, "clearing a test", 0x00, 1, 2, 0x0100, 0);
    works_as_before(board, 0x40);
}

inline void refuses_tests_at_full_speed()
{
    Board board;
    board.start(false);
    for (int selector = 0; selector < 6; selector++)
        must_stall(board, "a test mode", 0x00, 3, 2, selector << 8, 0);
    works_as_before(board, 0x45);
}

#endif
