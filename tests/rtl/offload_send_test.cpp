// offload_send against frames made by hand, behind a frame FIFO's writing side that keeps its rules.
// SPDX-License-Identifier: MIT
#include "tests/rtl/offload_rig.h"

using namespace bench;

namespace
{

// How many random cases: a fifth for a mutant, of which there are many.
unsigned share(unsigned cases)
{
    return getenv("MUTANT") ? cases / 5 : cases;
}

void segments(unsigned records, size_t longest, double in_gap, double out_gap)
{
    Rig rig(longest);
    rig.in_gap = in_gap;
    rig.out_gap = out_gap;
    for (unsigned i = 0; i < share(records) && failure.empty(); i++)
        rig.run(make_request(rig.random, random_shape(rig.random, longest)));
}

// Every kind at its longest, and with tiny segments.
void extremes()
{
    Rig rig(11);
    for (unsigned kind = 0; kind < 8; kind++) {
        Shape shape;
        shape.v6 = kind & 1, shape.udp = kind & 2, shape.vlan = kind & 4;
        size_t front = 14 + (shape.vlan ? 4 : 0) + (shape.v6 ? 40 : 20) + (shape.udp ? 8 : 20);
        shape.payload = 14 + (shape.vlan ? 4 : 0) + (shape.v6 ? 40 : 0) + 65535 - front;
        shape.gso_size = (uint16_t)(1518 - front);
        rig.run(make_request(rig.random, shape));
        for (uint16_t size = 1; size < 4; size++) {
            shape.payload = 7;
            shape.gso_size = size;
            rig.run(make_request(rig.random, shape));
        }
        shape.payload = 0;
        rig.run(make_request(rig.random, shape));
        shape.gso_size = (uint16_t)(1518 - front + 1);
        rig.run(make_request(rig.random, shape));
    }
}

// As a receiver sums it: pseudo-header from the addresses, nothing left out.
void satisfies_a_receiver()
{
    Rig rig(12);
    for (unsigned i = 0; i < share(300) && failure.empty(); i++) {
        Shape shape = random_shape(rig.random, 4000);
        Request r = make_request(rig.random, shape);
        rig.run(r);
        size_t ip = shape.vlan ? 18 : 14, l4 = r.csum_start;
        for (auto &frame : rig.got) {
            uint64_t sum = add_words(frame, ip + (shape.v6 ? 8 : 12), ip + (shape.v6 ? 40 : 20));
            sum += (shape.udp ? 17u : 6u) + frame.size() - l4 + add_words(frame, l4, frame.size());
            check(sum % 65535 == 0, "a bad checksum in a frame of %zu bytes", frame.size());
            check(shape.v6 || add_words(frame, ip, l4) % 65535 == 0, "a bad IPv4 header checksum");
        }
    }
}

void inserts_checksums()
{
    Rig rig(13);
    rig.in_gap = rig.out_gap = 0.1;
    for (unsigned i = 0; i < share(2000) && failure.empty(); i++) {
        Request r;
        r.needs_csum = rig.random.chance(0.8);
        r.frame = random_bytes(rig.random, 14 + rig.random.below(i % 10 ? 100 : 1510));
        uint32_t size = (uint32_t)r.frame.size();
        r.csum_start = (uint16_t)rig.random.below(size + 2);
        r.csum_offset =
            (uint16_t)rig.random.below(size + 3 - std::min<uint32_t>(size, r.csum_start));
        r.gso_size = (uint16_t)rig.random.next();
        if (rig.random.chance(0.1))
            r.csum_offset = (uint16_t)rig.random.next();
        rig.run(r);
    }
}

// Data whose sum is 0 in either way to write it.
void stores_zero_as_ones()
{
    Rig rig(14);
    for (uint8_t fill : {0x00, 0xFF}) {
        Request r;
        r.needs_csum = true;
        r.csum_start = 20;
        r.csum_offset = 6;
        r.frame = Bytes(64, fill);
        rig.run(r);
        check(rig.got.size() == 1 && word(rig.got[0], 26) == 0xFFFF, "it is not 0xFFFF");
    }
}

void refuses()
{
    Rig rig(15);
    auto bad = [&](void (*spoil)(Request &)) {
        Request r = make_request(rig.random, Shape());
        spoil(r);
        Layout layout = {};
        check(!understand(r, layout), "the test's own record is good");
        rig.run(r);
        rig.run(make_request(rig.random, Shape()));
    };
    bad([](Request &r) { r.gso_type = 2; });
    bad([](Request &r) { r.gso_type = 3; });
    bad([](Request &r) { r.gso_type = TCPV6; });
    bad([](Request &r) { r.gso_type = ECN; });
    bad([](Request &r) { r.gso_type = UDP_L4 | ECN; });
    bad([](Request &r) { r.gso_size = 0; });
    bad([](Request &r) { r.gso_size = 0xFFFF; });
    bad([](Request &r) { r.needs_csum = false; });
    bad([](Request &r) { r.csum_offset = 15; });
    bad([](Request &r) { r.csum_start = 33; });
    bad([](Request &r) { r.csum_start = 0xFFFF; });
    bad([](Request &r) { r.csum_start = 0x122; });
    bad([](Request &r) { r.frame[13] = 6; });
    bad([](Request &r) { r.frame[34 + 12] = 0x4F; });
    bad([](Request &r) { r.frame[34 + 12] = 0xF0, r.frame.resize(34 + 59); });
    bad([](Request &r) { r.frame.resize(34 + 17); });
    bad([](Request &r) { r.frame.resize(14); });
    bad([](Request &r) { r.gso_type = 0, r.frame.resize(1519); });
}

// A TCP header that begins inside the IP header, however good both are otherwise.
void refuses_a_start_inside_ip()
{
    Rig rig(21);
    for (unsigned kind = 0; kind < 4; kind++)
        for (unsigned inside = 1; inside <= 4; inside++) {
            Shape shape;
            shape.v6 = kind & 1, shape.vlan = kind & 2;
            Request r = make_request(rig.random, shape);
            r.csum_start = (uint16_t)(r.csum_start - inside);
            r.frame[r.csum_start + 12u] = 0x50;
            rig.run(r);
            check(rig.got.empty(), "it begins %u bytes before the IP header's end", inside);
        }
}

// Headers that begin behind what is kept of them, in a frame that looks right there too.
void refuses_a_far_start()
{
    Rig rig(19);
    Request r = make_request(rig.random, Shape());
    std::copy_n(r.frame.begin(), 60, r.frame.begin() + 256);
    r.csum_start = 256 + 34;
    rig.run(r);
    rig.run(make_request(rig.random, Shape()));
}

// A bad frame whose bytes behind the judgement would be a good one.
void refuses_for_good()
{
    Rig rig(20);
    Request r = make_request(rig.random, Shape()), bad = r;
    bad.frame.resize(r.csum_start + 13u);
    bad.frame[13] = 6;
    bad.frame.insert(bad.frame.end(), r.frame.begin(), r.frame.end());
    rig.run(bad);
    rig.run(r);
}

void hostile()
{
    Rig rig(16);
    rig.in_gap = rig.out_gap = 0.05;
    unsigned good = 0, cut = 0;
    for (unsigned i = 0; i < share(4000) && failure.empty(); i++) {
        Request r = make_request(rig.random, random_shape(rig.random, 600));
        for (unsigned k = rig.random.below(3); k > 0; k--)
            r.frame[rig.random.below(100) % r.frame.size()] ^= (uint8_t)(1 << rig.random.below(8));
        if (rig.random.chance(0.1))
            r.gso_type ^= (uint8_t)(1 << rig.random.below(8));
        if (rig.random.chance(0.1))
            r.csum_start ^= (uint16_t)(1 << rig.random.below(16));
        if (rig.random.chance(0.05))
            r.csum_offset ^= (uint16_t)(1 << rig.random.below(16));
        if (rig.random.chance(0.1))
            r.frame.resize(14 + rig.random.below((uint32_t)r.frame.size() - 13));
        Layout layout = {};
        good += understand(r, layout);
        if (rig.random.chance(0.2)) {
            rig.run(r, rig.random.below((uint32_t)r.frame.size()));
            cut++;
        } else {
            rig.run(r);
        }
    }
    check(!failure.empty() || (good > share(1000) && good < share(3800) && cut > share(500)),
          "%u good, %u cut off: too few to mean anything", good, cut);
}

void cut_anywhere()
{
    Rig rig(17);
    Shape shape;
    shape.payload = 40;
    shape.gso_size = 10;
    Request r = make_request(rig.random, shape);
    for (size_t cut = 0; cut < r.frame.size(); cut++)
        rig.run(r, cut);
    rig.run(r);
}

void reset_anywhere()
{
    for (size_t at = 0; at < 300 && failure.empty(); at++) {
        Rig rig(100 + at);
        Request r = make_request(rig.random, Shape());
        rig.ask(r);
        rig.top.in_valid = 1;
        for (size_t i = 0; i < at; i++) {
            rig.top.in_data = r.frame[i % r.frame.size()];
            rig.step();
        }
        rig.top.in_valid = 0;
        rig.top.rst = 1;
        rig.offered = false;
        rig.step();
        rig.top.rst = 0;
        rig.frame.clear();
        rig.offered = false;
        rig.run(make_request(rig.random, Shape()));
    }
}

// One byte each clock but for the headers' own and at most 8 clocks a segment.
void keeps_its_pace()
{
    Rig rig(18);
    Shape shape;
    shape.payload = 100 * 1460;
    for (uint16_t size : {1460, 100, 1}) {
        shape.payload = size * 44u;
        shape.gso_size = size;
        Request r = make_request(rig.random, shape);
        uint64_t start = rig.clocks;
        rig.got.clear();
        rig.give(r, SIZE_MAX);
        uint64_t clocks = rig.clocks - start, moved = 54 + 44 * (54u + size);
        double more = (double)(clocks - moved) / 44;
        check(more <= 8, "%.2f clocks more a segment with gso_size %u", more, size);
        printf("# %.2f clocks a segment beside its bytes with gso_size %u\n", more, size);
    }
}

} // namespace

int main()
{
    test("inserts_a_checksum_wherever_it_is_asked_to", inserts_checksums);
    test("stores_a_sum_of_zero_as_ones", stores_zero_as_ones);
    test("cuts_super_frames_of_every_shape", [] { segments(3000, 1500, 0, 0); });
    test("cuts_them_while_both_sides_stall", [] { segments(1000, 3000, 0.3, 0.3); });
    test("cuts_super_frames_of_any_length", [] { segments(60, 65000, 0, 0.01); });
    test("cuts_the_longest_and_the_smallest", extremes);
    test("makes_checksums_that_a_receiver_accepts", satisfies_a_receiver);
    test("refuses_what_it_cannot_do", refuses);
    test("refuses_headers_that_begin_inside_ip", refuses_a_start_inside_ip);
    test("refuses_headers_behind_what_it_keeps", refuses_a_far_start);
    test("refuses_the_rest_of_a_bad_frame_too", refuses_for_good);
    test("survives_random_damage", hostile);
    test("drops_what_the_transfers_end_cuts_off_at_any_byte", cut_anywhere);
    test("starts_afresh_after_a_reset_at_any_clock", reset_anywhere);
    test("keeps_its_pace", keeps_its_pace);
    return done();
}
