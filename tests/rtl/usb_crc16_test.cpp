// Tests of usb_crc16 against the bit-serial definition and packets seen on real buses.
// SPDX-License-Identifier: MIT
#include "Vusb_crc16.h"
#include "tests/rtl/usb_host.h"

static uint16_t remainder_of(const Bytes &bytes)
{
    Vusb_crc16 dut;
    uint16_t crc = 0xffff;
    for (uint8_t byte : bytes) {
        dut.crc = crc;
        dut.data = byte;
        dut.eval();
        crc = dut.crc_after;
    }
    return crc;
}

int main()
{
    bench::test("agrees_with_the_definition", [] {
        bench::Random random(1);
        for (int i = 0; i < 1000; i++) {
            Bytes bytes = bench::random_bytes(random, random.below(70)),
                  packet = data_packet(DATA0, bytes);
            uint16_t want =
                (uint16_t) ~(packet[packet.size() - 2] | packet[packet.size() - 1] << 8);
            bench::check(remainder_of(bytes) == want, "%zu bytes: %04x, not %04x", bytes.size(),
                         remainder_of(bytes), want);
        }
    });
    bench::test("leaves_b001_over_a_good_packet_only", [] {
        Bytes request = {0x80, 0x06, 0x00, 0x01, 0x00,
                         0x00, 0x40, 0x00, 0xdd, 0x94}; // as every host sends it
        bench::check(remainder_of(request) == 0xb001, "%04x", remainder_of(request));
        for (int bit = 0; bit < 80; bit++) {
            Bytes bad = request;
            bad[bit / 8] ^= 1 << bit % 8;
            bench::check(remainder_of(bad) != 0xb001, "bit %d is not missed", bit);
        }
    });
    return bench::done();
}
