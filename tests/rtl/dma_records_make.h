// Transfers full of records of every kind, right and wrong, for dma_records_test.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_DMA_RECORDS_MAKE_H
#define TESTS_RTL_DMA_RECORDS_MAKE_H

#include "tests/rtl/offload_records.h"
#include "tests/rtl/records.h"

namespace bench
{

constexpr size_t LONGEST = 65593, LONGEST_FRAME = 1518, BIG = 16384;

struct Transfer {
    Bytes bytes;
    std::vector<size_t> starts; // of its records
};

inline size_t payload_length(Random &random)
{
    uint32_t kind = random.below(1000);
    if (kind < 9)
        return BIG + random.below(LONGEST - BIG);
    if (kind < 400)
        return random.below(200);
    return random.below(kind < 550 ? 3000 : 14000);
}

// A super-frame of any shape that segments, with at most some 60 segments, or a few bytes in each.
inline Request make_super(Random &random)
{
    Shape shape = random_shape(random, 1);
    if (shape.v6)
        shape.ip_more = 8 * (random.chance(0.3) ? random.below(4) : random.below(18));
    shape.payload = payload_length(random);
    size_t front = 14u + (shape.vlan ? 4 : 0) + (shape.v6 ? 40 : 20) + shape.ip_more +
                   (shape.udp ? 8 : 20 + shape.l4_more);
    shape.payload = std::min(shape.payload, LONGEST - front);
    uint32_t most = (uint32_t)(LONGEST_FRAME - front);
    uint32_t least = 1 + (uint32_t)shape.payload / (random.chance(0.1) ? 200 : 60);
    least = std::min(least, most);
    shape.gso_size = (uint16_t)(random.chance(0.2) ? most : least + random.below(most + 1 - least));
    return make_request(random, shape);
}

// A frame of any bytes, of which some ask for a checksum anywhere, and some of these have a sum of 0.
inline Request make_plain(Random &random)
{
    static const size_t edges[] = {14, 15, 16, 17, 60, 1517, 1518};
    Request r;
    size_t size = random.chance(0.1) ? edges[random.below(7)] : 14 + random.below(1505);
    r.frame = random_bytes(random, size);
    if (random.chance(0.05))
        r.frame.assign(size, random.chance(0.5) ? 0x00 : 0xFF);
    r.needs_csum = random.chance(0.6);
    r.csum_start = (uint16_t)random.below((uint32_t)size - 1);
    r.csum_offset = (uint16_t)random.below((uint32_t)size - 1u - r.csum_start);
    r.gso_size = (uint16_t)random.next();
    return r;
}

inline uint16_t flip(Random &random, unsigned value, unsigned bits)
{
    return (uint16_t)(value ^ 1u << random.below(bits));
}

// Makes a request wrong, most probably.
inline void spoil(Random &random, Request &r)
{
    static const uint8_t types[] = {0, 1, 2, 3, 4, 5, 6, 0x80, 0x81, 0x84, 0x85, 0xFF};
    size_t near = std::min<size_t>(r.frame.size(), 120);
    switch (random.below(12)) {
    case 0: r.gso_type = types[random.below(12)]; break;
    case 1: r.gso_type = (uint8_t)random.next(); break;
    case 2: r.gso_size = random.chance(0.5) ? 0 : (uint16_t)(1200 + random.below(400)); break;
    case 3: r.needs_csum = !r.needs_csum; break;
    case 4: r.csum_start = flip(random, r.csum_start, 16); break;
    case 5: r.csum_start = (uint16_t)(r.csum_start + random.below(9) - 4); break;
    case 6: r.csum_offset = flip(random, r.csum_offset, 16); break;
    case 7: r.csum_offset = (uint16_t)(r.frame.size() - r.csum_start - random.below(4)); break;
    case 8: r.frame.resize(14 + random.below((uint32_t)r.frame.size() - 13)); break;
    case 9:
        r.frame.resize(
            std::min(r.frame.size(), std::max<size_t>(14, r.csum_start + random.below(70))));
        break;
    case 10: r.frame[12 + random.below(2)] ^= (uint8_t)(1 << random.below(8)); break;
    default: r.frame[random.below((uint32_t)near)] = (uint8_t)random.next();
    }
    if (r.frame.size() < 14)
        r.frame.resize(14);
}

// The 16 bytes in front, whose length or mark is sometimes a lie.
inline void put_record(Random &random, Transfer &transfer, const Request &r)
{
    uint32_t length = (uint32_t)r.frame.size();
    uint8_t mark = 0xFE;
    Vnet vnet;
    for (auto &byte : vnet)
        byte = (uint8_t)random.next(); // flags that mean nothing here, hdr_len, num_buffers
    vnet[0] = (uint8_t)((vnet[0] & 0xFE) | r.needs_csum);
    vnet[1] = r.gso_type;
    const uint16_t fields[] = {r.gso_size, r.csum_start, r.csum_offset};
    for (int i = 0; i < 6; i++)
        vnet[(size_t)i + 4] = (uint8_t)(fields[i / 2] >> (8 * (i % 2)));
    if (random.chance(0.01)) {
        static const uint32_t lies[] = {0, 1, 13, LONGEST + 1, 0x10000, 0x1FFFF, 0xFFFFFF};
        length = random.chance(0.5) ? lies[random.below(7)] : length + random.below(9) - 4;
    }
    if (random.chance(0.005))
        mark ^= (uint8_t)(1 << random.below(8));
    transfer.starts.push_back(transfer.bytes.size());
    append_record(transfer.bytes, r.frame, length, mark, vnet);
}

inline void damage(Random &random, Transfer &transfer)
{
    uint32_t size = (uint32_t)transfer.bytes.size();
    if (size && random.chance(0.05))
        for (unsigned n = 1 + random.below(4); n > 0; n--) {
            size_t start = transfer.starts[random.below((uint32_t)transfer.starts.size())];
            size_t at = random.chance(0.5) ? start + random.below(120) : random.below(size);
            transfer.bytes[at % size] ^= (uint8_t)(1 << random.below(8));
        }
    if (random.chance(0.3)) // the last padding may be missing
        while (transfer.bytes.size() && transfer.bytes.back() == 0 && random.chance(0.8))
            transfer.bytes.pop_back();
    if (random.chance(0.05))
        transfer.bytes.resize(random.below(size + 1));
}

inline Transfer make_transfer(Random &random)
{
    Transfer transfer;
    for (unsigned n = random.below(8) + (random.chance(0.98) ? 1 : 0); n > 0; n--) {
        Request r = random.chance(0.6) ? make_super(random) : make_plain(random);
        bool spoiled = random.chance(0.05);
        if (spoiled)
            spoil(random, r);
        put_record(random, transfer, r);
        if (spoiled && random.chance(0.7)) // what comes behind a bad record is only skipped
            break;
    }
    damage(random, transfer);
    return transfer;
}

} // namespace bench
#endif
