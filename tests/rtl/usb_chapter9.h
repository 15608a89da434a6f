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
    OTHER_SPEED
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
        check(pid == ACK && whole.size() >= 2, "descriptor %d.%d: PID %02x", type, number, pid);
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
    // The endpoints of the configuration in use, with its first interface setting of each.
    std::vector<Bytes> endpoints(int number)
    {
        std::vector<Bytes> list;
        bool first_setting = true;
        for (const Bytes &part : parts(number)) {
            if (part[1] == INTERFACE)
                first_setting = part[3] == 0;
            if (part[1] == ENDPOINT && first_setting)
                list.push_back(part);
        }
        return list;
    }
};

#endif
