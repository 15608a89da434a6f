// A USB host for tests: packets with their CRCs, transactions, control transfers and bus reset with chirps.
// SPDX-License-Identifier: MIT
//
// Its CRCs are computed bit by bit over the wire's order, unlike the modules' own.
#ifndef TESTS_RTL_USB_HOST_H
#define TESTS_RTL_USB_HOST_H

#include <deque>

#include "tests/rtl/usb_phy.h"

enum Pid : uint8_t {
    OUT = 0xe1,
    IN = 0x69,
    SOF = 0xa5,
    SETUP = 0x2d,
    PING = 0xb4,
    DATA0 = 0xc3,
    DATA1 = 0x4b,
    ACK = 0xd2,
    NAK = 0x5a,
    STALL = 0x1e,
    NYET = 0x96,
    NOTHING = 0
};

inline uint32_t crc_of_bits(const std::vector<bool> &bits, uint32_t polynomial, int width)
{
    uint32_t crc = (1u << width) - 1, top = 1u << (width - 1);
    for (bool bit : bits) {
        bool subtract = bit != !!(crc & top);
        crc = (crc << 1) & ((1u << width) - 1);
        if (subtract)
            crc ^= polynomial;
    }
    uint32_t wire = 0; // complemented, first bit on the wire lowest
    for (int i = 0; i < width; i++)
        if (!(crc >> (width - 1 - i) & 1))
            wire |= 1u << i;
    return wire;
}

inline Bytes token_packet(uint8_t pid, int address, int endpoint)
{
    uint32_t fields = (uint32_t)(address | endpoint << 7);
    std::vector<bool> bits;
    for (int i = 0; i < 11; i++)
        bits.push_back(fields >> i & 1);
    fields |= crc_of_bits(bits, 0x05, 5) << 11;
    return {pid, (uint8_t)fields, (uint8_t)(fields >> 8)};
}

inline Bytes data_packet(uint8_t pid, const Bytes &payload)
{
    std::vector<bool> bits;
    for (uint8_t byte : payload)
        for (int i = 0; i < 8; i++)
            bits.push_back(byte >> i & 1);
    uint32_t crc = crc_of_bits(bits, 0x8005, 16);
    Bytes packet = {pid};
    packet.insert(packet.end(), payload.begin(), payload.end());
    packet.push_back((uint8_t)crc);
    packet.push_back((uint8_t)(crc >> 8));
    return packet;
}

// Phy is UsbPhy or, with the same functions, UsbLine.
template <typename Phy> class UsbHostAt
{
  public:
    Phy phy;
    int address = 0;
    bool out_toggle[16] = {}, in_toggle[16] = {};
    uint64_t longest_answer = 0; // clocks from the end of a packet to the answer's command
    Bytes payload;               // of the newest data packet from the device

    template <typename Sim> explicit UsbHostAt(Sim &sim) : phy(sim)
    {
    }

    // Waits for a packet as long as a host does; empty if none came.
    Bytes answer()
    {
        uint64_t limit = phy.clocks + (phy.high_speed() ? 102 : 90);
        while (phy.packets.empty() && (phy.clocks < limit || phy.transmitting()))
            phy.clock();
        if (phy.packets.empty())
            return {};
        Bytes packet = phy.packets.front();
        phy.packets.erase(phy.packets.begin());
        if (phy.began - phy.line_quiet > longest_answer)
            longest_answer = phy.began - phy.line_quiet;
        phy.run(phy.high_speed() ? 3 : 135); // what the PHY still holds of it goes out
        return packet;
    }
    Pid handshake()
    {
        Bytes packet = answer();
        if (packet.empty())
            return NOTHING;
        bench::check(packet.size() == 1, "a handshake of %zu bytes, PID %02x", packet.size(),
                     packet[0]);
        return (Pid)packet[0];
    }
    void gap()
    {
        phy.run(phy.high_speed() ? 12 : 20);
    }
    void token(Pid pid, int endpoint)
    {
        gap();
        phy.receive(token_packet(pid, address, endpoint));
    }
    void sof(int frame)
    {
        gap();
        phy.receive(token_packet(SOF, frame & 127, frame >> 7 & 15));
    }
    void data(Pid pid, const Bytes &bytes)
    {
        gap();
        phy.receive(data_packet(pid, bytes));
    }

    // ---- transactions ----
    Pid out(int endpoint, const Bytes &bytes, Pid pid)
    {
        token(OUT, endpoint);
        data(pid, bytes);
        return handshake();
    }
    // With the toggle that the endpoint has.
    Pid out(int endpoint, const Bytes &bytes)
    {
        Pid result = out(endpoint, bytes, out_toggle[endpoint] ? DATA1 : DATA0);
        if (result == ACK || result == NYET)
            out_toggle[endpoint] = !out_toggle[endpoint];
        return result;
    }
    Pid ping(int endpoint)
    {
        token(PING, endpoint);
        return handshake();
    }
    // Gives DATA0, DATA1 (payload holds the data, CRC checked), NAK, STALL or NOTHING.
    Pid in(int endpoint, bool acknowledge = true)
    {
        token(IN, endpoint);
        Bytes packet = answer();
        if (packet.empty())
            return NOTHING;
        if (packet[0] != DATA0 && packet[0] != DATA1)
            return (Pid)packet[0];
        bench::check(packet.size() >= 3, "a data packet of %zu bytes", packet.size());
        payload.assign(packet.begin() + 1, packet.end() - 2);
        bench::check(packet == data_packet(packet[0], payload), "data with a bad CRC");
        if (acknowledge) {
            gap();
            phy.receive({ACK});
            bench::check(packet[0] == (in_toggle[endpoint] ? DATA1 : DATA0),
                         "endpoint %d: toggle out of step", endpoint);
            in_toggle[endpoint] = !in_toggle[endpoint];
            phy.run(12);
        }
        return (Pid)packet[0];
    }

    // ---- control transfers; the result is ACK, STALL or NOTHING ----
    Pid setup(const Bytes &request)
    {
        token(SETUP, 0);
        data(DATA0, request);
        out_toggle[0] = in_toggle[0] = true;
        return handshake();
    }
    static Bytes request(int type, int code, int value, int index, int length)
    {
        return {(uint8_t)type,  (uint8_t)code,         (uint8_t)value,  (uint8_t)(value >> 8),
                (uint8_t)index, (uint8_t)(index >> 8), (uint8_t)length, (uint8_t)(length >> 8)};
    }
    Pid patient_in(int endpoint)
    {
        Pid pid = in(endpoint);
        for (int tries = 0; pid == NAK && tries < 100; tries++)
            pid = in(endpoint);
        return pid;
    }
    Pid control_in(const Bytes &setup_bytes, Bytes &result)
    {
        result.clear();
        if (setup(setup_bytes) != ACK)
            return NOTHING;
        size_t length = setup_bytes[6] | setup_bytes[7] << 8;
        if (length == 0) {
            Pid pid = patient_in(0);
            if (pid == DATA1)
                bench::check(payload.empty(), "a status stage with data");
            return pid == DATA1 ? ACK : pid;
        }
        while (result.size() < length) {
            Pid pid = patient_in(0);
            if (pid != DATA0 && pid != DATA1)
                return pid;
            result.insert(result.end(), payload.begin(), payload.end());
            if (payload.size() < 64)
                break;
        }
        out_toggle[0] = true;
        return out(0, {});
    }
    Pid control_out(const Bytes &setup_bytes, const Bytes &bytes = {})
    {
        if (setup(setup_bytes) != ACK)
            return NOTHING;
        for (size_t at = 0; at < bytes.size(); at += 64) {
            Bytes part(bytes.begin() + at, bytes.begin() + std::min(at + 64, bytes.size()));
            Pid pid = out(0, part);
            for (int tries = 0; pid == NAK && tries < 100; tries++)
                pid = out(0, part);
            if (pid != ACK && pid != NYET)
                return pid;
        }
        in_toggle[0] = true;
        Pid pid = patient_in(0);
        if (pid == DATA1)
            bench::check(payload.empty(), "a status stage with data");
        return pid == DATA1 ? ACK : pid;
    }

    // What a bus reset makes the host forget.
    void forget()
    {
        address = 0;
        for (int i = 0; i < 16; i++)
            out_toggle[i] = in_toggle[i] = false;
    }
};

template <typename Model> class UsbHost : public UsbHostAt<UsbPhy<Model>>
{
  public:
    using UsbHostAt<UsbPhy<Model>>::UsbHostAt;
    using UsbHostAt<UsbPhy<Model>>::phy;

    // A bus reset; chirps is how many of K and J the hub sends, 0 for a full-speed one.
    void reset(int chirps = 14)
    {
        this->forget();
        phy.line(SE0);
        for (int i = 0; i < 300000 && !phy.transmitting(); i++)
            phy.clock();
        bench::check(phy.transmitting() && phy.registers[4] == 0x54,
                     "no chirp: Function Control is %02x", phy.registers[4]);
        while (phy.transmitting())
            phy.clock();
        phy.line(SE0);
        phy.run(1000);
        for (int i = 0; i < chirps; i++) {
            phy.line(i % 2 ? LINE_J : LINE_K);
            phy.run(2700);
        }
        if (chirps == 0)
            phy.run(90000);
        phy.line(SE0);
        phy.run(200);
        if (!phy.high_speed())
            phy.line(LINE_J);
        phy.run(200);
    }
};

#endif
