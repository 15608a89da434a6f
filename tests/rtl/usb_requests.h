// The requests that are right, written down one by one from USB 2.0, table 9-3 and the chapter behind it, ECM 1.2, 6.2, and
// driver/README.md, 4.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_REQUESTS_H
#define TESTS_RTL_USB_REQUESTS_H

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

inline Verdict judge(const Request &r)
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

#endif
