/* TCP's sender with a peer that knows SACK: losses told by time (RFC 8985), recovery led by PRR (RFC
 * 6937), the tail asked about.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/tcp_sacker.h"

static void three_segments_behind_a_hole_leave_no_doubt(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    sacker_take(&raw, 20);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 2001));
    sacker_expect(&raw, 10001); /* one has arrived, one may go (limited transmit) */
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 3001));
    sacker_expect(&raw, 11001);
    tcp_raw_expect_nothing(&raw);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 4001));
    sacker_expect(&raw, 1);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(sacker_counters(&raw)->tcp_fast_retrans, 1);
    assert_int_equal(tcp_app_info(&raw.app).ssthresh, 5 * SACKER_MSS); /* half of 10 */
    tcp_raw_stop(&raw);
}

/* RFC 8985, 6.2: a quarter of the round trip, 5 ms, and 1 ms of the timer's own. */
static void a_single_segment_behind_a_hole_is_given_time(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    sacker_take(&raw, 4);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 2001));
    tcp_raw_run(&raw, 4 * TCP_MS);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_run(&raw, 3 * TCP_MS);
    sacker_expect(&raw, 1);
    tcp_raw_expect_nothing(&raw); /* what was sent behind it may still come */
    assert_int_equal(sacker_counters(&raw)->tcp_timeouts, 0);
    tcp_raw_stop(&raw);
}

static void what_comes_in_time_was_only_reordered(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    sacker_take(&raw, 4);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 2001));
    tcp_raw_run(&raw, 3 * TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 4001);
    tcp_raw_run(&raw, TCP_S);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 10 * SACKER_MSS); /* it was not in use */
    /* It has seen reordering now, so three segments do leave a doubt. */
    sacker_take(&raw, 8);
    sacker_send(&raw, 4001, 1, SACKER_EDGES(5001, 9001));
    tcp_raw_expect_nothing(&raw);
    tcp_raw_run(&raw, 10 * TCP_MS);
    sacker_expect(&raw, 4001);
    tcp_raw_stop(&raw);
}

static void all_holes_of_a_window_are_filled_in_one_round_trip(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    sacker_take(&raw, 10);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 3001));
    sacker_send(&raw, 1, 2, SACKER_EDGES(4001, 6001, 1001, 3001));
    sacker_expect(&raw, 1);
    sacker_send(&raw, 1, 3, SACKER_EDGES(7001, 10001, 4001, 6001, 1001, 3001));
    sacker_expect(&raw, 3001);
    sacker_expect(&raw, 6001);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    tcp_raw_run(&raw, 10 * TCP_S);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(sacker_counters(&raw)->tcp_timeouts, 0);
    assert_int_equal(sacker_counters(&raw)->tcp_fast_retrans, 1);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 5 * SACKER_MSS);
    tcp_raw_stop(&raw);
}

/* RFC 6937: from 10 under way to 5; one segment goes for every two that arrive. */
static void what_is_sent_in_recovery_follows_what_arrives(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    tcp_app_send(&raw.app, 30 * SACKER_MSS);
    tcp_raw_run(&raw, SACKER_ROUND_TRIP * TCP_MS);
    tcp_raw_skip(&raw);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 4001)); /* 3 of 10 */
    sacker_expect(&raw, 1);
    size_t before = raw.net.count;
    for (uint32_t i = 0; i < 6; i++)
        sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 5001 + i * SACKER_MSS));
    assert_in_range(raw.net.count - before, 2, 4);
    tcp_raw_skip(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 5 * SACKER_MSS);
    tcp_raw_stop(&raw);
}

static void a_lost_retransmission_is_noticed_without_a_timeout(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    sacker_take(&raw, 30);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 4001));
    sacker_expect(&raw, 1);
    tcp_raw_run(&raw, 5 * TCP_MS);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 10001));
    struct wire_segment later = tcp_raw_next(&raw); /* new data, sent 5 ms after it */
    assert_int_equal(later.seq, 10001);
    tcp_raw_run(&raw, SACKER_ROUND_TRIP * TCP_MS);
    tcp_raw_skip(&raw);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 11001));
    tcp_raw_run(&raw, 7 * TCP_MS);
    sacker_expect(&raw, 1);
    assert_int_equal(sacker_counters(&raw)->tcp_timeouts, 0);
    tcp_raw_stop(&raw);
}

/* RFC 8985, 7: two round trips after the tail a segment asks for it. */
static void a_lost_tail_is_asked_about_and_repaired(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    tcp_app_send(&raw.app, 3 * SACKER_MSS);
    tcp_raw_skip(&raw);
    tcp_raw_run(&raw, 39 * TCP_MS);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_run(&raw, 2 * TCP_MS);
    sacker_expect(&raw, 2001);
    assert_int_equal(sacker_counters(&raw)->tcp_loss_probes, 1);
    tcp_raw_run(&raw, SACKER_ROUND_TRIP * TCP_MS);
    sacker_send(&raw, 1, 1, SACKER_EDGES(2001, 3001));
    sacker_expect(&raw, 1);
    tcp_raw_expect_nothing(&raw); /* one has arrived, one may go */
    sacker_send(&raw, 1001, 1, SACKER_EDGES(2001, 3001));
    sacker_expect(&raw, 1001);
    assert_int_equal(sacker_counters(&raw)->tcp_timeouts, 0);
    tcp_raw_stop(&raw);
}

static void asks_with_new_data_where_there_is_some(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    tcp_app_send(&raw.app, 12 * SACKER_MSS);
    tcp_raw_skip(&raw);
    tcp_raw_run(&raw, 41 * TCP_MS);
    sacker_expect(&raw, 10001); /* the eleventh, beyond cwnd */
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

/* 7.4: the probe has repaired it, nothing else tells; an ACK beyond it proves the loss. */
static void a_loss_that_the_probe_repaired_is_a_loss(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    tcp_app_send(&raw.app, 10 * SACKER_MSS);
    tcp_raw_run(&raw, 41 * TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    uint32_t cwnd = tcp_app_info(&raw.app).cwnd;
    tcp_app_send(&raw.app, 4 * SACKER_MSS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 14001);
    assert_true(tcp_app_info(&raw.app).cwnd < cwnd);
    tcp_raw_stop(&raw);
}

static void a_probe_that_came_twice_shows_no_loss(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    tcp_app_send(&raw.app, 10 * SACKER_MSS);
    tcp_raw_run(&raw, 41 * TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    sacker_send(&raw, 10001, 1, SACKER_EDGES(9001, 10001));
    uint32_t cwnd = tcp_app_info(&raw.app).cwnd;
    tcp_app_send(&raw.app, 4 * SACKER_MSS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 14001);
    assert_true(tcp_app_info(&raw.app).cwnd >= cwnd);
    tcp_raw_stop(&raw);
}

static void blocks_that_make_no_sense_are_ignored(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    sacker_take(&raw, 5);
    sacker_send(&raw, 1, 4,
                SACKER_EDGES(5001, 6001, 3001, 2001, 0x70000000, 0x70001000, 2001, 2001));
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 0x80000000));
    tcp_raw_run(&raw, 10 * TCP_MS);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(tcp_app_info(&raw.app).sacked_bytes, 0);
    tcp_raw_stop(&raw);
}

static void a_lossy_path_costs_no_timeouts(void **state)
{
    struct stack_config wish = {.tcp_send_bytes = 1 << 19, .tcp_receive_bytes = 1 << 19};
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &wish);
    (void)state;
    p->net.delay_ns = 20 * TCP_MS;
    tcp_net_join(&p->net, &p->client, &p->server);
    p->net.loss = 10;
    tcp_app_send(&p->client, 3000000);
    uint64_t start = p->net.now_ns;
    while (p->server.received_count < 3000000 && p->net.now_ns - start < 100 * TCP_S)
        tcp_net_run(&p->net, 10 * TCP_MS);
    tcp_app_has(&p->server, 1, 3000000);
    assert_int_equal(stack_counters(p->net.stations[0].stack)->tcp_timeouts, 0);
    assert_true(stack_counters(p->net.stations[0].stack)->tcp_retrans_segs > 10);
    tcp_pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_segments_behind_a_hole_leave_no_doubt),
        cmocka_unit_test(a_single_segment_behind_a_hole_is_given_time),
        cmocka_unit_test(what_comes_in_time_was_only_reordered),
        cmocka_unit_test(all_holes_of_a_window_are_filled_in_one_round_trip),
        cmocka_unit_test(what_is_sent_in_recovery_follows_what_arrives),
        cmocka_unit_test(a_lost_retransmission_is_noticed_without_a_timeout),
        cmocka_unit_test(a_lost_tail_is_asked_about_and_repaired),
        cmocka_unit_test(asks_with_new_data_where_there_is_some),
        cmocka_unit_test(a_loss_that_the_probe_repaired_is_a_loss),
        cmocka_unit_test(a_probe_that_came_twice_shows_no_loss),
        cmocka_unit_test(blocks_that_make_no_sense_are_ignored),
        cmocka_unit_test(a_lossy_path_costs_no_timeouts),
    };
    return cmocka_run_group_tests_name("tcp_recovery", tests, NULL, NULL);
}
