// dma as a whole: transfers on one side, frames on the other, registers beside them, and resets at bad moments.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>

#include "driver/registers.h"
#include "tests/rtl/dma_rig.h"

using namespace bench;

namespace
{

void both_ways()
{
    Rig rig(1);
    rig.write(REG_CONTROL, REG_CONTROL_ENABLE);
    rig.write(REG_BATCH_BYTES, 4096);
    Sent expected;
    std::vector<Bytes> received, got;
    std::vector<bool> marks;
    for (int i = 0; i < 200; i++) {
        Bytes transfer;
        for (unsigned k = rig.random.below(5); k > 0; k--)
            append_record(transfer, random_bytes(rig.random, 14 + rig.random.below(300)));
        if (rig.random.chance(0.2) && !transfer.empty())
            transfer[rig.random.below(6)] ^= 0x11;
        expect_sent(expected, transfer, true);
        rig.out.push_back({transfer, 0});
        received.push_back(random_bytes(rig.random, 60 + rig.random.below(1459)));
        rig.rx.push_back(received.back());
        if (i % 8 == 7)
            rig.run(rig.random.below(9000));
    }
    rig.drain();
    for (auto &transfer : rig.in_transfers)
        check(parse_received(transfer, got, &marks) && transfer.size() <= 4096,
              "a bad transfer of %zu bytes", transfer.size());
    check(rig.tx_frames == expected.frames, "%zu frames sent, %zu expected", rig.tx_frames.size(),
          expected.frames.size());
    check(got == received, "%zu frames received, %zu expected", got.size(), received.size());
    for (size_t i = 0; i < got.size(); i++)
        check(marks[i] == (got[i][0] & 1), "frame %zu is %smarked", i, marks[i] ? "" : "not ");
    check(rig.read(REG_RX_VERIFIED) == (uint32_t)std::count(marks.begin(), marks.end(), true),
          "%u verified frames counted", rig.read(REG_RX_VERIFIED));
    check(rig.read(REG_TX_BAD_RECORDS) == expected.bad_records && expected.bad_records > 5,
          "%u bad records expected", expected.bad_records);
}

void disabled()
{
    Rig rig(2);
    Bytes transfer;
    for (int i = 0; i < 7; i++)
        append_record(transfer, random_bytes(rig.random, 60));
    rig.out.push_back({transfer, 0});
    rig.drain();
    check(rig.tx_frames.empty() && rig.read(REG_TX_DISABLED) == 7, "%zu frames passed, %u counted",
          rig.tx_frames.size(), rig.read(REG_TX_DISABLED));
}

// A reset in the middle of transfers both ways: they are lost, the next ones are not, and nothing stays behind.
void reset_midway(bool by_host)
{
    for (unsigned at = 0; at < 150; at += 7) {
        Rig rig(at);
        rig.write(REG_CONTROL, REG_CONTROL_ENABLE);
        Bytes transfer;
        for (int i = 0; i < 20; i++)
            append_record(transfer, random_bytes(rig.random, 30));
        rig.out.push_back({transfer, 0});
        for (int i = 0; i < 3; i++)
            rig.rx.push_back(random_bytes(rig.random, 60));
        rig.run(at);
        if (by_host) {
            rig.write(REG_CONTROL, REG_CONTROL_RESET);
        } else {
            rig.top.configured = 0;
            rig.step();
            rig.top.configured = 1;
            rig.out.clear(); // usb_device forgets its buffers too
            rig.top.out_valid = 0;
            rig.in_transfer.clear();
        }
        rig.write(REG_CONTROL, REG_CONTROL_ENABLE);
        rig.drain();
        check(rig.in_transfer.empty(), "reset after %u clocks: %zu bytes to the host have no end",
              at, rig.in_transfer.size());
        rig.tx_frames.clear();
        rig.in_transfers.clear();
        Bytes next;
        append_record(next, Bytes(40, 1));
        rig.out.push_back({next, 0});
        rig.rx.push_back(Bytes(50, 2));
        rig.drain();
        std::vector<Bytes> got;
        check(rig.in_transfers.size() == 1 && parse_received(rig.in_transfers[0], got) &&
                  got[0] == Bytes(50, 2),
              "reset after %u clocks: the next frame received is lost or %zu transfers come", at,
              rig.in_transfers.size());
        check(rig.tx_frames.size() == 1 && rig.tx_frames[0] == Bytes(40, 1),
              "reset after %u clocks: %zu frames sent", at, rig.tx_frames.size());
        check(rig.read(REG_TX_BAD_RECORDS) == 0, "reset after %u clocks: bad records counted", at);
    }
}

// The MAC is in reset for 31 clocks behind whatever asked for it, and nothing passes.
void resets_the_mac()
{
    Rig rig(6);
    for (int how = 0; how < 3; how++) {
        rig.drain();
        if (how == 0)
            rig.write(REG_CONTROL, REG_CONTROL_RESET);
        rig.top.rst = how == 1;
        rig.top.configured = how != 2;
        if (how)
            rig.step();
        rig.top.rst = 0;
        rig.top.configured = 1;
        rig.settle();
        check(!rig.top.idle, "idle though a reset has begun");
        Bytes transfer;
        append_record(transfer, random_bytes(rig.random, 60));
        rig.out.push_back({transfer, 0});
        unsigned clocks = 0;
        for (rig.run(1); rig.top.mac_rst && clocks < 100; rig.step())
            clocks++;
        check(clocks == 31, "the MAC is in reset for %u clocks", clocks);
        check(rig.out.front().second <= 1, "bytes pass in a reset");
    }
}

void counts()
{
    Rig rig(4);
    rig.top.rx_done = 1;
    rig.top.rx_done_flags = 1;
    rig.top.rx_done_length = 600;
    rig.top.tx_done = 1;
    rig.top.tx_done_length = 700;
    rig.step();
    check(!rig.top.idle, "idle while counters change");
    rig.drain();
    check(rig.read(REG_RX_BYTES) == 600 && rig.read(REG_TX_BYTES) == 700 &&
              rig.read(REG_RX_FRAMES) == 1,
          "wrong counts");
    rig.write(REG_CONTROL, REG_CONTROL_RESET);
    rig.drain();
    check(rig.read(REG_RX_BYTES) == 0 && rig.read(REG_TX_BYTES) == 0, "not cleared");
}

// Each event that the MAC tells reaches its own counter.
void counts_each()
{
    static const uint32_t errors[] = {REG_RX_CRC_ERRORS,    REG_RX_RUNTS,     REG_RX_OVERSIZE,
                                      REG_RX_SYMBOL_ERRORS, REG_RX_OVERFLOWS, REG_RX_FILTERED,
                                      REG_RX_PAUSE};
    Rig rig(7);
    std::map<uint32_t, uint32_t> expected;
    for (unsigned i = 0; i < 11; i++) {
        rig.top.rx_done = i < 10;
        rig.top.rx_done_flags = (uint16_t)(i < 8 ? 1u << i : 1u << i | 1);
        rig.top.rx_done_length = 0x8421;
        rig.top.tx_done = i > 8;
        rig.top.tx_done_pause = i == 10;
        rig.top.tx_done_length = 0x1842;
        if (i > 0 && i < 8)
            expected[errors[i - 1]] = 1;
        rig.step();
        rig.drain();
    }
    expected[REG_RX_FRAMES] = 3;
    expected[REG_RX_BYTES] = 3 * 0x8421;
    expected[REG_RX_MULTICAST] = expected[REG_RX_BROADCAST] = 1;
    expected[REG_TX_FRAMES] = expected[REG_TX_PAUSE] = 1;
    expected[REG_TX_BYTES] = 0x1842;
    for (uint32_t address = REG_RX_FRAMES; address <= REG_TX_SEGMENTS; address += 4) {
        uint32_t value = rig.read(address);
        check(value == expected[address], "counter 0x%03x reads %u, expected %u", address, value,
              expected[address]);
    }
}

// A network adapter: each transfer to send is a frame, each frame received a transfer, both as they are.
void frames_both_ways()
{
    Rig rig(9);
    rig.top.configured = 0;
    rig.top.network = 1;
    rig.step();
    rig.top.configured = 1;
    rig.run(50);
    std::vector<Bytes> sent, received;
    unsigned bad = 0;
    for (int i = 0; i < 200; i++) {
        Bytes frame = random_bytes(rig.random, rig.random.below(i % 5 ? 120 : 1600));
        rig.out.push_back({frame, 0});
        if (frame.size() >= 14 && frame.size() <= 1518)
            sent.push_back(frame);
        else
            bad += !frame.empty();
        received.push_back(random_bytes(rig.random, 60 + rig.random.below(1459)));
        rig.rx.push_back(received.back());
        if (i % 8 == 7)
            rig.run(rig.random.below(9000));
    }
    rig.drain();
    check(rig.tx_frames == sent, "%zu frames sent, %zu expected", rig.tx_frames.size(),
          sent.size());
    check(rig.in_transfers == received, "%zu transfers, %zu expected", rig.in_transfers.size(),
          received.size());
    check(rig.read(REG_TX_BAD_RECORDS) == bad && bad > 10, "%u bad frames expected", bad);
    check(rig.read(REG_RX_VERIFIED) == 0 && rig.read(REG_TX_DISABLED) == 0 &&
              rig.read(REG_TX_SEGMENTS) == 0,
          "counters of records");
    check(rig.read(REG_CONTROL) == REG_CONTROL_ENABLE, "CONTROL is %x", rig.read(REG_CONTROL));
}

// From records to frames and back, at any moment of either: what was under way is lost, nothing else.
void changes_its_kind()
{
    for (unsigned at = 0; at < 200; at += 9) {
        Rig rig(at);
        rig.write(REG_CONTROL, REG_CONTROL_ENABLE);
        for (bool network : {true, false}) {
            Bytes transfer = random_bytes(rig.random, 300);
            if (network) {
                transfer.clear();
                append_record(transfer, random_bytes(rig.random, 30));
            }
            rig.out.push_back({transfer, 0});
            rig.rx.push_back(random_bytes(rig.random, 90));
            rig.run(at);
            rig.top.configured = 0;
            rig.top.network = network;
            rig.step();
            rig.out.clear(); // usb_device forgets its buffers too
            rig.top.out_valid = 0;
            rig.in_transfer.clear();
            rig.top.configured = 1;
            rig.run(50);
            rig.write(REG_CONTROL, REG_CONTROL_ENABLE);
            rig.tx_frames.clear();
            rig.in_transfers.clear();
            Bytes next = Bytes(40, 1);
            if (!network) {
                next.clear();
                append_record(next, Bytes(40, 1));
            }
            rig.out.push_back({next, 0});
            rig.rx.push_back(Bytes(60, 2));
            rig.drain();
            std::vector<Bytes> got = rig.in_transfers;
            check(got.size() == 1 && (network || parse_received(rig.in_transfers[0], got)) &&
                      got.back() == Bytes(60, 2),
                  "after %u clocks: %zu transfers", at, rig.in_transfers.size());
            check(rig.tx_frames.size() == 1 && rig.tx_frames[0] == Bytes(40, 1),
                  "after %u clocks: %zu frames sent", at, rig.tx_frames.size());
        }
        check(rig.read(REG_TX_BAD_RECORDS) == 0, "after %u clocks: bad records", at);
    }
}

// What the build was told.
void tells_what_it_is()
{
    Rig rig(8);
    const uint32_t name[8] = {0x72616f62, 0x64}; // "board"
    for (uint32_t i = 0; i < 8; i++)
        check(rig.read(REG_BOARD + 4 * i) == name[i], "word %u of the name", i);
    check(rig.read(REG_ID) == 0x31524546 && rig.read(REG_LIMITS) == 1518 &&
              rig.read(REG_CLOCK) == 60000000 && rig.read(REG_FEATURES) == 0x50,
          "limits %u, clock %u, features %x", rig.read(REG_LIMITS), rig.read(REG_CLOCK),
          rig.read(REG_FEATURES));
}

void says_when_idle()
{
    Rig rig(5);
    rig.drain();
    rig.write(REG_BATCH_TIME, 10);
    rig.settle();
    check(rig.top.idle, "not idle after a write");
    rig.rx.push_back(Bytes(60, 3));
    rig.step();
    unsigned busy = 0;
    while (busy < 10000 && (rig.step(), !rig.top.idle))
        busy++;
    check(busy >= 10 * 60 && busy < 10 * 60 + 40, "busy for %u clocks with a batch time of 10 us",
          busy);
    check(rig.in_transfers.size() == 1, "idle before the transfer ended");
}

} // namespace

int main()
{
    test("carries_frames_both_ways_at_once", both_ways);
    test("swallows_frames_until_it_is_enabled", disabled);
    test("starts_afresh_after_a_reset_by_register_at_any_moment", [] { reset_midway(true); });
    test("starts_afresh_after_a_new_configuration_at_any_moment", [] { reset_midway(false); });
    test("holds_the_mac_in_reset_for_31_clocks", resets_the_mac);
    test("counts_what_the_mac_tells_and_forgets_it_on_reset", counts);
    test("counts_each_event_in_its_own_counter", counts_each);
    test("carries_a_frame_a_transfer_as_a_network_adapter", frames_both_ways);
    test("changes_from_records_to_frames_and_back_at_any_moment", changes_its_kind);
    test("tells_what_it_was_built_as", tells_what_it_is);
    test("is_busy_while_a_batch_waits_and_idle_behind_it", says_when_idle);
    return done();
}
