// What the C model of the board makes of the bytes of OUT transfers: the judge of dma_records_test.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_DMA_RECORDS_MODEL_H
#define TESTS_RTL_DMA_RECORDS_MODEL_H

#include <memory>

#include "tests/rtl/clocked.h"

extern "C" {
#include "sim/model/model_internal.h"
}

namespace bench
{

struct Judge {
    struct Frame {
        Bytes bytes;
        size_t record;
    };
    std::unique_ptr<struct model> model;
    std::vector<Frame> frames; // for the wire
    std::vector<Bytes> records;
    uint32_t bad_records = 0, disabled = 0, segments = 0, segmented = 0;

    static Judge *&now()
    {
        static Judge *judge;
        return judge;
    }

    Judge() : model(new struct model())
    {
        model->features = MODEL_FEATURES;
        model->limit = RECORD_MAX_FRAME;
        now() = this;
    }
    Judge(const Judge &) = delete;

    void enable(bool on)
    {
        model->registers.control = on ? REG_CONTROL_ENABLE : 0;
    }

    // The next bytes of a transfer, of one record at most. Returns whether they were looked at.
    bool take(const uint8_t *bytes, size_t length)
    {
        bool skipped = model->sender.state == sender::SEND_SKIP;
        if (!skipped)
            records.push_back(Bytes(bytes, bytes + length));
        sender_take(model.get(), bytes, length);
        return !skipped;
    }

    void end()
    {
        sender_end(model.get());
    }

    // CONTROL.RESET in the middle of a transfer, or behind one.
    void reset()
    {
        sender_cut_off(model.get()); // it has left; the MAC, which is not here, forgets it
        sender_flush(model.get(), true);
        enable(false);
        bad_records = disabled = segments = segmented = 0;
    }
};

} // namespace bench

// The parts of the model that are not needed here, in the place of sim/wire and sim/model/{receive,registers}.c.
extern "C" void receiver_poll(struct model *)
{
}
extern "C" void receiver_loop(struct model *, const uint8_t *, size_t)
{
}
extern "C" void wire_frame_from_board(struct wire *, uint64_t, const uint8_t *bytes, size_t length)
{
    bench::Judge &judge = *bench::Judge::now();
    judge.frames.push_back({bench::Bytes(bytes, bytes + length), judge.records.size() - 1});
}
extern "C" void model_count(struct model *, uint32_t address, uint32_t by)
{
    bench::Judge &judge = *bench::Judge::now();
    if (address == REG_TX_BAD_RECORDS)
        judge.bad_records += by;
    if (address == REG_TX_DISABLED)
        judge.disabled += by;
    if (address == REG_TX_SEGMENTS)
        judge.segments += by;
    if (address == REG_TX_SEGMENTED_RECORDS)
        judge.segmented += by;
}
#endif
