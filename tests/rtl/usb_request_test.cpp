// Tests of usb_request against a table of the requests that are right, with every other field at random.
// SPDX-License-Identifier: MIT
#include "Vusb_request.h"
#include "tests/rtl/bench.h"
#include "tests/rtl/usb_requests.h"

using bench::check;

static int seen[VERDICTS];

static void compare(Vusb_request &dut, const Request &r)
{
    dut.request_type = (uint8_t)r.type;
    dut.request = (uint8_t)r.code;
    dut.value = (uint16_t)r.value;
    dut.index = (uint16_t)r.index;
    dut.length = (uint16_t)r.length;
    dut.configured = r.configuration != 0;
    dut.network = r.configuration == 2;
    dut.flowing = r.configuration == 1 || (r.configuration == 2 && r.alternate);
    dut.descriptor_found = r.found;
    dut.high_speed = r.high_speed;
    dut.eval();
    const bool said[VERDICTS] = {false,
                                 (bool)dut.get_status,
                                 (bool)dut.get_descriptor,
                                 (bool)dut.get_configuration,
                                 (bool)dut.get_interface,
                                 (bool)dut.set_halt,
                                 (bool)dut.clear_halt,
                                 (bool)dut.set_address,
                                 (bool)dut.set_configuration,
                                 (bool)dut.set_interface,
                                 (bool)dut.set_test,
                                 (bool)dut.set_filter,
                                 (bool)dut.read_registers,
                                 (bool)dut.write_registers};
    Verdict want = judge(r);
    check(want != GET_DESCRIPTOR || dut.microsoft == (r.type == 0xc0), "whose descriptor?");
    ++seen[want];
    for (int i = 1; i < VERDICTS; i++)
        check(said[i] == (i == want), "request %02x %02x %04x %04x %04x: verdict %d is %d, want %d",
              r.type, r.code, r.value, r.index, r.length, i, said[i], want);
}

int main()
{
    bench::test("judges_every_type_and_code_with_likely_fields", [] {
        Vusb_request dut;
        bench::Random random(11);
        static const int indexes[] = {0,     0,     0,      0,      0,     7,      1,     2,
                                      1,     4,     0x80,   0x81,   0x82,  0x83,   0x100, 0x200,
                                      0x300, 0x400, 0x0101, 0x0181, 0x500, 0x2100, 0x8000};
        static const int values[] = {0, 0, 0, 1, 2, 3, 2, 31, 32, 127, 128, 0x100, 0x300, 0x8000};
        static const int lengths[] = {0, 0, 0, 1, 2, 3, 4, 8, 18, 64, 0x8000};
        for (int type = 0; type < 256; type++)
            for (int code = 0; code < 256; code++)
                for (int i = 0; i < (code < 16 || code == 0x43 ? 1800 : 3); i++)
                    compare(dut, {type, code, values[random.below(14)], indexes[random.below(23)],
                                  lengths[random.below(11)], (int)random.below(3),
                                  (int)random.below(2), random.chance(0.5), random.chance(0.5)});
        for (int verdict = 0; verdict < VERDICTS; verdict++)
            check(seen[verdict] > 2, "verdict %d was right %d times only", verdict, seen[verdict]);
    });
    return bench::done();
}
