/* Which received frames the C model marks as verified.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/model/verify.h"
#include "tests/unit/model_packet.h"

/* From memory that ends where the frame does, so that the sanitizer sees every byte read behind it. */
static bool verify(const uint8_t *frame, size_t length)
{
    uint8_t *exact = malloc(length);
    bool marked;

    memcpy(exact, frame, length);
    marked = model_verify(exact, length);
    free(exact);
    return marked;
}

static void marks_a_known_datagram(void **state)
{
    /* 10.0.2.3:53 to 10.0.2.15:1025, "ferrite"; the sums were worked out by hand. */
    static const uint8_t frame[] = {
        2,  0,  0, 0,  0, 1,  2,    0,    0,   0,   0,    3,    8,   0,                        /**/
        69, 0,  0, 35, 0, 1,  0,    0,    64,  17,  0x62, 0xB8, 10,  0,   2,  3, 10, 0, 2, 15, /**/
        0,  53, 4, 1,  0, 15, 0x3C, 0x3C, 'f', 'e', 'r',  'r',  'i', 't', 'e'};

    (void)state;
    assert_true(verify(frame, sizeof frame));
}

static void marks_right_packets_of_every_shape_with_padding_or_without(void **state)
{
    static uint8_t frame[PACKET_ROOM];
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        struct packet_shape shape = packet_random_shape(&seed, 1300);
        size_t length = packet_make(frame, &shape, &seed), padding = packet_random(&seed, 50);

        for (size_t k = 0; k < padding; k++)
            frame[length + k] = (uint8_t)packet_random(&seed, 256);
        assert_true(verify(frame, length + padding));
    }
}

/* What no checksum covers: addresses of the LAN, the tag, and in IPv6 class, flow label and hop limit. */
static bool is_uncovered(const struct packet_shape *shape, size_t bit)
{
    size_t byte = bit / 8, network = packet_network(shape);

    if (byte < 12 || (shape->tag && (byte == 14 || byte == 15)))
        return true;
    if (!shape->v6)
        return false;
    return byte == network + 1 || byte == network + 2 || byte == network + 3 ||
           byte == network + 7 || (byte == network && bit % 8 < 4);
}

static void marks_no_packet_of_which_one_bit_was_flipped(void **state)
{
    static uint8_t frame[PACKET_ROOM];
    uint64_t seed = 2;

    (void)state;
    for (int kind = 0; kind < 8; kind++) {
        struct packet_shape shape = {.v6 = kind & 1, .udp = kind & 2, .tag = kind & 4};
        size_t length;

        shape.payload = 21;
        length = packet_make(frame, &shape, &seed);
        for (size_t bit = 0; bit < 8 * length; bit++) {
            frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (verify(frame, length) != is_uncovered(&shape, bit))
                fail_msg("kind %d: bit %zu of byte %zu", kind, bit % 8, bit / 8);
            frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t cut = 14; cut < length; cut++)
            assert_false(verify(frame, cut));
    }
}

/* ---- right sums, but not to be marked ---- */

struct rig {
    struct packet_shape shape;
    size_t length;
    uint8_t frame[2000];
    uint8_t *ip, *transport;
};

static void rig_make(struct rig *rig, struct packet_shape shape)
{
    uint64_t seed = 3;

    rig->shape = shape;
    rig->length = packet_make(rig->frame, &shape, &seed);
    rig->ip = rig->frame + packet_network(&shape);
    rig->transport = rig->frame + packet_transport(&shape);
    assert_true(verify(rig->frame, rig->length));
}

/* After a change, with sums that are right again. */
static bool rig_verify(struct rig *rig)
{
    packet_seal(rig->frame, rig->length, &rig->shape);
    return verify(rig->frame, rig->length);
}

static void marks_no_fragment(void **state)
{
    static const uint16_t fragments[] = {0x2000, 0x0001, 0x1000, 0x3FFF, 0x6000};
    struct rig rig;

    (void)state;
    for (size_t i = 0; i < sizeof fragments / sizeof fragments[0]; i++) {
        rig_make(&rig, (struct packet_shape){.udp = i & 1, .payload = 40});
        packet_put16(rig.ip + 6, fragments[i]);
        assert_false(rig_verify(&rig));
    }
    packet_put16(rig.ip + 6, 0x8000); /* the reserved bit makes no fragment */
    assert_true(rig_verify(&rig));
}

static void marks_no_datagram_without_a_checksum(void **state)
{
    struct rig rig;

    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        rig_make(&rig, (struct packet_shape){.v6 = v6, .udp = true, .payload = 40});
        packet_put16(rig.transport + 6, 0);
        assert_false(verify(rig.frame, rig.length));
    }
}

static void takes_a_zero_sum_of_tcp_for_what_it_is(void **state)
{
    struct rig rig;
    uint32_t sum;

    (void)state;
    rig_make(&rig, (struct packet_shape){.payload = 40});
    packet_put16(rig.transport + 14, 0);
    packet_seal(rig.frame, rig.length, &rig.shape);
    sum = packet_get16(rig.transport + 16); /* the window takes up what the sum lacks */
    packet_put16(rig.transport + 14, sum);
    packet_put16(rig.transport + 16, 0);
    assert_true(verify(rig.frame, rig.length));
}

static void marks_no_datagram_whose_length_is_not_the_packets(void **state)
{
    struct rig rig;

    (void)state;
    for (int v6 = 0; v6 < 2; v6++)
        for (size_t length = 0; length < 60; length += 4) {
            rig_make(&rig, (struct packet_shape){.v6 = v6, .udp = true, .payload = 40});
            packet_put16(rig.transport + 4, length);
            assert_int_equal(rig_verify(&rig), length == 48);
        }
}

static void marks_no_packet_whose_lengths_lie(void **state)
{
    struct rig rig;

    (void)state;
    rig_make(&rig, (struct packet_shape){.payload = 40});
    packet_put16(rig.ip + 2, 81); /* past the frame */
    assert_false(rig_verify(&rig));
    rig_make(&rig, (struct packet_shape){.payload = 40});
    packet_put16(rig.ip + 2, 19); /* shorter than its header */
    assert_false(rig_verify(&rig));
    rig_make(&rig, (struct packet_shape){.payload = 40});
    rig.ip[0] = 0x44;
    assert_false(rig_verify(&rig));
    rig_make(&rig, (struct packet_shape){.v6 = true, .payload = 40});
    packet_put16(rig.ip + 4, 61);
    assert_false(rig_verify(&rig));
}

static void marks_no_tcp_header_that_is_cut(void **state)
{
    struct rig rig;

    (void)state;
    for (size_t kept = 0; kept <= 20; kept++) {
        rig_make(&rig, (struct packet_shape){.payload = 0});
        packet_put16(rig.ip + 2, 20 + kept);
        rig.length = 34 + kept;
        if (kept >= 18)
            packet_seal(rig.frame, rig.length, &rig.shape);
        else
            packet_put16(rig.ip + 10, packet_network_checksum(rig.frame, &rig.shape));
        assert_int_equal(verify(rig.frame, rig.length), kept == 20);
    }
}

static void passes_over_extension_headers_of_ipv6_that_it_knows(void **state)
{
    static const struct {
        uint8_t header;
        bool marked;
    } cases[] = {{0, true}, {60, true}, {44, false}, {50, false}, {51, false}, {59, false}};
    struct rig rig;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_make(&rig, (struct packet_shape){.v6 = true, .ip_options = 16, .payload = 40});
        rig.ip[6] = cases[i].header;
        assert_int_equal(rig_verify(&rig), cases[i].marked);
    }
    rig_make(&rig, (struct packet_shape){.v6 = true, .ip_options = 16, .payload = 40});
    memcpy(rig.ip + 48, (uint8_t[8]){6, 0, 1, 4}, 8); /* two headers of 8 bytes */
    rig.ip[40] = 60;
    rig.ip[41] = 0;
    assert_true(rig_verify(&rig));
    rig.ip[49] = 9; /* past the packet's end */
    assert_false(rig_verify(&rig));
}

static void passes_over_a_routing_header_at_the_end_of_its_way(void **state)
{
    struct rig rig;

    (void)state;
    for (unsigned kind = 0; kind < 256; kind += 51)
        for (unsigned segments_left = 0; segments_left < 256; segments_left++) {
            rig_make(&rig, (struct packet_shape){.v6 = true, .ip_options = 24, .payload = 40});
            rig.ip[6] = 43;
            rig.ip[42] = (uint8_t)kind;
            rig.ip[43] = (uint8_t)segments_left;
            assert_int_equal(rig_verify(&rig), segments_left == 0);
        }
    rig_make(&rig, (struct packet_shape){.v6 = true, .ip_options = 16, .payload = 40});
    memcpy(rig.ip + 48, (uint8_t[8]){6, 0, 0, 0}, 8); /* behind a header of options */
    rig.ip[40] = 43;
    rig.ip[41] = 0;
    assert_true(rig_verify(&rig));
    rig.ip[51] = 1;
    assert_false(rig_verify(&rig));
}

static void marks_no_routing_header_that_the_packet_cuts(void **state)
{
    struct rig rig;

    (void)state;
    for (size_t kept = 0; kept < 8; kept++) {
        rig_make(&rig, (struct packet_shape){.v6 = true, .ip_options = 8, .payload = 0});
        rig.ip[6] = 43;
        rig.ip[43] = 0;
        packet_put16(rig.ip + 4, kept);
        assert_false(verify(rig.frame, 54 + kept));
    }
}

static void marks_nothing_but_tcp_and_udp_over_ip(void **state)
{
    struct rig rig;

    (void)state;
    rig_make(&rig, (struct packet_shape){.payload = 40});
    for (int protocol = 0; protocol < 256; protocol++) {
        rig.ip[9] = (uint8_t)protocol;
        assert_int_equal(rig_verify(&rig), protocol == 6);
    }
    rig_make(&rig, (struct packet_shape){.tag = true, .payload = 40});
    packet_put16(rig.frame + 12, 0x88A8); /* a service tag */
    assert_false(rig_verify(&rig));
}

static void outlives_rubbish(void **state)
{
    static uint8_t frame[PACKET_ROOM];
    uint64_t seed = 4;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct packet_shape shape = packet_random_shape(&seed, 60);
        size_t length = packet_make(frame, &shape, &seed);

        for (uint32_t spoils = packet_random(&seed, 4); spoils; spoils--)
            frame[12 + packet_random(&seed, 60)] = (uint8_t)packet_random(&seed, 256);
        verify(frame, 14 + packet_random(&seed, (uint32_t)length - 13));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_a_known_datagram),
        cmocka_unit_test(marks_right_packets_of_every_shape_with_padding_or_without),
        cmocka_unit_test(marks_no_packet_of_which_one_bit_was_flipped),
        cmocka_unit_test(marks_no_fragment),
        cmocka_unit_test(marks_no_datagram_without_a_checksum),
        cmocka_unit_test(takes_a_zero_sum_of_tcp_for_what_it_is),
        cmocka_unit_test(marks_no_datagram_whose_length_is_not_the_packets),
        cmocka_unit_test(marks_no_packet_whose_lengths_lie),
        cmocka_unit_test(marks_no_tcp_header_that_is_cut),
        cmocka_unit_test(passes_over_extension_headers_of_ipv6_that_it_knows),
        cmocka_unit_test(passes_over_a_routing_header_at_the_end_of_its_way),
        cmocka_unit_test(marks_no_routing_header_that_the_packet_cuts),
        cmocka_unit_test(marks_nothing_but_tcp_and_udp_over_ip),
        cmocka_unit_test(outlives_rubbish),
    };

    return cmocka_run_group_tests_name("model_verify", tests, NULL, NULL);
}
