// Drives dma with transfers, frames and stalls on every stream, and asks the C model what must come of them.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_DMA_RECORDS_RIG_H
#define TESTS_RTL_DMA_RECORDS_RIG_H

#include <deque>

#include "Vdma_records.h"
#include "driver/registers.h"
#include "tests/rtl/dma_records_make.h"
#include "tests/rtl/dma_records_model.h"

namespace bench
{

struct Totals {
    uint64_t records = 0, big = 0, wire_bytes = 0, frames = 0, bad = 0, disabled = 0, received = 0;
    uint64_t resets = 0, clocks = 0;
};

struct RecordsRig : Clocked<Vdma_records> {
    struct Received {
        Bytes bytes;
        bool verified;
    };
    Random random;
    Judge judge;
    Totals &totals;
    uint32_t out_stall = 0, tx_stall = 0, rx_stall = 0, in_stall = 0; // of 65536
    bool receives = false;

    Transfer transfer;
    size_t at = 0, judged = 0; // its bytes that were taken, and that the model has seen
    bool sending = false;
    Bytes frame, in_transfer; // under way
    std::vector<Bytes> got;   // frames for the wire that were not compared yet
    unsigned since_end = 100; // clocks since the last one ended
    bool patched = false;
    std::deque<Received> rx, rx_expected;
    size_t rx_at = 0;
    uint32_t batch_bytes = 16384, verified = 0;
    unsigned quiet = 0; // clocks in which nothing moved

    RecordsRig(uint64_t seed, Totals &sums) : Clocked("dma_records"), random(seed), totals(sums)
    {
        top.configured = 1;
        top.rst = 1;
        step();
        top.rst = 0;
        for (int i = 0; i < 40; i++)
            step();
    }

    // ---- one clock
    void offer(uint64_t chances)
    {
        if (!top.out_valid && sending && (chances & 0xFFFF) >= out_stall) {
            top.out_valid = 1;
            top.out_end = at == transfer.bytes.size();
            top.out_data = top.out_end ? 0xAA : transfer.bytes[at];
        }
        top.tx_ready = since_end > (patched ? 4u : 2u) && (chances >> 16 & 0xFFFF) >= tx_stall;
        top.in_ready = (chances >> 32 & 0xFFFF) >= in_stall;
        if (!rx.empty() && !top.rx_valid && (chances >> 48) >= rx_stall) {
            const Received &front = rx.front();
            top.rx_valid = 1;
            top.rx_length = (uint16_t)front.bytes.size();
            top.rx_verified = front.verified;
            top.rx_data = front.bytes[rx_at];
            top.rx_last = rx_at + 1 == front.bytes.size();
        }
    }

    // What cross_frame_fifo does: the patch comes in two clocks behind the last byte.
    void take_tx()
    {
        if (patched && (since_end == 2 || since_end == 3)) {
            size_t place = top.tx_patch_at + (since_end == 3 ? 1u : 0u);
            if (check(place < got.back().size(), "a patch at %zu", place))
                got.back()[place] = (uint8_t)(top.tx_patch_data >> (since_end == 3 ? 0 : 8));
        }
        since_end += since_end < 100;
        if (!top.tx_valid || !top.tx_ready)
            return;
        quiet = 0;
        frame.push_back(top.tx_data);
        check(frame.size() <= LONGEST_FRAME, "a frame grew to %zu bytes", frame.size());
        if (!top.tx_last)
            return;
        since_end = 1;
        patched = top.tx_patch && !top.tx_drop;
        if (!top.tx_drop)
            got.push_back(frame);
        frame.clear();
    }

    void take_in()
    {
        if (!top.in_valid || !top.in_ready)
            return;
        quiet = 0;
        in_transfer.push_back(top.in_data);
        if (!top.in_last)
            return;
        compare_received();
        in_transfer.clear();
    }

    void step()
    {
        offer(random.next());
        settle();
        take_tx();
        take_in();
        bool out_taken = top.out_valid && top.out_ready, rx_taken = top.rx_valid && top.rx_ready;
        bool ended = out_taken && top.out_end, gone = top.mac_rst;
        check(!top.idle || !(top.out_valid || top.rx_valid || top.in_valid || top.mac_rst),
              "idle though there is work");
        verified += rx_taken && top.rx_last && top.rx_verified;
        edge();
        check(++quiet < 100000, "nothing has moved for 100,000 clocks");
        if (out_taken) {
            top.out_valid = 0;
            at += !ended;
            quiet = 0;
        }
        if (rx_taken) {
            top.rx_valid = 0;
            if (++rx_at == rx.front().bytes.size()) {
                rx.pop_front();
                rx_at = 0;
            }
        }
        if (gone) // what the MAC does
            forget();
        if (ended)
            end();
        top.reg_read = top.reg_write = 0;
    }

    void forget()
    {
        frame.clear();
        rx.clear();
        rx_expected.clear();
        rx_at = 0;
        top.rx_valid = 0;
        since_end = 100;
    }

    // ---- judging
    void report(size_t record)
    {
        printf("# the record (or what came of it), in hex:\n# ");
        for (uint8_t byte : record < judge.records.size() ? judge.records[record] : Bytes())
            printf("%02x", byte);
        printf("\n");
    }

    void feed()
    {
        for (size_t i = 0; judged < at; i++) {
            size_t next = i < transfer.starts.size() ? transfer.starts[i] : at;
            if (next <= judged)
                continue;
            size_t part = std::min(next, at) - judged;
            if (judge.take(&transfer.bytes[judged], part)) {
                totals.records += part > RECORD_HEADER_BYTES;
                totals.big += part > BIG;
            }
            judged += part;
        }
    }

    // Frames that are whole, patch and all, against the model's, which has seen all that led to them.
    void compare(size_t whole)
    {
        check(whole <= judge.frames.size(), "%zu frames, %zu expected", whole, judge.frames.size());
        for (size_t i = 0; i < whole && failure.empty(); i++) {
            const Judge::Frame &right = judge.frames[i];
            totals.wire_bytes += right.bytes.size();
            totals.frames++;
            if (got[i] == right.bytes)
                continue;
            size_t byte = 0;
            while (byte < got[i].size() && byte < right.bytes.size() &&
                   got[i][byte] == right.bytes[byte])
                byte++;
            check(false, "a frame of %zu bytes, %zu expected, differs at byte %zu", got[i].size(),
                  right.bytes.size(), byte);
            report(right.record);
        }
        if (!failure.empty())
            return;
        got.erase(got.begin(), got.begin() + (long)whole);
        judge.frames.erase(judge.frames.begin(), judge.frames.begin() + (long)whole);
    }

    bool patch_due() const
    {
        return patched && since_end <= 3;
    }

    void end()
    {
        sending = false;
        feed();
        judge.end();
        compare(got.size() - (patch_due() ? 1 : 0));
        check(judge.frames.size() == got.size(), "%zu frames are missing behind a transfer",
              judge.frames.size() - got.size());
    }

    void compare_received()
    {
        std::vector<Bytes> frames;
        std::vector<bool> marks;
        check(parse_received(in_transfer, frames, &marks), "a bad transfer of %zu bytes",
              in_transfer.size());
        check(in_transfer.size() <= batch_bytes || frames.size() == 1, "a transfer of %zu bytes",
              in_transfer.size());
        for (size_t i = 0; i < frames.size() && failure.empty(); i++) {
            if (!check(!rx_expected.empty(), "a received frame too many"))
                return;
            check(frames[i] == rx_expected.front().bytes, "a received frame of %zu bytes differs",
                  frames[i].size());
            check(marks[i] == rx_expected.front().verified, "a received frame's mark is wrong");
            rx_expected.pop_front();
            totals.received++;
        }
    }

    // ---- what a batch is made of
    void write(uint32_t address, uint32_t value)
    {
        top.reg_address = (uint16_t)address;
        top.reg_write_data = value;
        top.reg_write = 1;
        step();
    }

    uint32_t read(uint32_t address)
    {
        top.reg_address = (uint16_t)address;
        top.reg_read = 1;
        step();
        return top.reg_read_data;
    }

    void enable(bool on)
    {
        write(REG_CONTROL, on ? REG_CONTROL_ENABLE : 0);
        judge.enable(on);
    }

    void receive_some()
    {
        for (unsigned n = receives ? random.below(4) : 0; n > 0; n--) {
            Received next = {random_bytes(random, 14 + random.below(1505)), random.chance(0.5)};
            rx.push_back(next);
            rx_expected.push_back(next);
        }
    }

    void send(Transfer next, size_t stop = SIZE_MAX)
    {
        transfer = std::move(next);
        at = judged = 0;
        sending = true;
        while (sending && at < stop && failure.empty())
            step();
    }

    // The rest of a transfer that reset() came into.
    void finish()
    {
        while (sending && failure.empty())
            step();
    }

    void reset()
    {
        write(REG_CONTROL, REG_CONTROL_RESET);
        feed();
        judge.reset();
        compare(got.size() - (patch_due() ? 1 : 0));
        check(judge.frames.size() <= got.size(), "%zu frames are missing in front of a reset",
              judge.frames.size() - got.size());
        patched = false;
        got.clear();
        judge.frames.clear();
        in_stall = 0;
        bool receiving = receives;
        receives = false;
        verified = 0;
        while (!top.mac_rst && failure.empty())
            discard();
        unsigned held = 0;
        for (int i = 0; i < 60; i++) {
            held += top.mac_rst;
            discard();
        }
        check(held == 31, "the MAC is in reset for %u clocks", held);
        check(in_transfer.empty(), "%zu bytes to the host have no end", in_transfer.size());
        receives = receiving;
        write(REG_BATCH_BYTES, batch_bytes);
        totals.resets++;
    }

    // A clock in which a transfer to the host may end in the middle of a record.
    void discard()
    {
        top.in_ready = 1;
        in_transfer.clear();
        bool whole = failure.empty();
        step();
        if (whole && !failure.empty() && failure.find("a bad transfer") == 0)
            failure.clear();
        in_transfer.clear();
    }

    void drain()
    {
        for (int i = 0; i < 300000 && failure.empty(); i++) {
            step();
            if (rx.empty() && rx_expected.empty() && top.idle && !patch_due())
                break;
        }
        for (int i = 0; i < 6; i++)
            step();
        compare(got.size());
        check(rx_expected.empty(), "%zu received frames are lost", rx_expected.size());
        uint32_t bad = read(REG_TX_BAD_RECORDS), off = read(REG_TX_DISABLED);
        if (!check(bad == judge.bad_records && off == judge.disabled,
                   "%u bad records and %u disabled counted, %u and %u expected", bad, off,
                   judge.bad_records, judge.disabled))
            report(judge.records.size() - 1);
        uint32_t segments = read(REG_TX_SEGMENTS), segmented = read(REG_TX_SEGMENTED_RECORDS);
        check(segments == judge.segments && segmented == judge.segmented,
              "%u segments of %u records counted, %u of %u expected", segments, segmented,
              judge.segments, judge.segmented);
        check(read(REG_RX_VERIFIED) == verified, "%u verified frames", verified);
        totals.bad += bad;
        totals.disabled += off;
        totals.clocks += clocks;
    }
};

} // namespace bench
#endif
