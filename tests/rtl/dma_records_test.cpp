// dma with its offload engine against the C model: random and hostile records, bit for bit on the wire.
// SPDX-License-Identifier: MIT
//
// RECORDS_SEED=n runs batch n alone, which is how a failure is repeated; RECORDS_BATCHES=n the first n.
#include "tests/rtl/dma_records_rig.h"

using namespace bench;

namespace
{

constexpr unsigned BATCHES = 2060, TRANSFERS = 14;
constexpr uint64_t RECORDS = 100000, BIG_RECORDS = 500, WIRE_BYTES = 300000000;

void stall(RecordsRig &rig)
{
    static const uint32_t steps[] = {0, 0, 500, 2000, 10000, 20000};
    if (rig.random.chance(0.7))
        return;
    for (uint32_t *stall : {&rig.out_stall, &rig.tx_stall, &rig.rx_stall, &rig.in_stall})
        *stall = steps[rig.random.below(6)];
}

void batch(uint64_t seed, Totals &totals)
{
    RecordsRig rig(seed, totals);
    bool toggles = rig.random.chance(0.1), resets = rig.random.chance(0.1);
    rig.receives = rig.random.chance(0.3);
    rig.batch_bytes = 2048 + 4 * rig.random.below(4000);
    rig.write(REG_BATCH_BYTES, rig.batch_bytes);
    rig.write(REG_BATCH_TIME, rig.random.below(20));
    rig.enable(true);
    stall(rig);
    for (unsigned i = 0; i < TRANSFERS && failure.empty(); i++) {
        if (toggles)
            rig.enable(rig.random.chance(0.6));
        rig.receive_some();
        Transfer transfer = make_transfer(rig.random);
        if (resets && rig.random.chance(0.3)) {
            size_t stop = rig.random.below((uint32_t)transfer.bytes.size() + 1);
            rig.send(transfer, stop);
            rig.reset();
            rig.finish();
            rig.enable(true);
        } else {
            rig.send(transfer);
        }
    }
    rig.drain();
    if (!failure.empty())
        printf("# repeat with: RECORDS_SEED=%llu build/rtl/dma_records_test\n",
               (unsigned long long)seed);
}

void batches()
{
    const char *only = getenv("RECORDS_SEED"), *some = getenv("RECORDS_BATCHES");
    uint64_t first = only ? strtoull(only, NULL, 10) : 1;
    uint64_t count = only ? 1 : some ? strtoull(some, NULL, 10) : BATCHES;
    Totals sum;
    for (uint64_t i = 0; i < count && failure.empty(); i++)
        batch(first + i, sum);
    printf("# %llu records, %llu over 16 KiB, %llu bad, %llu while disabled; %llu frames and %llu "
           "bytes on the "
           "wire; %llu frames received; %llu resets; %llu clocks\n",
           (unsigned long long)sum.records, (unsigned long long)sum.big,
           (unsigned long long)sum.bad, (unsigned long long)sum.disabled,
           (unsigned long long)sum.frames, (unsigned long long)sum.wire_bytes,
           (unsigned long long)sum.received, (unsigned long long)sum.resets,
           (unsigned long long)sum.clocks);
    if (!only && !some)
        check(sum.records >= RECORDS && sum.big >= BIG_RECORDS && sum.wire_bytes >= WIRE_BYTES,
              "fewer than %llu records, %llu of them big, or %llu bytes",
              (unsigned long long)RECORDS, (unsigned long long)BIG_RECORDS,
              (unsigned long long)WIRE_BYTES);
}

// Lengths that look too short without one bit, and lies that look right without one.
void edges()
{
    Totals sum;
    RecordsRig rig(1, sum);
    rig.enable(true);
    for (unsigned bit = 10; bit < 16; bit++) {
        Shape shape;
        shape.payload = (1u << bit) + rig.random.below(14) - 54;
        Transfer transfer;
        put_record(rig.random, transfer, make_request(rig.random, shape));
        rig.send(transfer);
    }
    for (unsigned bit = 7; bit < 24; bit++) {
        Transfer transfer;
        put_record(rig.random, transfer, make_request(rig.random, Shape()));
        uint32_t lie = 0x10000 | 1u << bit;
        for (size_t i = 0; i < 3; i++)
            transfer.bytes[i] = (uint8_t)(lie >> (8 * i));
        rig.send(transfer);
    }
    rig.drain();
    check(sum.bad > 15, "%llu bad records", (unsigned long long)sum.bad);
}

// A disabled board waits for no MAC, and tells its name.
void disabled()
{
    const uint32_t name[8] = {0x72616f62, 0x64}; // "board"
    Totals sum;
    RecordsRig rig(2, sum);
    rig.tx_stall = 0x10000;
    Transfer transfer;
    for (int i = 0; i < 5; i++)
        put_record(rig.random, transfer, make_request(rig.random, Shape()));
    rig.send(transfer);
    rig.drain();
    check(sum.disabled == 5, "%llu records swallowed", (unsigned long long)sum.disabled);
    for (uint32_t i = 0; i < 8; i++)
        check(rig.read(REG_BOARD + 4 * i) == name[i], "word %u of the name", i);
}

} // namespace

int main()
{
    test("swallows_records_while_disabled_though_the_mac_takes_nothing", disabled);
    test("judges_lengths_by_all_their_bits", edges);
    test("makes_of_100000_random_and_hostile_records_what_the_c_model_makes", batches);
    return done();
}
