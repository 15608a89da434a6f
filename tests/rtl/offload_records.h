// Records that ask for checksums and segmentation, and the frames that must come of them, made by hand, byte for byte.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_OFFLOAD_RECORDS_H
#define TESTS_RTL_OFFLOAD_RECORDS_H

#include <cstring>

#include "tests/rtl/clocked.h"

namespace bench
{

enum { TCPV4 = 1, TCPV6 = 4, UDP_L4 = 5, ECN = 0x80 };

struct Request {
    bool needs_csum = false;
    uint8_t gso_type = 0;
    uint16_t gso_size = 0, csum_start = 0, csum_offset = 0;
    Bytes frame;
};

inline uint32_t word(const Bytes &bytes, size_t at)
{
    return bytes[at] * 256u + bytes[at + 1];
}

inline void put_word(Bytes &bytes, size_t at, uint32_t value)
{
    bytes[at] = (uint8_t)(value >> 8);
    bytes[at + 1] = (uint8_t)value;
}

// What big-endian words from..to add up to.
inline uint64_t add_words(const Bytes &bytes, size_t from, size_t to)
{
    uint64_t sum = 0;
    for (size_t i = from; i < to; i++)
        sum += (i - from) % 2 ? bytes[i] : bytes[i] * 256u;
    return sum;
}

// The Internet checksum of a sum, never 0.
inline uint32_t checksum(uint64_t sum)
{
    return (uint32_t)(65535 - sum % 65535);
}

// A frame cut into what is known of it.
struct Layout {
    size_t ip, l4, end; // where IP, TCP or UDP, and the payload begin
    bool v4, udp;
};

// False if the request cannot be; else what it says of the headers. Plain requests have no layout.
inline bool understand(const Request &r, Layout &layout, size_t max_frame = 1518)
{
    size_t size = r.frame.size();
    bool field_in = (size_t)r.csum_start + r.csum_offset + 2 <= size;
    if (!r.gso_type)
        return size <= max_frame && (!r.needs_csum || field_in);
    uint8_t type = r.gso_type & 0x7F;
    layout.udp = r.gso_type == UDP_L4;
    if ((type != TCPV4 && type != TCPV6 && !layout.udp) || !r.needs_csum || !r.gso_size)
        return false;
    if (r.csum_offset != (layout.udp ? 6 : 16) || !field_in || r.csum_start < 34)
        return false;
    layout.ip = word(r.frame, 12) == 0x8100 ? 18 : 14;
    uint32_t ethertype = word(r.frame, layout.ip - 2);
    layout.v4 = ethertype == 0x0800;
    if (!layout.v4 && ethertype != 0x86DD)
        return false;
    if ((type == TCPV4 && !layout.v4) || (type == TCPV6 && layout.v4))
        return false;
    layout.l4 = r.csum_start;
    layout.end = layout.l4 + (layout.udp ? 8 : (size_t)(r.frame[layout.l4 + 12] >> 4) * 4);
    return layout.l4 >= layout.ip + (layout.v4 ? 20 : 40) && layout.end >= layout.l4 + 8 &&
           (layout.udp || layout.end >= layout.l4 + 20) && layout.end <= size &&
           layout.end <= 256 && layout.end + r.gso_size <= max_frame;
}

inline Bytes make_segment(const Request &r, const Layout &l, size_t from, size_t count,
                          unsigned number)
{
    Bytes s(r.frame.begin(), r.frame.begin() + (long)l.end);
    bool last = l.end + from + count == r.frame.size();
    s.insert(s.end(), r.frame.begin() + (long)(l.end + from),
             r.frame.begin() + (long)(l.end + from + count));
    if (l.v4) {
        put_word(s, l.ip + 2, (uint32_t)(s.size() - l.ip));
        put_word(s, l.ip + 4, word(s, l.ip + 4) + number);
        put_word(s, l.ip + 10, 0);
        uint32_t sum = checksum(add_words(s, l.ip, l.l4));
        put_word(s, l.ip + 10, sum == 65535 ? 0 : sum);
    } else {
        put_word(s, l.ip + 4, (uint32_t)(s.size() - l.ip - 40));
    }
    if (l.udp) {
        put_word(s, l.l4 + 4, (uint32_t)(s.size() - l.l4));
    } else {
        uint32_t sequence = (word(s, l.l4 + 4) << 16 | word(s, l.l4 + 6)) + (uint32_t)from;
        put_word(s, l.l4 + 4, sequence >> 16);
        put_word(s, l.l4 + 6, sequence);
        if (!last)
            s[l.l4 + 13] &= (uint8_t) ~(0x01 | 0x08); // FIN, PSH
        if (number && (r.gso_type & ECN))
            s[l.l4 + 13] &= 0x7F; // CWR
    }
    uint64_t was = (r.frame.size() - l.l4) % 65536;
    put_word(s, l.l4 + r.csum_offset,
             checksum(add_words(s, l.l4, s.size()) + (65535 - was % 65535) + (s.size() - l.l4)));
    return s;
}

// The frames that a good request becomes.
inline std::vector<Bytes> expected_frames(const Request &r, const Layout &layout)
{
    std::vector<Bytes> frames;
    if (!r.gso_type) {
        frames.push_back(r.frame);
        if (r.needs_csum)
            put_word(frames[0], (size_t)r.csum_start + r.csum_offset,
                     checksum(add_words(r.frame, r.csum_start, r.frame.size())));
        return frames;
    }
    size_t at = 0, payload = r.frame.size() - layout.end;
    do {
        size_t count = std::min<size_t>(r.gso_size, payload - at);
        frames.push_back(make_segment(r, layout, at, count, (unsigned)frames.size()));
        at += count;
    } while (at < payload);
    return frames;
}

// ---- records as a good sender makes them
struct Shape {
    bool v6 = false, udp = false, vlan = false, ecn = false;
    unsigned ip_more = 0, l4_more = 0; // bytes of IPv4 options or IPv6 extensions, of TCP options
    size_t payload = 1000;
    uint16_t gso_size = 500;
};

inline Request make_request(Random &random, const Shape &shape)
{
    Request r;
    size_t ip = shape.vlan ? 18 : 14, l4 = ip + (shape.v6 ? 40u : 20u) + shape.ip_more;
    size_t end = l4 + (shape.udp ? 8 : 20 + shape.l4_more);
    r.frame = random_bytes(random, end + shape.payload);
    put_word(r.frame, 12, 0x0101);
    if (shape.vlan)
        put_word(r.frame, 12, 0x8100);
    put_word(r.frame, ip - 2, shape.v6 ? 0x86DD : 0x0800);
    if (!shape.v6)
        r.frame[ip] = (uint8_t)(0x40 | (l4 - ip) / 4);
    if (!shape.udp)
        r.frame[l4 + 12] = (uint8_t)((5 + shape.l4_more / 4) << 4);
    r.needs_csum = true;
    r.gso_type = (uint8_t)((shape.udp ? UDP_L4 : shape.v6 ? TCPV6 : TCPV4) | (shape.ecn ? ECN : 0));
    r.gso_size = shape.gso_size;
    r.csum_start = (uint16_t)l4;
    r.csum_offset = shape.udp ? 6 : 16;
    uint64_t pseudo = add_words(r.frame, ip + (shape.v6 ? 8 : 12), ip + (shape.v6 ? 40 : 20));
    pseudo += (shape.udp ? 17u : 6u) + r.frame.size() - l4;
    put_word(r.frame, l4 + r.csum_offset, (uint32_t)(pseudo % 65535));
    return r;
}

inline Shape random_shape(Random &random, size_t longest_payload)
{
    Shape shape;
    shape.v6 = random.chance(0.5);
    shape.udp = random.chance(0.3);
    shape.vlan = random.chance(0.3);
    shape.ecn = !shape.udp && random.chance(0.3);
    shape.ip_more = shape.v6 ? 8 * random.below(9) : 4 * random.below(11);
    shape.l4_more = shape.udp ? 0 : 4 * random.below(11);
    shape.payload = random.below((uint32_t)longest_payload + 1);
    size_t front = 14 + 4 + 60 + 60 + 64;
    shape.gso_size = (uint16_t)(1 + random.below((uint32_t)(1518 - front)));
    return shape;
}

} // namespace bench
#endif
