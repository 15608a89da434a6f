/* Fragments in every order, overlapping, lying, too many and too late.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/reassembly.h"
#include "host/stack/udp.h"
#include "tests/unit/stack_net.h"

enum { DATA = 3000, WHOLE = DATA + 8, PORT = 7000 };

struct fixture {
    struct net net;
    struct udp_socket *socket;
    int count;
    size_t len;
    uint8_t received[65536];
    uint8_t datagram[WHOLE]; /* UDP header and data */
};

static void note(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                 uint64_t now_ns)
{
    struct fixture *f = user;

    (void)from, (void)now_ns;
    f->count++;
    f->len = len;
    memcpy(f->received, data, len);
}

static struct fixture *start(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct udp_handler handler = {.receive = note, .user = f};
    struct endpoint local = {address_v4(0), PORT};

    net_start(&f->net);
    assert_int_equal(udp_open(f->net.stack, &f->socket, &handler), 0);
    assert_int_equal(udp_bind(f->socket, &local), 0);
    put16(f->datagram, 9);
    put16(f->datagram + 2, PORT);
    put16(f->datagram + 4, WHOLE);
    for (size_t i = 8; i < WHOLE; i++)
        f->datagram[i] = (uint8_t)(i * 11 + i / 256);
    return f;
}

static void stop(struct fixture *f)
{
    udp_close(f->socket);
    net_stop(&f->net);
    free(f);
}

static void fragment_of(struct fixture *f, uint16_t id, const uint8_t *bytes, size_t offset,
                        size_t len, bool more)
{
    uint8_t *frame = malloc(34 + len);

    net_headers(frame, NET_PEER, NET_ADDRESS, PROTOCOL_UDP, len);
    put16(frame + 18, id);
    put16(frame + 20, (uint16_t)(offset / 8 | (more ? 0x2000 : 0)));
    net_header_sum(frame);
    memcpy(frame + 34, bytes, len);
    net_frame_in(&f->net, frame, 34 + len);
    free(frame);
}

/* Bytes from offset on of the fixture's datagram. */
static void piece(struct fixture *f, uint16_t id, size_t offset, size_t len)
{
    fragment_of(f, id, f->datagram + offset, offset, len, offset + len < WHOLE);
}

static void assert_received(const struct fixture *f, int count)
{
    assert_int_equal(f->count, count);
    if (count > 0) {
        assert_int_equal(f->len, DATA);
        assert_memory_equal(f->received, f->datagram + 8, DATA);
    }
}

static void fragments_make_the_datagram_in_any_order(void **state)
{
    static const size_t cuts[4][2] = {{0, 1000}, {1000, 1000}, {2000, 8}, {2008, 1000}};
    static const int orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 0, 2}};
    struct fixture *f = start();

    (void)state;
    for (int o = 0; o < 4; o++) {
        for (int i = 0; i < 4; i++) {
            assert_received(f, o);
            piece(f, (uint16_t)o, cuts[orders[o][i]][0], cuts[orders[o][i]][1]);
        }
        assert_received(f, o + 1);
    }
    assert_int_equal(stack_counters(f->net.stack)->ip_reasm_oks, 4);
    stop(f);
}

static void a_fragment_that_comes_twice_does_no_harm(void **state)
{
    struct fixture *f = start();

    (void)state;
    piece(f, 1, 1000, 1000);
    piece(f, 1, 1000, 1000);
    piece(f, 1, 0, 1000);
    piece(f, 1, 0, 1000);
    piece(f, 1, 2000, 1008);
    assert_received(f, 1);
    stop(f);
}

static void an_overlap_that_disagrees_spoils_the_datagram(void **state)
{
    struct fixture *f = start();
    uint8_t other[1000];

    (void)state;
    memset(other, 0x55, sizeof other);
    piece(f, 1, 0, 1000);
    fragment_of(f, 1, other, 992, sizeof other, true);
    piece(f, 1, 1000, 1000);
    piece(f, 1, 2000, 1008);
    assert_received(f, 0);
    assert_int_equal(stack_counters(f->net.stack)->ip_reasm_fails, 1);
    stop(f);
}

static void two_ends_that_disagree_spoil_the_datagram(void **state)
{
    struct fixture *f = start();

    (void)state;
    piece(f, 1, 2000, 1008);
    fragment_of(f, 1, f->datagram + 1000, 1000, 500, false);
    piece(f, 1, 0, 1000);
    piece(f, 1, 1000, 1000);
    assert_received(f, 0);
    fragment_of(f, 3, f->datagram, 1000, 800, true);
    fragment_of(f, 3, f->datagram + 504, 504, 300, false);
    assert_int_equal(stack_counters(f->net.stack)->ip_reasm_fails, 2);
    stop(f);
}

static void a_datagram_longer_than_ip_allows_is_dropped(void **state)
{
    struct fixture *f = start();

    (void)state;
    fragment_of(f, 1, f->datagram, 65528, 400, false);
    fragment_of(f, 2, f->datagram, 65504, 16, true);
    assert_int_equal(stack_counters(f->net.stack)->ip_reasm_fails, 2);
    fragment_of(f, 3, f->datagram, 0, 1001, true); /* only the last may be no multiple of 8 */
    fragment_of(f, 4, f->datagram, 0, 0, true);
    assert_int_equal(stack_counters(f->net.stack)->ip_reasm_fails, 4);
    assert_received(f, 0);
    stop(f);
}

static void after_30_s_the_source_is_told_if_it_can_know_what_was_lost(void **state)
{
    struct fixture *f = start();
    struct net_packet packet;

    (void)state;
    piece(f, 1, 1000, 1000);
    piece(f, 2, 0, 1000);
    net_run(&f->net, 30 * NET_S);
    assert_true(net_take_packet(&f->net, &packet));
    assert_int_equal(packet.protocol, PROTOCOL_ICMP);
    assert_int_equal(packet.payload[0], 11);
    assert_int_equal(packet.payload[1], 1);
    assert_int_equal(get16(packet.payload + 8 + 4), 2);
    assert_memory_equal(packet.payload + 28, f->datagram, 8);
    assert_false(net_take_packet(&f->net, &packet));
    assert_int_equal(stack_counters(f->net.stack)->ip_reasm_fails, 2);
    piece(f, 2, 1000, 1000);
    piece(f, 2, 2000, 1008);
    assert_received(f, 0);
    stop(f);
}

static void too_many_datagrams_at_once_push_out_the_oldest(void **state)
{
    struct fixture *f = start();

    (void)state;
    for (uint16_t id = 0; id <= REASSEMBLIES; id++) {
        piece(f, id, 0, 1000);
        f->net.now_ns += NET_MS;
    }
    assert_int_equal(stack_counters(f->net.stack)->ip_reasm_fails, 1);
    piece(f, 1, 1000, 1000);
    piece(f, 1, 2000, 1008);
    assert_received(f, 1);
    piece(f, 0, 1000, 1000);
    piece(f, 0, 2000, 1008);
    assert_received(f, 1);
    stop(f);
}

static void the_largest_datagram_is_put_together(void **state)
{
    struct fixture *f = start();
    uint8_t *whole = calloc(1, 65515);

    (void)state;
    put16(whole, 9);
    put16(whole + 2, PORT);
    put16(whole + 4, 65515);
    whole[65514] = 0x77;
    for (size_t at = 0; at < 65515; at += 1480) {
        size_t len = 65515 - at < 1480 ? 65515 - at : 1480;

        fragment_of(f, 1, whole + at, at, len, at + len < 65515);
    }
    assert_int_equal(f->count, 1);
    assert_int_equal(f->len, 65507);
    assert_int_equal(f->received[65506], 0x77);
    free(whole);
    stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments_make_the_datagram_in_any_order),
        cmocka_unit_test(a_fragment_that_comes_twice_does_no_harm),
        cmocka_unit_test(an_overlap_that_disagrees_spoils_the_datagram),
        cmocka_unit_test(two_ends_that_disagree_spoil_the_datagram),
        cmocka_unit_test(a_datagram_longer_than_ip_allows_is_dropped),
        cmocka_unit_test(after_30_s_the_source_is_told_if_it_can_know_what_was_lost),
        cmocka_unit_test(too_many_datagrams_at_once_push_out_the_oldest),
        cmocka_unit_test(the_largest_datagram_is_put_together),
    };

    return cmocka_run_group_tests_name("reassembly", tests, NULL, NULL);
}
