/* TCP's sender after a timeout, and losses that were none and are taken back (RFC 5682, 3522, 3708).
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/tcp_sacker.h"

/* Sends 10 segments, of 30 to send, and lets the tail's probe and then the timeout run. */
static void time_out(struct tcp_raw *raw)
{
    tcp_app_send(&raw->app, 10 * SACKER_MSS);
    while (!sacker_counters(raw)->tcp_timeouts)
        tcp_raw_run(raw, TCP_MS);
    tcp_app_send(&raw->app, 20 * SACKER_MSS);
    assert_int_equal(tcp_app_info(&raw->app).cwnd, SACKER_MSS);
    tcp_raw_skip(raw);
}

/* RFC 5682: the ACKs were late by more than the timeout, nothing was lost. */
static void a_timeout_for_acks_that_were_only_late_is_taken_back(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    time_out(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    sacker_expect(&raw, 10001); /* new data, no more of the old */
    sacker_expect(&raw, 11001);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 3001);
    assert_int_equal(sacker_counters(&raw)->tcp_spurious, 1);
    assert_in_range(tcp_app_info(&raw.app).cwnd, 10 * SACKER_MSS, 14 * SACKER_MSS);
    assert_true(tcp_app_info(&raw.app).ssthresh > 100 * SACKER_MSS);
    assert_true(tcp_raw_next(&raw).seq >= 12001);
    tcp_raw_stop(&raw);
}

static void a_true_timeout_is_not_taken_back(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    time_out(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    tcp_raw_skip(&raw);                                     /* two new segments */
    sacker_send(&raw, 1001, 1, SACKER_EDGES(10001, 11001)); /* they arrive, the old ones have not */
    sacker_expect(&raw, 1001);
    assert_int_equal(sacker_counters(&raw)->tcp_spurious, 0);
    tcp_raw_stop(&raw);
}

/* RFC 3522: the first ACK's timestamp is older than what was sent again. */
static void timestamps_tell_at_once_that_nothing_was_lost(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, true);
    tcp_raw_run(&raw, 10 * TCP_MS);
    size_t first = raw.net.count;
    time_out(&raw);
    raw.options.ts_echo = raw.net.segments[first].options.ts_value;
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    assert_int_equal(sacker_counters(&raw)->tcp_spurious, 1);
    assert_true(tcp_app_info(&raw.app).cwnd >= 10 * SACKER_MSS);
    tcp_raw_stop(&raw);
}

/* RFC 7323, 4: Karn's rule is lifted, the echo names the copy that was answered. */
static void timestamps_time_what_was_sent_twice(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, true);
    time_out(&raw);
    tcp_raw_run(&raw, 30 * TCP_MS);
    raw.options.ts_echo = raw.net.segments[raw.net.count - 1].options.ts_value;
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    assert_in_range(tcp_app_info(&raw.app).srtt_ns, 20 * TCP_MS,
                    22 * TCP_MS); /* an eighth of a fifth */
    assert_true(tcp_app_info(&raw.app).srtt_ns > 20 * TCP_MS);
    assert_int_equal(sacker_counters(&raw)->tcp_spurious, 0);
    tcp_raw_stop(&raw);
}

/* RFC 3708: what was sent again came twice, told after the recovery has ended. */
static void what_came_twice_was_not_lost(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    sacker_take(&raw, 10);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 4001));
    sacker_expect(&raw, 1);
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 5 * SACKER_MSS);
    sacker_send(&raw, 10001, 1, SACKER_EDGES(1, 1001));
    assert_int_equal(sacker_counters(&raw)->tcp_spurious, 1);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 10 * SACKER_MSS);
    tcp_raw_stop(&raw);
}

static void it_is_too_late_for_that_after_a_round_trip(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    sacker_take(&raw, 10);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 4001));
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    sacker_take(&raw, 2);
    tcp_raw_send(&raw, FLAG_ACK, 1, 12001);
    sacker_send(&raw, 12001, 1, SACKER_EDGES(1, 1001));
    assert_int_equal(sacker_counters(&raw)->tcp_spurious, 0);
    tcp_raw_stop(&raw);
}

static void what_has_arrived_is_not_sent_again_after_a_timeout(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    tcp_app_send(&raw.app, 4 * SACKER_MSS);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 2001));
    while (!sacker_counters(&raw)->tcp_timeouts)
        tcp_raw_run(&raw, TCP_MS);
    tcp_raw_skip(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 2001);
    sacker_expect(&raw, 2001);
    sacker_expect(&raw, 3001);
    tcp_raw_stop(&raw);
}

/* RFC 2018, 8: a receiver may drop what it has named; the timeout sends it then. */
static void what_the_peer_has_taken_back_is_sent_again(void **state)
{
    struct tcp_raw raw;
    (void)state;
    sacker_join(&raw, false);
    tcp_app_send(&raw.app, 3 * SACKER_MSS);
    sacker_send(&raw, 1, 1, SACKER_EDGES(1001, 3001));
    tcp_raw_run(&raw, 30 * TCP_MS);
    tcp_raw_skip(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001); /* the hole is filled, but not beyond */
    while (!sacker_counters(&raw)->tcp_timeouts)
        tcp_raw_run(&raw, TCP_MS);
    sacker_expect(&raw, 1001);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timeout_for_acks_that_were_only_late_is_taken_back),
        cmocka_unit_test(a_true_timeout_is_not_taken_back),
        cmocka_unit_test(timestamps_tell_at_once_that_nothing_was_lost),
        cmocka_unit_test(timestamps_time_what_was_sent_twice),
        cmocka_unit_test(what_came_twice_was_not_lost),
        cmocka_unit_test(it_is_too_late_for_that_after_a_round_trip),
        cmocka_unit_test(what_has_arrived_is_not_sent_again_after_a_timeout),
        cmocka_unit_test(what_the_peer_has_taken_back_is_sent_again),
    };
    return cmocka_run_group_tests_name("tcp_spurious", tests, NULL, NULL);
}
