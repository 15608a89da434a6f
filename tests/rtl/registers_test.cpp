// registers: each one reads and writes as driver/registers.map says.
// SPDX-License-Identifier: MIT
#include <cstring>
#include <map>

#include "Vregisters.h"
#include "driver/registers.h"
#include "tests/rtl/clocked.h"

using namespace bench;

namespace
{

struct Rig : Clocked<Vregisters> {
    unsigned resets = 0, starts = 0;

    Rig() : Clocked("registers")
    {
        top.configured = 1;
        top.rst = 1;
        step();
        top.rst = 0;
        resets = 0;
    }

    void step()
    {
        settle();
        resets += top.reset;
        starts += top.mdio_start;
        edge();
        top.reg_read = top.reg_write = 0;
    }

    uint32_t read(uint32_t address)
    {
        top.reg_address = (uint16_t)address;
        top.reg_read = 1;
        step();
        uint32_t value = top.reg_read_data;
        return value;
    }

    void write(uint32_t address, uint32_t value)
    {
        top.reg_address = (uint16_t)address;
        top.reg_write_data = value;
        top.reg_write = 1;
        step();
    }

    void reads(uint32_t address, uint32_t expected)
    {
        uint32_t value = read(address);
        check(value == expected, "register 0x%03x reads 0x%08x, expected 0x%08x", address, value,
              expected);
    }
};

// What every address reads after power-on; all others read 0.
std::map<uint32_t, uint32_t> defaults()
{
    return {{0x000, 0x31524546}, {0x004, 0x00000002}, {0x008, 0x2a},  {0x00c, 1518},
            {0x018, 0x00454602}, {0x01c, 0x0100},     {0x024, 16384}, {0x034, 60000000},
            {0x040, 0x72616f62}, {0x044, 0x64}};
}

void reads_defaults(Rig &rig)
{
    auto expected = defaults();
    for (uint32_t address = 0; address < 0x10000; address += 4)
        rig.reads(address, expected.count(address) ? expected[address] : 0);
}

void refuses_other_writes()
{
    Rig rig;
    for (uint32_t address = 0; address < 0x400; address += 4)
        if (address != REG_CONTROL && address != REG_MAC_LOW && address != REG_MAC_HIGH &&
            address != REG_BATCH_TIME && address != REG_BATCH_BYTES && address != REG_MDIO &&
            address != REG_HASH_LOW && address != REG_HASH_HIGH)
            rig.write(address, 0xFFFFFFFF);
    reads_defaults(rig);
    check(rig.starts == 0 && rig.resets == 0, "a write elsewhere had an effect");
}

void control()
{
    Rig rig;
    for (uint32_t bits = 0; bits < 16; bits++) {
        rig.write(REG_CONTROL, bits | 0x7FFFFFF0); // what has no name stays 0
        rig.reads(REG_CONTROL, bits);
        check(rig.top.enable == (bits & 1) && rig.top.promiscuous == (bits >> 1 & 1) &&
                  rig.top.all_multicast == (bits >> 2 & 1) && rig.top.loopback == bits >> 3,
              "the wires do not follow CONTROL = %u", bits);
    }
    rig.top.configured = 0;
    rig.step();
    rig.top.configured = 1;
    rig.reads(REG_CONTROL, 0);
}

// As a network adapter the host's filter rules CONTROL, and the MAC address is its own again.
void network()
{
    Rig rig;
    rig.write(REG_CONTROL, 8);
    rig.write(REG_MAC_LOW, 0x12345678);
    rig.write(REG_MAC_HIGH, 0x1234);
    rig.top.configured = 0;
    rig.step();
    rig.reads(REG_MAC_LOW, 0x12345678);
    rig.top.network = 1;
    rig.step();
    rig.reads(REG_CONTROL, 0);
    rig.reads(REG_MAC_LOW, 0x00454602);
    rig.reads(REG_MAC_HIGH, 0x0100);
    rig.top.configured = 1;
    for (uint32_t filter = 0; filter < 4; filter++) {
        rig.top.filter = (uint8_t)filter;
        rig.step();
        rig.reads(REG_CONTROL, filter << 1 | 1);
        check(rig.top.enable && rig.top.promiscuous == (filter & 1) &&
                  rig.top.all_multicast == filter >> 1 && !rig.top.loopback,
              "the wires do not follow filter %u", filter);
    }
}

// What a driver has set is of no use to the next one, nor to a network adapter, which has no such filter.
void multicast_hash()
{
    Rig rig;
    for (int ends = 0; ends < 3; ends++) {
        rig.write(REG_HASH_LOW, 0x89ABCDEF);
        rig.write(REG_HASH_HIGH, 0x01234567);
        rig.reads(REG_HASH_LOW, 0x89ABCDEF);
        rig.reads(REG_HASH_HIGH, 0x01234567);
        check(rig.top.multicast_hash == 0x0123456789ABCDEF, "the wires do not follow the hash");
        if (ends == 0)
            rig.write(REG_CONTROL, REG_CONTROL_RESET);
        else if (ends == 1)
            rig.top.network = 1;
        else
            rig.top.configured = 0;
        rig.step();
        rig.reads(REG_HASH_LOW, 0);
        rig.reads(REG_HASH_HIGH, 0);
        rig.top.network = 0, rig.top.configured = 1;
        rig.step();
    }
}

void reset_restores()
{
    Rig rig;
    rig.write(REG_CONTROL, 15);
    rig.write(REG_MAC_LOW, 0x12345678);
    rig.write(REG_MAC_HIGH, 0x12345678);
    rig.write(REG_BATCH_TIME, 100);
    rig.write(REG_BATCH_BYTES, 4096);
    rig.write(REG_MDIO, 0x7FFFFFF);
    rig.write(REG_HASH_LOW, 0x89ABCDEF);
    rig.write(REG_HASH_HIGH, 0x01234567);
    check(rig.resets == 0, "a reset without being asked");
    rig.write(REG_CONTROL, 0x80000007);
    check(rig.resets == 1, "no pulse of reset");
    check(!rig.top.mdio_write && !rig.top.mdio_phy && !rig.top.mdio_register &&
              !rig.top.mdio_write_data,
          "the wires of MDIO are not reset");
    rig.top.rst = 1;
    rig.write(REG_MDIO, 0x7FFFFFF);
    check(!rig.top.mdio_start, "an access starts in a reset");
    rig.top.rst = 0;
    reads_defaults(rig);
}

void mac_address()
{
    Rig rig;
    rig.write(REG_MAC_LOW, 0x44332211);
    rig.write(REG_MAC_HIGH, 0xFFFF6655);
    check(rig.top.mac_address == 0x112233445566, "the address is %012llx",
          (unsigned long long)rig.top.mac_address);
    rig.reads(REG_MAC_LOW, 0x44332211);
    rig.reads(REG_MAC_HIGH, 0x6655);
    Random random(1);
    for (int i = 0; i < 100; i++) {
        uint32_t low = (uint32_t)random.next(), high = (uint32_t)random.next();
        rig.write(REG_MAC_LOW, low);
        rig.write(REG_MAC_HIGH, high);
        for (uint32_t k = random.below(4); k > 0; k--)
            rig.step();
        rig.reads(REG_MAC_LOW, low);
        rig.reads(REG_MAC_HIGH, high & 0xFFFF);
    }
}

// Without reg_write an address and data mean nothing.
void needs_a_write()
{
    Rig rig;
    for (uint32_t address = 0; address < 0x200; address += 4) {
        rig.top.reg_address = (uint16_t)address;
        rig.top.reg_write_data = 0x87654321;
        rig.step();
    }
    check(rig.starts == 0 && rig.resets == 0, "an address alone had an effect");
    reads_defaults(rig);
}

void batching()
{
    Rig rig;
    const uint32_t bytes[][2] = {{0, 2048},          {1, 2048},           {2047, 2048},
                                 {2048, 2048},       {2049, 2049},        {65536, 65536},
                                 {0xFFFFF, 0xFFFFF}, {0x100000, 0xFFFFC}, {0xFFFFFFFF, 0xFFFFC}};
    for (auto &pair : bytes) {
        rig.write(REG_BATCH_BYTES, pair[0]);
        rig.reads(REG_BATCH_BYTES, pair[1]);
        check(rig.top.batch_bytes == pair[1], "the wires do not follow BATCH_BYTES");
    }
    for (uint32_t us : {0u, 1u, 65535u, 65536u, 0xFFFFFFFFu}) {
        rig.write(REG_BATCH_TIME, us);
        rig.reads(REG_BATCH_TIME, us > 65535 ? 65535 : us);
    }
    for (uint32_t bit = 1; bit; bit <<= 1) {
        rig.write(REG_BATCH_TIME, bit);
        rig.reads(REG_BATCH_TIME, bit > 65535 ? 65535 : bit);
        check(rig.top.batch_us == (bit > 65535 ? 65535 : bit),
              "the wires do not follow BATCH_TIME");
        rig.write(REG_BATCH_BYTES, bit);
        rig.reads(REG_BATCH_BYTES, bit < 2048 ? 2048 : bit > 0xFFFFF ? 0xFFFFC : bit);
    }
    Random random(2);
    for (int i = 0; i < 100; i++) {
        uint32_t bytes = 2048 + random.below(0xFFFFF - 2048), us = random.below(65536);
        rig.write(REG_BATCH_BYTES, bytes);
        rig.write(REG_BATCH_TIME, us);
        rig.reads(REG_BATCH_BYTES, bytes);
        rig.reads(REG_BATCH_TIME, us);
    }
}

void status()
{
    Rig rig;
    for (uint32_t bits = 0; bits < 16; bits++) {
        rig.top.link = bits & 1;
        rig.top.speed = bits >> 1 & 3;
        rig.top.full_duplex = bits >> 3;
        rig.reads(REG_STATUS, bits);
        check(rig.top.status == bits, "the interrupt endpoint would say %x", rig.top.status);
    }
}

void mdio()
{
    Rig rig;
    rig.top.mdio_read_data = 0xBEEF;
    rig.write(REG_MDIO, 3u << 21 | 1u << 16);
    check(rig.top.mdio_start && !rig.top.mdio_write && rig.top.mdio_phy == 3 &&
              rig.top.mdio_register == 1,
          "no read was started");
    rig.top.mdio_busy = 1;
    check(rig.read(REG_MDIO) >> 31, "not BUSY at once");
    check(!rig.top.mdio_start, "started for longer than a clock");
    rig.write(REG_MDIO, 0x07FFFFFF); // busy: must not disturb
    check(rig.read(REG_MDIO) >> 31 && rig.top.mdio_phy == 3,
          "a write while BUSY disturbed the access");
    rig.top.mdio_busy = 0;
    rig.reads(REG_MDIO, 3u << 21 | 1u << 16 | 0xBEEF);
    rig.write(REG_MDIO, REG_MDIO_WRITE | 31u << 21 | 30u << 16 | 0x1234);
    check(rig.top.mdio_start && rig.top.mdio_write && rig.top.mdio_write_data == 0x1234,
          "no write was started");
    rig.step();
    rig.reads(REG_MDIO, REG_MDIO_WRITE | 31u << 21 | 30u << 16 | 0x1234);
    check(rig.starts == 2, "%u accesses were started", rig.starts);
}

void mdio_random()
{
    Rig rig;
    Random random(3);
    for (int i = 0; i < 200; i++) {
        uint32_t access = (uint32_t)random.next(), result = random.below(65536);
        bool write = access & REG_MDIO_WRITE;
        uint32_t shown = (access & 0x07FF0000) | (write ? access & 0xFFFF : result);
        rig.top.mdio_read_data = (uint16_t)result;
        rig.write(REG_MDIO, access);
        check(rig.top.mdio_write == write && rig.top.mdio_phy == (access >> 21 & 31) &&
                  rig.top.mdio_register == (access >> 16 & 31) &&
                  rig.top.mdio_write_data == (access & 0xFFFF),
              "the wires do not follow MDIO = %08x", access);
        rig.reads(REG_MDIO, shown | REG_MDIO_BUSY);
        rig.top.mdio_busy = 1;
        rig.step();
        rig.reads(REG_MDIO, shown | REG_MDIO_BUSY);
        rig.top.mdio_busy = 0;
        rig.reads(REG_MDIO, shown);
    }
}

void counters_answer()
{
    Rig rig;
    Random random(4);
    for (uint32_t address = 0; address < 0x10000; address += 4) {
        rig.top.counter_value = (uint32_t)random.next() | 0x80000000; // no register reads as that
        rig.top.reg_address = (uint16_t)address;
        rig.top.reg_read = 1;
        rig.settle();
        bool window = address >= 0x100 && address < 0x180;
        check(rig.top.counter_read == window, "address 0x%03x: wrong about the counters", address);
        rig.step();
        check((rig.top.reg_read_data == rig.top.counter_value) == window,
              "address 0x%03x reads 0x%x", address, rig.top.reg_read_data);
    }
}

} // namespace

int main()
{
    test("reads_as_the_map_says_after_power_on_and_0_elsewhere", [] {
        Rig rig;
        reads_defaults(rig);
    });
    test("ignores_writes_to_what_is_read_only", refuses_other_writes);
    test("control_switches_and_is_cleared_by_a_new_configuration", control);
    test("follows_the_host_s_filter_as_a_network_adapter", network);
    test("holds_the_groups_buckets_until_a_reset_or_another_configuration", multicast_hash);
    test("reset_restores_every_register", reset_restores);
    test("takes_the_mac_address_in_wire_order", mac_address);
    test("does_nothing_at_an_address_without_a_write", needs_a_write);
    test("bounds_the_batching_registers", batching);
    test("shows_the_link", status);
    test("carries_one_mdio_access_at_a_time", mdio);
    test("carries_any_mdio_access", mdio_random);
    test("hands_the_window_of_counters_on", counters_answer);
    return done();
}
