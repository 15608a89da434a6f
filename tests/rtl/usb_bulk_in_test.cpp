// Tests of usb_bulk_in against the transfers that went in: random lengths, and a host that asks for packets again.
// SPDX-License-Identifier: MIT
#include <deque>

#include "Vusb_bulk_in.h"
#include "tests/rtl/clocked.h"

using bench::Bytes;
using bench::check;

struct Source {
    bench::Clocked<Vusb_bulk_in> sim{"usb_bulk_in"};
    Vusb_bulk_in &dut = sim.top;
    bench::Random random;
    double offer = 0.8; // how often the source has a byte
    std::deque<std::pair<uint8_t, bool>> coming;
    std::deque<Bytes> expected; // the packets that must go out
    size_t largest;

    Source(uint64_t seed, bool high_speed) : random(seed), largest(high_speed ? 512 : 64)
    {
        dut.rst = 1;
        dut.high_speed = high_speed;
        clock();
        dut.rst = 0;
    }
    void transfer(const Bytes &bytes)
    {
        for (size_t i = 0; i < bytes.size(); i++)
            coming.emplace_back(bytes[i], i + 1 == bytes.size());
        for (size_t at = 0; at <= bytes.size(); at += largest)
            expected.emplace_back(bytes.begin() + at,
                                  bytes.begin() + std::min(at + largest, bytes.size()));
    }
    void clock()
    {
        if (!dut.in_valid || taken)
            dut.in_valid = !coming.empty() && random.chance(offer);
        dut.in_data = dut.in_valid ? coming.front().first : 0;
        dut.in_last = dut.in_valid && coming.front().second;
        sim.settle();
        taken = dut.in_valid && dut.in_ready;
        if (taken)
            coming.pop_front();
        sim.edge();
        sim.settle();
    }
    Bytes packet()
    {
        Bytes bytes;
        dut.start = 1;
        clock();
        dut.start = 0;
        clock();
        for (; dut.payload_valid; clock()) {
            dut.payload_take = random.chance(0.9);
            if (dut.payload_take)
                bytes.push_back(dut.payload_data);
        }
        dut.payload_take = 0;
        return bytes;
    }
    void acknowledge()
    {
        dut.taken = 1;
        clock();
        dut.taken = 0;
        clock();
    }

  private:
    bool taken = true;
};

static void makes_packets_of_transfers(uint64_t seed, bool high_speed)
{
    Source source(seed, high_speed);
    for (int i = 0; i < 60; i++) {
        static const int multiples[] = {0, 1, 1, 2, 3};
        size_t length = multiples[source.random.below(5)] * source.largest +
                        (source.random.chance(0.4) ? 0 : source.random.below(80));
        source.transfer(bench::random_bytes(source.random, length ? length : 1));
    }
    for (int clocks = 0; !source.expected.empty() && clocks < 1000000; clocks++) {
        source.offer = clocks % 8192 < 4096 ? 0.2 : 1;
        source.clock();
        if (!source.dut.packet_ready || source.random.chance(0.98))
            continue;
        Bytes bytes = source.packet();
        check(bytes == source.expected.front(), "a packet of %zu bytes, not %zu", bytes.size(),
              source.expected.front().size());
        if (source.random.chance(0.3))
            continue; // lost: the host asks again
        source.acknowledge();
        source.expected.pop_front();
    }
    check(source.expected.empty(), "%zu packets did not come", source.expected.size());
    for (int i = 0; i < 10; i++)
        source.clock();
    check(source.dut.idle && !source.dut.packet_ready, "something is left over");
}

static void waits_for_a_whole_packet_or_the_end()
{
    Source source(1, true);
    source.offer = 1;
    for (int i = 0; i < 511; i++)
        source.coming.emplace_back((uint8_t)i, false);
    for (int i = 0; i < 600; i++)
        source.clock();
    check(!source.dut.packet_ready && !source.dut.idle,
          "a packet of 511 bytes whose transfer goes on");
    source.coming.emplace_back(7, false);
    source.clock();
    source.clock();
    check(source.dut.packet_ready, "no packet of 512 bytes");
}

static void takes_the_next_packet_while_one_is_on_its_way()
{
    Source source(1, true);
    source.offer = 1;
    for (int i = 0; i < 3000; i++)
        source.coming.emplace_back((uint8_t)i, false);
    for (int i = 0; i < 1024; i++)
        source.clock();
    check(source.coming.size() == 3000 - 1024, "%zu bytes left", source.coming.size());
    source.packet();
    source.acknowledge();
    for (int i = 0; i < 512; i++)
        source.clock();
    check(source.coming.size() == 3000 - 1024 - 512, "%zu bytes left", source.coming.size());
}

int main()
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        bench::test("makes_packets_of_transfers_at_high_speed",
                    [=] { makes_packets_of_transfers(seed, true); });
        bench::test("makes_packets_of_transfers_at_full_speed",
                    [=] { makes_packets_of_transfers(seed, false); });
    }
    bench::test("waits_for_a_whole_packet_or_the_end", waits_for_a_whole_packet_or_the_end);
    bench::test("takes_the_next_packet_while_one_is_on_its_way",
                takes_the_next_packet_while_one_is_on_its_way);
    return bench::done();
}
