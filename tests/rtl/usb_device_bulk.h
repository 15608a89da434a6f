// Tests of usb_device: bulk and interrupt endpoints, their toggles, handshakes and halts.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_DEVICE_BULK_H
#define TESTS_RTL_USB_DEVICE_BULK_H

#include "tests/rtl/usb_board.h"

using bench::check;

inline void append(std::vector<int> &items, const Bytes &bytes, size_t largest)
{
    items.insert(items.end(), bytes.begin(), bytes.end());
    if (bytes.size() < largest)
        items.push_back(END);
}

inline void offer(Board &board, const Bytes &bytes)
{
    for (size_t i = 0; i < bytes.size(); i++)
        board.to_host.push_back(bytes[i] | (i + 1 == bytes.size() ? END : 0));
}

inline void carries_bulk_data_both_ways(bool high_speed)
{
    Board board;
    board.start(high_speed);
    size_t largest = high_speed ? 512 : 64;
    std::vector<int> want;
    for (int i = 0; i < 40; i++) {
        Bytes bytes = pattern(i % 5 == 0 ? 37 * i % largest : largest, i);
        Pid pid = board.host.out(1, bytes);
        check(pid == ACK, "packet %d of %zu bytes got PID %02x", i, bytes.size(), pid);
        append(want, bytes, largest);
    }
    board.host.phy.run(600);
    check(board.from_host == want, "%zu items came, %zu expected", board.from_host.size(),
          want.size());
    for (size_t length :
         {(size_t)1, largest - 1, largest, largest + 1, 3 * largest, 5 * largest + 7}) {
        Bytes bytes = pattern(length, length), got;
        offer(board, bytes);
        Pid pid;
        do {
            pid = board.host.patient_in(1);
            check(pid == DATA0 || pid == DATA1, "PID %02x", pid);
            got.insert(got.end(), board.host.payload.begin(), board.host.payload.end());
        } while (board.host.payload.size() == largest && (pid == DATA0 || pid == DATA1));
        check(got == bytes, "%zu bytes came for %zu", got.size(), length);
    }
    int least = high_speed ? 1 : 7, most = high_speed ? 14 : 18;
    check((int)board.host.longest_answer >= least && (int)board.host.longest_answer <= most,
          "an answer after %d clocks", (int)board.host.longest_answer);
}

inline void pushes_back_when_nobody_takes_its_bytes()
{
    Board board;
    board.start();
    board.take = false;
    std::vector<int> want;
    for (int i = 0; i < 4; i++)
        append(want, pattern(512, i), 512);
    check(board.host.ping(1) == ACK, "no room at first");
    for (int i = 0; i < 3; i++)
        check(board.host.out(1, pattern(512, i)) == ACK, "%d packets leave no room", i + 1);
    check(board.host.out(1, pattern(512, 3)) == NYET, "four packets leave room");
    check(board.host.ping(1) == NAK, "PING with no room");
    check(board.host.out(1, pattern(512, 4)) == NAK, "OUT with no room");
    board.take = true;
    board.host.phy.run(3);
    check(board.host.ping(1) == NAK, "PING with little room");
    board.host.phy.run(600);
    check(board.host.ping(1) == ACK, "PING with room");
    check(board.host.out(1, {}) == ACK, "an empty packet");
    want.push_back(END);
    board.host.phy.run(2200);
    check(board.from_host == want, "%zu items came, %zu expected", board.from_host.size(),
          want.size());
    check(board.dut.idle, "not idle afterwards");
}

inline void delivers_a_repeated_packet_once()
{
    Board board;
    board.start();
    check(board.host.out(1, {1, 2, 3}, DATA0) == ACK, "first");
    check(board.host.out(1, {1, 2, 3}, DATA0) == ACK, "repeated: its ACK was lost");
    check(board.host.out(1, {4}, DATA1) == ACK, "next");
    board.host.phy.run(50);
    check(board.from_host == std::vector<int>({1, 2, 3, END, 4, END}), "%zu items came",
          board.from_host.size());
}

inline void ignores_damaged_packets()
{
    Board board;
    board.start();
    Bytes good = data_packet(DATA0, pattern(40, 3)), bad = good;
    bad[20] ^= 4;
    board.host.token(OUT, 1);
    board.host.gap();
    board.host.phy.receive(bad);
    check(board.host.handshake() == NOTHING, "data with a bad CRC was answered");
    board.host.token(OUT, 1);
    board.host.gap();
    board.host.phy.receive(good, true);
    check(board.host.handshake() == NOTHING, "data with an error was answered");
    Bytes token = token_packet(OUT, 5, 1);
    token[2] ^= 0x10;
    board.host.phy.receive(token);
    board.host.data(DATA0, {1});
    check(board.host.handshake() == NOTHING, "a token with a bad CRC was answered");
    board.host.token(OUT, 1);
    board.host.data(DATA0, pattern(513, 1));
    check(board.host.handshake() == NOTHING, "a packet of 513 bytes was answered");
    board.host.address = 6;
    check(board.host.out(1, {1}, DATA0) == NOTHING && board.host.in(1) == NOTHING,
          "another device's packet was answered");
    board.host.address = 5;
    check(board.host.out(3, {1}, DATA0) == NOTHING && board.host.in(3) == NOTHING,
          "an endpoint that is not there");
    board.host.data(DATA0, {1});
    check(board.host.handshake() == NOTHING, "data without a token was answered");
    board.host.sof(77);
    check(board.host.answer().empty(), "a SOF was answered");
    check(board.host.out(1, {9}, DATA0) == ACK, "out of order afterwards");
    board.host.phy.run(50);
    check(board.from_host == std::vector<int>({9, END}), "%zu items came", board.from_host.size());
}

inline void gives_a_packet_again_until_acknowledged(bool high_speed)
{
    Board board;
    board.start(high_speed);
    check(board.host.in(1) == NAK, "data from nowhere");
    Bytes bytes = pattern(high_speed ? 700 : 90, 4);
    size_t largest = high_speed ? 512 : 64;
    offer(board, bytes);
    board.host.phy.run(1000);
    for (int i = 0; i < 3; i++) {
        check(board.host.in(1, false) == DATA0 &&
                  board.host.payload == Bytes(bytes.begin(), bytes.begin() + largest),
              "try %d", i);
        board.host.phy.run(200);
    }
    board.host.in(1, false);
    board.host.phy.run(120); // later than a host may
    board.host.phy.receive({ACK});
    check(board.host.in(1) == DATA0, "a late ACK was taken");
    check(board.host.in(1) == DATA1 &&
              board.host.payload == Bytes(bytes.begin() + largest, bytes.end()),
          "the rest");
    check(board.host.in(1) == NAK, "more than all");
}

inline void reports_the_status_first_and_when_it_has_changed()
{
    Board board;
    board.start();
    check(board.host.in(2) == DATA0 && board.host.payload == Bytes(8), "the first report");
    check(board.host.in(2) == NAK, "a report of nothing new");
    board.dut.status = 0x80402010;
    check(board.host.in(2, false) == DATA1 &&
              board.host.payload == Bytes({0x10, 0x20, 0x40, 0x80, 0, 0, 0, 0}),
          "report");
    board.host.phy.run(30);
    check(!board.dut.idle, "idle with a report to give");
    board.dut.status = 0;
    check(board.host.in(2) == DATA1 &&
              board.host.payload == Bytes({0x10, 0x20, 0x40, 0x80, 0, 0, 0, 0}),
          "it was not acknowledged: the same report again");
    check(board.host.in(2) == DATA0 && board.host.payload == Bytes(8), "the newer report");
    check(board.host.in(2) == NAK, "a report of nothing new");
    board.dut.status = 1;
    check(board.host.in(2) == DATA1 && board.host.payload[0] == 1, "report");
    check(board.host.in(2) == NAK, "a report of nothing new");
    board.host.control_out(board.host.request(0, 9, 1, 0, 0));
    check(board.host.in(2) == DATA0 && board.host.payload[0] == 1,
          "no report after SET_CONFIGURATION");
}

inline void halts_and_goes_on()
{
    Board board;
    board.start();
    auto feature = [&](int code, int endpoint) {
        check(board.host.control_out(board.host.request(0x02, code, 0, endpoint, 0)) == ACK,
              "feature of %02x", endpoint);
    };
    auto halted = [&](int endpoint) {
        Bytes result;
        board.host.control_in(board.host.request(0x82, 0, 0, endpoint, 2), result);
        return result == Bytes({1, 0});
    };
    board.host.out(1, {1});
    board.dut.status = 7;
    offer(board, {5});
    board.host.phy.run(100);
    for (int endpoint : {0x01, 0x81, 0x82})
        feature(3, endpoint);
    check(halted(0x01) && halted(0x81) && halted(0x82), "not halted");
    check(board.host.out(1, {2}, DATA1) == STALL && board.host.ping(1) == STALL,
          "bulk OUT does not stall");
    check(board.host.in(1) == STALL && board.host.in(2) == STALL, "an IN endpoint does not stall");
    for (int endpoint : {0x01, 0x81, 0x82})
        feature(1, endpoint);
    check(!halted(0x01) && !halted(0x81) && !halted(0x82), "still halted");
    check(board.host.out(1, {3}, DATA0) == ACK, "the OUT toggle was not cleared");
    check(board.host.in(1) == DATA0 && board.host.payload == Bytes({5}), "bulk IN");
    check(board.host.in(2) == DATA0 && board.host.payload[0] == 7, "interrupt IN");
    board.host.phy.run(50);
    check(board.from_host == std::vector<int>({1, END, 3, END}), "%zu items came",
          board.from_host.size());
    feature(1, 0x81);
    offer(board, {6});
    board.host.phy.run(50);
    board.host.in_toggle[1] = false;
    check(board.host.in(1) == DATA0, "the IN toggle was not cleared");
}

// What a host does in a microframe: token, data, handshake and the shortest gaps, 13 times.
inline void keeps_up_with_13_packets_a_microframe()
{
    Board board;
    board.host.phy.throttle = 0;
    board.start();
    for (int i = 0; i < 26; i++) {
        uint64_t start = board.host.phy.clocks;
        check(board.host.out(1, pattern(512, i)) == ACK, "OUT packet %d", i);
        while (board.host.phy.clocks < start + 576)
            board.host.phy.clock();
    }
    check(board.from_host.size() >= 25 * 512, "%zu bytes came", board.from_host.size());
    for (int i = 0; i < 27 * 512; i++)
        board.to_host.push_back(i & 255);
    board.host.phy.run(1100);
    for (int i = 0; i < 26; i++) {
        uint64_t start = board.host.phy.clocks;
        Pid pid = board.host.in(1);
        check(pid == DATA0 || pid == DATA1, "IN packet %d: PID %02x", i, pid);
        check(board.host.phy.clocks <= start + 576, "IN packet %d took %d clocks", i,
              (int)(board.host.phy.clocks - start));
        while (board.host.phy.clocks < start + 576)
            board.host.phy.clock();
    }
}

// Random transfers both ways over a line that damages packets and loses ACKs.
inline void loses_nothing_on_a_bad_line(bool high_speed, uint64_t seed)
{
    Board board(seed);
    board.start(high_speed);
    bench::Random random(seed + 100);
    board.host.phy.full_speed_clocks = 12;
    size_t largest = high_speed ? 512 : 64;
    std::vector<int> sent;
    Bytes offered, got;
    for (int i = 0; i < 300; i++) {
        board.take = random.chance(0.7);
        Bytes bytes =
            pattern(random.chance(0.5) ? largest : random.below((uint32_t)largest), seed + i);
        Bytes packet = data_packet(board.host.out_toggle[1] ? DATA1 : DATA0, bytes);
        bool damaged = random.chance(0.2), ack_lost = random.chance(0.2);
        if (damaged)
            packet[random.below((uint32_t)packet.size())] ^= 1 << random.below(8);
        for (int tries = 0; tries < 2; tries++) {
            board.host.token(OUT, 1);
            board.host.gap();
            board.host.phy.receive(packet);
            Pid pid = board.host.handshake();
            check(!damaged || pid == NOTHING, "a damaged packet got PID %02x", pid);
            bool taken = pid == ACK || pid == NYET;
            if (!taken || (ack_lost && tries == 0)) {
                if (!taken)
                    break;
                continue;
            }
            board.host.out_toggle[1] = !board.host.out_toggle[1];
            append(sent, bytes, largest);
            break;
        }
        if (random.chance(0.3)) {
            Bytes more = pattern(1 + random.below(2 * (uint32_t)largest), seed + i);
            offer(board, more);
            offered.insert(offered.end(), more.begin(), more.end());
        }
        bool expected = board.host.in_toggle[1];
        Pid pid = board.host.in(1, random.chance(0.7));
        if (board.host.in_toggle[1] != expected)
            got.insert(got.end(), board.host.payload.begin(), board.host.payload.end());
        check(pid == NAK || pid == DATA0 || pid == DATA1, "PID %02x", pid);
    }
    board.take = true;
    while (board.host.patient_in(1) != NAK)
        got.insert(got.end(), board.host.payload.begin(), board.host.payload.end());
    board.host.phy.run(1100);
    check(got == offered && board.to_host.empty(), "%zu bytes came to the host of %zu", got.size(),
          offered.size());
    check(board.from_host == sent, "%zu items came from the host of %zu", board.from_host.size(),
          sent.size());
    check(board.dut.idle, "not idle");
}

#endif
