// Tests of usb_crc5 against the bit-serial definition and tokens seen on real buses.
// SPDX-License-Identifier: MIT
#include "Vusb_crc5.h"
#include "tests/rtl/usb_host.h"

static int crc_of(int address, int endpoint)
{
    Vusb_crc5 dut;
    dut.bits = (uint16_t)(address | endpoint << 7);
    dut.eval();
    return dut.crc;
}

int main()
{
    bench::test("agrees_with_the_definition_for_every_token", [] {
        for (int i = 0; i < 2048; i++) {
            int want = token_packet(OUT, i & 127, i >> 7)[2] >> 3;
            bench::check(crc_of(i & 127, i >> 7) == want, "%03x: %02x, not %02x", i,
                         crc_of(i & 127, i >> 7), want);
        }
    });
    bench::test("agrees_with_tokens_from_real_buses", [] {
        bench::check(crc_of(0, 0) == 0x10 >> 3, "SETUP to address 0 is 2D 00 10");
        bench::check(crc_of(1, 0) == 0xe8 >> 3, "SOF of frame 1 is A5 01 E8");
        bench::check(crc_of(2, 1) == token_packet(IN, 2, 1)[2] >> 3,
                     "IN to endpoint 1 of address 2");
    });
    return bench::done();
}
