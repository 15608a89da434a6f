// Packets that break rules, thrown at the USB device under fire: damaged, at the wrong time, for nobody here.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_FIRE_PACKETS_H
#define TESTS_RTL_USB_FIRE_PACKETS_H

#include "tests/rtl/usb_fire.h"

inline void flip(Bytes &bytes, size_t first_bit, size_t count)
{
    for (size_t i = first_bit; i < first_bit + count; i++)
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
}

// A packet with so few wrong bits in a row that its PID or CRC shows it (USB 2.0, 8.3).
inline Bytes spoiled(Fire &fire, Bytes packet)
{
    size_t bits = packet.size() * 8, most = bits == 24 ? 5 : 16;
    if (packet.size() == 1 || fire.random.chance(0.3)) {
        size_t count = 1 + (size_t)fire.pick(4);
        flip(packet, (size_t)fire.pick((int)(9 - count)), count);
        return packet;
    }
    size_t count = 1 + (size_t)fire.pick((int)most), room = bits - 8 - count + 1;
    flip(packet, 8 + (size_t)fire.pick((int)room), count);
    return packet;
}

inline bool data_is_whole(const Bytes &packet)
{
    return packet.size() >= 3 &&
           packet == data_packet(packet[0], Bytes(packet.begin() + 1, packet.end() - 2));
}

// Cut off, too long, or with an error that only the PHY has seen.
inline void send_broken(Fire &fire, Bytes packet, const char *what)
{
    bool error = false, data = (packet[0] & 3) == 3;
    size_t whole = packet.size();
    switch (fire.pick(4)) {
    case 0: packet.resize((size_t)fire.pick((int)whole)); break;
    case 1: packet.resize(whole + 1 + (size_t)fire.pick(3), 0x55); break;
    case 2: error = true; break;
    default: packet = spoiled(fire, packet); break;
    }
    if (!error && data && data_is_whole(packet))
        error = true;
    if (error && !Board::TELLS_ERRORS) {
        error = false;
        packet = spoiled(fire, packet);
    }
    fire.host.gap();
    fire.phy.receive(packet, error);
    fire.expect_silence(what);
}

inline int another_address(Fire &fire)
{
    return (fire.host.address + 1 + fire.pick(127)) & 127;
}

inline Bytes some_data(Fire &fire)
{
    size_t length = fire.random.chance(0.3) ? fire.largest() : (size_t)fire.pick(65);
    return data_packet(fire.random.chance(0.5) ? DATA0 : DATA1,
                       bench::random_bytes(fire.random, length));
}

inline Pid some_token(Fire &fire)
{
    static const Pid tokens[] = {OUT, IN, SETUP, PING};
    return tokens[fire.pick(4)];
}

// ---- packets that are none ----
inline void noise(Fire &fire)
{
    Bytes bytes = bench::random_bytes(fire.random, 1 + (size_t)fire.pick(40));
    if ((bytes[0] & 15) == (~bytes[0] >> 4 & 15))
        bytes[0] ^= 0x10;
    fire.phy.receive(bytes, fire.random.chance(0.3));
    fire.expect_silence("a packet without a PID");
}

inline void pids_of_others(Fire &fire)
{
    static const uint8_t pids[] = {0xf0, 0x78, 0x3c, 0x87,
                                   0x0f}; // reserved, SPLIT, PRE, DATA2, MDATA
    Bytes bytes = fire.random.chance(0.5) ? token_packet(0, fire.host.address, fire.pick(3))
                                          : data_packet(0, {1, 2, 3});
    bytes[0] = pids[fire.pick(5)];
    if (fire.random.chance(0.5))
        fire.host.token(OUT, fire.pick(2));
    fire.host.gap();
    fire.phy.receive(bytes);
    fire.expect_silence("a PID that is for others");
}

inline void broken_token(Fire &fire)
{
    Bytes packet = token_packet(some_token(fire), fire.host.address, fire.pick(3));
    send_broken(fire, packet, "a broken token");
    if (fire.random.chance(0.5)) {
        fire.host.gap();
        fire.phy.receive(some_data(fire));
        fire.expect_silence("data behind a broken token");
    }
}

inline void broken_data(Fire &fire)
{
    fire.host.token(fire.random.chance(0.3) ? SETUP : OUT, fire.pick(2));
    send_broken(fire, some_data(fire), "broken data");
}

inline void overlong_data(Fire &fire)
{
    size_t length = fire.largest() + 1 + (size_t)fire.pick(600);
    fire.expect_streams(); // with no room it would be NAK
    if (fire.halted[0])
        return;
    fire.host.token(OUT, 1);
    fire.host.data(fire.random.chance(0.5) ? DATA0 : DATA1,
                   bench::random_bytes(fire.random, length));
    fire.expect_silence("data beyond the packet size");
}

inline void broken_handshake(Fire &fire)
{
    fire.offer((size_t)fire.pick(700));
    fire.phy.run(20);
    fire.good_in(false);
    send_broken(fire, {ACK}, "a broken ACK");
    fire.good_in(true);
}

// ---- packets at the wrong time, or for nobody here ----
inline void packets_alone(Fire &fire)
{
    static const Pid handshakes[] = {ACK, NAK, STALL, NYET};
    fire.settle();
    if (fire.random.chance(0.5))
        fire.phy.receive(some_data(fire));
    else
        fire.phy.receive({handshakes[fire.pick(4)]});
    fire.expect_silence("a packet that nobody waits for");
}

inline void another_device(Fire &fire)
{
    Pid token = some_token(fire);
    fire.phy.receive(token_packet(token, another_address(fire), fire.pick(4)));
    fire.expect_silence("a token to another address");
    fire.phy.receive(token == IN || fire.random.chance(0.2) ? Bytes{ACK} : some_data(fire));
    fire.expect_silence("another device's data");
}

inline void no_such_endpoint(Fire &fire)
{
    Pid token = some_token(fire);
    int endpoint = 3 + fire.pick(13);
    if (fire.random.chance(0.3)) {
        token = fire.random.chance(0.5) ? SETUP : OUT;
        endpoint = token == SETUP ? 1 + fire.pick(15) : 2;
    } else if (!fire.high && fire.random.chance(0.3)) {
        token = PING; // is for high speed
        endpoint = fire.pick(2);
    }
    fire.host.token(token, endpoint);
    fire.expect_silence("a token to no endpoint");
    fire.phy.receive(some_data(fire));
    fire.expect_silence("data to no endpoint");
}

inline void token_for_data(Fire &fire)
{
    fire.host.token(fire.random.chance(0.5) ? OUT : SETUP, fire.pick(2));
    fire.host.token(fire.random.chance(0.5) ? IN : PING, fire.pick(2));
    fire.hear_out();
}

inline void token_for_handshake(Fire &fire)
{
    fire.offer((size_t)fire.pick(700));
    fire.phy.run(20);
    for (int i = fire.pick(4); i >= 0; i--)
        fire.good_in(false);
    fire.good_in(true);
}

// In the gap before its answer, and in the middle of that.
inline void cut_answer(Fire &fire)
{
    fire.offer((size_t)fire.pick(700));
    fire.phy.run(20);
    int endpoint = fire.pick(3);
    fire.host.token(IN, endpoint);
    fire.phy.run((uint64_t)fire.pick(fire.random.chance(0.5) ? 12 : 300));
    if (fire.random.chance(0.5))
        fire.phy.receive(token_packet(IN, fire.host.address, fire.pick(3)));
    else
        fire.phy.receive(some_data(fire));
    fire.hear_out();
    fire.phy.run(fire.largest() +
                 100); // what is left of the answer is swallowed, and nothing heard meanwhile
    fire.good_in(true);
}

inline void without_a_gap(Fire &fire)
{
    for (int i = fire.pick(6); i >= 0; i--) {
        fire.phy.receive(
            token_packet(fire.random.chance(0.3) ? SOF : PING, fire.host.address, fire.pick(3)));
        if (fire.random.chance(0.3))
            fire.phy.receive({NAK});
    }
    fire.hear_out();
    fire.settle();
}

inline void wrong_toggle(Fire &fire)
{
    Bytes bytes = bench::random_bytes(fire.random, (size_t)fire.pick((int)fire.largest() + 1));
    Pid pid = fire.host.out(1, bytes, fire.host.out_toggle[1] ? DATA0 : DATA1);
    Pid wanted = !fire.configured ? NOTHING : fire.halted[0] ? STALL : ACK;
    check(pid == wanted, "data with the toggle of before: PID %02x", pid);
}

#endif
