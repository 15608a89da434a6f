// All that the host does to the USB device under fire: packets that break rules, requests, what befalls the line, and good
// traffic in between.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_FIRE_DEEDS_H
#define TESTS_RTL_USB_FIRE_DEEDS_H

#include "tests/rtl/usb_fire_packets.h"

using Deed = void (*)(Fire &);

// ---- control transfers ----
inline Bytes a_request(Fire &fire)
{
    static const uint8_t types[] = {0x00, 0x01, 0x02, 0x03, 0x1f, 0x20, 0x21, 0x40, 0x41, 0x60,
                                    0x80, 0x81, 0x82, 0x83, 0xa0, 0xa1, 0xc0, 0xc1, 0xe0, 0xff};
    static const int values[] = {0,      1,      2,      3,      0x7f,   0x80,
                                 0x0100, 0x0200, 0x0300, 0x0301, 0x0303, 0x0304,
                                 0x03ff, 0x0600, 0x0700, 0x0f00, 0x8000, 0xffff};
    static const int indexes[] = {0,    1,    2,    3,      0x80,   0x81,   0x82,   0x83,
                                  0x0f, 0x8f, 0xff, 0x0101, 0x0181, 0x0409, 0x8000, 0xffff};
    static const int lengths[] = {0, 1, 2, 4, 8, 9, 18, 63, 64, 65, 128, 255, 256, 1000};
    int type = types[fire.pick(20)],
        code = fire.random.chance(0.9) ? fire.pick(14) : fire.pick(256);
    int value = values[fire.pick(18)], index = indexes[fire.pick(16)],
        length = lengths[fire.pick(14)];
    if (fire.random.chance(0.4)) // nearer to what is right
        length = type & 0x80 ? length : 0, index = fire.random.chance(0.5) ? 0 : index;
    if (type == 0 && code == 3 && value == 2)
        code = 1; // a test mode would last until power is cut
    return fire.host.request(type, code, value, index, length);
}

inline void any_request(Fire &fire)
{
    fire.request(a_request(fire));
}

inline void longest_read(Fire &fire)
{
    Bytes registers = fire.host.request(0xc0, 1, 0, 4 * fire.pick(1000), 65532);
    Bytes descriptor = fire.host.request(0x80, 6, 0x0100 * (1 + fire.pick(3)), 0, 65535), result;
    fire.settle();
    bool long_one = fire.random.chance(0.2);
    Pid pid = fire.host.control_in(long_one ? registers : descriptor, result);
    check(pid == ACK && (!long_one || result.size() == 65532),
          "a read of 65,535: PID %02x, %zu bytes", pid, result.size());
}

// A transfer that goes as far as it may, or further, and then no more.
inline void broken_off(Fire &fire)
{
    bool in = fire.random.chance(0.5);
    fire.settle();
    Pid pid = fire.host.setup(
        fire.host.request(in ? 0xc0 : 0x40, 1, 0, 4 * fire.pick(40), 4 * fire.pick(60)));
    check(pid == ACK, "SETUP got PID %02x", pid);
    for (int i = fire.pick(6); i > 0; i--) {
        if (fire.random.chance(0.8) == in)
            pid = fire.host.in(0, fire.random.chance(0.7));
        else
            pid = fire.host.out(0, bench::random_bytes(fire.random, fire.random.chance(0.5)
                                                                        ? 64
                                                                        : (size_t)fire.pick(65)));
        check(pid != NOTHING, "endpoint 0 says nothing in the middle of a transfer");
    }
    if (fire.random.chance(0.5))
        fire.expect_alive("behind a transfer that was broken off");
}

inline void odd_setup(Fire &fire)
{
    Bytes bytes = bench::random_bytes(fire.random, (size_t)fire.pick(12));
    if (bytes.size() == 8)
        bytes.push_back(0);
    fire.settle();
    fire.host.token(SETUP, 0);
    fire.host.data(fire.random.chance(0.5) ? DATA0 : DATA1, bytes);
    fire.hear_out();
    Pid pid = fire.host.in(0);
    check(pid == STALL || pid == NAK, "a request of %zu bytes is answered with PID %02x",
          bytes.size(), pid);
}

// ---- the line ----
inline void glitch(Fire &fire)
{
    if (!fire.high) {
        fire.phy.line(SE0);
        fire.phy.run((uint64_t)fire.pick(120));
        fire.phy.line(LINE_J);
    } else {
        fire.phy.line(LINE_J);
        fire.phy.run((uint64_t)fire.pick(120));
        fire.phy.line(SE0);
    }
    fire.expect_silence("a glitch");
}

inline void suspend(Fire &fire)
{
    fire.expect_streams();
    fire.phy.line(fire.high ? SE0 : LINE_J);
    fire.phy.run(3010 * 60);
    fire.phy.line(LINE_J);
    fire.phy.run(300 * 60);
    check(fire.board.dut.suspended, "it is not suspended");
    if (fire.random.chance(0.3)) {
        fire.reset();
        fire.enumerate();
        return;
    }
    fire.phy.line(LINE_K);
    fire.phy.run(1000 + (uint64_t)fire.pick(30000));
    fire.phy.line(SE0);
    fire.phy.run(80);
    if (!fire.high)
        fire.phy.line(LINE_J);
    fire.phy.run(80);
    check(!fire.board.dut.suspended, "it does not resume");
}

// In the middle of something.
inline void reset_midway(Fire &fire)
{
    fire.host.token(some_token(fire), fire.pick(3));
    fire.phy.run((uint64_t)fire.pick(30));
    fire.high = Board::HIGH_SPEED && fire.random.chance(0.5);
    fire.reset();
    fire.enumerate();
}

// ---- good traffic ----
inline void traffic(Fire &fire)
{
    fire.settle();
    fire.board.take = fire.random.chance(0.8);
    fire.board.dut.status = (uint32_t)fire.random.next();
    fire.offer((size_t)fire.pick(1200));
    for (int i = fire.pick(5); i >= 0; i--) {
        fire.good_out(fire.random.chance(0.5) ? fire.largest()
                                              : (size_t)fire.pick((int)fire.largest()));
        fire.good_in(fire.random.chance(0.8));
        if (fire.random.chance(0.3))
            fire.good_interrupt();
        if (fire.random.chance(0.3))
            fire.host.sof(fire.pick(2048));
    }
}

inline void configure_again(Fire &fire)
{
    fire.settle();
    fire.configure(1);
}

struct Choice {
    int weight;
    Deed deed;
    const char *name;
};

constexpr Choice DEEDS[] = {
    {60, noise, "noise"},
    {40, pids_of_others, "pids_of_others"},
    {60, broken_token, "broken_token"},
    {60, broken_data, "broken_data"},
    {30, overlong_data, "overlong_data"},
    {40, broken_handshake, "broken_handshake"},
    {60, packets_alone, "packets_alone"},
    {60, another_device, "another_device"},
    {50, no_such_endpoint, "no_such_endpoint"},
    {50, token_for_data, "token_for_data"},
    {40, token_for_handshake, "token_for_handshake"},
    {60, cut_answer, "cut_answer"},
    {40, without_a_gap, "without_a_gap"},
    {50, wrong_toggle, "wrong_toggle"},
    {70, any_request, "any_request"},
    {2, longest_read, "longest_read"},
    {50, broken_off, "broken_off"},
    {40, odd_setup, "odd_setup"},
    {40, glitch, "glitch"},
    {2, suspend, "suspend"},
    {2, reset_midway, "reset_midway"},
    {100, traffic, "traffic"},
    {15, configure_again, "configure_again"},
};

inline const Choice &choose(Fire &fire)
{
    int total = 0, at;
    for (const Choice &choice : DEEDS)
        total += choice.weight;
    at = fire.pick(total);
    for (const Choice &choice : DEEDS)
        if ((at -= choice.weight) < 0)
            return choice;
    return DEEDS[0];
}

#endif
