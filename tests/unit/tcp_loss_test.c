/* TCP: what gets lost is sent again, when and how RFC 5681, 6298 and 6582 say.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "tests/unit/tcp_raw.h"

/* Sends both ways through a bad wire until both have closed; every byte must arrive. */
static void transfer(uint64_t seed, size_t up, size_t down, unsigned loss, unsigned reorder,
                     unsigned repeat)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    p->net.seed = seed;
    p->net.loss = loss;
    p->net.reorder = reorder;
    p->net.repeat = repeat;
    p->net.reorder_ns = 30 * TCP_MS;
    p->client.to_send = up;
    p->server.to_send = down;
    p->client.shuts_down = p->server.shuts_down = true;
    p->client.closes_at_end = p->server.closes_at_end = true;
    tcp_net_listen(&p->net, &p->server, 8);
    tcp_net_connect(&p->net, &p->client);
    tcp_net_settle(&p->net, 1000 * TCP_S);
    if (p->client.error || p->server.error)
        fail_msg("seed %d ended with %d and %d", (int)seed, p->client.error, p->server.error);
    tcp_app_has(&p->server, 1, up);
    tcp_app_has(&p->client, 2, down);
    assert_true(p->client.events & p->server.events & TCP_EVENT_GONE);
    tcp_pair_stop(p);
}

static void brings_a_megabyte_through_loss_reordering_and_repetition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++)
        transfer(seed, 1 << 20, 1000, 10, 20, 10);
}

static void brings_all_bytes_both_ways_for_many_seeds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 150; seed++)
        transfer(seed, 30000 + 1000 * seed, 50000, 5 + 10 * (seed % 8), 10 * (seed % 5), seed % 30);
}

static void survives_a_wire_that_only_reorders(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++)
        transfer(seed, 200000, 200000, 0, 300, 100);
}

static bool loses_number(void *user, const struct wire_segment *segment)
{
    return segment->number == *(const uint32_t *)user;
}

static void survives_the_loss_of_any_single_segment(void **state)
{
    (void)state;
    for (uint32_t lost = 0; lost < 60; lost++) {
        struct tcp_pair pair, *p = tcp_pair_start(&pair);
        p->net.loses = loses_number;
        p->net.user = &lost;
        p->client.to_send = 40000;
        p->server.to_send = 5000;
        p->client.shuts_down = p->server.shuts_down = true;
        p->client.closes_at_end = p->server.closes_at_end = true;
        tcp_net_listen(&p->net, &p->server, 8);
        tcp_net_connect(&p->net, &p->client);
        tcp_net_settle(&p->net, 1000 * TCP_S);
        tcp_app_has(&p->server, 1, 40000);
        tcp_app_has(&p->client, 2, 5000);
        assert_true(p->client.events & p->server.events & TCP_EVENT_GONE);
        assert_true(stack_counters(p->net.stations[0].stack)->tcp_retrans_segs +
                        stack_counters(p->net.stations[1].stack)->tcp_retrans_segs <=
                    3); /* a SYN,ACK: both ends repeat */
        tcp_pair_stop(p);
    }
}

/* All numbers wrap in the middle of the transfer: the start of the clock sets the ISN (RFC
 * 6528). */
static void counts_on_beyond_the_largest_sequence_number(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    assert_int_equal(tcp_net_open(&p->net, 0, 1000, SERVER_PORT, &p->client), 0);
    tcp_net_run(&p->net, 0);
    uint32_t isn = p->net.segments[0].seq;
    uint64_t start_ns = TCP_S + (uint64_t)(0u - 50000u - isn) * 4000;
    tcp_pair_stop(p);
    for (int client_wraps = 0; client_wraps < 2; client_wraps++) {
        *p = (struct tcp_pair){.client.salt = 1, .server.salt = 2};
        tcp_net_start_with(&p->net, &(struct stack_config){0}, start_ns);
        p->client.to_send = 200000;
        p->net.loss = client_wraps ? 30 : 0;
        p->net.reorder = 50;
        p->net.reorder_ns = 5 * TCP_MS;
        tcp_net_listen(&p->net, &p->server, 8);
        assert_int_equal(tcp_net_open(&p->net, 0, 1000, SERVER_PORT, &p->client), 0);
        tcp_net_settle(&p->net, 1000 * TCP_S);
        assert_in_range(p->net.segments[0].seq, 0u - 50001u, 0u - 49999u);
        tcp_app_has(&p->server, 1, 200000);
        tcp_pair_stop(p);
    }
}

/* Ten segments, the first is lost: the third duplicate ACK brings it back, not the timer. */
static void sends_again_at_once_after_three_duplicate_acks(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 20000);
    for (uint32_t i = 0; i < 10; i++)
        tcp_raw_expect(&raw, FLAG_ACK, 1 + 1000 * i, 1, 1000);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_raw_expect(&raw, FLAG_ACK, 10001, 1, 1000); /* limited transmit, RFC 3042 */
    tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_raw_expect(&raw, FLAG_ACK, 11001, 1, 1000);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 1000);
    assert_int_equal(tcp_app_info(&raw.app).ssthresh, 6000); /* half of 12 under way */
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 9000);
    for (int i = 0; i < 3; i++) {
        tcp_raw_send(&raw, FLAG_ACK, 1, 1);
        tcp_raw_expect_nothing(&raw); /* 12 under way, cwnd up to 12 */
    }
    tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_raw_expect(&raw, FLAG_ACK, 12001, 1, 1000);
    tcp_raw_send(&raw, FLAG_ACK, 1, 13001);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 2000); /* RFC 6582: min(ssthresh, flight + mss) */
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_fast_retrans, 1);
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_timeouts, 0);
    tcp_raw_stop(&raw);
}

/* NewReno: each partial ACK names the next hole. */
static void fills_several_holes_of_one_window_without_a_timeout(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 10000);
    tcp_raw_skip(&raw);
    for (int i = 0; i < 3; i++)
        tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_send(&raw, FLAG_ACK, 1, 3001);
    tcp_raw_expect(&raw, FLAG_ACK, 3001, 1, 1000);
    tcp_raw_send(&raw, FLAG_ACK, 1, 6001);
    tcp_raw_expect(&raw, FLAG_ACK, 6001, 1, 1000);
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    tcp_raw_run(&raw, 10 * TCP_S);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_timeouts, 0);
    tcp_raw_stop(&raw);
}

static void two_duplicate_acks_are_no_loss(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 5000);
    tcp_raw_skip(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    raw.window = 60000; /* a window update is no duplicate (RFC 5681, 2) */
    tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 5); /* nor is data */
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

/* The wire of 20 ms: timeout 220 ms, then doubled; cwnd of one segment; Karn keeps the backoff
 * until a new sample. */
static void backs_off_and_remembers_it_as_karn_says(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_connect(&raw);
    tcp_raw_run(&raw, 20 * TCP_MS);
    tcp_raw_send(&raw, FLAG_SYN | FLAG_ACK, 0, 1);
    assert_int_equal(tcp_app_info(&raw.app).srtt_ns, 20 * TCP_MS);
    tcp_raw_skip(&raw);
    tcp_app_send(&raw.app, 100);
    uint64_t start = raw.net.now_ns;
    tcp_raw_run(&raw, 5 * TCP_S);
    static const uint64_t at_ms[] = {0, 220, 660, 1540, 3300};
    for (size_t i = 0; i < 5; i++) {
        struct wire_segment segment = tcp_raw_next(&raw);
        assert_int_equal(segment.seq, 1);
        assert_int_equal((segment.sent_ns - start) / TCP_MS, at_ms[i]);
    }
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 101); /* of which one? no sample */
    assert_int_equal(tcp_app_info(&raw.app).srtt_ns, 20 * TCP_MS);
    assert_int_equal(tcp_app_info(&raw.app).rto_ns, 3520 * TCP_MS);
    tcp_app_send(&raw.app, 100);
    tcp_raw_run(&raw, 20 * TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 201);
    assert_int_equal(tcp_app_info(&raw.app).rto_ns, 220 * TCP_MS);
    tcp_raw_stop(&raw);
}

static void starts_again_with_one_segment_after_a_timeout(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 10000);
    tcp_raw_skip(&raw);
    tcp_raw_run(&raw, 300 * TCP_MS);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(tcp_app_info(&raw.app).ssthresh, 5000);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001); /* slow start: two more */
    tcp_raw_expect(&raw, FLAG_ACK, 1001, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 2001, 1, 1000);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 8001); /* the peer had the others: on from there */
    tcp_raw_expect(&raw, FLAG_ACK, 8001, 1, 1000);
    tcp_raw_stop(&raw);
}

static void gives_up_after_fifteen_retransmissions(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 10);
    tcp_raw_skip(&raw);
    uint64_t start = raw.net.now_ns;
    tcp_raw_run(&raw, 100 * TCP_S); /* RFC 9293, 3.8.3: R2 is 100 s at least */
    assert_int_equal(raw.app.error, 0);
    tcp_net_settle(&raw.net, 1000 * TCP_S);
    assert_int_equal(raw.app.error, -ETIMEDOUT);
    assert_true(raw.net.now_ns - start < 1000 * TCP_S);
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_retrans_segs, 15);
    tcp_raw_stop(&raw);
}

/* The peer's view: what comes out of order is acknowledged at once and kept. */
static void keeps_what_comes_out_of_order_and_says_what_is_missing(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_raw_send_data(&raw, FLAG_ACK, 2001, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 0);
    tcp_raw_send_data(&raw, FLAG_ACK, 1001, 1, 500);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 0);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1200);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1501, 0);
    tcp_raw_send_data(&raw, FLAG_ACK, 1401, 1, 800); /* overlaps on both sides */
    tcp_raw_expect(&raw, FLAG_ACK, 1, 3001, 0);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 3000); /* all of it again */
    tcp_raw_expect(&raw, FLAG_ACK, 1, 3001, 0);
    tcp_app_has(&raw.app, 2, 3000);
    tcp_raw_stop(&raw);
}

/* The reader frees room meanwhile; the duplicates must stay duplicates (RFC 5681, 2). */
static void keeps_its_window_while_something_is_missing(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.app.does_not_read = true;
    tcp_raw_join(&raw, 1000);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_send_data(&raw, FLAG_ACK, 1001, 1, 1000);
    uint32_t window = tcp_raw_next(&raw).window;
    tcp_app_read(&raw.app, SIZE_MAX);
    for (uint32_t i = 0; i < 3; i++) {
        tcp_raw_send_data(&raw, FLAG_ACK, 3001 + 1000 * i, 1, 1000);
        assert_int_equal(tcp_raw_next(&raw).window, window);
    }
    tcp_raw_send_data(&raw, FLAG_ACK, 2001, 1, 1000);
    assert_in_range(tcp_raw_next(&raw).window, 61535, 65535);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brings_a_megabyte_through_loss_reordering_and_repetition),
        cmocka_unit_test(brings_all_bytes_both_ways_for_many_seeds),
        cmocka_unit_test(survives_a_wire_that_only_reorders),
        cmocka_unit_test(survives_the_loss_of_any_single_segment),
        cmocka_unit_test(counts_on_beyond_the_largest_sequence_number),
        cmocka_unit_test(sends_again_at_once_after_three_duplicate_acks),
        cmocka_unit_test(fills_several_holes_of_one_window_without_a_timeout),
        cmocka_unit_test(two_duplicate_acks_are_no_loss),
        cmocka_unit_test(backs_off_and_remembers_it_as_karn_says),
        cmocka_unit_test(starts_again_with_one_segment_after_a_timeout),
        cmocka_unit_test(gives_up_after_fifteen_retransmissions),
        cmocka_unit_test(keeps_what_comes_out_of_order_and_says_what_is_missing),
        cmocka_unit_test(keeps_its_window_while_something_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
