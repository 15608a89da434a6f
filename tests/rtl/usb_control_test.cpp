// Tests of usb_control at its packets: stages of a transfer. The product's name here fills a packet (tests/tests.mk).
// SPDX-License-Identifier: MIT
#include "Vusb_control.h"
#include "tests/rtl/clocked.h"

using bench::Bytes;
using bench::check;

enum Answer { NAKS, STALLS, TAKES };

struct Control {
    bench::Clocked<Vusb_control> sim{"usb_control"};
    Vusb_control &dut = sim.top;
    int configured_fell = 0, toggles_cleared = 0, words_written = 0, last_written = 0;

    Control()
    {
        dut.rst = 1;
        dut.high_speed = 1;
        clock();
        dut.rst = 0;
        clock();
    }
    void clock()
    {
        sim.settle();
        bool before = dut.configured;
        toggles_cleared |= dut.toggle_clear;
        words_written += dut.reg_write;
        if (dut.reg_write)
            last_written = dut.reg_address;
        sim.edge();
        sim.settle();
        configured_fell += before && !dut.configured;
    }
    void clocks(int n)
    {
        while (n--)
            clock();
    }
    void pulse(uint8_t &signal)
    {
        signal = 1;
        clock();
        signal = 0;
    }
    void packet(const Bytes &bytes, uint8_t *commit)
    {
        dut.out_open = 1;
        clock();
        for (uint8_t byte : bytes) {
            dut.data = byte;
            pulse(dut.data_valid);
        }
        if (commit)
            pulse(*commit);
        dut.out_open = 0;
        clocks(3);
    }
    void setup(const Bytes &request, bool good = true)
    {
        pulse(dut.setup_start);
        dut.setup = 1;
        packet(request, good ? &dut.setup_commit : nullptr);
        dut.setup = 0;
    }
    Answer out(const Bytes &bytes)
    {
        Answer answer = dut.out_stall ? STALLS : dut.out_room ? TAKES : NAKS;
        packet(bytes, answer == TAKES ? &dut.out_commit : nullptr);
        return answer;
    }
    Answer in(Bytes &bytes, bool acknowledged = true)
    {
        bytes.clear();
        if (dut.in_stall)
            return STALLS;
        if (!dut.in_ready)
            return NAKS;
        pulse(dut.in_start);
        clocks(2);
        while (dut.payload_valid && bytes.size() < 100) {
            bytes.push_back(dut.payload_data);
            pulse(dut.payload_take);
        }
        if (acknowledged)
            pulse(dut.in_taken);
        return TAKES;
    }
};

static void ends_an_answer_of_whole_packets_with_an_empty_one()
{
    Control control;
    Bytes bytes;
    control.setup({0x80, 6, 2, 3, 9, 4, 255, 0});
    check(control.in(bytes) == TAKES && bytes.size() == 64 && bytes[0] == 64, "%zu bytes",
          bytes.size());
    check(control.in(bytes, false) == TAKES && bytes.empty(), "no empty packet behind it");
    check(control.in(bytes) == TAKES && bytes.empty(), "no second try");
    check(control.in(bytes) == STALLS, "data behind the end");
    check(control.out({}) == TAKES, "no status stage");
    control.setup({0x80, 6, 2, 3, 9, 4, 64, 0});
    check(control.in(bytes) == TAKES && bytes.size() == 64, "%zu bytes", bytes.size());
    check(control.in(bytes) == STALLS, "an empty packet that was not asked for");
    check(control.out({}) == TAKES, "no status stage");
    control.setup({0x80, 6, 2, 3, 9, 4, 63, 0});
    check(control.in(bytes) == TAKES && bytes.size() == 63, "%zu bytes", bytes.size());
    check(control.in(bytes) == STALLS, "data behind the end");
}

static void obeys_only_a_whole_request()
{
    Control control;
    Bytes bytes;
    Bytes request = {0, 9, 1, 0, 0, 0, 0, 0};
    control.setup(request, false);
    check(!control.dut.configured && control.in(bytes) == STALLS, "a damaged request was obeyed");
    control.setup(Bytes(request.begin(), request.end() - 1));
    check(!control.dut.configured && control.in(bytes) == STALLS, "a short request was obeyed");
    Bytes longer = request;
    longer.resize(100);
    control.setup(longer);
    check(!control.dut.configured && control.in(bytes) == STALLS, "a long request was obeyed");
    control.setup(request);
    check(control.dut.configured && control.in(bytes) == TAKES && bytes.empty(),
          "the request was not obeyed");
    check(control.toggles_cleared == 7, "toggles %x were cleared", control.toggles_cleared);
    control.setup(request);
    check(control.dut.configured && control.configured_fell == 1, "configured did not fall");
}

static void takes_the_address_when_the_status_stage_is_over()
{
    Control control;
    Bytes bytes;
    control.setup({0, 5, 77, 0, 0, 0, 0, 0});
    check(control.in(bytes, false) == TAKES && control.dut.device_address == 0, "too early");
    check(control.in(bytes) == TAKES && control.dut.device_address == 77, "address %d",
          control.dut.device_address);
    control.setup({0x80, 8, 0, 0, 0, 0, 1, 0});
    control.in(bytes);
    control.out({});
    check(control.dut.device_address == 77, "address %d", control.dut.device_address);
}

static void waits_with_the_next_stage_until_registers_are_written()
{
    Control control;
    Bytes bytes;
    control.setup({0x40, 1, 0, 0, 0, 0, 128, 0});
    check(control.in(bytes) == STALLS, "status before data");
    control.setup({0x40, 1, 0, 0, 0, 0, 128, 0});
    check(control.out(Bytes(64, 1)) == TAKES, "the first packet was refused");
    check(!control.dut.out_room && !control.dut.idle, "ready while it writes");
    check(control.in(bytes) == NAKS, "a status stage while it writes");
    control.clocks(80);
    check(control.words_written == 16, "%d words written", control.words_written);
    check(control.out(Bytes(64, 2)) == TAKES, "the second packet was refused");
    control.clocks(80);
    check(control.words_written == 32 && control.in(bytes) == TAKES && bytes.empty(),
          "no status stage");
    check(control.out({}) == STALLS, "data behind the end");
}

// A host that gives up in the middle must not have its next request taken for an address.
static void stops_writing_registers_at_a_setup()
{
    for (int wait = 0; wait < 64; wait += 3) {
        Control control;
        Bytes bytes;
        control.setup({0x40, 1, 0, 0, 0, 1, 64, 0});
        check(control.out(Bytes(64, 1)) == TAKES, "the data was refused");
        control.clocks(wait);
        control.setup({0x80, 8, 0, 0, 0, 0, 1, 0});
        check(control.last_written < 0x140, "a write to address %x", control.last_written);
        check(control.in(bytes) == TAKES && bytes.size() == 1, "the request was not answered");
        check(control.out({}) == TAKES, "no status stage");
        check(control.dut.idle, "not idle");
    }
}

static void stalls_data_of_another_length()
{
    for (size_t length : {0, 7, 9, 64, 65, 127, 128, 136, 200}) {
        Control control;
        Bytes bytes;
        control.setup({0x40, 1, 0, 0, 0, 0, 8, 0});
        control.out(Bytes(length, 1));
        check(control.out(Bytes(8, 1)) == STALLS, "a second try behind %zu bytes", length);
        check(control.in(bytes) == STALLS && control.words_written == 0, "%zu bytes", length);
    }
}

int main()
{
    bench::test("ends_an_answer_of_whole_packets_with_an_empty_one",
                ends_an_answer_of_whole_packets_with_an_empty_one);
    bench::test("obeys_only_a_whole_request", obeys_only_a_whole_request);
    bench::test("takes_the_address_when_the_status_stage_is_over",
                takes_the_address_when_the_status_stage_is_over);
    bench::test("waits_with_the_next_stage_until_registers_are_written",
                waits_with_the_next_stage_until_registers_are_written);
    bench::test("stops_writing_registers_at_a_setup", stops_writing_registers_at_a_setup);
    bench::test("stalls_data_of_another_length", stalls_data_of_another_length);
    return bench::done();
}
