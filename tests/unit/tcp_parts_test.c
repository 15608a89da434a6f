/* TCP's parts by themselves: options, buffer, ranges, round trip, congestion control, keyed hash.
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

#include "host/stack/tcp_timer.h"

static uint16_t mss_of(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1); /* so that a read past the end is seen */
    struct tcp_options options;
    memcpy(copy, bytes, len);
    tcp_options_parse(copy, len, &options);
    free(copy);
    return options.mss;
}

static void reads_the_mss_among_other_options(void **state)
{
    static const uint8_t among[] = {1, 3, 3, 7, 4, 2, 2, 4, 5, 0xb4, 0, 0};
    static const uint8_t behind_the_end[] = {0, 2, 4, 5, 0xb4};
    (void)state;
    assert_int_equal(mss_of(among, sizeof among), 1460);
    assert_int_equal(mss_of(behind_the_end, sizeof behind_the_end), 0);
    assert_int_equal(mss_of(among, 0), 0);
}

static void survives_options_whose_length_lies(void **state)
{
    static const uint8_t zero[] = {2, 0, 5, 0xb4}, one[] = {8, 1, 2, 4, 5, 0xb4},
                         past[] = {2, 5, 5, 0xb4}, short_mss[] = {2, 3, 5},
                         no_length[] = {1, 1, 1, 2};
    (void)state;
    assert_int_equal(mss_of(zero, sizeof zero), 0);
    assert_int_equal(mss_of(one, sizeof one), 0);
    assert_int_equal(mss_of(past, sizeof past), 0);
    assert_int_equal(mss_of(short_mss, sizeof short_mss), 0);
    assert_int_equal(mss_of(no_length, sizeof no_length), 0);
    srand(1);
    for (int i = 0; i < 100000; i++) {
        uint8_t bytes[40];
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = (uint8_t)(rand() % 6);
        mss_of(bytes, (size_t)rand() % 41);
    }
}

static void keeps_bytes_in_order_around_the_rings_end(void **state)
{
    struct tcp_buffer buffer = {.size = 101};
    struct tcp_pool pool = {0};
    uint32_t in = 0, out = 0;
    (void)state;
    assert_int_equal(tcp_buffer_allocate(&buffer, &pool), 0);
    srand(2);
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[101];
        uint32_t count = (uint32_t)rand() % (tcp_buffer_room(&buffer) + 1);
        for (uint32_t k = 0; k < count; k++)
            bytes[k] = (uint8_t)in++;
        tcp_buffer_put(&buffer, buffer.used, bytes, count);
        tcp_buffer_append(&buffer, count);
        count = (uint32_t)rand() % (buffer.used + 1);
        tcp_buffer_get(&buffer, 0, bytes, count);
        for (uint32_t k = 0; k < count; k++)
            assert_int_equal(bytes[k], (uint8_t)out++);
        tcp_buffer_drop(&buffer, count);
    }
    tcp_buffer_release(&buffer, &pool);
    tcp_pool_free(&pool);
}

static void gives_its_room_and_its_bytes_in_place(void **state)
{
    struct tcp_buffer buffer = {.size = 10};
    struct tcp_pool pool = {0};
    struct iovec pieces[2];
    (void)state;
    assert_int_equal(tcp_buffer_allocate(&buffer, &pool), 0);
    assert_int_equal(tcp_buffer_filled(&buffer, pieces), 0);
    assert_int_equal(tcp_buffer_vacant(&buffer, pieces), 1);
    assert_int_equal(pieces[0].iov_len, 10);
    tcp_buffer_append(&buffer, 7);
    tcp_buffer_drop(&buffer, 5);
    assert_int_equal(tcp_buffer_vacant(&buffer, pieces), 2);
    assert_int_equal(pieces[0].iov_len, 3);
    assert_int_equal(pieces[1].iov_len, 5);
    assert_ptr_equal(pieces[1].iov_base, buffer.bytes);
    tcp_buffer_append(&buffer, 8);
    assert_int_equal(tcp_buffer_vacant(&buffer, pieces), 0);
    tcp_buffer_release(&buffer, &pool);
    tcp_pool_free(&pool);
}

/* Against a map of single bytes. */
static void joins_ranges_as_a_map_of_bytes_does(void **state)
{
    enum { SPAN = 300 };
    (void)state;
    srand(3);
    for (int round = 0; round < 2000; round++) {
        struct tcp_reassembly ranges = {0};
        uint32_t base = 0xffffff80u, nxt = base;
        bool have[SPAN] = {false};
        for (int i = 0; i < 30; i++) {
            uint32_t start = 1 + (uint32_t)rand() % 200, end = start + 1 + (uint32_t)rand() % 60;
            if (tcp_reassembly_add(&ranges, base + start, base + end))
                continue;
            memset(have + start, true, end - start);
        }
        for (uint32_t i = 0; i < ranges.count; i++) {
            assert_true(seq_lt(ranges.ranges[i].start, ranges.ranges[i].end));
            if (i)
                assert_true(seq_lt(ranges.ranges[i - 1].end, ranges.ranges[i].start));
        }
        for (uint32_t at = 0; at < SPAN; at++)
            if (nxt == base + at) {
                nxt = tcp_reassembly_take(&ranges, nxt);
                for (; at < SPAN && have[at]; at++)
                    ;
                assert_int_equal(nxt - base, at);
                nxt++;
            }
        assert_int_equal(ranges.count, 0);
    }
}

static void refuses_one_range_too_many(void **state)
{
    struct tcp_reassembly ranges = {0};
    (void)state;
    for (uint32_t i = 0; i < TCP_MAX_RANGES; i++)
        assert_int_equal(tcp_reassembly_add(&ranges, 10 * i, 10 * i + 5), 0);
    assert_int_equal(tcp_reassembly_add(&ranges, 10000, 10001), -ENOBUFS);
    assert_int_equal(tcp_reassembly_add(&ranges, 5, 10), 0);
    assert_int_equal(ranges.count, TCP_MAX_RANGES - 1);
    assert_int_equal(tcp_reassembly_add(&ranges, 10000, 10001), 0);
}

static void computes_the_timeout_as_rfc_6298_does(void **state)
{
    struct tcp_rtt rtt;
    (void)state;
    tcp_rtt_init(&rtt);
    assert_int_equal(tcp_rtt_timeout(&rtt), 1000000000);
    tcp_rtt_sample(&rtt, 100000000, 1); /* srtt 100, rttvar 50: 100 + 4 * 50 */
    assert_int_equal(tcp_rtt_timeout(&rtt), 300000000);
    tcp_rtt_sample(&rtt, 200000000, 1); /* rttvar 62.5, srtt 112.5 */
    assert_int_equal(tcp_rtt_variation_ns(&rtt), 62500000);
    assert_int_equal(tcp_rtt_smoothed_ns(&rtt), 112500000);
    assert_int_equal(tcp_rtt_timeout(&rtt), 362500000);
    for (int i = 0; i < 200; i++)
        tcp_rtt_sample(&rtt, 10000000, 1);
    assert_in_range(tcp_rtt_timeout(&rtt), 210000000, 210100000); /* never nearer than 200 ms */
}

static void doubles_the_timeout_up_to_a_minute(void **state)
{
    struct tcp_rtt rtt;
    (void)state;
    tcp_rtt_init(&rtt);
    for (uint64_t seconds = 1; seconds < 64; seconds *= 2) {
        assert_int_equal(tcp_rtt_timeout(&rtt), (seconds < 60 ? seconds : 60) * 1000000000);
        tcp_rtt_back_off(&rtt);
    }
    for (int i = 0; i < 100; i++)
        tcp_rtt_back_off(&rtt);
    assert_int_equal(tcp_rtt_timeout(&rtt), 60000000000);
    tcp_rtt_sample(&rtt, 1000000, 1);
    assert_int_equal(tcp_rtt_timeout(&rtt), 201000000);
}

static void acknowledge(struct tcp_congestion *c, uint32_t acked, uint32_t flight)
{
    c->ops->acked(c, &(struct tcp_congestion_ack){.acked = acked, .flight = flight});
}

static void starts_slowly_and_then_avoids_congestion(void **state)
{
    struct tcp_congestion c = {.ops = &tcp_newreno};
    (void)state;
    c.ops->start(&c, 1000, 0);
    assert_int_equal(c.cwnd, 10000); /* RFC 6928 */
    acknowledge(&c, 2000, 10000);
    assert_int_equal(c.cwnd, 12000); /* a byte for each byte */
    acknowledge(&c, 9000, 12000);
    assert_int_equal(c.cwnd, 14000); /* but two segments at most */
    acknowledge(&c, 2000, 3000);
    assert_int_equal(c.cwnd, 14000); /* it was not in use */
    c.ops->lost(&c, 14000, 0);
    assert_int_equal(c.cwnd, 7000);
    assert_int_equal(c.ssthresh, 7000);
    for (int i = 0; i < 7; i++)
        acknowledge(&c, 1000, 7000);
    assert_int_equal(c.cwnd, 8000); /* a segment for each window */
}

static void falls_to_one_segment_after_a_timeout(void **state)
{
    struct tcp_congestion c = {.ops = &tcp_newreno};
    (void)state;
    c.ops->start(&c, 1460, 0);
    assert_int_equal(c.cwnd, 14600);
    c.ops->timed_out(&c, 14600, 0, 0);
    assert_int_equal(c.cwnd, 1460);
    assert_int_equal(c.ssthresh, 7300);
    c.ops->timed_out(&c, 1460, 1, 0); /* the same segment once more: RFC 5681, 3.1 */
    assert_int_equal(c.ssthresh, 7300);
    c.ops->start(&c, 1460, 1); /* the handshake was lost: RFC 6928, 2 */
    assert_int_equal(c.cwnd, 1460);
}

/* What is given back serves the next of the same size; no more than the pool holds is kept. */
static void rings_wait_in_a_pool(void **state)
{
    struct tcp_buffer buffers[TCP_POOL_RINGS + 2];
    struct tcp_pool pool = {0};
    uint8_t *first;
    (void)state;
    for (uint32_t i = 0; i < TCP_POOL_RINGS + 2; i++) {
        buffers[i] = (struct tcp_buffer){.size = 100 + i % 2};
        assert_int_equal(tcp_buffer_allocate(&buffers[i], &pool), 0);
    }
    first = buffers[0].bytes;
    tcp_buffer_release(&buffers[0], &pool);
    tcp_buffer_release(&buffers[1], &pool);
    assert_int_equal(tcp_buffer_allocate(&buffers[0], &pool), 0);
    assert_ptr_equal(buffers[0].bytes, first);
    for (uint32_t i = 0; i < TCP_POOL_RINGS + 2; i++)
        tcp_buffer_release(&buffers[i], &pool);
    assert_int_equal(pool.count, TCP_POOL_RINGS);
    tcp_pool_free(&pool);
    assert_int_equal(pool.count, 0);
}

/* The vectors of the SipHash paper: key 00 01 .. 0f, message 00 01 .. 0e, and the empty one. */
static void hashes_as_the_siphash_paper_says(void **state)
{
    const uint64_t key[2] = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
    uint8_t message[15];
    (void)state;
    for (uint8_t i = 0; i < sizeof message; i++)
        message[i] = i;
    assert_true(tcp_siphash(key, message, 15) == 0xa129ca6149be45e5u);
    assert_true(tcp_siphash(key, message, 0) == 0x726fdb47dd0e0e31u);
}

/* What connections are found by, and begin with, is the hash of addresses, ports and purpose as they stand in headers. */
static void hashes_both_ends_as_their_bytes(void **state)
{
    const uint8_t v4[] = {10, 0, 0, 1, 192, 168, 200, 7, 0xc0, 0x01, 0x01, 0xbb, 'T'};
    const struct endpoint a = {address_v4(0x0a000001), 0xc001}, b = {address_v4(0xc0a8c807), 443};
    const struct endpoint c = {{{0xfd, [15] = 1}}, 0xc001}, d = {{{0xfe, 0x80, [15] = 2}}, 443};
    struct tcp tcp = {.secret = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u}};
    uint8_t v6[37] = {0xfd, [15] = 1, 0xfe, 0x80, [31] = 2, 0xc0, 0x01, 0x01, 0xbb, 'T'};
    (void)state;
    assert_true(tcp_tuple_hash(&tcp, 'T', &a, &b) == tcp_siphash(tcp.secret, v4, sizeof v4));
    assert_true(tcp_tuple_hash(&tcp, 'T', &c, &d) == tcp_siphash(tcp.secret, v6, sizeof v6));
}

static void begins_elsewhere_for_other_ends_and_moves_on_with_time(void **state)
{
    struct tcp tcp = {.secret = {1, 2}};
    struct endpoint a = {address_v4(1), 1000}, b = {address_v4(2), 80}, c = {address_v4(2), 81};
    (void)state;
    uint32_t isn = tcp_isn_choose(&tcp, &a, &b, 0);
    assert_int_equal(tcp_isn_choose(&tcp, &a, &b, 4000000000) - isn, 1000000); /* 4 us a step */
    assert_int_not_equal(tcp_isn_choose(&tcp, &a, &c, 0), isn);
    struct tcp other = {.secret = {1, 3}};
    assert_int_not_equal(tcp_isn_choose(&other, &a, &b, 0), isn);
}

static void remembers_which_timer_is_the_first(void **state)
{
    enum { COUNT = 50 };
    struct tcp_conn conns[COUNT];
    struct tcp_conn *all[COUNT];
    struct tcp tcp = {.conns = all};
    struct stack stack = {.tcp = &tcp};
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        conns[i] = (struct tcp_conn){.stack = &stack};
        tcp_conns_add(&tcp, &conns[i]);
    }
    srand(4);
    for (int round = 0; round < 50000; round++) {
        struct tcp_conn *conn = &conns[rand() % COUNT];
        enum tcp_timer_kind kind = (enum tcp_timer_kind)(rand() % TIMER_COUNT);
        uint64_t first = UINT64_MAX;
        if (rand() % 3)
            tcp_timer_start(conn, kind, (uint64_t)rand() % 1000);
        else
            tcp_timer_stop(conn, kind);
        for (int i = 0; i < COUNT; i++)
            for (int k = 0; k < TIMER_SLOTS; k++)
                first = conns[i].due[k] < first ? conns[i].due[k] : first;
        assert_true((tcp.timed ? tcp_first_due(all[0]) : UINT64_MAX) == first);
        for (uint32_t i = 0; i < COUNT;
             i++) { /* nobody is lost, and who has a timer stands before who has none */
            assert_int_equal(all[i]->index, i);
            assert_int_equal(tcp_first_due(all[i]) != UINT64_MAX, i < tcp.timed);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_mss_among_other_options),
        cmocka_unit_test(survives_options_whose_length_lies),
        cmocka_unit_test(keeps_bytes_in_order_around_the_rings_end),
        cmocka_unit_test(gives_its_room_and_its_bytes_in_place),
        cmocka_unit_test(joins_ranges_as_a_map_of_bytes_does),
        cmocka_unit_test(refuses_one_range_too_many),
        cmocka_unit_test(computes_the_timeout_as_rfc_6298_does),
        cmocka_unit_test(doubles_the_timeout_up_to_a_minute),
        cmocka_unit_test(starts_slowly_and_then_avoids_congestion),
        cmocka_unit_test(falls_to_one_segment_after_a_timeout),
        cmocka_unit_test(rings_wait_in_a_pool),
        cmocka_unit_test(hashes_as_the_siphash_paper_says),
        cmocka_unit_test(hashes_both_ends_as_their_bytes),
        cmocka_unit_test(begins_elsewhere_for_other_ends_and_moves_on_with_time),
        cmocka_unit_test(remembers_which_timer_is_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
