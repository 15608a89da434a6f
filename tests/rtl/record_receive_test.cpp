// record_receive: every frame once, in order, in transfers that end where they must.
// SPDX-License-Identifier: MIT
#include "tests/rtl/record_receive_rig.h"

using namespace bench;

namespace
{

void batches(uint32_t batch, uint32_t longest, unsigned between, double rx_gap, double in_gap,
             unsigned us)
{
    Rig rig(batch + longest);
    rig.top.batch_bytes = batch;
    rig.top.batch_us = (uint16_t)us;
    rig.between = between;
    rig.rx_gap = rx_gap;
    rig.in_gap = in_gap;
    for (int i = 0; i < 150; i++)
        rig.put(random_bytes(rig.random, 14 + rig.random.below(longest - 13)));
    rig.drain();
    rig.compare();
    std::vector<size_t> sizes;
    for (auto &one : rig.transfers)
        sizes.push_back(one.bytes.size());
    if (rx_gap == 0)
        check(sizes == greedy(rig.sent, batch), "%zu transfers instead of %zu, or other sizes",
              sizes.size(), greedy(rig.sent, batch).size());
    for (auto &one : rig.transfers) {
        std::vector<Bytes> frames;
        std::vector<bool> marked;
        parse_received(one.bytes, frames, &marked);
        check(one.bytes.size() <= batch || frames.size() == 1, "%zu bytes in a transfer",
              one.bytes.size());
    }
}

void every_boundary()
{
    for (size_t second = 14; second < 80; second++) {
        Rig rig(second);
        rig.top.batch_bytes = 128;
        rig.put(random_bytes(rig.random, 50));
        rig.put(random_bytes(rig.random, second));
        rig.drain();
        rig.compare();
        size_t expected = 16 + 52 + 16 + (second + 3) / 4 * 4 <= 128 ? 1 : 2;
        check(rig.transfers.size() == expected, "a second frame of %zu bytes gave %zu transfers",
              second, rig.transfers.size());
    }
}

void too_long_alone()
{
    Rig rig(9);
    rig.top.batch_bytes = 2048;
    for (size_t length : {60u, 3000u, 60u, 60u, 65535u, 2032u, 2033u, 60u})
        rig.put(random_bytes(rig.random, length));
    rig.drain();
    rig.compare();
    check(rig.transfers.size() == 7, "%zu transfers", rig.transfers.size());
}

// Any batch and any frames.
void any_batch()
{
    for (unsigned i = 0; i < 12; i++) {
        Rig rig(400 + i);
        rig.top.batch_bytes = 2048 + rig.random.below(i % 3 ? 20000 : 0xFFFFF - 2048);
        for (int k = 0; k < 30; k++)
            rig.put(random_bytes(rig.random, 14 + rig.random.below(k % 4 ? 3000 : 65522)));
        rig.drain();
        rig.compare();
        std::vector<size_t> expected = greedy(rig.sent, rig.top.batch_bytes), sizes;
        for (auto &one : rig.transfers)
            sizes.push_back(one.bytes.size());
        check(sizes == expected, "batches of %u bytes: %zu transfers instead of %zu, or others",
              rig.top.batch_bytes, sizes.size(), expected.size());
    }
}

// A batch that some records fill to its last byte, or that lacks one.
void full_to_the_byte()
{
    for (uint32_t i = 0; i < 12; i++) {
        Rig rig(600 + i);
        uint32_t size = 0;
        for (uint32_t k = 0; k < 12; k++) {
            rig.put(random_bytes(rig.random, 14 + rig.random.below(i < 6 ? 2000 : 65522)));
            if (k < 6)
                size += (uint32_t)record_size(rig.sent.back());
        }
        rig.top.batch_bytes = size - i % 2;
        rig.drain();
        rig.compare();
        size_t first = rig.transfers.empty() ? 0 : rig.transfers[0].bytes.size();
        check(first == greedy(rig.sent, rig.top.batch_bytes)[0], "%zu of %u bytes in a transfer",
              first, size);
    }
}

// A transfer that the next frame does not fit ends at once, however long the batching time is.
void full_at_once()
{
    Rig rig(13);
    rig.top.batch_bytes = 2048;
    rig.top.batch_us = 1000;
    for (int i = 0; i < 9; i++)
        rig.put(random_bytes(rig.random, 1000));
    rig.run(9 * 1020);
    check(rig.transfers.size() == 4, "%zu transfers ended", rig.transfers.size());
    rig.drain();
    rig.compare();
}

// The next frame comes in any clock behind a record, and joins it if that is soon enough.
void joins_in_time()
{
    for (unsigned us = 0; us < 2; us++)
        for (unsigned between = 0; between < 80; between++) {
            Rig rig(500 + between);
            rig.top.batch_us = (uint16_t)us;
            rig.between = between;
            for (int i = 0; i < 3; i++)
                rig.put(random_bytes(rig.random, 20));
            rig.drain();
            rig.compare();
            size_t wanted = between <= 8 ? 1 : 3;
            check(us || rig.transfers.size() == wanted, "%zu transfers with %u clocks between",
                  rig.transfers.size(), between);
        }
}

void at_once()
{
    Rig rig(10);
    for (int i = 0; i < 20; i++) {
        rig.put(random_bytes(rig.random, 14 + rig.random.below(80)));
        size_t expected = record_size(rig.sent.back());
        uint64_t start = rig.clocks;
        rig.run(300);
        check(rig.transfers.size() == (size_t)i + 1, "the frame was not delivered at once");
        check(rig.transfers.back().last - start < expected + 20, "it took %llu clocks",
              (unsigned long long)(rig.transfers.back().last - start));
    }
    rig.compare();
}

void waits_for_company()
{
    Rig rig(11);
    rig.top.batch_us = 25;
    for (int i = 0; i < 10; i++) {
        uint64_t start = rig.clocks;
        rig.put(random_bytes(rig.random, 60));
        rig.run(20 * CLOCKS_US);
        check(rig.transfers.size() == (size_t)i, "a transfer ended before its time");
        rig.put(random_bytes(rig.random, 61));
        rig.run(20 * CLOCKS_US);
        check(rig.transfers.size() == (size_t)i + 1, "%zu transfers, %d expected",
              rig.transfers.size(), i + 1);
        uint64_t took = rig.transfers.back().last - start;
        check(took >= 25 * CLOCKS_US && took < 25 * CLOCKS_US + 8, "it ended after %llu clocks",
              (unsigned long long)took);
    }
    rig.compare();
}

// A microsecond is 60 clocks, for any number of them.
void times_any_batch()
{
    for (unsigned us : {33u, 0x1C3u, 0x5555u, 0xAAAAu}) {
        Rig rig(14);
        rig.top.batch_us = (uint16_t)us;
        rig.put(random_bytes(rig.random, 60));
        uint64_t start = rig.clocks;
        while (rig.transfers.empty() && rig.clocks - start < 5000000)
            rig.step();
        long late = (long)(rig.clocks - start) - (long)us * CLOCKS_US;
        check(late >= 0 && late < 5, "%u us end %ld clocks late", us, late);
    }
}

void keeps_the_pace()
{
    Rig rig(12);
    size_t total = 0;
    for (int i = 0; i < 100; i++) {
        rig.put(random_bytes(rig.random, 60));
        total += record_size(rig.sent.back());
    }
    uint64_t start = rig.clocks;
    rig.drain();
    rig.compare();
    check(rig.clocks - start < total + 100 * 3 + 20, "%zu bytes took %llu clocks", total,
          (unsigned long long)(rig.clocks - start));
}

// A flush forgets frames, but whatever the host gets of a transfer has an end, and the next transfer is whole; also if
// the host takes nothing while it lasts.
void flushed_anywhere(double gap)
{
    for (unsigned at = 0; at < 330; at++) {
        Rig rig(100 + at);
        rig.in_gap = 0.3;
        rig.top.batch_us = at % 2 ? 3 : 0;
        rig.put(random_bytes(rig.random, 21));
        rig.put(random_bytes(rig.random, 24));
        rig.run(at);
        rig.in_gap = gap;
        rig.top.flush = 1;
        rig.step();
        rig.waiting.clear(); // mac_rst
        rig.verified.clear();
        rig.rx_offered = false;
        rig.at = 0;
        rig.run(31);
        rig.top.flush = 0;
        rig.in_gap = 0.3;
        rig.drain();
        check(rig.transfer.bytes.empty(), "flushed after %u clocks: the transfer has no end", at);
        for (auto &one : rig.transfers)
            check(one.bytes.size() > 1, "flushed after %u clocks: a byte without a transfer", at);
        rig.transfers.clear();
        rig.sent.clear();
        rig.marks.clear();
        rig.put(random_bytes(rig.random, 33));
        rig.drain();
        rig.compare();
        check(rig.transfers.size() == 1, "flushed after %u clocks: %zu transfers follow", at,
              rig.transfers.size());
    }
}

} // namespace

int main()
{
    test("puts_each_frame_into_a_record", [] { batches(16384, 1518, 0, 0, 0, 0); });
    test("fills_transfers_with_small_frames", [] { batches(2048, 64, 0, 0, 0, 0); });
    test("fills_them_while_both_sides_stall", [] { batches(2048, 200, 7, 0, 0.4, 0); });
    test("loses_nothing_when_frames_come_slowly", [] { batches(4096, 300, 5, 0.5, 0.3, 2); });
    test("ends_a_transfer_before_the_record_that_would_not_fit", every_boundary);
    test("sends_a_frame_longer_than_a_batch_alone", too_long_alone);
    test("delivers_at_once_without_a_batching_time", at_once);
    test("fills_transfers_of_any_size", any_batch);
    test("fills_a_transfer_to_its_last_byte", full_to_the_byte);
    test("ends_a_full_transfer_at_once", full_at_once);
    test("takes_the_next_frame_in_whatever_clock_it_comes", joins_in_time);
    test("keeps_any_batching_time", times_any_batch);
    test("waits_the_batching_time_for_company_and_no_longer", waits_for_company);
    test("loses_few_clocks_between_records", keeps_the_pace);
    test("ends_a_transfer_that_is_flushed_at_any_moment", [] { flushed_anywhere(0.3); });
    test("ends_it_also_for_a_host_that_waits_until_the_flush_is_over", [] { flushed_anywhere(1); });
    return done();
}
