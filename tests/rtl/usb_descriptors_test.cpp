// Tests of usb_descriptors: each descriptor is where it is said to be, and agrees with itself.
// SPDX-License-Identifier: MIT
#include <map>

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
            bool wanted = value == 0x100 || value >> 1 == 0x100 ||
                          (value >= 0x300 && value <= 0x304) || value == 0x600 ||
                          value >> 1 == 0x380 || value == 0xf00;
            store.dut.value = (uint16_t)value;
            store.sim.settle();
            check(store.dut.found == wanted, "descriptor %04x", value);
        }
    });
    bench::test("gives_descriptors_that_agree_with_themselves", [] {
        Store store;
        for (bool high_speed : {true, false})
            for (auto [value, count] : std::map<int, int>{{0x100, 1},
                                                          {0x200, 5},
                                                          {0x201, 10},
                                                          {0x300, 1},
                                                          {0x301, 1},
                                                          {0x302, 1},
                                                          {0x303, 1},
                                                          {0x304, 1},
                                                          {0x600, 1},
                                                          {0x700, 5},
                                                          {0x701, 10},
                                                          {0xf00, 3}}) {
                Bytes bytes = store.get(value, high_speed);
                check(parts(bytes) == count, "descriptor %04x has %d parts", value, parts(bytes));
                check(bytes.size() > 2 && bytes[1] == value >> 8, "descriptor %04x is of type %d",
                      value, bytes[1]);
                if (count > 1)
                    check(bytes[2] == bytes.size() && bytes[3] == 0, "descriptor %04x is %zu bytes",
                          value, bytes.size());
            }
    });
    bench::test("gives_packet_sizes_of_the_speed_that_is_asked_for", [] {
        Store store;
        for (int index : {0, 1}) {
            Bytes high = store.get(0x200 + index, true), full = store.get(0x200 + index, false);
            size_t at = index ? 70 : 22;
            check(high[at] == 0 && high[at + 1] == 2 && full[at] == 64 && full[at + 1] == 0,
                  "packet sizes");
            Bytes other_of_high = store.get(0x700 + index, true),
                  other_of_full = store.get(0x700 + index, false);
            other_of_high[1] = other_of_full[1] = 2;
            check(other_of_high == full && other_of_full == high,
                  "the other speed's configuration");
        }
    });
    bench::test("finds_microsoft_s_whatever_the_value", [] {
        Store store;
        store.dut.microsoft = 1;
        for (int value : {0, 7, 0x100, 0x200, 0xf00, 0xffff})
            check(store.get(value, true).size() == 162, "value %04x", value);
    });
    return bench::done();
}
