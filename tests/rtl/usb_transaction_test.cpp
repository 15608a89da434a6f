// Tests of usb_transaction: the answer to each packet, endpoint by endpoint, and what the endpoints are told.
// SPDX-License-Identifier: MIT
#include "Vusb_transaction.h"
#include "tests/rtl/usb_host.h"

using bench::check;

struct Engine {
    bench::Clocked<Vusb_transaction> sim{"usb_transaction"};
    Vusb_transaction &dut = sim.top;
    int committed = 0, taken = 0, setups = 0,
        started = 0;           // endpoints as bits, since the last packet
    int sent = -1, waited = 0; // the answer's PID, and after how many clocks it began

    explicit Engine(bool high_speed = true)
    {
        dut.high_speed = high_speed;
        dut.configured = dut.flowing = 1;
        dut.out_room = dut.in_ready = 7;
        dut.rst = 1;
        clock();
        dut.rst = 0;
        clock();
    }
    void clock()
    {
        sim.settle();
        committed |= dut.out_commit;
        taken |= dut.in_taken;
        setups += dut.setup_commit;
        started |= dut.in_start;
        if (dut.start)
            sent = dut.start_pid;
        sim.edge();
        sim.settle();
    }
    // The end of a packet, and what follows until the answer has gone out. Returns its PID, or -1.
    int end(Pid pid, uint8_t *good, int endpoint = 0)
    {
        committed = taken = setups = started = 0;
        sent = -1;
        dut.rx_active = 1;
        clock();
        dut.rx_active = 0;
        dut.pid = pid & 15;
        dut.token_endpoint = (uint8_t)endpoint;
        dut.packet_end = 1;
        if (good)
            *good = 1;
        clock();
        dut.packet_end = dut.token_good = dut.data_good = dut.ack_good = 0;
        for (waited = 0; sent < 0 && waited < 20; waited++)
            clock();
        dut.tx_busy = sent >= 0;
        for (int i = 0; dut.tx_busy && i < 50; i++)
            clock();
        dut.tx_busy = 0;
        clock();
        clock();
        return sent;
    }
    int token(Pid pid, int endpoint)
    {
        return end(pid, &dut.token_good, endpoint);
    }
    int data(Pid pid)
    {
        return end(pid, &dut.data_good, dut.token_endpoint);
    }
    int ack()
    {
        return end(ACK, &dut.ack_good);
    }
};

static bool is(int sent, Pid pid)
{
    return sent == (pid == NOTHING ? -1 : pid & 15);
}

static void answers_out_by_room_stall_and_toggle()
{
    for (int endpoint : {0, 1}) {
        Engine engine;
        for (int i = 0; i < 4; i++) {
            Pid right = i % 2 ? DATA1 : DATA0, wrong = i % 2 ? DATA0 : DATA1;
            check(is(engine.token(OUT, endpoint), NOTHING), "a token was answered");
            check(is(engine.data(wrong), ACK) && engine.committed == 0,
                  "a repeated packet was taken");
            engine.dut.out_room = 0;
            engine.token(OUT, endpoint);
            check(is(engine.data(right), NAK) && engine.committed == 0, "no room, but taken");
            engine.dut.out_room = 7;
            engine.dut.out_stall = 7;
            engine.token(OUT, endpoint);
            check(is(engine.data(right), STALL) && engine.committed == 0, "stalled, but taken");
            engine.token(OUT, endpoint);
            check(is(engine.data(wrong), endpoint ? STALL : ACK) && engine.committed == 0,
                  "a repeated packet to a stalled endpoint");
            engine.dut.out_stall = 0;
            engine.token(OUT, endpoint);
            check(is(engine.end(right, nullptr, endpoint), NOTHING) && engine.committed == 0,
                  "damaged, but answered");
            engine.token(OUT, endpoint);
            check(is(engine.data(right), ACK) && engine.committed == 1 << endpoint, "not taken");
        }
    }
}

static void says_nyet_when_the_next_packet_has_no_room()
{
    for (bool high_speed : {true, false}) {
        Engine engine(high_speed);
        engine.token(OUT, 1);
        engine.dut.out_room = 1;
        check(is(engine.data(DATA0), high_speed ? NYET : ACK) && engine.committed == 2,
              "no room for the next one");
        check(is(engine.token(PING, 1), high_speed ? NAK : NOTHING), "PING without room");
        engine.dut.out_room = 3;
        check(is(engine.token(PING, 1), high_speed ? ACK : NOTHING), "PING with room");
        engine.dut.out_stall = 2;
        check(is(engine.token(PING, 1), high_speed ? STALL : NOTHING), "PING, stalled");
    }
}

static void answers_in_by_readiness_stall_and_toggle()
{
    for (int endpoint : {0, 1, 2}) {
        Engine engine;
        for (int i = 0; i < 4; i++) {
            Pid right = i % 2 ? DATA1 : DATA0;
            engine.dut.in_ready = (uint8_t)(7 & ~(1 << endpoint));
            check(is(engine.token(IN, endpoint), NAK) && engine.started == 0, "data from nowhere");
            engine.dut.in_ready = 7;
            engine.dut.in_stall = (uint8_t)(1 << endpoint);
            check(is(engine.token(IN, endpoint), STALL) && engine.started == 0, "no stall");
            engine.dut.in_stall = 0;
            check(is(engine.token(IN, endpoint), right) && engine.started == 1 << endpoint,
                  "no data");
            check(is(engine.token(IN, endpoint), right) && engine.taken == 0, "no ACK, but taken");
            engine.ack();
            check(engine.taken == 1 << endpoint, "not taken");
            engine.ack();
            check(engine.taken == 0, "taken twice");
        }
    }
}

static void takes_no_ack_that_comes_too_late()
{
    for (bool high_speed : {true, false}) {
        int early = high_speed ? 85 : 225,
            late = high_speed ? 105 : 260; // clocks, one above USB 2.0's least and most
        for (int wait : {early, late}) {
            Engine engine(high_speed);
            engine.token(IN, 1);
            for (int i = 0; i < wait; i++)
                engine.clock();
            engine.ack();
            check(engine.taken == (wait == early ? 2 : 0), "after %d clocks: %x", wait,
                  engine.taken);
            check(engine.dut.idle, "not idle");
        }
    }
}

static void takes_setup_always_and_sets_both_toggles()
{
    Engine engine;
    engine.token(OUT, 0);
    engine.data(DATA0);
    engine.dut.out_stall = engine.dut.in_stall = 7;
    engine.dut.out_room = 0;
    engine.token(SETUP, 0);
    check(is(engine.data(DATA0), ACK) && engine.setups == 1 && engine.committed == 0,
          "SETUP was refused");
    engine.dut.out_stall = engine.dut.in_stall = 0;
    engine.dut.out_room = 3;
    engine.token(OUT, 0);
    check(is(engine.data(DATA1), ACK) && engine.committed == 1, "OUT is not at DATA1");
    check(is(engine.token(IN, 0), DATA1), "IN is not at DATA1");
    engine.token(SETUP, 0);
    check(is(engine.data(DATA1), NOTHING) && engine.setups == 0, "SETUP with DATA1 was taken");
    engine.token(SETUP, 1);
    check(is(engine.data(DATA0), NOTHING) && engine.setups == 0, "SETUP to endpoint 1 was taken");
}

static void answers_only_for_endpoints_that_are_there()
{
    Engine engine;
    for (int endpoint = 0; endpoint < 16; endpoint++)
        for (int exist = 0; exist < 4; exist++) {
            engine.dut.configured = exist & 1;
            engine.dut.flowing = exist >> 1;
            bool bulk = endpoint == 1 && exist >> 1;
            bool out = endpoint == 0 || bulk, in = out || (endpoint == 2 && exist & 1);
            check((engine.token(IN, endpoint) >= 0) == in, "IN %d", endpoint);
            check((engine.token(PING, endpoint) >= 0) == out, "PING %d", endpoint);
            engine.token(OUT, endpoint);
            check((engine.data(DATA0) >= 0) == out, "OUT %d", endpoint);
            check(is(engine.data(DATA0), NOTHING), "data without a token");
        }
}

static void clears_each_toggle_on_its_own()
{
    for (int which = 0; which < 3; which++) {
        Engine engine;
        engine.token(OUT, 1);
        engine.data(DATA0);
        for (int endpoint : {1, 2}) {
            engine.token(IN, endpoint);
            engine.ack();
        }
        engine.dut.toggle_clear = (uint8_t)(1 << which);
        engine.clock();
        engine.dut.toggle_clear = 0;
        engine.token(OUT, 1);
        engine.data(DATA0);
        check((engine.committed == 2) == (which == 0), "bulk OUT");
        check(is(engine.token(IN, 1), which == 1 ? DATA0 : DATA1), "bulk IN");
        check(is(engine.token(IN, 2), which == 2 ? DATA0 : DATA1), "interrupt IN");
    }
}

static void answers_in_the_time_that_ulpi_gives()
{
    for (bool high_speed : {true, false}) {
        Engine engine(high_speed);
        engine.token(IN, 1);
        check(high_speed ? engine.waited <= 3 : engine.waited >= 7 && engine.waited <= 12,
              "%d clocks", engine.waited);
        engine.token(OUT, 1);
        engine.data(DATA0);
        check(high_speed ? engine.waited <= 3 : engine.waited >= 7 && engine.waited <= 12,
              "%d clocks", engine.waited);
    }
}

int main()
{
    bench::test("answers_out_by_room_stall_and_toggle", answers_out_by_room_stall_and_toggle);
    bench::test("says_nyet_when_the_next_packet_has_no_room",
                says_nyet_when_the_next_packet_has_no_room);
    bench::test("answers_in_by_readiness_stall_and_toggle",
                answers_in_by_readiness_stall_and_toggle);
    bench::test("takes_no_ack_that_comes_too_late", takes_no_ack_that_comes_too_late);
    bench::test("takes_setup_always_and_sets_both_toggles",
                takes_setup_always_and_sets_both_toggles);
    bench::test("answers_only_for_endpoints_that_are_there",
                answers_only_for_endpoints_that_are_there);
    bench::test("clears_each_toggle_on_its_own", clears_each_toggle_on_its_own);
    bench::test("answers_in_the_time_that_ulpi_gives", answers_in_the_time_that_ulpi_gives);
    return bench::done();
}
