/* What the C model sends for a record: checksums and segments.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/model/segment.h"
#include "tests/unit/model_sink.h"

enum { CWR = 0x80, PSH = 0x08, FIN = 0x01 };

/* ---- known answers ---- */

/* 10.0.2.15:1025 to 10.0.2.2:80, 5 bytes "hello" in two segments of 3 and 2; worked out by hand with RFC 1071. */
static void cuts_a_known_segment_in_two_as_worked_out_by_hand(void **state)
{
    static const uint8_t super[] = {
        2,   0,   0,   0,   0,  1, 2,  0, 0,  0, 0, 2, 8,  0,                              /**/
        69,  0,   0,   45,  0,  9, 64, 0, 64, 6, 0, 0, 10, 0,    2,  15, 10,   0,    2, 2, /**/
        4,   1,   0,   80,  0,  0, 0,  1, 0,  0, 0, 2, 80, 0x19, 16, 0,  0x18, 0x30, 0, 0, /**/
        'h', 'e', 'l', 'l', 'o'};
    static const struct {
        uint16_t total, id, ip_sum, sum;
        uint8_t flags, sequence;
    } answers[2] = {{43, 9, 0x22B4, 0xAF07, 0x10, 1}, {42, 10, 0x22B4, 0x16F3, 0x19, 4}};
    struct vnet_header vnet = {.flags = VNET_NEEDS_CSUM,
                               .gso_type = VNET_GSO_TCPV4,
                               .gso_size = 3,
                               .csum_start = 34,
                               .csum_offset = 16};

    (void)state;
    assert_int_equal(sink_run(&vnet, super, sizeof super), 2);
    for (int i = 0; i < 2; i++) {
        const uint8_t *frame = sink.bytes + sink.at[i];

        assert_int_equal(packet_get16(frame + 16), answers[i].total);
        assert_int_equal(packet_get16(frame + 18), answers[i].id);
        assert_int_equal(packet_get16(frame + 24), answers[i].ip_sum);
        assert_int_equal(packet_get32(frame + 38), answers[i].sequence);
        assert_int_equal(frame[47], answers[i].flags);
        assert_int_equal(packet_get16(frame + 50), answers[i].sum);
    }
    assert_memory_equal(sink.bytes + 54, "hel", 3);
    assert_memory_equal(sink.bytes + 57 + 54, "lo", 2);
}

static void sums_the_example_of_rfc_1071_for_a_protocol_of_any_kind(void **state)
{
    uint8_t frame[24] = {[12] = 0x88, 0xB5, 0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7};
    struct vnet_header vnet = {.flags = VNET_NEEDS_CSUM, .csum_start = 14, .csum_offset = 8};

    (void)state;
    assert_int_equal(sink_run(&vnet, frame, sizeof frame), 1);
    assert_int_equal(packet_get16(sink.bytes + 22), 0x220D);
    assert_memory_equal(sink.bytes, frame, 22);
}

static void stores_a_sum_of_0_as_ffff(void **state)
{
    uint8_t frame[20] = {[14] = 0xFF, 0xFF};
    struct vnet_header vnet = {.flags = VNET_NEEDS_CSUM, .csum_start = 14, .csum_offset = 4};

    (void)state;
    assert_int_equal(sink_run(&vnet, frame, sizeof frame), 1);
    assert_int_equal(packet_get16(sink.bytes + 18), 0xFFFF);
}

/* ---- properties ---- */

static void sends_a_frame_that_asks_for_nothing_as_it_is(void **state)
{
    uint8_t frame[MODEL_FRAME_BYTES + 1];
    struct vnet_header vnet = {.flags = 0xFE, .hdr_len = 9, .gso_size = 1, .num_buffers = 7};
    uint64_t seed = 1;

    (void)state;
    for (size_t i = 0; i < sizeof frame; i++)
        frame[i] = (uint8_t)packet_random(&seed, 256);
    for (size_t length = 14; length <= MODEL_FRAME_BYTES; length += 47) {
        assert_int_equal(sink_run(&vnet, frame, length), 1);
        assert_int_equal(sink.length, length);
        assert_memory_equal(sink.bytes, frame, length);
    }
    assert_int_equal(sink_run(&vnet, frame, MODEL_FRAME_BYTES), 1);
    assert_int_equal(sink_run(&vnet, frame, MODEL_FRAME_BYTES + 1), -EBADMSG);
    assert_int_equal(sink_run(&vnet, frame, 13), -EBADMSG);
}

static void completes_the_checksum_of_every_shape_of_packet(void **state)
{
    static uint8_t packet[PACKET_ROOM], partial[PACKET_ROOM];
    uint64_t seed = 2;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        struct packet_shape shape = packet_random_shape(&seed, 1300);
        size_t length = packet_make(packet, &shape, &seed);
        struct vnet_header vnet;

        memcpy(partial, packet, length);
        packet_make_partial(partial, length, &shape, &vnet);
        assert_int_equal(sink_run(&vnet, partial, length), 1);
        assert_int_equal(sink.length, length);
        assert_memory_equal(sink.bytes, packet, length);
    }
}

/* What segment number `index` must be, made from the super-frame's own right packet, field by field. */
static void segment_expect(uint8_t *out, const uint8_t *whole, const struct packet_shape *shape,
                           size_t index, size_t from, size_t size, bool ecn)
{
    struct packet_shape part = *shape;
    size_t headers = packet_headers(shape), network = packet_network(shape);
    uint8_t *transport = out + packet_transport(shape);
    bool last = from + size == shape->payload;
    uint32_t sequence;

    part.payload = size;
    memcpy(out, whole, headers);
    memcpy(out + headers, whole + headers + from, size);
    if (shape->v6) {
        packet_put16(out + network + 4, headers + size - network - 40);
    } else {
        packet_put16(out + network + 2, headers + size - network);
        packet_put16(out + network + 4, packet_get16(whole + network + 4) + index);
    }
    if (shape->udp) {
        packet_put16(transport + 4, 8 + size);
    } else {
        sequence = packet_get32(transport + 4) + (uint32_t)from;
        packet_put16(transport + 4, sequence / 65536);
        packet_put16(transport + 6, sequence % 65536);
        if (!last)
            transport[13] &= 255 - FIN - PSH;
        if (ecn && index > 0)
            transport[13] &= 255 - CWR;
    }
    packet_seal(out, headers + size, &part);
}

static void check_segments(const uint8_t *whole, const struct packet_shape *shape, size_t size,
                           bool ecn)
{
    static uint8_t expected[PACKET_ROOM];
    size_t from = 0, index = 0;

    do {
        size_t part = shape->payload - from < size ? shape->payload - from : size;

        assert_true(index < sink.count);
        segment_expect(expected, whole, shape, index, from, part, ecn);
        assert_int_equal(sink.at[index + 1] - sink.at[index], packet_headers(shape) + part);
        assert_memory_equal(sink.bytes + sink.at[index], expected, packet_headers(shape) + part);
        from += part;
        index++;
    } while (from < shape->payload);
    assert_int_equal(index, sink.count);
}

/* Makes a super-frame of the shape, sends it with a wrong hdr_len, and checks each byte of what comes. */
static void try_super(const struct packet_shape *shape, size_t size, bool ecn, uint64_t *seed)
{
    static uint8_t whole[PACKET_ROOM], super[PACKET_ROOM];
    size_t length = packet_make(whole, shape, seed);
    struct vnet_header vnet;

    memcpy(super, whole, length);
    packet_make_partial(super, length, shape, &vnet);
    if (!shape->v6) /* what a super-frame's IPv4 checksum says does not matter */
        packet_put16(super + packet_network(shape) + 10, packet_random(seed, 65536));
    vnet.gso_type = (uint8_t)(sink_gso(shape) | (ecn ? VNET_GSO_ECN : 0));
    vnet.gso_size = (uint16_t)size;
    vnet.hdr_len = (uint16_t)packet_random(seed, 65536);
    vnet.num_buffers = (uint16_t)packet_random(seed, 65536);
    vnet.flags |= (uint8_t)(packet_random(seed, 128) * 2);
    assert_true(sink_run(&vnet, super, length) > 0);
    check_segments(whole, shape, size, ecn);
}

static void cuts_super_frames_of_every_shape_into_what_they_must_be(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int i = 0; i < 600; i++) {
        struct packet_shape shape = packet_random_shape(&seed, i % 10 ? 6000 : 65000);
        size_t most = MODEL_FRAME_BYTES - packet_headers(&shape), size;
        bool ecn = !shape.udp && packet_random(&seed, 2);

        size = 1 + packet_random(&seed, (uint32_t)most);
        try_super(&shape, i % 7 ? size : most, ecn, &seed);
    }
}

static void cuts_to_single_bytes_and_leaves_no_empty_segment_behind(void **state)
{
    struct packet_shape shape = {.flags = 0xFF, .payload = 5000};
    uint64_t seed = 4;

    (void)state;
    try_super(&shape, 1, true, &seed);
    assert_int_equal(sink.count, 5000);
    shape.payload = 4000;
    try_super(&shape, 1000, false, &seed);
    assert_int_equal(sink.count, 4);
    shape.payload = 0;
    try_super(&shape, 1000, false, &seed);
    assert_int_equal(sink.count, 1);
}

static void takes_the_longest_packet_that_ip_allows(void **state)
{
    uint64_t seed = 5;

    (void)state;
    for (int kind = 0; kind < 8; kind++) {
        struct packet_shape shape = {.v6 = kind & 1, .udp = kind & 2, .tag = kind & 4};
        size_t most = packet_network(&shape) + 65535 + (shape.v6 ? 40 : 0);

        shape.payload = most - packet_headers(&shape);
        try_super(&shape, 1400, false, &seed);
    }
    sink_free();
}

/* Held memory ends where the frame is cut off, so that the sanitizer sees every byte read behind it. */
static size_t run_cut(const struct vnet_header *vnet, const uint8_t *frame, size_t length,
                      size_t held)
{
    uint8_t out[MODEL_FRAME_BYTES], *exact = malloc(held);
    struct segments segments;
    size_t count = 0, made;

    memcpy(exact, frame, held);
    if (!segments_begin_cut(&segments, vnet, exact, length, held))
        while ((made = segments_next(&segments, out))) {
            assert_int_equal(made, sink.at[count + 1] - sink.at[count]);
            assert_memory_equal(out, sink.bytes + sink.at[count], made);
            count++;
        }
    free(exact);
    return count;
}

static void makes_of_a_cut_super_frame_the_segments_that_have_come_whole(void **state)
{
    uint8_t packet[2000];
    uint64_t seed = 8;

    (void)state;
    for (int kind = 0; kind < 8; kind++) {
        struct packet_shape shape = {.v6 = kind & 1, .udp = kind & 2, .tag = kind & 4};
        size_t length, headers = packet_headers(&shape);
        struct vnet_header vnet;

        shape.payload = 250;
        length = packet_make(packet, &shape, &seed);
        packet_make_partial(packet, length, &shape, &vnet);
        vnet.gso_type = sink_gso(&shape);
        vnet.gso_size = 100;
        assert_int_equal(sink_run(&vnet, packet, length), 3);
        for (size_t held = 1; held < length; held++)
            assert_int_equal(run_cut(&vnet, packet, length, held),
                             held < headers ? 0 : (held - headers) / 100);
        assert_int_equal(run_cut(&vnet, packet, length, length), 3);
    }
    sink_free();
}

static void makes_nothing_of_a_frame_that_is_cut(void **state)
{
    uint8_t frame[60] = {[12] = 0x88, 0xB5};
    struct vnet_header vnet = {.flags = VNET_NEEDS_CSUM, .csum_start = 14, .csum_offset = 8};
    struct segments segments;

    (void)state;
    for (size_t held = 0; held < sizeof frame; held++)
        assert_int_equal(segments_begin_cut(&segments, &vnet, frame, sizeof frame, held), -EBADMSG);
    assert_int_equal(segments_begin_cut(&segments, &vnet, frame, sizeof frame, sizeof frame), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_a_known_segment_in_two_as_worked_out_by_hand),
        cmocka_unit_test(sums_the_example_of_rfc_1071_for_a_protocol_of_any_kind),
        cmocka_unit_test(stores_a_sum_of_0_as_ffff),
        cmocka_unit_test(sends_a_frame_that_asks_for_nothing_as_it_is),
        cmocka_unit_test(completes_the_checksum_of_every_shape_of_packet),
        cmocka_unit_test(cuts_super_frames_of_every_shape_into_what_they_must_be),
        cmocka_unit_test(cuts_to_single_bytes_and_leaves_no_empty_segment_behind),
        cmocka_unit_test(takes_the_longest_packet_that_ip_allows),
        cmocka_unit_test(makes_of_a_cut_super_frame_the_segments_that_have_come_whole),
        cmocka_unit_test(makes_nothing_of_a_frame_that_is_cut),
    };

    return cmocka_run_group_tests_name("model_segment", tests, NULL, NULL);
}
