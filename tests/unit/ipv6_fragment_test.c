/* IPv6 fragments: put together, refused, sent. RFC 8200, 4.5, RFC 5722.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "tests/unit/net6_heard.h"

enum { UDP = 17, ICMPV6 = 58, FRAGMENT = 44 };

static void fragments_are_put_together_in_any_order(void **state)
{
    struct net net;
    uint8_t whole[54 + 3000] = {0}, data[3000] = {0, 7, 0, HEARD_PORT, 3000 >> 8, 3000 & 255};

    (void)state;
    struct heard *heard = heard_start(&net);
    for (size_t i = 8; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    struct net6_packet plain = heard_from_peer(&net, UDP, data, sizeof data);
    net6_build(&plain, 6, whole);
    for (int order = 2; order >= 0; order--) {
        uint8_t fragment[8 + 1000] = {UDP, 0, 0, 0, 1, 2, 3, 4};

        put16(fragment + 2, (uint16_t)(order * 1000 | (order < 2)));
        memcpy(fragment + 8, whole + 54 + 1000 * order, 1000);
        struct net6_packet packet = heard_from_peer(&net, FRAGMENT, fragment, sizeof fragment);
        assert_int_equal(heard->count, 0);
        net6_in(&net, &packet, NET_NO_CSUM);
    }
    assert_int_equal(heard->count, 1);
    assert_int_equal(heard->len, 2992);
    assert_memory_equal(heard->data, whole + 62, 2992);
    heard_stop(&net, heard);
}

static void fragments_that_overlap_spoil_their_datagram(void **state)
{
    struct net net;
    static const struct {
        uint16_t offset;
        bool more;
        uint8_t fill;
    } pieces[] = {{0, true, 1}, {8, true, 2}, {16, false, 3}};
    uint8_t fragment[24] = {UDP, 0, 0, 0, 9, 9, 9, 9};

    (void)state;
    struct heard *heard = heard_start(&net);
    for (size_t i = 0; i < 3; i++) {
        put16(fragment + 2, (uint16_t)(pieces[i].offset | pieces[i].more));
        memset(fragment + 8, pieces[i].fill, 16);
        struct net6_packet packet = heard_from_peer(&net, FRAGMENT, fragment, sizeof fragment);
        net6_in(&net, &packet, NET_NO_CSUM);
    }
    assert_int_equal(stack_counters(net.stack)->ip_reasm_fails, 1);
    net_run(&net, 61 * NET_S);
    assert_null(net_take(&net)); /* RFC 5722: in silence */
    heard_stop(&net, heard);
}

/* The same bytes, but not the same pieces. */
static void fragments_that_overlap_in_part_spoil_their_datagram_though_they_agree(void **state)
{
    struct net net;
    static const uint16_t pieces[] = {0 | 1, 0 | 1, 8 | 1, 24};
    uint8_t fragment[24] = {UDP, 0, 0, 0, 9, 9, 9, 9};

    (void)state;
    struct heard *heard = heard_start(&net);
    for (size_t i = 0; i < 4; i++) {
        put16(fragment + 2, pieces[i]);
        struct net6_packet packet = heard_from_peer(&net, FRAGMENT, fragment, sizeof fragment);
        net6_in(&net, &packet, NET_NO_CSUM);
        assert_int_equal(stack_counters(net.stack)->ip_reasm_fails, i >= 2);
    }
    heard_stop(&net, heard);
}

static void an_unfinished_datagram_is_told_of_after_a_minute(void **state)
{
    struct net net;
    struct net6_packet answer;
    uint8_t fragment[24] = {UDP, 0, 0, 1, 9, 9, 9, 9};

    (void)state;
    struct heard *heard = heard_start(&net);
    struct net6_packet packet = heard_from_peer(&net, FRAGMENT, fragment, sizeof fragment);
    net6_in(&net, &packet, NET_NO_CSUM);
    net_run(&net, 59 * NET_S);
    assert_null(net_take(&net));
    net_run(&net, 2 * NET_S);
    assert_true(net6_find(&net, ICMPV6, 3, &answer));
    assert_int_equal(answer.payload[1], 1);
    heard_stop(&net, heard);
}

/* What stands behind the fragment header is in the pieces, not with the headers in front of it. */
static void an_error_about_a_whole_datagram_quotes_all_its_headers(void **state)
{
    /* A header of destination options, padded, and of a transport that there is not. */
    static const uint8_t data[32] = {250, 1, 1, 4, 9, 8, 7, 6, 1, 6, 5, 4, 3, [31] = 0xcc};
    struct net net;
    struct net6_packet answer;

    (void)state;
    struct heard *heard = heard_start(&net);
    for (int i = 0; i < 2; i++) {
        uint8_t fragment[8 + 16] = {60, 0, 0, (uint8_t)(16 * i | !i), 5, 5, 5, 5};

        memcpy(fragment + 8, data + 16 * i, 16);
        struct net6_packet packet = heard_from_peer(&net, FRAGMENT, fragment, sizeof fragment);
        net6_in(&net, &packet, NET_NO_CSUM);
    }
    assert_true(net6_find(&net, ICMPV6, 4, &answer));
    assert_int_equal(answer.payload[1], 1);
    assert_int_equal(get32(answer.payload + 4), 40 + 8); /* where 250 stands */
    assert_int_equal(answer.length, 8 + 40 + 8 + sizeof data);
    assert_memory_equal(answer.payload + 8 + 40 + 8, data, sizeof data);
    heard_stop(&net, heard);
}

static void a_piece_that_is_no_multiple_of_eight_is_refused(void **state)
{
    struct net net;
    uint32_t pointer = 0;
    uint8_t fragment[23] = {UDP, 0, 0, 1, 9, 9, 9, 9};

    (void)state;
    struct heard *heard = heard_start(&net);
    struct net6_packet packet = heard_from_peer(&net, FRAGMENT, fragment, sizeof fragment);
    net6_in(&net, &packet, NET_NO_CSUM);
    assert_int_equal(heard_problem(&net, &pointer), 0);
    assert_int_equal(pointer, 4);
    heard_stop(&net, heard);
}

/* fragment[2] and [3] are offset and more; returns the code, or -1. */
static int code_for(struct net *net, uint8_t *fragment, size_t length, uint32_t *pointer)
{
    struct net6_packet packet = heard_from_peer(net, FRAGMENT, fragment, length);

    net6_in(net, &packet, NET_NO_CSUM);
    return heard_problem(net, pointer);
}

static void a_piece_that_reaches_beyond_65535_is_refused(void **state)
{
    struct net net;
    uint32_t pointer = 0;
    uint8_t fragment[16] = {UDP, 0, 0xff, 0xf8, 9, 9, 9, 9};

    (void)state;
    struct heard *heard = heard_start(&net);
    assert_int_equal(code_for(&net, fragment, 15, &pointer), -1);
    assert_int_equal(code_for(&net, fragment, 16, &pointer), 0);
    assert_int_equal(pointer, 42);
    heard_stop(&net, heard);
}

static void a_first_piece_without_all_headers_is_refused(void **state)
{
    enum { TCP = 6, DESTINATION = 60, CUT_CHAIN = 3 };
    struct net net;
    uint32_t pointer;
    uint8_t options[32] = {DESTINATION, 0, 0, 1, 9, 9, 9, 1, UDP, 1, 1, 12};
    uint8_t segment[40] = {TCP, 0, 0, 1, 9, 9, 9, 2};

    (void)state;
    struct heard *heard = heard_start(&net);
    assert_int_equal(code_for(&net, options, 16, &pointer), CUT_CHAIN);
    assert_int_equal(code_for(&net, options, 24, &pointer), CUT_CHAIN);
    assert_int_equal(code_for(&net, options, 32, &pointer), -1);
    assert_int_equal(code_for(&net, segment, 24, &pointer), CUT_CHAIN);
    assert_int_equal(code_for(&net, segment, 32, &pointer), -1);
    assert_int_equal(stack_counters(net.stack)->ip_in_hdr_errors, 3);
    heard_stop(&net, heard);
}

static void large_datagrams_leave_in_fragments(void **state)
{
    struct net net;
    struct net6_packet packet;
    static uint8_t data[4000];
    size_t at = 0;
    uint32_t id = 0;

    (void)state;
    struct heard *heard = heard_start(&net);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 11);
    assert_int_equal(
        udp_send(heard->socket, &(struct endpoint){NET6_PEER, 7}, data, sizeof data, net.now_ns),
        0);
    while (net6_take(&net, &packet)) {
        assert_int_equal(packet.next, FRAGMENT);
        assert_true(packet.length <= 1460);
        assert_int_equal(packet.payload[0], UDP);
        assert_int_equal(get16(packet.payload + 2) & ~7u, at);
        assert_true(at == 0 || get32(packet.payload + 4) == id);
        id = get32(packet.payload + 4);
        size_t skip = at ? 0 : 8;
        assert_memory_equal(packet.payload + 8 + skip, data + at + skip - 8,
                            packet.length - 8 - skip);
        at += packet.length - 8;
        assert_int_equal(get16(packet.payload + 2) & 1, at < sizeof data + 8);
    }
    assert_int_equal(at, sizeof data + 8);
    heard_stop(&net, heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments_are_put_together_in_any_order),
        cmocka_unit_test(fragments_that_overlap_spoil_their_datagram),
        cmocka_unit_test(fragments_that_overlap_in_part_spoil_their_datagram_though_they_agree),
        cmocka_unit_test(an_unfinished_datagram_is_told_of_after_a_minute),
        cmocka_unit_test(an_error_about_a_whole_datagram_quotes_all_its_headers),
        cmocka_unit_test(a_piece_that_is_no_multiple_of_eight_is_refused),
        cmocka_unit_test(a_piece_that_reaches_beyond_65535_is_refused),
        cmocka_unit_test(a_first_piece_without_all_headers_is_refused),
        cmocka_unit_test(large_datagrams_leave_in_fragments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
