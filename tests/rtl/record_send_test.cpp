// record_send against a model that parses whole transfers.
// SPDX-License-Identifier: MIT
#include "tests/rtl/record_send_rig.h"

using namespace bench;

namespace
{

void passes_frames(double out_gap, double tx_gap)
{
    Rig rig(1);
    rig.out_gap = out_gap;
    rig.tx_gap = tx_gap;
    for (int i = 0; i < 60; i++)
        rig.send(rig.transfer_of(1 + rig.random.below(12), i % 3 ? 80 : 1518));
    rig.send({});
    rig.compare();
    check(rig.got.bad_records == 0 && rig.got.frames.size() > 100,
          "the test's own transfers are bad");
}

void refuses(const std::vector<std::pair<uint32_t, uint8_t>> &heads)
{
    Rig rig(2);
    for (auto head : heads) {
        Bytes transfer;
        append_record(transfer, random_bytes(rig.random, 60));
        append_record(transfer, random_bytes(rig.random, 60), head.first, head.second);
        append_record(transfer, random_bytes(rig.random, 60));
        rig.send(transfer);
        rig.send(rig.transfer_of(1, 60));
    }
    rig.compare();
    check(rig.got.bad_records == heads.size(), "%u of %zu records were refused",
          rig.got.bad_records, heads.size());
}

void keeps_the_limits()
{
    Rig rig(8);
    for (uint32_t length : {14u, 13u, 1518u, 1519u, 1520u, 1u, 4000u, 15u}) {
        Bytes transfer;
        append_record(transfer, random_bytes(rig.random, length));
        rig.send(transfer);
    }
    rig.compare();
    check(rig.got.frames.size() == 3, "%zu frames passed", rig.got.frames.size());
}

void ends_anywhere(bool enable)
{
    Rig rig(3);
    rig.top.enable = enable;
    rig.tx_gap = 0.2;
    for (uint32_t length = 14; length <= 18; length++) {
        Bytes transfer;
        append_record(transfer, random_bytes(rig.random, length));
        append_record(transfer, random_bytes(rig.random, 31));
        for (size_t cut = 0; cut <= transfer.size(); cut++)
            rig.send(Bytes(transfer.begin(), transfer.begin() + (long)cut));
    }
    rig.compare();
    check(enable ? rig.dropped > 100 : rig.dropped == 0, "%u frames were dropped halfway",
          rig.dropped);
}

void vnet_fields(bool refused)
{
    Rig rig(4);
    rig.out_gap = refused ? 0 : 0.2;
    for (int i = 0; i < 200; i++) {
        Vnet vnet;
        for (auto &byte : vnet)
            byte = (uint8_t)rig.random.next();
        if (refused && i % 2)
            vnet[0] |= 1;
        else
            vnet[0] &= 0xFE;
        vnet[1] = refused && i % 2 == 0 ? (uint8_t)(1 << rig.random.below(8)) : 0;
        Bytes transfer, frame = random_bytes(rig.random, 20);
        append_record(transfer, frame, 20, 0xFE, vnet);
        rig.send(transfer);
        check(rig.top.needs_csum == (vnet[0] & 1) || (refused && i % 2 == 0),
              "NEEDS_CSUM is handed on wrongly");
        if (refused)
            continue;
        check(rig.top.gso_size == vnet[4] + 256 * vnet[5] &&
                  rig.top.csum_start == vnet[6] + 256 * vnet[7] &&
                  rig.top.csum_offset == vnet[8] + 256 * vnet[9] && !rig.top.needs_csum &&
                  !rig.top.gso_type,
              "what a record asks for is handed on wrongly");
    }
    rig.compare();
    check(rig.got.frames.size() == (refused ? 0 : 200), "%zu frames passed", rig.got.frames.size());
}

void hostile_bytes()
{
    Rig rig(5);
    rig.out_gap = rig.tx_gap = 0.1;
    for (int i = 0; i < 3000; i++) {
        Bytes transfer = rig.transfer_of(rig.random.below(6), 40);
        for (unsigned k = rig.random.below(3); k > 0 && !transfer.empty(); k--)
            transfer[rig.random.below((uint32_t)transfer.size())] ^=
                (uint8_t)(1 << rig.random.below(8));
        if (rig.random.chance(0.3))
            transfer.resize(rig.random.below((uint32_t)transfer.size() + 1));
        rig.top.enable = rig.random.chance(0.8);
        rig.send(transfer);
    }
    rig.compare();
    check(rig.got.frames.size() > 1000 && rig.got.bad_records > 500 && rig.got.disabled > 100,
          "%zu frames, %u bad, %u disabled: too few to mean anything", rig.got.frames.size(),
          rig.got.bad_records, rig.got.disabled);
}

void full_speed()
{
    Rig rig(6);
    Bytes transfer = rig.transfer_of(50, 200);
    uint64_t start = rig.clocks;
    rig.send(transfer);
    check(rig.clocks - start == transfer.size() + 1, "%zu bytes took %llu clocks", transfer.size(),
          (unsigned long long)(rig.clocks - start));
}

// Only a frame's bytes wait for whoever takes them.
void waits_for_frames_alone()
{
    Rig rig(9);
    Bytes transfer = rig.transfer_of(3, 30);
    expect_sent(rig.expected, transfer, true);
    for (size_t i = 0, record = 0; i < transfer.size(); i++) {
        size_t length = transfer[record], end = record + 16 + length;
        rig.top.out_valid = 1;
        rig.top.out_data = transfer[i];
        rig.top.out_end = 0;
        rig.top.tx_ready = 0;
        rig.settle();
        check(rig.top.out_ready == (i < record + 16 || i >= end), "byte %zu of a record %s",
              i - record, rig.top.out_ready ? "does not wait" : "waits");
        rig.item(transfer[i], false);
        if (i + 1 == record + 16 + (length + 3) / 4 * 4)
            record = i + 1;
    }
    rig.item(0, true);
    rig.compare();
}

// A refusal means nothing where no frame is.
void refused_elsewhere()
{
    Rig rig(10);
    Bytes transfer = rig.transfer_of(5, 30);
    expect_sent(rig.expected, transfer, true);
    rig.out_gap = 0.2;
    for (size_t i = 0, record = 0; i < transfer.size(); i++) {
        size_t length = transfer[record];
        rig.top.tx_refuse = i < record + 16 || i >= record + 16 + length;
        rig.item(transfer[i], false);
        if (i + 1 == record + 16 + (length + 3) / 4 * 4)
            record = i + 1;
    }
    rig.item(0, true);
    rig.top.tx_refuse = 0;
    rig.compare();
}

// A reset beside any byte, or beside a transfer's end in its place: nothing of it counts.
void reset_anywhere(bool enable)
{
    for (size_t at = 0; at < 2 * 60; at++) {
        Rig rig(300 + at);
        rig.top.enable = enable;
        Bytes transfer;
        append_record(transfer, random_bytes(rig.random, 20));
        append_record(transfer, random_bytes(rig.random, 13), 12); // bad at its byte 3
        for (size_t i = 0; i < at / 2; i++)
            rig.item(transfer[i], false);
        rig.step();
        rig.got = Sent();
        rig.top.rst = 1;
        rig.item(transfer[at / 2], at % 2);
        check(rig.got.bad_records == 0 && rig.got.disabled == 0, "it counts in a reset");
        rig.top.rst = 0;
        rig.got = Sent();
        rig.frame.clear();
        rig.send(rig.transfer_of(3, 40));
        rig.compare();
    }
}

// Whoever takes the frames refuses the second of three when it is `at` bytes in.
void refused_anywhere()
{
    for (size_t at = 0; at < 20; at++) {
        Rig rig(200 + at);
        Bytes transfer = rig.transfer_of(1, 20);
        size_t second = transfer.size() + 16 + at;
        expect_sent(rig.expected, transfer, true);
        rig.expected.bad_records = 1;
        append_record(transfer, random_bytes(rig.random, 20));
        append_record(transfer, random_bytes(rig.random, 20));
        for (size_t i = 0; i < transfer.size(); i++) {
            if (i == second) {
                rig.top.tx_refuse = 1;
                rig.step();
                rig.top.tx_refuse = 0;
                rig.frame.clear(); // it lets go of what it has of it
            }
            rig.item(transfer[i], false);
        }
        rig.item(0, true);
        rig.send(rig.transfer_of(3, 40));
        rig.compare();
    }
}

void flushed_anywhere()
{
    for (size_t at = 0; at <= 60; at++) {
        Rig rig(7 + at);
        Bytes transfer = rig.transfer_of(4, 20);
        for (size_t i = 0; i < transfer.size(); i++) {
            if (i == at) { // what came before is forgotten, and the MAC's buffers with it
                rig.top.flush = 1;
                rig.top.out_valid = 1;
                rig.top.out_data = transfer[i];
                rig.top.out_end = 0;
                for (int k = 0; k < 2; k++)
                    check(!rig.step() && !rig.top.tx_valid, "a byte moves while it is flushed");
                rig.top.flush = 0;
                rig.got = Sent();
                rig.frame.clear();
                rig.offered = false;
            }
            rig.item(transfer[i], false);
        }
        rig.item(0, true);
        if (at == 0)
            expect_sent(rig.expected, transfer, true);
        rig.send(rig.transfer_of(3, 40));
        rig.compare();
    }
}

} // namespace

int main()
{
    test("passes_every_frame_of_every_transfer", [] { passes_frames(0, 0); });
    test("passes_every_frame_when_both_sides_stall", [] { passes_frames(0.3, 0.4); });
    test("takes_a_byte_in_every_clock", full_speed);
    test("lets_no_byte_wait_that_is_not_of_a_frame", waits_for_frames_alone);
    test("refuses_a_length_that_lies", [] {
        refuses({{0, 0xFE},
                 {1, 0xFE},
                 {13, 0xFE},
                 {1519, 0xFE},
                 {0x10000 + 60, 0xFE},
                 {0xFFFFFF, 0xFE},
                 {1518, 0xFE}});
    });
    test("refuses_a_frame_that_is_too_short_or_too_long", keeps_the_limits);
    test("refuses_a_record_without_its_mark", [] {
        refuses({{60, 0}, {60, 0xFF}, {60, 0xFC}, {60, 0x7E}});
    });
    test("survives_a_transfer_that_ends_at_any_byte", [] { ends_anywhere(true); });
    test("survives_such_a_transfer_while_disabled", [] { ends_anywhere(false); });
    test("refuses_checksums_and_segmentation_that_it_cannot_do", [] { vnet_fields(true); });
    test("hands_on_the_rest_of_the_virtio_header", [] { vnet_fields(false); });
    test("finds_its_place_again_after_random_damage", hostile_bytes);
    test("skips_to_the_end_of_a_transfer_when_a_frame_is_refused_at_any_byte", refused_anywhere);
    test("ignores_a_refusal_between_frames", refused_elsewhere);
    test("starts_afresh_after_a_reset_at_any_byte", [] { reset_anywhere(true); });
    test("starts_afresh_after_a_reset_while_disabled", [] { reset_anywhere(false); });
    test("skips_to_the_end_of_a_transfer_that_was_flushed_at_any_byte", flushed_anywhere);
    return done();
}
