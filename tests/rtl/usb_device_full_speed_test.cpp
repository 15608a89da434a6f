// Tests of usb_device_full_speed through D+ and D-: a host whose clock, phase and edges differ, and a core of any rate.
// SPDX-License-Identifier: MIT
#include "tests/rtl/usb_board_full_speed.h"

using bench::check;
using bench::test;

constexpr int US = 60; // steps of the line

struct Board : FullSpeedBoard {
    using FullSpeedBoard::FullSpeedBoard;

    void start()
    {
        check(host.phy.state() == LINE_J, "the device does not pull D+ up");
        reset_bus();
        set_address(5);
        configure();
    }
    Pid descriptor(int value, Bytes &result)
    {
        return host.control_in(host.request(0x80, 6, value, 0, 255), result);
    }
    // Bytes of one transfer from the device.
    std::vector<int> in_transfer()
    {
        std::vector<int> bytes;
        for (int tries = 0; tries < 200; tries++) {
            Pid pid = host.in(1);
            if (pid != DATA0 && pid != DATA1)
                continue;
            bytes.insert(bytes.end(), host.payload.begin(), host.payload.end());
            if (host.payload.size() < 64)
                return bytes;
        }
        check(false, "the transfer does not end");
        return bytes;
    }
    void out_transfer(const Bytes &bytes)
    {
        for (size_t at = 0; at <= bytes.size(); at += 64) {
            Bytes part(bytes.begin() + (long)at,
                       bytes.begin() + (long)std::min(at + 64, bytes.size()));
            Pid pid = NAK;
            for (int tries = 0; pid != ACK && tries < 50; tries++)
                pid = host.out(1, part);
            check(pid == ACK, "bulk OUT ended with PID %02x", pid);
        }
    }
};

static void enumerates()
{
    Board board;
    board.start();
    Bytes bytes;
    check(board.descriptor(0x0100, bytes) == ACK && bytes.size() == 18 && bytes[7] == 64,
          "device descriptor");
    check(board.descriptor(0x0200, bytes) == ACK && bytes.size() == 39 && bytes[22] == 64,
          "configuration");
    check(board.descriptor(0x0303, bytes) == ACK && bytes.size() == 18, "serial number");
    check(board.dut.configured && !board.dut.suspended, "not configured");
    check(board.host.control_in(board.host.request(0xc0, 1, 0, 0x20, 4), bytes) == ACK &&
              bytes == Bytes({0x78, 0x56, 0x34, 0x12}),
          "register");
    check(board.host.control_out(board.host.request(0x40, 1, 0, 0x20, 4), {1, 2, 3, 4}) == ACK &&
              board.written == 0x04030201,
          "register written as %08x", board.written);
}

// USB 2.0, 9.6.2: a device of full speed alone has nothing to say of another.
static void knows_no_other_speed()
{
    Board board;
    board.start();
    Bytes bytes;
    check(board.descriptor(0x0600, bytes) == STALL, "it has a qualifier");
    check(board.descriptor(0x0700, bytes) == STALL, "it has another speed's configuration");
    check(board.host.control_out(board.host.request(0x00, 3, 2, 0x0300, 0)) == STALL,
          "it has test modes");
}

// Transfers of every kind of length both ways. half: of the core's clock.
static void carries_bulk(uint64_t seed, int ppm, int jitter_ps, int skew_ps, uint64_t half)
{
    Board board(seed, ppm);
    board.host.phy.core_half = half;
    board.host.phy.manner.jitter_ps = jitter_ps, board.host.phy.manner.skew_ps = skew_ps;
    board.start();
    bench::Random random(seed);
    for (size_t length : {0u, 1u, 63u, 64u, 65u, 128u, 300u, 1000u}) {
        Bytes bytes = bench::random_bytes(random, length);
        if (length % 2)
            for (uint8_t &byte : bytes)
                byte |= 0x7E;
        board.from_host.clear();
        board.out_transfer(bytes);
        board.host.phy.run(1000);
        std::vector<int> wanted(bytes.begin(), bytes.end());
        wanted.push_back(END);
        check(board.from_host == wanted, "%zu bytes arrive as %zu", length, board.from_host.size());
        if (length == 0)
            continue;
        board.to_host.assign(bytes.begin(), bytes.end());
        board.to_host.back() |= END;
        check(board.in_transfer() == std::vector<int>(bytes.begin(), bytes.end()),
              "%zu bytes to the host", length);
    }
    const auto &line = board.host.phy;
    check(line.soonest_bits >= 2 && line.latest_bits <= 6.5,
          "answers come after %.2f to %.2f bit times", line.soonest_bits, line.latest_bits);
}

static void pushes_back()
{
    Board board;
    board.start();
    board.take = false;
    int accepted = 0;
    for (int i = 0; i < 10; i++)
        accepted += board.host.out(1, Bytes(64, (uint8_t)i)) == ACK;
    check(accepted == 4, "%d packets found room", accepted);
    board.take = true;
    board.host.phy.run(20 * US);
    check(board.host.out(1, Bytes(64, 9)) == ACK, "no room when they were taken");
    check(board.from_host.size() >= 256, "%zu bytes came", board.from_host.size());
}

// Lost and broken packets of the host's, and packets of ours that it does not acknowledge.
static void loses_nothing(uint64_t seed)
{
    Board board(seed);
    board.start();
    bench::Random random(seed);
    Bytes sent, got;
    for (int i = 0; i < 60; i++) {
        Bytes part = bench::random_bytes(random, 1 + random.below(63));
        bool toggle = board.host.out_toggle[1];
        if (random.chance(0.4)) { // a bit of it is wrong
            board.host.token(OUT, 1);
            Bytes packet = data_packet(toggle ? DATA1 : DATA0, part);
            board.host.gap();
            board.host.phy.manner.flip = (int)random.below((uint32_t)stuffed_bits(packet).size());
            board.host.phy.receive(packet);
            board.host.phy.manner.flip = -1;
            check(board.host.handshake() == NOTHING, "a broken packet got an answer");
        }
        check(board.host.out(1, part) == ACK, "a good one did not");
        if (random.chance(0.3)) { // the ACK was lost
            board.host.out_toggle[1] = toggle;
            check(board.host.out(1, part) == ACK, "nor did it come again");
        }
        sent.insert(sent.end(), part.begin(), part.end());

        board.to_host.assign(part.begin(), part.end());
        board.to_host.back() |= END;
        board.host.phy.run(10 * US);
        for (int tries = (int)random.below(3); tries; tries--)
            check(board.host.in(1, false) != NAK, "nothing to send");
        check(board.host.in(1) != NAK && board.host.payload == part, "another packet");
    }
    board.host.phy.run(20 * US);
    for (int item : board.from_host)
        if (item != END)
            got.push_back((uint8_t)item);
    check(got == sent, "%zu bytes sent, %zu came", sent.size(), got.size());
}

// USB 2.0, 8.7.2: the host gives a packet up after 16 to 18 bit times, and goes on with another endpoint. Of its packets
// two are lost: the data for endpoint 0 and the next token, whose data are not for endpoint 0 and must not be acknowledged.
static void takes_no_data_whose_token_was_lost()
{
    for (Pid pid : {DATA0, DATA1}) {
        Board board;
        board.start();
        board.host.token(OUT, 0);
        board.host.phy.run(
            5 * 90); // gap, empty data, time-out, token and gap, without the next packet's SYNC
        board.host.data(pid, Bytes(64, 1));
        check(board.host.handshake() == NOTHING, "data behind no token got an answer");
        check(board.host.out(1, {1, 2, 3}) == ACK, "data behind a token did not");
        board.host.phy.run(20 * US);
        check(board.from_host == std::vector<int>({1, 2, 3, END}), "%zu items came",
              board.from_host.size());
    }
}

static void is_reset_by_se0()
{
    Board board;
    board.start();
    board.host.phy.line(SE0);
    board.host.phy.run(2 * US);
    board.host.phy.line(LINE_J);
    board.host.phy.run(3 * US);
    check(board.dut.configured, "2 us of SE0 were taken for a reset (7.1.7.5)");
    board.reset_bus(3);
    check(!board.dut.configured, "3 us of SE0 were not");
    Bytes bytes;
    check(board.descriptor(0x0100, bytes) == ACK, "no answer at address 0");
}

static void suspends_and_resumes()
{
    Board board;
    board.start();
    board.host.phy.run(2990 * US);
    check(!board.dut.suspended, "suspended before 3 ms");
    board.host.phy.run(150 * US);
    check(board.dut.suspended, "not suspended after 3.1 ms");
    board.host.phy.line(LINE_K);
    board.host.phy.run(50 * US);
    board.host.phy.line(SE0); // its end as at low speed: two bits of SE0
    board.host.phy.run(80);
    board.host.phy.line(LINE_J);
    board.host.phy.run(20 * US);
    check(!board.dut.suspended && board.dut.configured, "not resumed");
    Bytes bytes;
    check(board.descriptor(0x0100, bytes) == ACK, "no answer after resume");
    for (int i = 0; i < 8; i++) { // starts of frame keep it awake
        board.host.phy.run(1000 * US);
        board.host.sof(i);
    }
    check(!board.dut.suspended, "suspended between starts of frame");
}

static void is_idle_when_nothing_goes_on()
{
    Board board;
    board.start();
    board.host.phy.run(50 * US);
    check(board.dut.idle, "not idle");
    board.take = false;
    board.host.out(1, {1, 2, 3});
    board.host.phy.run(50 * US);
    check(!board.dut.idle, "idle with bytes in store");
    board.take = true;
    board.host.phy.run(50 * US);
    check(board.dut.idle, "not idle again");
}

int main()
{
    test("enumerates", enumerates);
    test("knows no other speed", knows_no_other_speed);
    test("carries bulk data, answering in time", [] { carries_bulk(1, 0, 0, 0, CORE_24); });
    test("carries it from a host 2500 ppm slow", [] { carries_bulk(2, 2500, 0, 0, CORE_24); });
    test("carries it from a host 2500 ppm fast", [] { carries_bulk(3, -2500, 0, 0, CORE_24 + 3); });
    test("carries it over a bad cable", [] { carries_bulk(4, 1000, 8000, 12000, CORE_24 - 2); });
    for (uint64_t seed = 10; seed < 14; seed++)
        test("carries it at another phase", [=] { carries_bulk(seed, 0, 2000, 5000, CORE_24); });
    test("carries it with a core of 26 MHz", [] { carries_bulk(5, 0, 2000, 5000, 19231); });
    test("pushes back when nobody takes its bytes", pushes_back);
    for (uint64_t seed = 1; seed < 4; seed++)
        test("loses nothing on a bad line", [=] { loses_nothing(seed); });
    test("takes no data whose token was lost", takes_no_data_whose_token_was_lost);
    test("is reset by 2.5 us of SE0, and by no less", is_reset_by_se0);
    test("suspends after 3 ms of silence, and resumes", suspends_and_resumes);
    test("is idle when nothing goes on", is_idle_when_nothing_goes_on);
    return bench::done();
}
