// Tests of usb_descriptors: each descriptor is where it is said to be, and agrees with itself.
// SPDX-License-Identifier: MIT
#include "Vusb_descriptors.h"
#include "tests/rtl/clocked.h"

using bench::Bytes;
using bench::check;

struct Store {
    bench::Clocked<Vusb_descriptors> sim{"usb_descriptors"};
    Vusb_descriptors &dut = sim.top;

    // Empty if there is none.
    Bytes get(int value, bool high_speed)
    {
        Bytes bytes;
        dut.value = (uint16_t)value;
        dut.high_speed = high_speed;
        sim.settle();
        if (!dut.found)
            return bytes;
        for (int at = dut.start, end = at + dut.length; at < end; at++) {
            dut.address = (uint16_t)at;
            sim.settle();
            sim.edge();
            bytes.push_back(dut.data);
        }
        return bytes;
    }
};

// A descriptor holds whole descriptors, each with its length first.
static int parts(const Bytes &bytes)
{
    int count = 0;
    size_t at = 0;
    for (; at < bytes.size() && bytes[at] >= 2; at += bytes[at])
        ++count;
    check(at == bytes.size(), "lengths lead to %zu of %zu", at, bytes.size());
    return count;
}

int main()
{
    bench::test("has_the_descriptors_of_chapter_9_and_no_others", [] {
        Store store;
        for (int value = 0; value < 0x10000; value++) {
            bool wanted = value == 0x100 || value == 0x200 || (value >= 0x300 && value <= 0x303) ||
                          value == 0x600 || value == 0x700;
            store.dut.value = (uint16_t)value;
            store.sim.settle();
            check(store.dut.found == wanted, "descriptor %04x", value);
        }
    });
    bench::test("gives_descriptors_that_agree_with_themselves", [] {
        Store store;
        for (bool high_speed : {true, false})
            for (int value : {0x100, 0x200, 0x300, 0x301, 0x302, 0x303, 0x600, 0x700}) {
                Bytes bytes = store.get(value, high_speed);
                bool configuration = value == 0x200 || value == 0x700;
                check(parts(bytes) == (configuration ? 5 : 1), "descriptor %04x has %d parts",
                      value, parts(bytes));
                check(bytes.size() > 2 && bytes[1] == value >> 8, "descriptor %04x is of type %d",
                      value, bytes[1]);
                if (configuration)
                    check(bytes[2] == bytes.size() && bytes[3] == 0, "descriptor %04x is %zu bytes",
                          value, bytes.size());
            }
    });
    bench::test("gives_packet_sizes_of_the_speed_that_is_asked_for", [] {
        Store store;
        Bytes high = store.get(0x200, true), full = store.get(0x200, false);
        check(high[22] == 0 && high[23] == 2 && full[22] == 64 && full[23] == 0, "packet sizes");
        Bytes other_of_high = store.get(0x700, true), other_of_full = store.get(0x700, false);
        other_of_high[1] = other_of_full[1] = 2;
        check(other_of_high == full && other_of_full == high, "the other speed's configuration");
    });
    return bench::done();
}
