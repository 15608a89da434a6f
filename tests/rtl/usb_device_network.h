// Tests of usb_device: configuration 2, a network adapter (CDC 1.2, ECM 1.2), and the descriptors that Windows asks for.
// SPDX-License-Identifier: MIT
//
// What the descriptors must say is written down here from the specifications, byte by byte.
#ifndef TESTS_RTL_USB_DEVICE_NETWORK_H
#define TESTS_RTL_USB_DEVICE_NETWORK_H

#include "tests/rtl/usb_device_bulk.h"
#include "tests/rtl/usb_device_requests.h"

inline Bytes network_configuration(bool high_speed, uint8_t type)
{
    uint8_t low = high_speed ? 0 : 64, high = high_speed ? 2 : 0, interval = high_speed ? 4 : 1;
    return {
        9,    type, 80,   0,    2,   2,    0,
        0x80, 250, // two interfaces, value 2, bus-powered, 500 mA
        9,    4,    0,    0,    1,   2,    6,
        0,    0,                   // interface 0: communication, Ethernet model (CDC 5.1.3)
        5,    0x24, 0,    0x20, 1, // header: CDC 1.20 (CDC, table 15)
        5,    0x24, 6,    0,    1, // union: interface 0 with 1 (CDC, table 16)
        13,   0x24, 15,   4,    0,   0,    0,
        0, // Ethernet networking (ECM, table 3): MAC in string 4, no statistics,
        0xee, 5,    0,    0,    0, // 1518 bytes, no multicast and no power filters
        7,    5,    0x82, 3,    16,  0,    interval, // notifications, each millisecond
        9,    4,    1,    0,    0,   10,   0,
        0,    0, // interface 1: data, without endpoints
        9,    4,    1,    1,    2,   10,   0,
        0,    0,                              // … and with them
        7,    5,    1,    2,    low, high, 0, //
        7,    5,    0x81, 2,    low, high, 0,
    };
}

inline void gives_the_network_descriptors(bool high_speed)
{
    Board board;
    board.start(high_speed);
    check(board.descriptor(0x0201) == network_configuration(high_speed, 2), "configuration");
    check(board.descriptor(0x0701) == network_configuration(!high_speed, 7), "other speed");
    check(board.descriptor(0x0201, 9).size() == 9, "its head alone");
}

inline void tells_its_mac_address()
{
    Board board;
    board.start();
    check(board.descriptor(0x0304) == string_descriptor("024645000001"), "MAC address");
}

inline void gives_the_bos()
{
    const Bytes want = {
        5,    0x0f, 40,   0,    2,                      // 40 bytes, two capabilities
        7,    0x10, 2,    0,    0,    0,    0,          // USB 2.0 extension: no LPM
        28,   0x10, 5,    0,                            // platform,
        0xdf, 0x60, 0xdd, 0xd8, 0x89, 0x45, 0xc7, 0x4c, // D8DD60DF-4589-4CC7-
        0x9c, 0xd2, 0x65, 0x9d, 0x9e, 0x64, 0x8a, 0x9f, // 9CD2-659D9E648A9F
        0,    0,    3,    6,    162,  0,    2,    0,    // Windows 8.1 on, 162 bytes, vendor code 2
    };
    Board board;
    board.plug();
    check(board.descriptor(0x0f00) == want, "BOS");
    check(board.descriptor(0x0f00, 5) == Bytes(want.begin(), want.begin() + 5), "its head alone");
}

inline void append_utf16(Bytes &bytes, const char *text, size_t zeros)
{
    for (; *text; text++) {
        bytes.push_back((uint8_t)*text);
        bytes.push_back(0);
    }
    bytes.insert(bytes.end(), zeros, 0);
}

inline void gives_the_microsoft_descriptors()
{
    Bytes want = {10, 0, 0, 0, 0, 0, 3, 6, 162, 0}; // set header: Windows 8.1 on, 162 bytes in all
    want.insert(want.end(), {20, 0, 3, 0, 'W', 'I', 'N', 'U', 'S', 'B', 0, 0}); // compatible ID,
    want.insert(want.end(), 8, 0);                        // no sub-compatible one
    want.insert(want.end(), {132, 0, 4, 0, 7, 0, 42, 0}); // registry property: REG_MULTI_SZ
    append_utf16(want, "DeviceInterfaceGUIDs", 2);
    want.insert(want.end(), {80, 0});
    append_utf16(want, "{8C2F4A60-6B1D-4E0B-9B57-52E2A1D0C7F3}", 4);
    Board board;
    board.plug();
    for (int length : {162, 4096, 64, 10})
        check(ask(board, 0xc0, 2, 0, 7, length) ==
                  Bytes(want.begin(), want.begin() + std::min(length, 162)),
              "%d bytes asked for", length);
    board.configure(2);
    check(ask(board, 0xc0, 2, 0, 7, 162) == want, "as a network adapter");
}

// Chooses configuration 2, and an alternate setting of its data interface.
inline void begin_network(Board &board, bool high_speed, int alternate)
{
    board.start(high_speed);
    board.configure(2);
    if (alternate)
        check(board.host.control_out(board.host.request(0x01, 11, alternate, 1, 0)) == ACK,
              "SET_INTERFACE");
}

inline void has_bulk_endpoints_in_one_alternate()
{
    Board board;
    begin_network(board, true, 0);
    check(!board.dut.configured && board.dut.network, "data flow without endpoints");
    check(board.host.in(1) == NOTHING && board.host.out(1, {1}) == NOTHING &&
              board.host.ping(1) == NOTHING,
          "a bulk endpoint in alternate setting 0");
    must_stall(board, "status of the bulk endpoint", 0x82, 0, 0, 0x81, 2);
    must_stall(board, "halt of the bulk endpoint", 0x02, 3, 0, 0x01, 0);
    check(ask(board, 0x82, 0, 0, 0x82, 2) == Bytes({0, 0}), "status of the interrupt endpoint");
    for (int alternate : {1, 0, 1, 1}) {
        check(board.host.control_out(board.host.request(0x01, 11, alternate, 1, 0)) == ACK,
              "SET_INTERFACE");
        board.host.out_toggle[1] = board.host.in_toggle[1] = false;
        check(board.dut.configured == alternate, "data flow: %d", board.dut.configured);
        check(ask(board, 0x81, 10, 0, 1, 1) == Bytes({(uint8_t)alternate}), "GET_INTERFACE");
        check(ask(board, 0x81, 10, 0, 0, 1) == Bytes({0}), "GET_INTERFACE of the other");
    }
    check(board.host.out(1, {1, 2, 3}) == ACK, "OUT");
    board.host.phy.run(20);
    check(board.from_host == std::vector<int>({1, 2, 3, END}), "%zu items came",
          board.from_host.size());
    offer(board, {4, 5});
    check(board.host.patient_in(1) == DATA0 && board.host.payload == Bytes({4, 5}), "IN");
    board.configure(1);
    check(board.dut.configured && !board.dut.network && board.host.out(1, {1}) == ACK,
          "configuration 1 afterwards");
    must_stall(board, "interface 1 of configuration 1", 0x81, 10, 0, 1, 1);
    board.configure(2);
    check(ask(board, 0x81, 10, 0, 1, 1) == Bytes({0}), "the alternate setting is kept");
}

inline void answers_for_both_interfaces()
{
    Board board;
    begin_network(board, true, 0);
    check(ask(board, 0x80, 8, 0, 0, 1) == Bytes({2}), "GET_CONFIGURATION");
    for (int interface : {0, 1})
        check(ask(board, 0x81, 0, 0, interface, 2) == Bytes({0, 0}), "status of interface %d",
              interface);
    check(board.host.control_out(board.host.request(0x01, 11, 0, 0, 0)) == ACK,
          "SET_INTERFACE of interface 0");
    must_stall(board, "alternate setting 1 of interface 0", 0x01, 11, 1, 0, 0);
    must_stall(board, "alternate setting 2", 0x01, 11, 2, 1, 0);
    must_stall(board, "interface 2", 0x81, 10, 0, 2, 1);
    must_stall(board, "SetEthernetMulticastFilters", 0x21, 0x40, 0, 0, 0);
    must_stall(board, "GetEthernetStatistic", 0xa1, 0x44, 1, 0, 4);
    must_stall(board, "SendEncapsulatedCommand", 0x21, 0, 0, 0, 8);
}

inline void begins_data_anew_with_its_interface_alone()
{
    Board board;
    begin_network(board, true, 1);
    Bytes bytes = pattern(512, 1);
    check(board.host.out(1, bytes) == ACK && board.host.in(2) == DATA0, "a first packet");
    offer(board, pattern(700, 2));
    check(board.host.patient_in(1) == DATA0, "a first packet in");
    // Interface 0 has the notifications only.
    check(board.host.control_out(board.host.request(0x01, 11, 0, 0, 0)) == ACK, "SET_INTERFACE 0");
    board.host.in_toggle[2] = false;
    board.dut.status = 1;
    check(board.host.in(2) == DATA0 && board.host.out(1, {1}) == ACK, "after interface 0");
    check(board.host.patient_in(1) == DATA1, "the data's toggle, after interface 0");
    board.host.phy.run(700);
    size_t before = board.from_host.size();
    check(before == 514 && board.from_host.back() == END, "%zu items came", before);
    // Interface 1 has the data only; what was under way is forgotten.
    check(board.host.out(1, bytes) == ACK, "half a transfer");
    offer(board, pattern(700, 3));
    board.host.phy.run(800);
    check(board.host.control_out(board.host.request(0x01, 11, 1, 1, 0)) == ACK, "SET_INTERFACE 1");
    board.host.out_toggle[1] = board.host.in_toggle[1] = false;
    board.to_host.clear();
    check(board.host.in(1) == NAK, "data of before");
    check(board.host.out(1, {7}) == ACK && board.host.in(2) == DATA1, "after interface 1");
    board.host.phy.run(20);
    check(board.from_host.back() == END && board.from_host[board.from_host.size() - 2] == 7, "OUT");
    offer(board, {8});
    check(board.host.patient_in(1) == DATA0 && board.host.payload == Bytes({8}), "IN");
}

inline Bytes connection(uint8_t up)
{
    return {0xa1, 0, up, 0, 0, 0, 0, 0}; // CDC, table 20
}

inline Bytes speed_change(uint32_t rate)
{
    Bytes bytes = {0xa1, 0x2a, 0, 0, 0, 0, 8, 0}; // CDC, table 20; the rates: ECM, table 12
    for (int way = 0; way < 2; way++)
        for (int i = 0; i < 4; i++)
            bytes.push_back((uint8_t)(rate >> 8 * i));
    return bytes;
}

inline void notifies_of_the_link()
{
    Board board;
    begin_network(board, true, 0);
    check(board.host.in(2) == NAK, "a notification before data may flow");
    check(board.host.control_out(board.host.request(0x01, 11, 1, 1, 0)) == ACK, "SET_INTERFACE");
    check(board.host.in(2, false) == DATA0 && board.host.payload == connection(0), "no link");
    board.dut.status = 0xd; // 1000 Mbit/s, full duplex
    check(board.host.in(2) == DATA0 && board.host.payload == connection(0), "again as it was");
    check(board.host.in(2) == DATA1 && board.host.payload == connection(1), "a link");
    check(board.host.in(2) == DATA0 && board.host.payload == speed_change(1000000000), "1 Gbit/s");
    check(board.host.in(2) == NAK, "more than there is to say");
    board.dut.status = 0xb;
    check(board.host.in(2) == DATA1 && board.host.payload == speed_change(100000000), "100 Mbit/s");
    board.dut.status = 0x0;
    check(board.host.in(2) == DATA0 && board.host.payload == connection(0), "no link any more");
    check(board.host.in(2) == NAK, "more than there is to say");
    board.dut.status = 0x1;
    check(board.host.in(2) == DATA1 && board.host.payload == connection(1), "a link again");
    check(board.host.in(2) == DATA0 && board.host.payload == speed_change(10000000), "10 Mbit/s");
    check(board.host.in(2) == NAK, "more than there is to say");
    board.host.phy.run(20);
    check(board.dut.idle, "not idle");
    check(board.host.control_out(board.host.request(0x01, 11, 1, 1, 0)) == ACK, "SET_INTERFACE");
    check(board.host.in(2) == DATA1 && board.host.payload == connection(1), "told anew");
    check(board.host.in(2) == DATA0 && board.host.payload == speed_change(10000000), "told anew");
    board.configure(1);
    check(board.host.in(2) == DATA0 && board.host.payload == Bytes({1, 0, 0, 0, 0, 0, 0, 0}),
          "configuration 1's report");
}

inline void sets_the_packet_filter()
{
    Board board;
    begin_network(board, true, 1);
    check(board.dut.filter == 0, "at first");
    // ECM, table 8: promiscuous, all multicast, directed, broadcast, multicast.
    for (int value = 0; value < 32; value++) {
        check(board.host.control_out(board.host.request(0x21, 0x43, value, 0, 0)) == ACK,
              "filter %02x", value);
        check(board.dut.filter == ((value & 0x12 ? 2 : 0) | (value & 1)), "filter %02x is %x",
              value, board.dut.filter);
    }
    must_stall(board, "a filter that is none", 0x21, 0x43, 0x20, 0, 0);
    must_stall(board, "a filter of the data", 0x21, 0x43, 1, 1, 0);
    check(board.host.control_out(board.host.request(0x01, 11, 0, 1, 0)) == ACK &&
              board.dut.filter == 3,
          "the filter is not the data interface's");
    board.configure(2);
    check(board.dut.filter == 0, "kept in a new configuration");
}

inline void lets_nobody_write_registers()
{
    Board board;
    begin_network(board, true, 1);
    must_stall(board, "a register to write", 0x40, 1, 0, 0x10, 4);
    check(board.writes.empty() && ask(board, 0xc0, 1, 0, 0x3c, 4).size() == 4,
          "a register to read");
    board.configure(1);
    check(board.host.control_out(board.host.request(0x40, 1, 0, 0x10, 4), {1, 2, 3, 4}) == ACK &&
              board.writes.size() == 1,
          "configuration 1 afterwards");
}

#endif
