// Tests of usb_device through its pins: enumeration, standard requests, registers, bulk data both ways.
// SPDX-License-Identifier: MIT
#include "tests/rtl/usb_board.h"

using bench::check;

static void enumerates_at_high_speed()
{
    Board board;
    board.plug();
    check(board.dut.high_speed, "not at high speed");
    check(board.host.phy.registers[4] == 0x40, "Function Control is %02x", board.host.phy.registers[4]);
    Bytes device = board.descriptor(0x0100, 64);
    check(device.size() == 18 && device[8] == 0x09 && device[9] == 0x12, "device descriptor of %zu bytes", device.size());
    board.set_address(23);
    Bytes configuration = board.descriptor(0x0200);
    check(configuration.size() == 39 && configuration[2] == 39 && configuration[23] == 2, "configuration of %zu", configuration.size());
    board.configure();
    check(board.dut.configured, "not configured");
}

static void reads_and_writes_registers()
{
    Board board;
    board.start();
    Bytes result;
    check(board.host.control_in(board.host.request(0xc0, 1, 0, 0x40, 132), result) == ACK, "read failed");
    check(result.size() == 132, "%zu bytes", result.size());
    for (size_t i = 0; i + 4 <= result.size(); i += 4)
        check(result[i] == 0xcd && result[i + 1] == 0xab && result[i + 2] == 0x40 + i && result[i + 3] == 0, "word at %zu", i);
    Pid written = board.host.control_out(board.host.request(0x40, 1, 0, 0x100, 136), pattern(136, 7));
    check(written == ACK, "write ended with PID %02x after %zu words", written, board.writes.size());
    check(board.writes.size() == 34, "%zu words written", board.writes.size());
    Bytes want = pattern(136, 7);
    for (size_t i = 0; i < board.writes.size(); i++)
        check(board.writes[i].first == (int)(0x100 + 4 * i) && (uint8_t)board.writes[i].second == want[4 * i] &&
                  board.writes[i].second >> 24 == want[4 * i + 3], "word %zu is %08x at %x", i, board.writes[i].second, board.writes[i].first);
}

static void carries_bulk_data_both_ways(bool high_speed)
{
    Board board;
    board.start(high_speed);
    size_t largest = high_speed ? 512 : 64;
    std::vector<int> want;
    for (int i = 0; i < 40; i++) {
        Bytes bytes = pattern(i % 5 == 0 ? 37 * i % largest : largest, i);
        Pid pid = board.host.out(1, bytes);
        check(pid == ACK || pid == NYET, "packet %d of %zu bytes got PID %02x", i, bytes.size(), pid);
        want.insert(want.end(), bytes.begin(), bytes.end());
        if (bytes.size() < largest)
            want.push_back(END);
    }
    board.host.phy.run(600);
    check(board.from_host == want, "%zu items came, %zu expected", board.from_host.size(), want.size());
    for (size_t length : {(size_t)1, largest - 1, largest, largest + 1, 3 * largest, 5 * largest + 7}) {
        Bytes bytes = pattern(length, length), got;
        for (size_t i = 0; i < length; i++)
            board.to_host.push_back(bytes[i] | (i + 1 == length ? END : 0));
        for (;;) {
            Pid pid = board.host.patient_in(1);
            check(pid == DATA0 || pid == DATA1, "PID %02x", pid);
            got.insert(got.end(), board.host.payload.begin(), board.host.payload.end());
            if (board.host.payload.size() < largest || (pid != DATA0 && pid != DATA1))
                break;
        }
        check(got == bytes, "%zu bytes came for %zu", got.size(), length);
    }
    printf("# slowest answer: %llu clocks\n", (unsigned long long)board.host.longest_answer);
}

int main()
{
    bench::test("enumerates_at_high_speed", enumerates_at_high_speed);
    bench::test("reads_and_writes_registers", reads_and_writes_registers);
    bench::test("carries_bulk_data_both_ways_at_high_speed", [] { carries_bulk_data_both_ways(true); });
    bench::test("carries_bulk_data_both_ways_at_full_speed", [] { carries_bulk_data_both_ways(false); });
    return bench::done();
}
