// Tests of usb_packet_out: packets byte by byte, at any pace.
// SPDX-License-Identifier: MIT
#include "Vusb_packet_out.h"
#include "tests/rtl/usb_host.h"

using bench::check;

struct Sender {
    bench::Clocked<Vusb_packet_out> sim{"usb_packet_out"};
    Vusb_packet_out &dut = sim.top;
    bench::Random random{5};

    Sender()
    {
        dut.rst = 1;
        sim.settle();
        sim.edge();
        dut.rst = 0;
    }
    Bytes send(uint8_t pid, bool with_payload, const Bytes &payload, double pause)
    {
        Bytes sent;
        size_t at = 0;
        dut.start = 1;
        dut.start_pid = pid & 15;
        dut.start_payload = with_payload;
        dut.tx_ready = 0;
        for (int clocks = 0; clocks < 20000; clocks++) {
            dut.payload_valid = at < payload.size();
            dut.payload_data = at < payload.size() ? payload[at] : 0xee;
            dut.tx_ready = !dut.start && !random.chance(pause);
            sim.settle();
            bool valid = dut.tx_valid;
            check(dut.busy == valid, "busy is not the packet's span");
            if (valid && dut.tx_ready)
                sent.push_back(dut.tx_data);
            at += dut.payload_take;
            sim.edge();
            if (!dut.start && !valid)
                return sent;
            dut.start = 0;
        }
        check(false, "no end");
        return sent;
    }
};

int main()
{
    bench::test("sends_handshakes", [] {
        Sender sender;
        for (uint8_t pid : {ACK, NAK, STALL, NYET})
            check(sender.send(pid, false, {}, 0.5) == Bytes{pid}, "PID %02x", pid);
    });
    bench::test("sends_data_with_its_crc", [] {
        Sender sender;
        bench::Random random(2);
        for (int i = 0; i < 200; i++) {
            Bytes bytes = bench::random_bytes(random, i < 3 ? i : random.below(520));
            uint8_t pid = i % 2 ? DATA1 : DATA0;
            check(sender.send(pid, true, bytes, i % 4 ? 0.3 : 0) == data_packet(pid, bytes),
                  "%zu bytes", bytes.size());
        }
    });
    return bench::done();
}
