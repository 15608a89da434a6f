/* TCP's sender with a peer that knows SACK: losses told by time (RFC 8985), recovery led by PRR (RFC
 * 6937), the tail asked about, losses that were none taken back (RFC 5682, 3522, 3708).
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "host/stack/tcp_congestion.h"
#include "tests/unit/tcp_raw.h"

enum { MSS = 1000, ROUND_TRIP = 20 };

/* A connection over a round trip of 20 ms, segments of 1000 bytes, cwnd of 10 of them. */
static void join(struct tcp_raw *raw, bool timestamps)
{
    struct stack_config wish = {.tcp_timestamps = timestamps, .tcp_congestion = &tcp_newreno};
    tcp_raw_start_with(raw, &wish);
    raw->syn.sack_permitted = true;
    raw->syn.has_timestamps = raw->options.has_timestamps = timestamps;
    tcp_raw_connect(raw);
    tcp_raw_run(raw, ROUND_TRIP * TCP_MS);
    raw->syn.ts_echo = raw->net.segments[0].options.ts_value;
    raw->options.ts_echo = raw->syn.ts_echo;
    /* RFC 6691: the timestamps come on top of what the segment is to carry. */
    uint16_t mss = timestamps ? MSS + 12 : MSS;
    struct wire_segment syn = {.source_port = SERVER_PORT,
                               .destination_port = raw->port,
                               .seq = raw->peer_iss,
                               .ack = raw->iss + 1,
                               .flags = FLAG_SYN | FLAG_ACK,
                               .window = raw->window,
                               .mss = mss,
                               .options = raw->syn};
    tcp_net_inject(&raw->net, 1, &syn, NULL);
    tcp_raw_skip(raw);
    assert_int_equal(tcp_app_info(&raw->app).mss, MSS);
    assert_int_equal(tcp_app_info(&raw->app).cwnd, 10 * MSS);
}

/* An ACK with count blocks, each a start and an end. */
static void sack(struct tcp_raw *raw, uint32_t ack, int count, const uint32_t *edges)
{
    raw->options.sack_count = (uint8_t)count;
    for (int i = 0; i < 2 * count; i++)
        raw->options.sacks[i / 2][i % 2] = raw->iss + edges[i];
    tcp_raw_send(raw, FLAG_ACK, 1, ack);
    raw->options.sack_count = 0;
}
#define EDGES(...)     \
    (const uint32_t[]) \
    {                  \
        __VA_ARGS__    \
    }

static void expect_data(struct tcp_raw *raw, uint32_t seq)
{
    tcp_raw_expect(raw, FLAG_ACK, seq, 1, MSS);
}

/* Sends segments of a window and lets a round trip pass. */
static void send_segments(struct tcp_raw *raw, uint32_t count)
{
    tcp_app_send(&raw->app, count * MSS);
    tcp_raw_run(raw, ROUND_TRIP * TCP_MS);
    tcp_raw_skip(raw);
}

static const struct stack_counters *counters(const struct tcp_raw *raw)
{
    return stack_counters(raw->net.stations[0].stack);
}

static void three_segments_behind_a_hole_leave_no_doubt(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    send_segments(&raw, 20);
    sack(&raw, 1, 1, EDGES(1001, 2001));
    expect_data(&raw, 10001); /* one has arrived, one may go (limited transmit) */
    sack(&raw, 1, 1, EDGES(1001, 3001));
    expect_data(&raw, 11001);
    tcp_raw_expect_nothing(&raw);
    sack(&raw, 1, 1, EDGES(1001, 4001));
    expect_data(&raw, 1);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(counters(&raw)->tcp_fast_retrans, 1);
    assert_int_equal(tcp_app_info(&raw.app).ssthresh, 5 * MSS); /* half of 10 */
    tcp_raw_stop(&raw);
}

/* RFC 8985, 6.2: a quarter of the round trip, 5 ms, and 1 ms of the timer's own. */
static void a_single_segment_behind_a_hole_is_given_time(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    send_segments(&raw, 4);
    sack(&raw, 1, 1, EDGES(1001, 2001));
    tcp_raw_run(&raw, 4 * TCP_MS);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_run(&raw, 3 * TCP_MS);
    expect_data(&raw, 1);
    tcp_raw_expect_nothing(&raw); /* what was sent behind it may still come */
    assert_int_equal(counters(&raw)->tcp_timeouts, 0);
    tcp_raw_stop(&raw);
}

static void what_comes_in_time_was_only_reordered(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    send_segments(&raw, 4);
    sack(&raw, 1, 1, EDGES(1001, 2001));
    tcp_raw_run(&raw, 3 * TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 4001);
    tcp_raw_run(&raw, TCP_S);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 10 * MSS); /* it was not in use */
    /* It has seen reordering now, so three segments do leave a doubt. */
    send_segments(&raw, 8);
    sack(&raw, 4001, 1, EDGES(5001, 9001));
    tcp_raw_expect_nothing(&raw);
    tcp_raw_run(&raw, 10 * TCP_MS);
    expect_data(&raw, 4001);
    tcp_raw_stop(&raw);
}

static void all_holes_of_a_window_are_filled_in_one_round_trip(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    send_segments(&raw, 10);
    sack(&raw, 1, 1, EDGES(1001, 3001));
    sack(&raw, 1, 2, EDGES(4001, 6001, 1001, 3001));
    expect_data(&raw, 1);
    sack(&raw, 1, 3, EDGES(7001, 10001, 4001, 6001, 1001, 3001));
    expect_data(&raw, 3001);
    expect_data(&raw, 6001);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    tcp_raw_run(&raw, 10 * TCP_S);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(counters(&raw)->tcp_timeouts, 0);
    assert_int_equal(counters(&raw)->tcp_fast_retrans, 1);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 5 * MSS);
    tcp_raw_stop(&raw);
}

/* RFC 6937: from 10 under way to 5; one segment goes for every two that arrive. */
static void what_is_sent_in_recovery_follows_what_arrives(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    tcp_app_send(&raw.app, 30 * MSS);
    tcp_raw_run(&raw, ROUND_TRIP * TCP_MS);
    tcp_raw_skip(&raw);
    sack(&raw, 1, 1, EDGES(1001, 4001)); /* 3 of 10 */
    expect_data(&raw, 1);
    size_t before = raw.net.count;
    for (uint32_t i = 0; i < 6; i++)
        sack(&raw, 1, 1, EDGES(1001, 5001 + i * MSS));
    assert_in_range(raw.net.count - before, 2, 4);
    tcp_raw_skip(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 5 * MSS);
    tcp_raw_stop(&raw);
}

static void a_lost_retransmission_is_noticed_without_a_timeout(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    send_segments(&raw, 30);
    sack(&raw, 1, 1, EDGES(1001, 4001));
    expect_data(&raw, 1);
    tcp_raw_run(&raw, 5 * TCP_MS);
    sack(&raw, 1, 1, EDGES(1001, 10001));
    struct wire_segment later = tcp_raw_next(&raw); /* new data, sent 5 ms after it */
    assert_int_equal(later.seq, 10001);
    tcp_raw_run(&raw, ROUND_TRIP * TCP_MS);
    tcp_raw_skip(&raw);
    sack(&raw, 1, 1, EDGES(1001, 11001));
    tcp_raw_run(&raw, 7 * TCP_MS);
    expect_data(&raw, 1);
    assert_int_equal(counters(&raw)->tcp_timeouts, 0);
    tcp_raw_stop(&raw);
}

/* RFC 8985, 7: two round trips after the tail a segment asks for it. */
static void a_lost_tail_is_asked_about_and_repaired(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    tcp_app_send(&raw.app, 3 * MSS);
    tcp_raw_skip(&raw);
    tcp_raw_run(&raw, 39 * TCP_MS);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_run(&raw, 2 * TCP_MS);
    expect_data(&raw, 2001);
    assert_int_equal(counters(&raw)->tcp_loss_probes, 1);
    tcp_raw_run(&raw, ROUND_TRIP * TCP_MS);
    sack(&raw, 1, 1, EDGES(2001, 3001));
    expect_data(&raw, 1);
    tcp_raw_expect_nothing(&raw); /* one has arrived, one may go */
    sack(&raw, 1001, 1, EDGES(2001, 3001));
    expect_data(&raw, 1001);
    assert_int_equal(counters(&raw)->tcp_timeouts, 0);
    tcp_raw_stop(&raw);
}

static void asks_with_new_data_where_there_is_some(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    tcp_app_send(&raw.app, 12 * MSS);
    tcp_raw_skip(&raw);
    tcp_raw_run(&raw, 41 * TCP_MS);
    expect_data(&raw, 10001); /* the eleventh, beyond cwnd */
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

/* 7.4: the probe has repaired it, nothing else tells; an ACK beyond it proves the loss. */
static void a_loss_that_the_probe_repaired_is_a_loss(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    tcp_app_send(&raw.app, 10 * MSS);
    tcp_raw_run(&raw, 41 * TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    uint32_t cwnd = tcp_app_info(&raw.app).cwnd;
    tcp_app_send(&raw.app, 4 * MSS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 14001);
    assert_true(tcp_app_info(&raw.app).cwnd < cwnd);
    tcp_raw_stop(&raw);
}

static void a_probe_that_came_twice_shows_no_loss(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    tcp_app_send(&raw.app, 10 * MSS);
    tcp_raw_run(&raw, 41 * TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    sack(&raw, 10001, 1, EDGES(9001, 10001));
    uint32_t cwnd = tcp_app_info(&raw.app).cwnd;
    tcp_app_send(&raw.app, 4 * MSS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 14001);
    assert_true(tcp_app_info(&raw.app).cwnd >= cwnd);
    tcp_raw_stop(&raw);
}

/* Sends 10 segments, of 30 to send, and lets the tail's probe and then the timeout run. */
static void time_out(struct tcp_raw *raw)
{
    tcp_app_send(&raw->app, 10 * MSS);
    while (!counters(raw)->tcp_timeouts)
        tcp_raw_run(raw, TCP_MS);
    tcp_app_send(&raw->app, 20 * MSS);
    assert_int_equal(tcp_app_info(&raw->app).cwnd, MSS);
    tcp_raw_skip(raw);
}

/* RFC 5682: the ACKs were late by more than the timeout, nothing was lost. */
static void a_timeout_for_acks_that_were_only_late_is_taken_back(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    time_out(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    expect_data(&raw, 10001); /* new data, no more of the old */
    expect_data(&raw, 11001);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 3001);
    assert_int_equal(counters(&raw)->tcp_spurious, 1);
    assert_in_range(tcp_app_info(&raw.app).cwnd, 10 * MSS, 14 * MSS);
    assert_true(tcp_app_info(&raw.app).ssthresh > 100 * MSS);
    assert_true(tcp_raw_next(&raw).seq >= 12001);
    tcp_raw_stop(&raw);
}

static void a_true_timeout_is_not_taken_back(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    time_out(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    tcp_raw_skip(&raw);                       /* two new segments */
    sack(&raw, 1001, 1, EDGES(10001, 11001)); /* they arrive, the old ones have not */
    expect_data(&raw, 1001);
    assert_int_equal(counters(&raw)->tcp_spurious, 0);
    tcp_raw_stop(&raw);
}

/* RFC 3522: the first ACK's timestamp is older than what was sent again. */
static void timestamps_tell_at_once_that_nothing_was_lost(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, true);
    tcp_raw_run(&raw, 10 * TCP_MS);
    size_t first = raw.net.count;
    time_out(&raw);
    raw.options.ts_echo = raw.net.segments[first].options.ts_value;
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    assert_int_equal(counters(&raw)->tcp_spurious, 1);
    assert_true(tcp_app_info(&raw.app).cwnd >= 10 * MSS);
    tcp_raw_stop(&raw);
}

/* RFC 7323, 4: Karn's rule is lifted, the echo names the copy that was answered. */
static void timestamps_time_what_was_sent_twice(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, true);
    time_out(&raw);
    tcp_raw_run(&raw, 30 * TCP_MS);
    raw.options.ts_echo = raw.net.segments[raw.net.count - 1].options.ts_value;
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    assert_in_range(tcp_app_info(&raw.app).srtt_ns, 20 * TCP_MS,
                    22 * TCP_MS); /* an eighth of a fifth */
    assert_true(tcp_app_info(&raw.app).srtt_ns > 20 * TCP_MS);
    assert_int_equal(counters(&raw)->tcp_spurious, 0);
    tcp_raw_stop(&raw);
}

/* RFC 3708: what was sent again came twice, told after the recovery has ended. */
static void what_came_twice_was_not_lost(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    send_segments(&raw, 10);
    sack(&raw, 1, 1, EDGES(1001, 4001));
    expect_data(&raw, 1);
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 5 * MSS);
    sack(&raw, 10001, 1, EDGES(1, 1001));
    assert_int_equal(counters(&raw)->tcp_spurious, 1);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 10 * MSS);
    tcp_raw_stop(&raw);
}

static void it_is_too_late_for_that_after_a_round_trip(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    send_segments(&raw, 10);
    sack(&raw, 1, 1, EDGES(1001, 4001));
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    send_segments(&raw, 2);
    tcp_raw_send(&raw, FLAG_ACK, 1, 12001);
    sack(&raw, 12001, 1, EDGES(1, 1001));
    assert_int_equal(counters(&raw)->tcp_spurious, 0);
    tcp_raw_stop(&raw);
}

static void what_has_arrived_is_not_sent_again_after_a_timeout(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    tcp_app_send(&raw.app, 4 * MSS);
    sack(&raw, 1, 1, EDGES(1001, 2001));
    while (!counters(&raw)->tcp_timeouts)
        tcp_raw_run(&raw, TCP_MS);
    tcp_raw_skip(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 2001);
    expect_data(&raw, 2001);
    expect_data(&raw, 3001);
    tcp_raw_stop(&raw);
}

/* RFC 2018, 8: a receiver may drop what it has named; the timeout sends it then. */
static void what_the_peer_has_taken_back_is_sent_again(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    tcp_app_send(&raw.app, 3 * MSS);
    sack(&raw, 1, 1, EDGES(1001, 3001));
    tcp_raw_run(&raw, 30 * TCP_MS);
    tcp_raw_skip(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001); /* the hole is filled, but not beyond */
    while (!counters(&raw)->tcp_timeouts)
        tcp_raw_run(&raw, TCP_MS);
    expect_data(&raw, 1001);
    tcp_raw_stop(&raw);
}

static void blocks_that_make_no_sense_are_ignored(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    send_segments(&raw, 5);
    sack(&raw, 1, 4, EDGES(5001, 6001, 3001, 2001, 0x70000000, 0x70001000, 2001, 2001));
    sack(&raw, 1, 1, EDGES(1001, 0x80000000));
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
        cmocka_unit_test(a_timeout_for_acks_that_were_only_late_is_taken_back),
        cmocka_unit_test(a_true_timeout_is_not_taken_back),
        cmocka_unit_test(timestamps_tell_at_once_that_nothing_was_lost),
        cmocka_unit_test(timestamps_time_what_was_sent_twice),
        cmocka_unit_test(what_came_twice_was_not_lost),
        cmocka_unit_test(it_is_too_late_for_that_after_a_round_trip),
        cmocka_unit_test(what_has_arrived_is_not_sent_again_after_a_timeout),
        cmocka_unit_test(what_the_peer_has_taken_back_is_sent_again),
        cmocka_unit_test(blocks_that_make_no_sense_are_ignored),
        cmocka_unit_test(a_lossy_path_costs_no_timeouts),
    };
    return cmocka_run_group_tests_name("tcp_recovery", tests, NULL, NULL);
}
