// A ULPI PHY for tests, as the USB3300 behaves at its pins, bit for bit: whose bus it is, turnarounds, RX CMDs, nxt, stp.
// SPDX-License-Identifier: MIT
//
// clock() runs one clock. What the link does on its own (register writes, packets) is served meanwhile and collected;
// what comes from the line is scripted: line(), receive().
#ifndef TESTS_RTL_USB_PHY_H
#define TESTS_RTL_USB_PHY_H

#include <functional>

#include "tests/rtl/clocked.h"

using bench::Bytes;

enum LineState { SE0 = 0, LINE_J = 1, LINE_K = 2 };

// Model is a Verilated module with the ULPI ports of rtl/README.md.
template <typename Model> class UsbPhy
{
  public:
    bench::Clocked<Model> &sim;
    Model &dut;
    bench::Random random{1};
    std::function<void()> before_edge = [] {}; // samples and drives the other ports, once a clock
    bool runs = true;                          // its clock; without it time passes all the same
    uint64_t clocks = 0;
    uint8_t registers[64] = {}; // as written by the link; Function Control is 0x04
    int register_writes = 0;
    double throttle = 0.05;     // how often nxt pauses at high speed
    int full_speed_clocks = 40; // for each byte at full speed
    uint8_t vbus = 0x0c;

    std::vector<Bytes> packets; // from the link, PID byte first (complement added), whole ones only
    uint64_t began = 0, ended = 0; // of the newest packet: its command on the bus, its stp
    uint64_t line_quiet = 0;       // when the newest packet to the link ended (dir fell)
    uint64_t lost = 0;             // packets that dir cut off
    uint64_t chirp_clocks = 0;     // how long the newest packet without a PID lasted
    Bytes steady;                  // its data bytes, those of one under way too

    explicit UsbPhy(bench::Clocked<Model> &model) : sim(model), dut(model.top)
    {
        registers[4] = 0x41;
    }

    bool high_speed() const
    {
        return (registers[4] & 3) == 0;
    }
    bool transmitting() const
    {
        return link == Link::send;
    }

    // Its reset pin, or its power: all is forgotten, and the bus is its own for the first clocks.
    void reset()
    {
        link_lost();
        packet.clear();
        registers[4] = 0x41;
        registers[0x0a] = 0x06;
        resetting = 20;
        dir = dir_was = true, nxt = false;
    }

    void clock()
    {
        if (!runs) {
            before_edge();
            ++clocks;
            return;
        }
        if (resetting && --resetting == 0) {
            command(vbus | line_state);
            dir = nxt = false;
        } else if (resetting) {
            dir = true;
        }
        dut.ulpi_dir = dir;
        dut.ulpi_nxt = nxt;
        dut.ulpi_data_in = dir ? data : 0;
        sim.settle();
        before_edge();
        if (!runs) { // no longer
            ++clocks;
            return;
        }
        sim.settle();
        bool drive = dut.ulpi_data_drive, stp = dut.ulpi_stp;
        uint8_t from_link = drive ? dut.ulpi_data_out : 0;
        bench::check(!(drive && (dir || dir_was)), "clock %llu: the link drives the PHY's bus",
                     (unsigned long long)clocks);
        bench::check(drive || dir || dir_was, "clock %llu: nobody drives the bus",
                     (unsigned long long)clocks);
        sim.edge();
        bool accepted = nxt && !dir;
        dir_was = dir;
        if (dir)
            link_lost();
        else if (drive)
            link_step(from_link, stp, accepted);
        ++clocks;
    }

    void run(uint64_t n)
    {
        while (n--)
            clock();
    }

    // ---- from the line to the link ----
    void take_bus(bool with_nxt)
    {
        dir = true;
        nxt = with_nxt;
        data = 0xa5; // turnaround: nobody's value
        clock();
        nxt = false;
    }
    void give_bus()
    {
        dir = nxt = false;
        clock();
        line_quiet = clocks;
    }
    void command(uint8_t value)
    {
        data = value;
        nxt = false;
        clock();
    }
    void line(LineState state)
    {
        line_state = state;
        take_bus(false);
        command(vbus | state);
        give_bus();
    }
    // A packet: a PHY may take the bus with nxt or tell of it by RX CMD, and end it either way.
    void receive(const Bytes &bytes, bool error = false)
    {
        bool quick = random.chance(0.5);
        LineState during = high_speed() ? LINE_J : LINE_K;
        take_bus(quick);
        command(vbus | 0x10 | during);
        for (uint8_t byte : bytes) {
            int gaps = high_speed() ? random.chance(throttle) : full_speed_clocks - 1;
            for (; gaps > 0; --gaps)
                command(vbus | 0x10 | (high_speed() ? during : (LineState)(1 + random.below(2))));
            data = byte;
            nxt = true;
            clock();
            nxt = false;
        }
        if (error)
            command(vbus | 0x30 | during);
        if (!high_speed()) {
            command(vbus | 0x10 | SE0);
            command(vbus | SE0);
            command(vbus | LINE_J);
        }
        bool told = !high_speed() || random.chance(0.5);
        if (told && high_speed())
            command(vbus | SE0);
        give_bus();
        if (!told)
            line(SE0); // the silence is told late, and comes in the way of the answer
    }

  private:
    enum class Link { idle, command, value, stop, send };
    Link link = Link::idle;
    LineState line_state = LINE_J;
    bool dir = false, dir_was = false, nxt = false, accepted_before = false;
    uint8_t data = 0, address = 0, value = 0;
    Bytes packet;
    bool no_pid = false; // in the packet under way
    int wait = 0, resetting = 0;

    void link_lost()
    {
        if (link == Link::send)
            ++lost;
        link = Link::idle;
    }
    void register_write()
    {
        registers[address] = value;
        if (address == 4 &&
            value &
                0x20) { // Reset: the PHY's registers as after power-on, the bus its own meanwhile
            registers[4] = 0x41;
            registers[0x0a] = 0x06;
            resetting = 20;
        }
    }
    bool next_nxt()
    {
        if (high_speed())
            return !random.chance(throttle);
        if (wait == 0)
            wait = full_speed_clocks;
        return --wait == 0;
    }
    void link_step(uint8_t byte, bool stp, bool accepted)
    {
        switch (link) {
        case Link::idle:
            bench::check(!stp || registers[4] == 0x41, "stp without a command");
            if (byte == 0)
                break;
            began = clocks;
            link = Link::command;
            nxt = true;
            break;
        case Link::command:
            if (!accepted) {
                nxt = true;
                break;
            }
            nxt = false;
            if ((byte & 0xc0) == 0x80) {
                address = byte & 0x3f;
                link = Link::value;
                nxt = true;
            } else {
                bench::check((byte & 0xf0) == 0x40, "unknown TX CMD %02x", byte);
                packet.assign(1, (uint8_t)((byte & 15) | (~byte << 4)));
                no_pid = (byte & 15) == 0;
                if (no_pid)
                    steady.clear();
                link = Link::send;
                wait = 0;
                nxt = next_nxt();
                accepted_before = true;
            }
            break;
        case Link::value:
            if (accepted) {
                value = byte;
                link = Link::stop;
                nxt = false;
            }
            break;
        case Link::stop:
            bench::check(stp, "a register write without stp");
            ++register_writes;
            link = Link::idle;
            register_write();
            break;
        case Link::send:
            if (stp) {
                bench::check(accepted_before, "stp is not in the clock after the last byte");
                bench::check(byte == 0, "stp with data %02x", byte);
                if (!no_pid)
                    packets.push_back(packet);
                else
                    chirp_clocks = clocks - began;
                ended = clocks;
                link = Link::idle;
                nxt = false;
                break;
            }
            if (accepted)
                (no_pid ? steady : packet).push_back(byte);
            accepted_before = accepted;
            nxt = next_nxt();
            break;
        }
    }
};

#endif
