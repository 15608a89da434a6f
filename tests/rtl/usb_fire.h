// The USB device under fire: a host that breaks rules on purpose, and what the device has promised whatever the host does.
// SPDX-License-Identifier: MIT
//
// It speaks only when it was asked by a sound packet to its own address, and then soundly; nothing but good data
// reaches its streams; it answers a SETUP at any time; it enumerates again after each reset. Board, the device and what it
// stands in, is defined before this file is included.
#ifndef TESTS_RTL_USB_FIRE_H
#define TESTS_RTL_USB_FIRE_H

#include "tests/rtl/usb_host.h"

using bench::check;

struct Hang {
};

class Fire
{
  public:
    Board board;
    decltype(Board::host) &host = board.host;
    decltype(board.host.phy) &phy = board.host.phy;
    bench::Random random;
    bool high;
    bool configured = false, halted[3] = {}; // bulk OUT, bulk IN, interrupt IN
    std::vector<int> expected;               // of board.from_host
    std::deque<int> offered;                 // what the host has not had of board.to_host
    bool empty_due = false;                  // … which went on to the end of a whole packet

    explicit Fire(uint64_t seed) : board(seed + 1), random(seed + 1)
    {
        high = Board::HIGH_SPEED && random.chance(0.6);
        board.hurry();
        auto inner = phy.before_edge;
        phy.before_edge = [this, inner] {
            inner();
            jam = phy.transmitting() && !board.dut.rst ? jam + 1 : 0;
            if (jam > 100000 || phy.clocks > Board::LONGEST_RUN)
                throw Hang();
        };
        phy.line(LINE_J);
        phy.run(300);
        if (high)
            reset();
        enumerate();
    }

    int pick(int count)
    {
        return (int)random.below((uint32_t)count);
    }
    size_t largest() const
    {
        return high ? 512 : 64;
    }
    // As long as a device waits for what is due.
    void settle()
    {
        phy.run(high ? 110 : 270);
    }

    // ---- what must be so ----
    void expect_silence(const char *behind)
    {
        uint64_t lost = board.cut_off();
        phy.run(Board::ANSWER_CLOCKS);
        check(phy.packets.empty() && !phy.transmitting() && board.cut_off() == lost,
              "it speaks behind %s", behind);
    }
    // Whatever comes next may be answered; the answer is sound, and is nobody's.
    void hear_out()
    {
        phy.run(Board::ANSWER_CLOCKS);
        while (phy.transmitting())
            phy.clock();
        for (const Bytes &packet : phy.packets)
            check(sound(packet), "an answer of %zu bytes, PID %02x", packet.size(), packet[0]);
        phy.packets.clear();
        phy.run(high ? 3 : 135);
    }
    bool sound(const Bytes &packet) const
    {
        if (packet[0] == DATA0 || packet[0] == DATA1)
            return packet.size() >= 3 && packet.size() <= largest() + 3 &&
                   packet == data_packet(packet[0], Bytes(packet.begin() + 1, packet.end() - 2));
        bool handshake = packet[0] == ACK || packet[0] == NAK || packet[0] == STALL;
        return packet.size() == 1 && (handshake || (packet[0] == NYET && high));
    }
    // A request that every device answers in every state.
    void expect_alive(const char *when)
    {
        Bytes result;
        settle();
        phy.packets.clear();
        Pid pid = host.control_in(host.request(0x80, 6, 0x0100, 0, 18), result);
        check(pid == ACK && result.size() == 18 && result[1] == 1,
              "GET_DESCRIPTOR %s: PID %02x, %zu bytes", when, pid, result.size());
    }
    void expect_streams()
    {
        board.take = true;
        phy.run(4 * 520 + 100);
        check(board.from_host == expected, "bulk OUT gave %zu items, of %zu",
              board.from_host.size(), expected.size());
        board.from_host.clear();
        expected.clear();
    }

    // ---- a new life: both streams are empty then ----
    void forget()
    {
        board.drop_source();
        offered.clear();
        empty_due = false;
        for (int i = 1; i < 3; i++)
            host.out_toggle[i] = host.in_toggle[i] = false;
        halted[0] = halted[1] = halted[2] = false;
    }
    void reset()
    {
        board.drop_source();
        host.address = 0;
        for (int i = 0; i < 16; i++)
            host.out_toggle[i] = host.in_toggle[i] = false;
        board.reset_line(high);
        phy.packets.clear();
        check(board.at_high_speed() == high && !board.dut.configured, "a reset has no effect");
        configured = false;
        board.from_host.clear();
        expected.clear();
        forget();
    }
    void enumerate()
    {
        expect_alive("at address 0");
        board.set_address(1 + pick(127));
        expect_alive("at its address");
        configure(1);
    }
    void configure(int value)
    {
        expect_streams();
        board.drop_source();
        board.configure(value);
        configured = value;
        board.from_host.clear();
        forget();
    }

    // ---- good traffic, with both ends kept in mind ----
    void good_out(size_t length)
    {
        Bytes bytes = bench::random_bytes(random, length);
        Pid pid = host.out(1, bytes);
        if (!configured)
            check(pid == NOTHING, "bulk OUT before configuration: PID %02x", pid);
        else if (halted[0])
            check(pid == STALL, "bulk OUT when halted: PID %02x", pid);
        else
            check(pid == ACK || (pid == NYET && high) || pid == NAK, "bulk OUT: PID %02x", pid);
        if (pid == ACK || pid == NYET)
            add(bytes);
    }
    void add(const Bytes &bytes)
    {
        expected.insert(expected.end(), bytes.begin(), bytes.end());
        if (bytes.size() < largest())
            expected.push_back(END);
    }
    void offer(size_t length)
    {
        for (size_t i = 0; configured && i < length; i++) {
            int item = pick(256) | (i + 1 == length ? END : 0);
            board.to_host.push_back(item);
            offered.push_back(item);
        }
    }
    void good_in(bool acknowledge)
    {
        bool toggle = host.in_toggle[1];
        Pid pid = host.in(1, acknowledge);
        if (!configured)
            check(pid == NOTHING, "bulk IN before configuration: PID %02x", pid);
        else if (halted[1])
            check(pid == STALL, "bulk IN when halted: PID %02x", pid);
        else if (pid != NAK && check(pid == (toggle ? DATA1 : DATA0), "bulk IN: PID %02x", pid))
            compare(acknowledge);
    }
    void compare(bool acknowledged)
    {
        const Bytes &bytes = host.payload;
        size_t wanted = 0;
        bool ends = empty_due;
        while (!ends && wanted < offered.size() && wanted < largest())
            ends = offered[wanted++] & END;
        check(bytes.size() == wanted && (ends || wanted == largest()), "bulk IN: %zu bytes for %zu",
              bytes.size(), wanted);
        for (size_t i = 0; i < bytes.size() && i < wanted; i++)
            check(bytes[i] == (uint8_t)offered[i], "bulk IN: byte %zu is %02x", i, bytes[i]);
        if (!acknowledged)
            return;
        empty_due = !empty_due && ends && wanted == largest();
        offered.erase(offered.begin(), offered.begin() + (long)std::min(wanted, offered.size()));
    }
    void good_interrupt()
    {
        Pid pid = host.in(2);
        bool right = !configured ? pid == NOTHING
                     : halted[2] ? pid == STALL
                                 : pid == NAK ||
                                       ((pid == DATA0 || pid == DATA1) && host.payload.size() == 8);
        check(right, "interrupt IN: PID %02x, %zu bytes", pid, host.payload.size());
    }

    // ---- a whole request, and what follows from it ----
    void request(const Bytes &setup)
    {
        size_t length = setup[6] | setup[7] << 8;
        Bytes result;
        settle();
        expect_streams();
        Pid pid = setup[0] & 0x80 ? host.control_in(setup, result)
                                  : host.control_out(setup, bench::random_bytes(random, length));
        check(pid == ACK || pid == STALL, "request %02x %02x ended with PID %02x", setup[0],
              setup[1], pid);
        check(result.size() <= length, "%zu bytes for %zu", result.size(), length);
        if (pid == ACK)
            follow(setup);
        check(configured == !!board.dut.configured, "it is%s configured",
              board.dut.configured ? "" : " not");
    }
    void follow(const Bytes &setup)
    {
        int endpoint = setup[4] == 0x01 ? 0 : setup[4] == 0x81 ? 1 : 2;
        if (setup[0] == 0x00 && setup[1] == 5)
            host.address = setup[2];
        if (setup[0] == 0x00 && setup[1] == 9) {
            configured = setup[2];
            forget();
        }
        if (setup[0] == 0x01 && setup[1] == 11)
            for (int i = 0; i < 3; i++)
                clear(i);
        if (setup[0] == 0x02 && setup[1] == 1)
            clear(endpoint);
        if (setup[0] == 0x02 && setup[1] == 3)
            halted[endpoint] = true;
    }

  private:
    int jam = 0; // clocks of the packet that the device sends

    void clear(int endpoint)
    {
        halted[endpoint] = false;
        (endpoint ? host.in_toggle : host.out_toggle)[endpoint ? endpoint : 1] = false;
    }
};

#endif
