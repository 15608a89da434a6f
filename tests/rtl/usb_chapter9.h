// A walk through chapter 9 as the USB-IF's command verifier does it: what it asks of a device, and descriptors taken apart.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_CHAPTER9_H
#define TESTS_RTL_USB_CHAPTER9_H

#include "tests/rtl/usb_board.h"

using bench::check;

enum State { DEFAULT, ADDRESSED, CONFIGURED };
enum DescriptorType {
    DEVICE = 1,
    CONFIGURATION,
    STRING,
    INTERFACE,
    ENDPOINT,
    QUALIFIER,
    OTHER_SPEED,
    BOS = 15
};

// An endpoint's descriptor, and where it stands.
struct Place {
    int interface, setting;
    Bytes endpoint;
};

// What the rest of an item would look at is not there; what is missing has been told.
struct Absent {
};

struct Walk {
    Board board;
    UsbHost<Vusb_device> &host = board.host;
    bool high;
    int configuration = 0;

    explicit Walk(bool high_speed, State state = CONFIGURED) : high(high_speed)
    {
        host.phy.full_speed_clocks = 8;
        board.plug(high);
        if (state != DEFAULT)
            board.set_address(9);
        if (state == CONFIGURED)
            configure(1);
    }
    void configure(int value)
    {
        board.configure(value);
        configuration = value;
    }
    Pid in(Bytes &answer, int type, int code, int value, int index, int length)
    {
        return host.control_in(host.request(type, code, value, index, length), answer);
    }
    Pid out(int type, int code, int value, int index)
    {
        return host.control_out(host.request(type, code, value, index, 0));
    }
    // Of any length that is asked for comes as much as there is.
    Bytes descriptor(int type, int number = 0, int language = 0)
    {
        Bytes whole, part;
        Pid pid = in(whole, 0x80, 6, type << 8 | number, language, 65535);
        if (!check(pid == ACK && whole.size() >= 2, "descriptor %d.%d: PID %02x", type, number,
                   pid))
            throw Absent();
        for (int length : {1, 8, 9, (int)whole.size() - 1, (int)whole.size()}) {
            size_t wanted = std::min((size_t)length, whole.size());
            pid = in(part, 0x80, 6, type << 8 | number, language, length);
            check(pid == ACK && part == Bytes(whole.begin(), whole.begin() + (long)wanted),
                  "%d bytes of descriptor %d.%d: PID %02x, %zu", length, type, number, pid,
                  part.size());
        }
        return whole;
    }
    void expect_stall(int type, int code, int value, int index, int length = 0)
    {
        Bytes answer;
        Pid pid = type & 0x80 ? in(answer, type, code, value, index, length)
                              : out(type, code, value, index);
        check(pid == STALL, "request %02x %d %04x %04x ends with PID %02x", type, code, value,
              index, pid);
        pid = in(answer, 0x80, 6, DEVICE << 8, 0, 18);
        check(pid == ACK && answer.size() == 18, "and nothing is answered then");
    }
    int configurations()
    {
        return descriptor(DEVICE)[17];
    }
    // The descriptors of a configuration, one by one.
    std::vector<Bytes> parts(int number, int type = CONFIGURATION)
    {
        std::vector<Bytes> list;
        Bytes whole = descriptor(type, number);
        for (size_t at = 0; at + 2 <= whole.size() && whole[at] >= 2; at += whole[at])
            list.push_back(Bytes(whole.begin() + (long)at,
                                 whole.begin() + (long)std::min(at + whole[at], whole.size())));
        return list;
    }
    int value_of(int number)
    {
        return descriptor(CONFIGURATION, number)[5];
    }
    int status(int type, int index)
    {
        Bytes answer;
        Pid pid = in(answer, type, 0, 0, index, 2);
        check(pid == ACK && answer.size() == 2 && answer[1] == 0,
              "GET_STATUS %02x: PID %02x, %zu bytes", type, pid, answer.size());
        return answer.empty() ? -1 : answer[0];
    }
    int current_configuration()
    {
        Bytes answer;
        Pid pid = in(answer, 0x80, 8, 0, 0, 1);
        check(pid == ACK && answer.size() == 1, "GET_CONFIGURATION: PID %02x", pid);
        return answer.empty() ? -1 : answer[0];
    }
    // The endpoints of all settings of a configuration's interfaces.
    std::vector<Place> places(int number)
    {
        std::vector<Place> list;
        Place at = {};
        for (const Bytes &part : parts(number)) {
            if (part[1] == INTERFACE)
                at.interface = part[2], at.setting = part[3];
            at.endpoint = part;
            if (part[1] == ENDPOINT)
                list.push_back(at);
        }
        return list;
    }
    // Into that setting, out of configuration 0: all is as it is at first. Other interfaces have their last settings.
    void enter(int number, const Place &place)
    {
        board.drop_source();
        configure(0);
        configure(value_of(number));
        for (const Bytes &part : parts(number)) {
            bool wanted = part[1] == INTERFACE && part[3] != 0;
            if (wanted && (part[2] != place.interface || part[3] == place.setting))
                check(out(0x01, 11, part[3], part[2]) == ACK, "SET_INTERFACE %d.%d", part[2],
                      part[3]);
        }
    }
    void halt(int address)
    {
        check(out(0x02, 3, 0, address) == ACK && status(0x82, address) == 1, "%02x does not halt",
              address);
    }
    // A packet of the endpoint's comes, and counts: its toggle is the one that this host has.
    void expect_packet(int address, const char *when)
    {
        int at = address & 15;
        if (address == 0x01) {
            board.from_host.clear();
            check(host.out(at, {7}) == ACK, "%02x does not take a packet %s", address, when);
            host.phy.run(100);
            check(board.from_host == std::vector<int>({7, END}), "%02x drops a packet %s", address,
                  when);
            return;
        }
        if (address == 0x81)
            board.to_host.assign({9 | END});
        board.dut.status = board.dut.status ^ 1; // to be told by 0x82
        host.phy.run(100);
        Pid pid = host.patient_in(at);
        check(pid == DATA0 || pid == DATA1, "%02x answers %02x %s", address, pid, when);
    }
};

// Of one endpoint: what it answers, and what takes the halt away and its toggle back to DATA0.
inline void halt_and_clear(Walk &walk, int number, const Place &place)
{
    int address = place.endpoint[2], at = address & 15;
    auto begin_anew = [&] { walk.host.in_toggle[at] = walk.host.out_toggle[at] = false; };
    walk.enter(number, place);
    check(walk.status(0x82, address) == 0, "%02x is halted at first", address);
    walk.expect_packet(address, "at first");
    walk.halt(address);
    Pid pid = address & 0x80 ? walk.host.in(at) : walk.host.out(at, {1});
    check(pid == STALL, "%02x is halted and answers %02x", address, pid);
    check(walk.out(0x02, 1, 0, address) == ACK && walk.status(0x82, address) == 0,
          "%02x stays halted", address);
    begin_anew();
    walk.expect_packet(address, "when its halt is over");
    walk.halt(address);
    check(walk.out(0x01, 11, place.setting, place.interface) == ACK &&
              walk.status(0x82, address) == 0,
          "%02x is halted in a new setting", address);
    begin_anew();
    walk.expect_packet(address, "in a new setting");
    walk.halt(address);
    walk.configure(walk.configuration);
    if (place.setting == 0)
        check(walk.status(0x82, address) == 0, "%02x is halted in a new configuration", address);
}

#endif
