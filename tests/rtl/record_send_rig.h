// Gives transfers to record_send as USB does, takes its frames, and compares them with a model that parses whole transfers.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_RECORD_SEND_RIG_H
#define TESTS_RTL_RECORD_SEND_RIG_H

#include "Vrecord_send.h"
#include "tests/rtl/records.h"

namespace bench
{

struct Rig : Clocked<Vrecord_send> {
    Random random;
    double out_gap = 0, tx_gap = 0;
    Bytes frame; // the one that comes out
    unsigned dropped = 0;
    Sent got, expected;
    bool offered = false; // a byte was offered and not taken in the last clock
    uint32_t offer = 0;

    explicit Rig(uint64_t seed) : Clocked("record_send"), random(seed)
    {
        top.enable = 1;
        top.rst = 1;
        step();
        top.rst = 0;
    }

    uint32_t tx_now() const
    {
        return (uint32_t)(top.tx_data | top.tx_last << 8 | top.tx_drop << 9);
    }

    void take_tx()
    {
        check(!offered || (top.tx_valid && tx_now() == offer),
              "an offered byte changed before it was taken");
        offered = top.tx_valid && !top.tx_ready;
        offer = tx_now();
        if (!top.tx_valid || !top.tx_ready || top.swallow)
            return;
        frame.push_back(top.tx_data);
        check(!top.tx_drop || top.tx_last, "tx_drop without tx_last");
        check(frame.size() <= 1518, "a frame grew to %zu bytes", frame.size());
        if (!top.tx_last)
            return;
        if (top.tx_drop)
            dropped++;
        else
            got.frames.push_back(frame);
        frame.clear();
    }

    bool step()
    {
        top.tx_ready = !random.chance(tx_gap);
        settle();
        top.tx_ready = top.tx_ready || top.swallow;
        settle();
        take_tx();
        bool taken = top.out_valid && top.out_ready;
        edge();
        got.bad_records += top.bad_record;
        got.disabled += top.disabled;
        return taken;
    }

    void item(uint8_t data, bool end)
    {
        top.out_valid = 0;
        while (random.chance(out_gap))
            step();
        top.out_valid = 1;
        top.out_data = data;
        top.out_end = end;
        for (int waited = 0; !step() && failure.empty(); waited++)
            check(waited < 1000, "a byte is not taken");
        top.out_valid = 0;
        top.out_data = (uint8_t)random.next(); // which means nothing
        top.out_end = random.chance(0.5);
    }

    void send(const Bytes &transfer)
    {
        expect_sent(expected, transfer, top.enable);
        for (uint8_t byte : transfer)
            item(byte, false);
        item((uint8_t)random.next(), true);
    }

    void compare()
    {
        step();
        step();
        check(frame.empty(), "%zu bytes of a frame have no end", frame.size());
        check(got.frames == expected.frames,
              "%zu frames came out, %zu expected, or their bytes differ", got.frames.size(),
              expected.frames.size());
        check(got.bad_records == expected.bad_records, "%u bad records counted, %u expected",
              got.bad_records, expected.bad_records);
        check(got.disabled == expected.disabled, "%u disabled frames counted, %u expected",
              got.disabled, expected.disabled);
    }

    Bytes transfer_of(unsigned records, uint32_t longest)
    {
        Bytes transfer;
        for (unsigned i = 0; i < records; i++)
            append_record(transfer, random_bytes(random, 14 + random.below(longest - 13)));
        return transfer;
    }
};

} // namespace bench

#endif
