// Tests the check of received checksums against a naive judge and the C model: every shape of header, every broken byte,
// lies and rubbish.
// SPDX-License-Identifier: MIT
#include "Voffload_verify.h"
#include "tests/rtl/clocked.h"
#include "tests/rtl/packets.h"

extern "C" {
#include "sim/model/verify.h"
}

using namespace packets;
using bench::check;
using bench::test;

namespace
{

struct Rig : bench::Clocked<Voffload_verify> {
    bench::Random random;
    double gap = 0; // of a clock without a byte
    unsigned marked = 0, plain = 0;

    explicit Rig(uint64_t seed) : Clocked("offload_verify"), random(seed)
    {
        reset();
    }
    void reset()
    {
        top.byte_valid = top.ended = 0;
        top.rst = 1;
        clock();
        top.rst = 0;
    }
    void clock()
    {
        settle();
        edge();
    }
    void put(const Bytes &bytes)
    {
        for (uint8_t byte : bytes) {
            while (random.chance(gap))
                clock();
            top.byte_valid = 1, top.byte_data = byte;
            clock();
            top.byte_valid = 0, top.byte_data = (uint8_t)random.next();
        }
    }
    // The verdict on a frame whose bytes, FCS included, have come.
    bool end()
    {
        while (random.chance(gap))
            clock();
        top.ended = 1;
        settle();
        bool verified = top.verified;
        edge();
        top.ended = 0;
        return verified;
    }
    bool judge(const Bytes &frame)
    {
        put(ethernet::with_fcs(frame));
        return end();
    }
    // The verdict is that of both judges, and the one that the test knows.
    void expect(const Bytes &frame, bool wanted, const char *what)
    {
        check(right(frame) == wanted, "%s: the naive judge is wrong", what);
        compare(frame, what);
    }
    void compare(const Bytes &frame, const char *what)
    {
        bool wanted = right(frame), marks = model_verify(frame.data(), frame.size());
        check(marks == wanted, "%s of %zu bytes: the model and the naive judge differ", what,
              frame.size());
        check(judge(frame) == wanted, "%s of %zu bytes is %smarked", what, frame.size(),
              wanted ? "not " : "");
        (wanted ? marked : plain)++;
    }
};

const unsigned BOTH[] = {TCP, UDP};

Shape simple(bool six, unsigned protocol, size_t data, size_t padding = 0)
{
    Shape shape;
    shape.six = six, shape.protocol = protocol, shape.data = data, shape.padding = padding;
    return shape;
}

void marks_every_shape()
{
    Rig rig(1);
    for (int i = 0; i < 4000; ++i) {
        rig.gap = i % 4 ? 0 : 0.5;
        rig.expect(frame(rig.random, random_shape(rig.random, i % 10 ? 80 : 1400)), true, "frame");
    }
}

void marks_every_length()
{
    Rig rig(2);
    for (bool six : {false, true})
        for (unsigned protocol : BOTH)
            for (size_t data = 0; data < 40; ++data)
                for (size_t padding : {0u, 1u, 2u, 3u, 18u})
                    rig.expect(frame(rig.random, simple(six, protocol, data, padding)), true,
                               "frame");
    for (size_t options = 0; options <= 10; ++options) {
        Shape shape = simple(false, TCP, 9);
        shape.options = options;
        rig.expect(frame(rig.random, shape), true, "frame with options");
    }
    for (unsigned more = 0; more < 256; more += more < 8 ? 1 : 31) {
        Shape shape = simple(true, UDP, 5);
        add_header(rig.random, shape, DESTINATION, more);
        rig.expect(frame(rig.random, shape), true, "frame with a long header");
    }
    rig.expect(frame(rig.random, simple(true, TCP, 65000)), true, "largest packet");
}

// Sums that run over at every word, or never; one more or less in them is noticed.
void carries()
{
    Rig rig(3);
    for (int i = 0; i < 800; ++i) {
        Shape shape = simple(i & 1, i & 2 ? TCP : UDP, 2 + 2 * rig.random.below(60));
        shape.fill = i & 4 ? 0xFF : 0;
        Bytes bytes = frame(rig.random, shape);
        rig.expect(bytes, true, "frame of ones or zeros");
        size_t at = bytes.size() - 2;
        for (unsigned value : {0x0001u, 0xFFFEu, 0x8000u, 0x00FFu, 0xFF00u}) {
            put16(bytes, at, value);
            rig.expect(bytes, false, "frame with another last word");
        }
        put16(bytes, at, i & 4 ? 0 : 0xFFFF); // both are zero in ones' complement
        rig.expect(bytes, true, "frame with the other zero");
    }
}

void finds_every_broken_byte()
{
    Rig rig(4);
    for (int i = 0; i < 80; ++i) {
        Shape shape = random_shape(rig.random, 60);
        shape.padding = 0;
        Bytes good = frame(rig.random, shape);
        size_t begin = shape.tag ? 18 : 14;
        size_t unsummed = begin + (shape.six ? 8 : 0);
        for (size_t at = begin; at < good.size(); ++at) {
            Bytes bad = good;
            bad[at] ^= (uint8_t)(1 + rig.random.below(255));
            if (at < unsummed || !shape.headers.empty())
                rig.compare(bad, "frame with a broken byte");
            else
                rig.expect(bad, false, "frame with a broken byte");
        }
        rig.expect(good, true, "frame behind broken ones");
    }
}

void marks_no_fragment()
{
    Rig rig(5);
    for (unsigned protocol : BOTH)
        for (unsigned field : {0x2000u, 0x0001u, 0x1FFFu, 0x0100u, 0x3FFFu, 0x4000u, 0x8000u}) {
            Bytes bytes = frame(rig.random, simple(false, protocol, 30));
            put16(bytes, 20, field);
            put16(bytes, 24, 0);
            put16(bytes, 24, 0xFFFF - sum(slice(bytes, 14, 34)));
            rig.expect(bytes, (field & 0x3FFF) == 0, "IPv4 fragment");
        }
    for (unsigned kind : {FRAGMENT, 50u, 51u, 59u, 135u, 255u}) {
        Shape shape = simple(true, UDP, 30);
        add_header(rig.random, shape, HOP_BY_HOP, 0);
        add_header(rig.random, shape, kind, 0);
        rig.expect(frame(rig.random, shape), false, "unknown extension header");
    }
    for (unsigned segments_left = 0; segments_left < 256; ++segments_left) {
        Shape shape = simple(true, TCP, 30);
        add_header(rig.random, shape, ROUTING, 1);
        shape.headers[0][3] = (uint8_t)segments_left;
        rig.expect(frame(rig.random, shape), segments_left == 0, "routing header");
    }
}

void marks_nothing_unsummed()
{
    Rig rig(6);
    for (bool six : {false, true}) {
        Bytes bytes = frame(rig.random, simple(six, UDP, 30));
        size_t transport = 14 + (six ? 40 : 20);
        put16(bytes, transport + 6, 0);
        rig.expect(bytes, false, "UDP without a checksum");
        // … even if the sum of such a datagram is right by chance.
        Bytes addresses = slice(bytes, six ? 22 : 26, transport);
        put16(bytes, bytes.size() - 2, 0);
        Bytes all = with_pseudo(addresses, UDP, slice(bytes, transport, bytes.size()));
        put16(bytes, bytes.size() - 2, 0xFFFF - sum(all));
        rig.expect(bytes, false, "UDP with a sum of 0");
        for (unsigned protocol = 0; protocol < 256; ++protocol) {
            Shape shape = simple(six, protocol == UDP ? TCP : protocol, 30);
            Bytes other = frame(rig.random, shape);
            rig.expect(other, shape.protocol == TCP, "another protocol");
        }
    }
}

// Lengths that lie, with sums that are right for what they say as often as can be.
void marks_no_lie()
{
    Rig rig(7);
    for (int i = 0; i < 6000; ++i) {
        Shape shape = random_shape(rig.random, 50);
        shape.tag = false;
        Bytes bytes = frame(rig.random, shape);
        size_t field = rig.random.chance(0.4) ? 14 + 40u * shape.six + 20u * !shape.six + 4
                       : shape.six            ? 18
                                              : 16;
        unsigned value = get16(bytes, field) + rig.random.below(9) - 4;
        if (rig.random.chance(0.1))
            value = rig.random.below(48);
        put16(bytes, field, rig.random.chance(0.05) ? rig.random.below(65536) : value);
        if (!shape.six && rig.random.chance(0.2))
            bytes[14] = (uint8_t)(rig.random.chance(0.8) ? 0x40 + rig.random.below(16)
                                                         : rig.random.below(256));
        size_t header = 4 * (bytes[14] & 15u);
        if (!shape.six && 14 + header <= bytes.size()) {
            put16(bytes, 24, 0);
            put16(bytes, 24, 0xFFFF - sum(slice(bytes, 14, 14 + std::max<size_t>(header, 12))));
        }
        rig.compare(bytes, "frame that lies");
    }
}

// Too short a header, or a UDP length that is not IP's, with sums that are right all the same.
void marks_no_lie_with_a_right_sum()
{
    Rig rig(11);
    for (bool six : {false, true})
        for (unsigned protocol : BOTH)
            for (size_t size = 2; size < 30; ++size)
                for (int lie : {0, 1, -1, 256, -256}) {
                    size_t at = six ? 54 : 34;
                    Bytes bytes = frame(rig.random, simple(six, protocol, 600));
                    bytes.resize(at + size + (lie ? 300 : 0));
                    size_t length = bytes.size() - at;
                    put16(bytes, six ? 18 : 16, (unsigned)(length + (six ? 0 : 20)));
                    if (protocol == UDP && length >= 6)
                        put16(bytes, at + 4, (unsigned)((int)length + lie));
                    put16(bytes, at, 0);
                    Bytes addresses = slice(bytes, six ? 22 : 26, at);
                    Bytes all = with_pseudo(addresses, protocol, slice(bytes, at, bytes.size()));
                    put16(bytes, at, 0xFFFF - sum(all));
                    if (!six)
                        put16(bytes, 24, 0), put16(bytes, 24, 0xFFFF - sum(slice(bytes, 14, 34)));
                    rig.expect(bytes, protocol == UDP ? length >= 8 && !lie : length >= 20, "lie");
                }
}

void cuts_and_stretches()
{
    Rig rig(8);
    for (int i = 0; i < 40; ++i) {
        Bytes good = frame(rig.random, random_shape(rig.random, 60));
        for (size_t length = 0; length < good.size(); ++length)
            rig.compare(slice(good, 0, length), "cut frame");
        Bytes longer = good;
        append(longer, random_bytes(rig.random, rig.random.below(100)));
        rig.compare(longer, "stretched frame");
    }
    for (size_t length = 0; length < 8; ++length) { // too short even for an FCS
        rig.put(random_bytes(rig.random, length));
        check(!rig.end(), "%zu bytes are marked", length);
    }
    rig.expect(frame(rig.random, simple(true, TCP, 9)), true, "frame behind fragments");
}

void sees_through_one_tag()
{
    Rig rig(9);
    for (unsigned type : {0x8100u, 0x88A8u, 0x9100u, 0x0800u, 0x0806u, 0x86DDu, 0x0801u, 0x8137u}) {
        Shape shape = simple(false, TCP, 20);
        shape.tag = true;
        Bytes bytes = frame(rig.random, shape), twice = bytes;
        put16(bytes, 12, type);
        rig.compare(bytes, "frame with another tag");
        twice.insert(twice.begin() + 12, {0x81, 0x00, 0x00, 0x07});
        rig.expect(twice, false, "frame with two tags");
    }
}

void survives_rubbish()
{
    Rig rig(10);
    for (int i = 0; i < 20000; ++i) {
        Bytes bytes = frame(rig.random, random_shape(rig.random, 30));
        for (unsigned n = 1 + rig.random.below(4); n; --n)
            bytes[12 + rig.random.below((uint32_t)bytes.size() - 12)] =
                (uint8_t)(rig.random.chance(0.5) ? rig.random.next() : rig.random.below(8));
        rig.compare(bytes, "rubbish");
        if (rig.random.chance(0.05)) { // a frame that a reset cuts
            rig.put(slice(bytes, 0, rig.random.below((uint32_t)bytes.size())));
            rig.reset();
        }
    }
    check(rig.marked > 100 && rig.plain > 10000, "%u marked, %u not", rig.marked, rig.plain);
}

} // namespace

int main()
{
    test("marks frames of every shape whose sums are right", marks_every_shape);
    test("marks packets of every length, with padding or without", marks_every_length);
    test("adds carries as ones' complement does", carries);
    test("does not mark a frame with one broken byte", finds_every_broken_byte);
    test("does not mark fragments, unknown headers and routes not at their end", marks_no_fragment);
    test("does not mark what carries no checksum", marks_nothing_unsummed);
    test("does not mark a frame whose lengths lie", marks_no_lie);
    test("does not mark wrong lengths even if the sum is right", marks_no_lie_with_a_right_sum);
    test("does not mark a packet that the frame cuts off", cuts_and_stretches);
    test("sees through one VLAN tag and no more", sees_through_one_tag);
    test("judges rubbish as the judges do", survives_rubbish);
    return bench::done();
}
