// Tests of usb_request against a table of the requests that are right, with every other field at random.
// SPDX-License-Identifier: MIT
#include "Vusb_request.h"
#include "tests/rtl/bench.h"

using bench::check;

enum Verdict {
    WRONG,
    GET_STATUS,
    GET_DESCRIPTOR,
    GET_CONFIGURATION,
    GET_INTERFACE,
    SET_HALT,
    CLEAR_HALT,
    SET_ADDRESS,
    SET_CONFIGURATION,
    SET_INTERFACE,
    SET_TEST,
    SET_FILTER,
    READ_REGISTERS,
    WRITE_REGISTERS,
    VERDICTS
};

struct Request {
    int type, code, value, index, length;
    int configuration, alternate; // 0 to 2; of configuration 2's data interface
    bool found, high_speed;
};

// USB 2.0, table 9-3 and the chapter behind it, and ECM 1.2, 6.2, written down request by request.
static Verdict judge(const Request &r)
{
    bool bulk = r.configuration == 1 || (r.configuration == 2 && r.alternate == 1);
    bool endpoint =
        (bulk && (r.index == 0x01 || r.index == 0x81)) || (r.configuration && r.index == 0x82);
    bool interface = r.configuration && r.index < r.configuration;
    int selector = r.index >> 8;
    bool test = r.high_speed && r.value == 2 && selector >= 1 && selector <= 4 && !(r.index & 0xff);
    bool words = r.index % 4 == 0 && r.length % 4 == 0 && r.length;
    switch (r.type << 8 | r.code) {
    case 0x8000: return r.value == 0 && r.index == 0 ? GET_STATUS : WRONG;
    case 0x8100: return r.value == 0 && interface ? GET_STATUS : WRONG;
    case 0x8200:
        return r.value == 0 && (endpoint || r.index == 0 || r.index == 0x80) ? GET_STATUS : WRONG;
    case 0x0201: return r.value == 0 && endpoint && !r.length ? CLEAR_HALT : WRONG;
    case 0x0203: return r.value == 0 && endpoint && !r.length ? SET_HALT : WRONG;
    case 0x0003: return test && !r.length ? SET_TEST : WRONG;
    case 0x0005: return r.value < 128 && r.index == 0 && !r.length ? SET_ADDRESS : WRONG;
    case 0x8006: return r.found ? GET_DESCRIPTOR : WRONG;
    case 0x8008: return r.value == 0 && r.index == 0 ? GET_CONFIGURATION : WRONG;
    case 0x0009: return r.value < 3 && r.index == 0 && !r.length ? SET_CONFIGURATION : WRONG;
    case 0x810a: return r.value == 0 && interface ? GET_INTERFACE : WRONG;
    case 0x010b: return r.value <= r.index && interface && !r.length ? SET_INTERFACE : WRONG;
    case 0x2143:
        return r.configuration == 2 && r.value < 32 && r.index == 0 && !r.length ? SET_FILTER
                                                                                 : WRONG;
    case 0xc001: return words ? READ_REGISTERS : WRONG;
    case 0x4001: return words && r.configuration != 2 ? WRITE_REGISTERS : WRONG;
    case 0xc002: return r.value == 0 && r.index == 7 ? GET_DESCRIPTOR : WRONG;
    default: return WRONG;
    }
}

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
