// Tests of usb_registers: words out of the registers and into them, at any pace.
// SPDX-License-Identifier: MIT
#include "Vusb_registers.h"
#include "tests/rtl/clocked.h"

using bench::Bytes;
using bench::check;

struct Port {
    bench::Clocked<Vusb_registers> sim{"usb_registers"};
    Vusb_registers &dut = sim.top;
    bench::Random random{3};
    std::vector<int> reads;
    Bytes written;

    Port()
    {
        dut.rst = 1;
        clock();
        dut.rst = 0;
        clock();
    }
    static uint32_t value_at(int address)
    {
        return 0x01020304u * (uint32_t)address ^ 0x5a5a5a5au;
    }
    void clock()
    {
        sim.settle();
        bool read = dut.reg_read;
        uint32_t value = value_at(dut.reg_address);
        if (read)
            reads.push_back(dut.reg_address);
        if (dut.reg_write)
            for (int i = 0; i < 4; i++)
                written.push_back((uint8_t)(dut.reg_write_data >> 8 * i));
        sim.edge();
        dut.reg_read_data = read ? value : 0xdeadbeef;
        sim.settle();
    }
    Bytes read(int address, int length, double pace)
    {
        Bytes bytes;
        dut.address = (uint16_t)address;
        dut.packet_length = (uint8_t)length;
        dut.read_start = 1;
        clock();
        dut.read_start = 0;
        clock();
        for (dut.read_index = 0; dut.read_index < length;) {
            dut.read_take = random.chance(pace);
            sim.settle();
            if (dut.read_take)
                bytes.push_back(dut.read_byte);
            clock();
            dut.read_index += dut.read_take;
        }
        dut.read_take = 0;
        return bytes;
    }
    // Returns whether its length was right.
    bool receive(const Bytes &bytes, int length, bool good)
    {
        dut.packet_length = (uint8_t)length;
        dut.open = 1;
        clock();
        for (uint8_t byte : bytes) {
            dut.data_valid = 1;
            dut.data = byte;
            clock();
            dut.data_valid = 0;
            clock();
        }
        bool right = dut.length_right;
        dut.write_start = good && right;
        clock();
        dut.write_start = dut.open = 0;
        clock();
        return right;
    }
};

int main()
{
    bench::test("reads_each_word_once_and_in_time", [] {
        Port port;
        for (double pace : {1.0, 0.5, 0.1})
            for (int length = 4; length <= 64; length += 4) {
                port.reads.clear();
                Bytes bytes = port.read(0x120, length, pace);
                for (int i = 0; i < length; i++)
                    check(bytes[i] == (uint8_t)(Port::value_at(0x120 + (i & ~3)) >> 8 * (i & 3)),
                          "byte %d of %d", i, length);
                check((int)port.reads.size() == length / 4, "%zu reads for %d bytes",
                      port.reads.size(), length);
                for (size_t i = 0; i < port.reads.size(); i++)
                    check(port.reads[i] == (int)(0x120 + 4 * i), "read %zu at %x", i,
                          port.reads[i]);
            }
    });
    bench::test("writes_a_packet_when_told_and_not_before", [] {
        Port port;
        for (int length = 4; length <= 64; length += 4) {
            Bytes bytes = bench::random_bytes(port.random, length);
            port.written.clear();
            check(port.receive(bytes, length, false), "the length was not right");
            for (int i = 0; i < 80; i++)
                port.clock();
            check(port.written.empty() && !port.dut.writing, "a damaged packet was written");
            port.receive(bytes, length, true);
            int clocks = 0, ends = 0;
            for (; clocks < 80; clocks++) {
                ends += port.dut.write_end;
                port.clock();
            }
            check(port.written == bytes && ends == 1 && !port.dut.writing,
                  "%zu bytes written of %d", port.written.size(), length);
        }
    });
    bench::test("notices_another_length", [] {
        Port port;
        for (int length : {0, 3, 5, 64, 68, 127, 128, 132, 300})
            check(!port.receive(Bytes(length, 1), 4, true), "%d bytes", length);
        check(port.receive(Bytes(4, 1), 4, true), "4 bytes");
    });
    return bench::done();
}
