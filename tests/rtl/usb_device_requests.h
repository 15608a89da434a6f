// Tests of usb_device: standard requests, what must be stalled, registers, the stages of control transfers.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_DEVICE_REQUESTS_H
#define TESTS_RTL_USB_DEVICE_REQUESTS_H

#include "tests/rtl/usb_board.h"

using bench::check;

inline Bytes ask(Board &board, int type, int code, int value, int index, int length)
{
    Bytes result;
    Pid pid = board.host.control_in(board.host.request(type, code, value, index, length), result);
    check(pid == ACK, "request %02x %02x %04x %04x ended with PID %02x", type, code, value, index,
          pid);
    return result;
}

inline void must_stall(Board &board, const char *why, int type, int code, int value, int index,
                       int length)
{
    Bytes result;
    Bytes request = board.host.request(type, code, value, index, length);
    Pid pid = type & 0x80 ? board.host.control_in(request, result)
                          : board.host.control_out(request, pattern(length, 1));
    check(pid == STALL, "%s: PID %02x", why, pid);
}

inline Bytes string_descriptor(const char *text)
{
    Bytes bytes = {(uint8_t)(2 + 2 * strlen(text)), 3};
    for (; *text; text++) {
        bytes.push_back((uint8_t)*text);
        bytes.push_back(0);
    }
    return bytes;
}

inline Bytes configuration(bool high_speed, uint8_t type)
{
    uint8_t low = high_speed ? 0 : 64, high = high_speed ? 2 : 0, interval = high_speed ? 4 : 1;
    return {9, type, 39,  0,    1, 1, 0, 0x80, 250, 9,   4,    0, 0, 3, 0xff, 0, 0, 0, 7,       5,
            1, 2,    low, high, 0, 7, 5, 0x81, 2,   low, high, 0, 7, 5, 0x82, 3, 8, 0, interval};
}

inline void gives_every_descriptor(bool high_speed)
{
    Board board;
    board.start(high_speed);
    check(board.descriptor(0x0100) ==
              Bytes({18, 1, 0x01, 2, 0, 0, 0, 64, 9, 0x12, 1, 0, 0x10, 0, 1, 2, 3, 2}),
          "device");
    check(board.descriptor(0x0600) == Bytes({10, 6, 0x01, 2, 0, 0, 0, 64, 2, 0}), "qualifier");
    check(board.descriptor(0x0200) == configuration(high_speed, 2), "configuration");
    check(board.descriptor(0x0700) == configuration(!high_speed, 7), "other speed");
    check(board.descriptor(0x0300) == Bytes({4, 3, 9, 4}), "languages");
    check(board.descriptor(0x0301) == string_descriptor("Ferrite"), "manufacturer");
    check(board.descriptor(0x0302) == string_descriptor("Ferrite"), "product");
    check(board.descriptor(0x0303) == string_descriptor("00000001"), "serial number");
    for (int length : {0, 1, 8, 9, 17, 18, 19, 64, 65})
        check((int)board.descriptor(0x0100, length).size() == std::min(length, 18),
              "asked for %d bytes", length);
}

inline void answers_standard_requests()
{
    Board board;
    board.plug();
    check(ask(board, 0x80, 0, 0, 0, 2) == Bytes({0, 0}), "status of the device");
    check(ask(board, 0x80, 8, 0, 0, 1) == Bytes({0}), "configuration before any");
    board.set_address(5);
    board.configure();
    check(ask(board, 0x80, 8, 0, 0, 1) == Bytes({1}), "configuration");
    check(ask(board, 0x81, 0, 0, 0, 2) == Bytes({0, 0}), "status of the interface");
    check(ask(board, 0x81, 10, 0, 0, 1) == Bytes({0}), "alternate setting");
    check(board.host.control_out(board.host.request(0x01, 11, 0, 0, 0)) == ACK, "SET_INTERFACE");
    for (int endpoint : {0x00, 0x80, 0x01, 0x81, 0x82})
        check(ask(board, 0x82, 0, 0, endpoint, 2) == Bytes({0, 0}), "status of endpoint %02x",
              endpoint);
    board.configure(0);
    check(ask(board, 0x80, 8, 0, 0, 1) == Bytes({0}) && !board.dut.configured, "not unconfigured");
}

inline void stalls_what_is_wrong()
{
    Board board;
    board.plug();
    must_stall(board, "GET_INTERFACE before configuration", 0x81, 10, 0, 0, 1);
    must_stall(board, "CLEAR_FEATURE before configuration", 0x02, 1, 0, 0x81, 0);
    board.set_address(5);
    board.configure();
    must_stall(board, "an unknown descriptor", 0x80, 6, 0x0800, 0, 64);
    must_stall(board, "a third configuration's descriptor", 0x80, 6, 0x0202, 0, 64);
    must_stall(board, "string 5", 0x80, 6, 0x0305, 0, 64);
    must_stall(board, "SET_DESCRIPTOR", 0x00, 7, 0x0100, 0, 18);
    must_stall(board, "SYNCH_FRAME", 0x82, 12, 0, 0x81, 2);
    must_stall(board, "remote wake-up", 0x00, 3, 1, 0, 0);
    must_stall(board, "clearing remote wake-up", 0x00, 1, 1, 0, 0);
    must_stall(board, "no test mode at all", 0x00, 3, 2, 0x0000, 0);
    must_stall(board, "configuration 3", 0x00, 9, 3, 0, 0);
    must_stall(board, "a network's request", 0x21, 0x43, 0, 0, 0);
    must_stall(board, "address 128", 0x00, 5, 128, 0, 0);
    must_stall(board, "alternate setting 1", 0x01, 11, 1, 0, 0);
    must_stall(board, "interface 1", 0x81, 10, 0, 1, 1);
    must_stall(board, "status of interface 1", 0x81, 0, 0, 1, 2);
    must_stall(board, "status of endpoint 3", 0x82, 0, 0, 0x83, 2);
    must_stall(board, "status of endpoint 2 OUT", 0x82, 0, 0, 0x02, 2);
    must_stall(board, "halt of endpoint 2 OUT", 0x02, 3, 0, 0x02, 0);
    must_stall(board, "another feature of an endpoint", 0x02, 3, 1, 0x81, 0);
    must_stall(board, "a reserved request", 0x80, 2, 0, 0, 2);
    must_stall(board, "a class request", 0xa1, 0xfe, 0, 0, 1);
    must_stall(board, "another vendor request", 0xc0, 3, 0, 0, 4);
    must_stall(board, "another of Microsoft's indexes", 0xc0, 2, 0, 8, 162);
    must_stall(board, "Microsoft's descriptors of an interface", 0xc1, 2, 0, 7, 162);
    must_stall(board, "a register between words", 0xc0, 1, 0, 2, 4);
    must_stall(board, "half a register", 0xc0, 1, 0, 0, 6);
    must_stall(board, "no register at all", 0xc0, 1, 0, 0, 0);
    must_stall(board, "half a register to write", 0x40, 1, 0, 0, 2);
    check(board.writes.empty() && board.dut.configured, "something was done");
    check(board.descriptor(0x0100).size() == 18, "out of order afterwards");
}

inline void takes_its_address_after_the_status_stage()
{
    Board board;
    board.plug();
    check(board.host.setup(board.host.request(0x00, 5, 9, 0, 0)) == ACK, "SET_ADDRESS");
    board.host.address = 9;
    check(board.host.in(0) == NOTHING, "the new address is good too early");
    board.host.address = 0;
    check(board.host.in(0, false) == DATA1, "the old address is no longer good");
    check(board.host.in(0) == DATA1, "the status stage is not given again");
    check(board.host.in(0) == NOTHING, "the old address is still good");
    board.host.address = 9;
    check(board.descriptor(0x0100).size() == 18, "the new address is not good");
}

inline void shows_each_configuration_request()
{
    Board board;
    board.plug();
    for (int i = 0; i < 3; i++) {
        int before = board.unconfigured_clocks;
        board.configure();
        check(board.unconfigured_clocks > before, "configured did not fall");
        check(board.dut.configured, "not configured");
    }
}

inline void reads_and_writes_registers()
{
    Board board;
    board.start();
    for (int length : {4, 60, 64, 68, 128, 132}) {
        Bytes result = ask(board, 0xc0, 1, 0, 0x3c, length);
        check((int)result.size() == length, "%zu bytes for %d", result.size(), length);
        for (size_t i = 0; i + 4 <= result.size(); i += 4)
            check(result[i] == 0xcd && result[i + 1] == 0xab && result[i + 2] == 0x3c + i &&
                      result[i + 3] == 0,
                  "word at %zu", i);
        Bytes sent = pattern(length, length);
        board.writes.clear();
        Pid pid = board.host.control_out(board.host.request(0x40, 1, 0, 0x100, length), sent);
        check(pid == ACK, "write ended with PID %02x", pid);
        check((int)board.writes.size() == length / 4, "%zu words written", board.writes.size());
        for (size_t i = 0; i < board.writes.size(); i++) {
            uint32_t value = sent[4 * i] | sent[4 * i + 1] << 8 | sent[4 * i + 2] << 16 |
                             (uint32_t)sent[4 * i + 3] << 24;
            check(board.writes[i] == std::make_pair((int)(0x100 + 4 * i), value),
                  "word %zu: %08x at %x", i, board.writes[i].second, board.writes[i].first);
        }
    }
}

inline void writes_registers_once_and_only_good_ones()
{
    Board board;
    board.start();
    board.host.setup(board.host.request(0x40, 1, 0, 0x10, 8));
    Bytes packet = data_packet(DATA1, {1, 2, 3, 4, 5, 6, 7, 8});
    packet[3] ^= 0x10;
    board.host.token(OUT, 0);
    board.host.gap();
    board.host.phy.receive(packet);
    check(board.host.handshake() == NOTHING && board.writes.empty(),
          "a packet with a bad CRC was taken");
    check(board.host.out(0, {1, 2, 3, 4, 5, 6, 7, 8}, DATA1) == ACK, "refused");
    check(board.host.out(0, {1, 2, 3, 4, 5, 6, 7, 8}, DATA1) == ACK,
          "the repeated packet was not acknowledged");
    check(board.host.in(0) == DATA1, "no status stage");
    check(board.writes.size() == 2, "%zu words written", board.writes.size());
    board.host.setup(board.host.request(0x40, 1, 0, 0x10, 8));
    board.host.out(0, {1, 2, 3, 4}, DATA1);
    check(board.host.in(0) == STALL && board.writes.size() == 2, "a short packet was written");
    board.host.setup(board.host.request(0x40, 1, 0, 0x10, 8));
    board.host.out(0, pattern(300, 1), DATA1);
    check(board.host.in(0) == STALL && board.writes.size() == 2, "a long packet was written");
}

inline void gives_control_data_again_until_acknowledged()
{
    Board board;
    board.start();
    board.host.setup(board.host.request(0xc0, 1, 0, 0, 100));
    check(board.host.in(0, false) == DATA1 && board.host.payload.size() == 64, "first packet");
    Bytes first = board.host.payload;
    check(board.host.in(0) == DATA1 && board.host.payload == first, "first packet again");
    check(board.host.in(0, false) == DATA0 && board.host.payload.size() == 36, "second packet");
    check(board.host.in(0) == DATA0 && board.host.payload[2] == 64, "second packet again");
    check(board.host.out(0, {}, DATA1) == ACK, "status stage");
    check(board.host.out(0, {}, DATA1) == ACK, "status stage again");
}

inline void begins_anew_at_each_setup()
{
    Board board;
    board.start();
    board.host.setup(board.host.request(0xc0, 1, 0, 0, 100));
    board.host.in(0);
    check(board.descriptor(0x0100).size() == 18, "after an unfinished read");
    board.host.setup(board.host.request(0x40, 1, 0, 0, 8));
    check(board.descriptor(0x0100).size() == 18, "after an unfinished write");
    must_stall(board, "SYNCH_FRAME", 0x82, 12, 0, 0x81, 2);
    check(board.host.in(0) == STALL && board.host.out(0, {}, DATA1) == STALL, "the stall ended");
    check(board.descriptor(0x0100).size() == 18, "after a stall");
    board.host.token(SETUP, 0);
    Bytes packet = data_packet(DATA0, board.host.request(0x00, 9, 0, 0, 0));
    packet[9] ^= 1;
    board.host.gap();
    board.host.phy.receive(packet);
    check(board.host.handshake() == NOTHING && board.dut.configured, "a bad SETUP was obeyed");
    check(board.host.out(0, {1, 2}, DATA0) != ACK, "data without a request");
}

inline void ends_a_request_early_if_the_host_does()
{
    Board board;
    board.start();
    board.host.setup(board.host.request(0xc0, 1, 0, 0, 128));
    board.host.in(0);
    check(board.host.out(0, {}, DATA1) == ACK, "early status stage");
    check(board.host.in(0) == STALL, "data after the status stage");
}

#endif
