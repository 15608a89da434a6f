// IP packets in Ethernet frames of every shape, and a naive judge of their checksums. Shares nothing with the gateware.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_PACKETS_H
#define TESTS_RTL_PACKETS_H

#include "tests/rtl/clocked.h"
#include "tests/rtl/ethernet.h"

namespace packets
{

using ethernet::Bytes;

constexpr unsigned HOP_BY_HOP = 0, TCP = 6, UDP = 17, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60;

inline unsigned get16(const Bytes &b, size_t at)
{
    return b[at] * 256u + b[at + 1];
}

inline void put16(Bytes &b, size_t at, unsigned value)
{
    b[at] = (uint8_t)(value >> 8), b[at + 1] = (uint8_t)value;
}

// The ones' complement sum of 16-bit words; an odd last byte is a word's high half.
inline unsigned sum(const Bytes &b)
{
    uint64_t total = 0;
    for (size_t i = 0; i < b.size(); ++i)
        total += i % 2 ? b[i] : b[i] * 256u;
    while (total > 0xFFFF)
        total = (total & 0xFFFF) + (total >> 16);
    return (unsigned)total;
}

inline Bytes slice(const Bytes &b, size_t from, size_t to)
{
    return Bytes(b.begin() + (long)from, b.begin() + (long)to);
}

inline void append(Bytes &to, const Bytes &bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

// A transport's bytes with its pseudo-header, which is written out (RFC 9293, 3.1; RFC 8200, 8.1).
inline Bytes with_pseudo(const Bytes &addresses, unsigned protocol, const Bytes &transport)
{
    Bytes all = addresses;
    size_t length = transport.size();
    for (uint8_t byte : {(uint8_t)0, (uint8_t)protocol, (uint8_t)(length >> 8), (uint8_t)length})
        all.push_back(byte);
    append(all, transport);
    return all;
}

// Does a segment or datagram deserve the mark?
inline bool transport_right(const Bytes &addresses, unsigned protocol, const Bytes &transport)
{
    if (protocol == UDP && (transport.size() < 8 || get16(transport, 4) != transport.size() ||
                            get16(transport, 6) == 0))
        return false;
    if (protocol == TCP && transport.size() < 20)
        return false;
    return (protocol == TCP || protocol == UDP) &&
           sum(with_pseudo(addresses, protocol, transport)) == 0xFFFF;
}

inline bool ipv4_right(const Bytes &p)
{
    if (p.size() < 20 || p[0] >> 4 != 4)
        return false;
    size_t header = (p[0] & 15u) * 4, total = get16(p, 2);
    if (header < 20 || total < header || total > p.size())
        return false;
    if (sum(slice(p, 0, header)) != 0xFFFF || get16(p, 6) & 0x3FFF)
        return false;
    return transport_right(slice(p, 12, 20), p[9], slice(p, header, total));
}

inline bool ipv6_right(const Bytes &p)
{
    if (p.size() < 40 || p[0] >> 4 != 6)
        return false;
    size_t at = 40, end = 40 + get16(p, 4);
    unsigned next = p[6];
    if (end > p.size())
        return false;
    while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION) {
        if (at + 8 > end || at + 8u + p[at + 1] * 8u > end)
            return false;
        if (next == ROUTING && p[at + 3] != 0)
            return false;
        next = p[at], at += 8 + p[at + 1] * 8u;
    }
    return transport_right(slice(p, 8, 40), next, slice(p, at, end));
}

// Does a frame without FCS deserve the mark?
inline bool right(const Bytes &frame)
{
    size_t at = 12;
    if (frame.size() >= 18 && get16(frame, 12) == 0x8100)
        at = 16;
    if (frame.size() < at + 2)
        return false;
    Bytes packet = slice(frame, at + 2, frame.size());
    unsigned type = get16(frame, at);
    return type == 0x0800 ? ipv4_right(packet) : type == 0x86DD && ipv6_right(packet);
}

// What a frame is made of; `frame()` puts it together with right lengths and sums.
struct Shape {
    bool six = false, tag = false, checksum = true;
    unsigned protocol = TCP;
    size_t options = 0;         // 32-bit words of IPv4 options
    std::vector<Bytes> headers; // IPv6 extension headers; byte 0 is filled in
    std::vector<unsigned> kinds;
    size_t data = 0, padding = 0;
    int fill = -1; // the data's bytes; random ones if negative
};

// A segment or datagram whose checksum is right.
inline Bytes transport(bench::Random &random, const Shape &shape, const Bytes &addresses)
{
    bool udp = shape.protocol == UDP;
    size_t field = udp ? 6 : 16;
    Bytes bytes = random_bytes(random, (udp ? 8 : 20) + shape.data);
    if (shape.fill >= 0)
        std::fill(bytes.end() - (long)shape.data, bytes.end(), (uint8_t)shape.fill);
    if (udp)
        put16(bytes, 4, (unsigned)bytes.size());
    else
        bytes[12] = 0x50;
    put16(bytes, field, 0);
    unsigned value = 0xFFFF - sum(with_pseudo(addresses, shape.protocol, bytes));
    if (shape.checksum)
        put16(bytes, field, value || !udp ? value : 0xFFFF);
    return bytes;
}

inline Bytes ipv4(bench::Random &random, const Shape &shape)
{
    Bytes packet = random_bytes(random, 20 + 4 * shape.options);
    Bytes rest = transport(random, shape, slice(packet, 12, 20));
    packet[0] = (uint8_t)(0x45 + shape.options);
    put16(packet, 2, (unsigned)(packet.size() + rest.size()));
    put16(packet, 6, random.chance(0.5) ? 0x4000 : 0);
    packet[9] = (uint8_t)shape.protocol;
    put16(packet, 10, 0);
    put16(packet, 10, 0xFFFF - sum(packet));
    append(packet, rest);
    return packet;
}

inline Bytes ipv6(bench::Random &random, const Shape &shape)
{
    Bytes packet = random_bytes(random, 40), rest, chain;
    for (size_t i = 0; i < shape.headers.size(); ++i) {
        Bytes header = shape.headers[i];
        header[0] = (uint8_t)(i + 1 < shape.kinds.size() ? shape.kinds[i + 1] : shape.protocol);
        append(chain, header);
    }
    packet[0] = (uint8_t)(0x60 | (packet[0] & 15));
    packet[6] = (uint8_t)(shape.kinds.empty() ? shape.protocol : shape.kinds[0]);
    rest = transport(random, shape, slice(packet, 8, 40));
    put16(packet, 4, (unsigned)(chain.size() + rest.size()));
    append(packet, chain);
    append(packet, rest);
    return packet;
}

inline Bytes frame(bench::Random &random, const Shape &shape)
{
    Bytes bytes = random_bytes(random, 12);
    ethernet::put_address(bytes, 0, ethernet::OUR_MAC);
    ethernet::put_address(bytes, 6, ethernet::OTHER_MAC);
    if (shape.tag)
        append(bytes, {0x81, 0x00, (uint8_t)random.next(), (uint8_t)random.next()});
    append(bytes, shape.six ? Bytes{0x86, 0xDD} : Bytes{0x08, 0x00});
    append(bytes, shape.six ? ipv6(random, shape) : ipv4(random, shape));
    append(bytes, random_bytes(random, shape.padding));
    return bytes;
}

// An extension header of 8 + 8 * more bytes; a routing header's way is at its end.
inline void add_header(bench::Random &random, Shape &shape, unsigned kind, unsigned more)
{
    Bytes header = random_bytes(random, 8 + 8 * (size_t)more);
    header[1] = (uint8_t)more;
    if (kind == ROUTING)
        header[3] = 0;
    shape.headers.push_back(header);
    shape.kinds.push_back(kind);
}

// Any shape whose frame deserves the mark.
inline Shape random_shape(bench::Random &random, size_t longest)
{
    static const unsigned kinds[] = {HOP_BY_HOP, ROUTING, DESTINATION};
    Shape shape;
    shape.six = random.chance(0.5), shape.tag = random.chance(0.3);
    shape.protocol = random.chance(0.5) ? TCP : UDP;
    shape.options = random.chance(0.3) ? random.below(11) : 0;
    shape.data = random.below((uint32_t)longest);
    shape.padding = random.chance(0.3) ? random.below(47) : 0;
    for (unsigned n = shape.six && random.chance(0.4) ? 1 + random.below(3) : 0; n; --n)
        add_header(random, shape, kinds[random.below(3)],
                   random.chance(0.1) ? random.below(256) : random.below(4));
    return shape;
}

} // namespace packets
#endif
