/* TCP: what gets lost is sent again, when and how RFC 5681, 6298 and 6582 say.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "host/stack/tcp_conn.h"
#include "tests/unit/tcp_raw.h"

/* Ten segments, the first is lost: the third duplicate ACK brings it back, not the timer. */
static void sends_again_at_once_after_three_duplicate_acks(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    assert_int_equal(tcp_set_congestion(raw.app.conn, "newreno"), 0);
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
    assert_int_equal(tcp_app_info(&raw.app).ssthresh, 5000); /* half of the window */
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 8000);
    for (int i = 0; i < 4; i++) {
        tcp_raw_send(&raw, FLAG_ACK, 1, 1);
        tcp_raw_expect_nothing(&raw); /* 12 under way, cwnd up to 12 */
    }
    tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_raw_expect(&raw, FLAG_ACK, 12001, 1, 1000);
    tcp_raw_run(&raw, 100 * TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 12001);
    tcp_raw_expect(&raw, FLAG_ACK, 13001, 1, 1000);
    struct tcp_info info = tcp_app_info(&raw.app);
    assert_int_equal(info.cwnd, 2000); /* RFC 6582: min(ssthresh, flight + mss) */
    assert_int_equal(info.timer_ns - raw.net.now_ns, info.rto_ns);
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

/* Sequence numbers go round: what was recovered 2 GiB ago must not look as if it were still to come. */
static void sees_a_loss_however_much_came_through_since_the_last(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    raw.app.conn->recover = raw.app.conn->snd_una - (UINT32_C(1) << 31) + 4000;
    tcp_app_send(&raw.app, 30000);
    for (uint32_t i = 1; i < 10; i++)
        tcp_raw_send(&raw, FLAG_ACK, 1, 1 + 1000 * i);
    tcp_raw_skip(&raw);
    for (int i = 0; i < 3; i++)
        tcp_raw_send(&raw, FLAG_ACK, 1, 9001);
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_fast_retrans, 1);
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
    assert_int_equal(tcp_set_congestion(raw.app.conn, "newreno"), 0);
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

static void takes_no_sample_from_what_was_sent_twice(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_connect(&raw);
    tcp_raw_run(&raw, 20 * TCP_MS);
    tcp_raw_send(&raw, FLAG_SYN | FLAG_ACK, 0, 1);
    tcp_app_send(&raw.app, 5000);
    tcp_raw_run(&raw, 150 * TCP_MS);
    for (int i = 0; i < 3; i++)
        tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_raw_run(&raw, TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 9 * 536 + 1);
    assert_int_equal(tcp_app_info(&raw.app).unacked_bytes, 5000 - 9 * 536);
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_fast_retrans, 1);
    assert_int_equal(tcp_app_info(&raw.app).srtt_ns, 20 * TCP_MS);
    tcp_raw_stop(&raw);
}

/* After a timeout they come from what was sent twice (RFC 6582, 3.2, step 2, and 4). */
static void does_not_take_duplicates_after_a_timeout_for_a_loss(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 8000);
    tcp_raw_run(&raw, 300 * TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    for (int i = 0; i < 6; i++)
        tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_duplicate_acks, 6);
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_fast_retrans, 0);
    tcp_raw_stop(&raw);
}

/* RFC 6298, 5.3 */
static void starts_its_timer_again_with_each_new_ack(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 2000);
    tcp_raw_skip(&raw);
    tcp_raw_run(&raw, 150 * TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    tcp_raw_run(&raw, 190 * TCP_MS);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_again_at_once_after_three_duplicate_acks),
        cmocka_unit_test(fills_several_holes_of_one_window_without_a_timeout),
        cmocka_unit_test(sees_a_loss_however_much_came_through_since_the_last),
        cmocka_unit_test(two_duplicate_acks_are_no_loss),
        cmocka_unit_test(backs_off_and_remembers_it_as_karn_says),
        cmocka_unit_test(starts_again_with_one_segment_after_a_timeout),
        cmocka_unit_test(gives_up_after_fifteen_retransmissions),
        cmocka_unit_test(keeps_what_comes_out_of_order_and_says_what_is_missing),
        cmocka_unit_test(keeps_its_window_while_something_is_missing),
        cmocka_unit_test(takes_no_sample_from_what_was_sent_twice),
        cmocka_unit_test(does_not_take_duplicates_after_a_timeout_for_a_loss),
        cmocka_unit_test(starts_its_timer_again_with_each_new_ack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
