// Tests the receive clock's side of the MAC: what becomes of good, broken and foreign frames on the pins.
// SPDX-License-Identifier: MIT
#include "tests/rtl/eth_rx_bench.h"
#include "tests/rtl/packets.h"

using namespace ethernet;
using bench::check;
using bench::test;

static void judges_every_length(int speed)
{
    Bench b(speed);
    for (size_t length :
         {0u,  1u,  3u,  4u,   5u,    6u,    13u,   14u,   18u,   40u,   59u,   60u,  61u,
          63u, 64u, 65u, 100u, 1513u, 1514u, 1517u, 1518u, 1519u, 1520u, 1600u, 3000u}) {
        unsigned flags = length < 60 ? RUNT : length > 1518 ? OVERSIZE : GOOD;
        char what[40];
        snprintf(what, sizeof what, "frame of %zu bytes", length);
        b.expect(with_fcs(frame(b.random, length)), flags, what);
    }
    for (size_t length = 0; length < 5; ++length) // too short even for an FCS
        b.expect(Bytes(length, 0xAA), RUNT | BAD_FCS, "fragment");
    b.expect(with_fcs(frame(b.random, 60)), GOOD, "frame behind fragments");
}

static void survives_endless_carrier()
{
    Bench b;
    b.expect(with_fcs(frame(b.random, 70000)), OVERSIZE,
             "jabber"); // its length stays at the largest
}

static void finds_flipped_bits()
{
    Bench b;
    for (int i = 0; i < 400; ++i) {
        Bytes bytes = with_fcs(frame(b.random, 60));
        size_t bit = b.random.below((uint32_t)bytes.size() * 8);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        size_t n = b.reports.size();
        b.send(bytes);
        check(b.reports.size() == n + 1 && (b.reports[n].flags & 0xFF) == BAD_FCS,
              "bit %zu: flags %#x", bit, b.reports.back().flags);
    }
    check(b.kept.empty(), "%zu frames kept", b.kept.size());
}

static void filters_by_address()
{
    Bench b;
    auto sends = [&](uint64_t to) { return with_fcs(frame(b.random, 64, to)); };
    b.expect(sends(OUR_MAC), GOOD, "to us");
    b.expect(sends(BROADCAST), GOOD | TO_ALL, "to all");
    b.expect(sends(GROUP), FILTERED | MULTICAST, "to a group");
    b.expect(sends(OTHER_MAC), FILTERED, "to another");
    for (int bit = 0; bit < 48; ++bit) {
        uint64_t near = OUR_MAC ^ 1ull << bit;
        b.expect(sends(near), FILTERED | (near >> 40 & 1 ? MULTICAST : 0), "to a near address");
        b.expect(sends(BROADCAST ^ 1ull << bit), FILTERED | (bit != 40 ? MULTICAST : 0),
                 "nearly to all");
    }
    b.top.all_multicast = 1;
    b.expect(sends(GROUP), GOOD | MULTICAST, "to a group, all wanted");
    b.expect(sends(OTHER_MAC), FILTERED, "to another, all groups wanted");
    b.top.all_multicast = 0, b.top.promiscuous = 1;
    b.expect(sends(OTHER_MAC), GOOD, "to another, everything wanted");
    b.expect(sends(GROUP), GOOD | MULTICAST, "to a group, everything wanted");
}

// RFC 2464's groups and others by the sum as Linux has it: shifted to the left, not complemented.
static unsigned bucket_of(uint64_t address)
{
    uint32_t sum = 0xFFFFFFFF;
    for (int byte = 5; byte >= 0; --byte)
        for (int bit = 0; bit < 8; ++bit)
            sum = sum << 1 ^ ((sum >> 31 ^ (address >> (8 * byte + bit) & 1)) ? 0x04C11DB7 : 0);
    return sum >> 26;
}

static void filters_groups_by_hash()
{
    Bench b;
    auto sends = [&](uint64_t to) { return with_fcs(frame(b.random, 64, to)); };
    for (int i = 0; i < 200; ++i) {
        uint64_t group = i < 100 ? 0x3333FF000000 | (b.random.next() & 0xFFFFFF)
                                 : (b.random.next() & 0xFFFFFFFFFFFF) | 1ull << 40;
        b.top.multicast_hash = 1ull << bucket_of(group);
        b.expect(sends(group), GOOD | MULTICAST, "to a group that is listed");
        b.top.multicast_hash = ~b.top.multicast_hash;
        b.expect(sends(group), FILTERED | MULTICAST, "to a group that is not, all others are");
    }
    b.top.multicast_hash = ~0ull;
    b.expect(sends(OTHER_MAC), FILTERED, "to another, all groups listed");
    b.top.multicast_hash = 0;
    b.expect(sends(BROADCAST), GOOD | TO_ALL, "to all, no group listed");
    b.expect(sends(OUR_MAC), GOOD, "to us, no group listed");
}

static void tells_pauses()
{
    Bench b;
    b.top.promiscuous = 1;
    b.expect(with_fcs(pause_frame(0x1234)), PAUSE | MULTICAST, "pause");
    b.expect(with_fcs(pause_frame(0, OUR_MAC)), PAUSE, "pause to our own address");
    check(b.pauses == std::vector<unsigned>{0x1234, 0}, "%zu pauses", b.pauses.size());
    b.expect(with_fcs(pause_frame(5, OTHER_MAC)), GOOD, "pause of another");
    Bytes bytes = pause_frame(9);
    bytes[15] = 2;
    b.expect(with_fcs(bytes), GOOD | MULTICAST, "another operation");
    bytes = with_fcs(pause_frame(9));
    bytes[17] ^= 1;
    b.expect(bytes, BAD_FCS | MULTICAST, "broken pause");
    b.expect(with_fcs(pause_frame(9)), SYMBOL | MULTICAST, "pause with an error", 30);
    bytes = pause_frame(9);
    bytes.resize(59);
    b.expect(with_fcs(bytes), RUNT | MULTICAST, "short pause");
    check(b.pauses.size() == 2, "%zu pauses", b.pauses.size());
    b.partner.status = 5; // half duplex
    b.clocks(10);
    b.expect(with_fcs(pause_frame(7)), PAUSE | MULTICAST, "pause at half duplex");
    check(b.pauses.size() == 2, "obeys a pause at half duplex");
}

static void drops_symbol_errors()
{
    Bench b;
    for (int at : {0, 5, 30, 63})
        b.expect(with_fcs(frame(b.random, 60)), SYMBOL, "frame with an error", at);
    b.expect(with_fcs(frame(b.random, 60)), GOOD, "frame behind it");
    b.partner.symbols.push_back({0xE, 0xE, false, true}); // false carrier
    b.run();
    check(b.reports.size() == 5, "false carrier counts as a frame");
}

static void takes_odd_beginnings(int speed)
{
    Bench b(speed);
    for (int preamble = 0; preamble < 20; ++preamble)
        b.send(with_fcs(frame(b.random, 60)), 12, -1, preamble);
    check(b.reports.size() == 20 && b.kept.size() == 20, "%zu of 20 kept", b.kept.size());
    b.partner.send(Bytes(30, 0x55), 12, -1, 3); // the carrier comes and goes
    b.partner.symbols.erase(b.partner.symbols.begin() + (speed == 2 ? 3 : 6),
                            b.partner.symbols.begin() + (speed == 2 ? 4 : 8));
    b.run();
    check(b.reports.size() == 20, "a carrier without delimiter is a frame");
    if (speed < 2) {
        b.partner.symbols.push_back({5, 5, true, false}); // one nibble of preamble more
        b.partner.send_odd_nibble(with_fcs(frame(b.random, 60)));
        b.run();
        check(b.kept.size() == 21, "an odd nibble spoils the frame");
    }
    b.send(with_fcs(frame(b.random, 60)), 1);
    b.send(with_fcs(frame(b.random, 60)), 1);
    check(b.reports.back().flags == GOOD, "flags %#x behind a short gap", b.reports.back().flags);
}

static void loses_for_want_of_room()
{
    Bench b;
    size_t lost = 0;
    for (unsigned at = 1; at < 100;
         ++at) { // no room in just one clock, up to the last byte's and behind it
        b.partner.send(with_fcs(frame(b.random, 60)), 30);
        b.clocks(at);
        b.room = false;
        b.clocks(1);
        b.room = true;
        b.run();
    }
    for (auto &report : b.reports)
        lost += report.flags == OVERFLOW_;
    check(lost == 60 && b.kept.size() == 39, "%zu lost, %zu kept", lost, b.kept.size());
    b.room = false;
    b.expect(with_fcs(frame(b.random, 60)), OVERFLOW_, "good frame without room");
    b.expect(with_fcs(frame(b.random, 59)), RUNT, "runt without room");
    b.expect(with_fcs(frame(b.random, 60, OTHER_MAC)), FILTERED, "foreign frame without room");
    b.expect(with_fcs(pause_frame(3)), PAUSE | MULTICAST, "pause without room");
    check(b.pauses.size() == 1, "a pause is lost for want of room");
}

static void ignores_halves()
{
    Bench b;
    b.top.enable = 0;
    Bytes bytes = frame(b.random, 400);
    for (size_t i = 100; i < 300; i += 20) // what looks like a delimiter
        bytes[i] = 0x55, bytes[i + 1] = 0xD5;
    b.partner.send(with_fcs(bytes));
    b.clocks(150);
    b.top.enable = 1;
    b.run();
    check(b.reports.empty(), "a frame's end counts as a frame behind enable");
    b.partner.send(with_fcs(bytes));
    b.clocks(150);
    b.top.rst = 1;
    b.clocks(1);
    b.top.rst = 0;
    b.run();
    check(b.reports.empty(), "a frame's end counts as a frame behind a reset");
    b.top.enable = 0;
    b.send(with_fcs(frame(b.random, 60)));
    check(b.reports.empty() && b.kept.empty(), "receives while not enabled");
    b.top.enable = 1;
    b.send(with_fcs(frame(b.random, 60)));
    check(b.kept.size() == 1, "does not receive behind all that");
}

static void reads_the_link()
{
    Bench b;
    for (unsigned status = 0; status < 16; ++status) {
        b.partner.status = (uint8_t)status;
        b.clocks(12);
        check(b.top.link == (status & 1) && b.top.speed == (status >> 1 & 3) &&
                  b.top.full_duplex == status >> 3,
              "status %x", status);
    }
    b.partner.status = 0xD;
    b.clocks(12);
    for (int i = 0; i < 300; ++i) { // glitches of up to three clocks
        b.partner.status = i % 5 < 2 ? 0xD : (uint8_t)(i / 5 % 13);
        b.clocks(1);
        check(b.top.link && b.top.speed == 2 && b.top.full_duplex, "believes a glitch");
    }
    b.partner.status = 0xD;
    b.clocks(12);
    b.expect(with_fcs(frame(b.random, 60)), GOOD, "frame");
    check(b.top.link && b.top.speed == 2, "takes a frame for the link's state");
}

// Back to back, so that each verdict must be there when its frame ends.
static void verifies(int speed)
{
    Bench b(speed);
    std::vector<bool> wanted;
    for (int i = 0; i < 200; ++i) {
        Bytes bytes = padded(packets::frame(b.random, packets::random_shape(b.random, 100)));
        if (b.random.chance(0.5))
            bytes[14 + b.random.below((uint32_t)bytes.size() - 14)] ^= 0x10;
        if (bytes.size() > 1518)
            continue;
        wanted.push_back(packets::right(bytes));
        b.partner.send(with_fcs(bytes), 1, -1, 0);
    }
    b.run();
    check(b.verified.size() == wanted.size(), "%zu of %zu frames came", b.verified.size(),
          wanted.size());
    for (size_t i = 0; i < wanted.size() && i < b.verified.size(); ++i)
        check(b.verified[i] == wanted[i], "frame %zu is %smarked", i, wanted[i] ? "not " : "");
}

static void watches_the_buffer()
{
    Bench b;
    unsigned on = 0, off = 0;
    for (unsigned fill = 0; fill < 65536; fill += 64) {
        b.top.out_fill = (uint16_t)fill;
        b.clocks(3);
        on = on || !b.top.stop_partner ? on : fill;
    }
    check(on == 65536 - 8192, "asks for a pause at %u bytes", on);
    for (unsigned fill = 65535; fill >= 64; fill -= 64) {
        b.top.out_fill = (uint16_t)fill;
        b.clocks(3);
        off = off || b.top.stop_partner ? off : fill;
    }
    check(off < 28672 && off > 28000, "takes it back at %u bytes", off);
    b.top.out_fill = 65000;
    b.partner.status = 5;
    b.clocks(12);
    check(!b.top.stop_partner, "asks for a pause at half duplex");
}

int main()
{
    test("judges frames of every length at 1000 Mbit/s", [] { judges_every_length(2); });
    test("judges frames of every length at 100 Mbit/s", [] { judges_every_length(1); });
    test("judges frames of every length at 10 Mbit/s", [] { judges_every_length(0); });
    test("survives a frame of 70,000 bytes", survives_endless_carrier);
    test("finds any flipped bit by the FCS", finds_flipped_bits);
    test("filters by destination address, to the bit", filters_by_address);
    test("delivers a group whose bucket is set, and no other", filters_groups_by_hash);
    test("tells pause frames from others, and only good ones", tells_pauses);
    test("drops frames with symbol errors, and ignores false carriers", drops_symbol_errors);
    test("takes any length of preamble, and short gaps, at 1000 Mbit/s",
         [] { takes_odd_beginnings(2); });
    test("takes any length of preamble, and odd nibbles, at 100 Mbit/s",
         [] { takes_odd_beginnings(1); });
    test("counts good frames that found no room, and only them", loses_for_want_of_room);
    test("ignores a frame whose beginning it did not see", ignores_halves);
    test("reads the link's state between frames, past glitches", reads_the_link);
    test("verifies checksums at 1000 Mbit/s", [] { verifies(2); });
    test("verifies checksums at 100 Mbit/s", [] { verifies(1); });
    test("asks for a pause while the buffer is nearly full", watches_the_buffer);
    return bench::done();
}
