/* TCP: explicit congestion notification. RFC 3168.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "host/stack/tcp_conn.h"
#include "tests/unit/tcp_raw.h"

enum { MSS = 1000, BOTH = FLAG_ECE | FLAG_CWR, ECT_0 = 2, CE = 3 };

static const struct stack_config asks = {.tcp_ecn = true, .tcp_congestion = &tcp_newreno};

/* A connection to a peer that agrees. */
static void join(struct tcp_raw *raw)
{
    tcp_raw_start_with(raw, &asks);
    tcp_raw_connect(raw);
    assert_int_equal(tcp_raw_next(raw).flags, FLAG_SYN | BOTH);
    raw->options.has_timestamps = false;
    struct wire_segment answer = {.source_port = SERVER_PORT,
                                  .destination_port = raw->port,
                                  .seq = raw->peer_iss,
                                  .ack = raw->iss + 1,
                                  .flags = FLAG_SYN | FLAG_ACK | FLAG_ECE,
                                  .window = raw->window,
                                  .mss = MSS};
    tcp_net_inject(&raw->net, 1, &answer, NULL);
    assert_true(tcp_app_info(&raw->app).ecn);
    tcp_raw_skip(raw);
}

static void a_peer_that_does_not_answer_gets_no_ecn(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start_with(&raw, &asks);
    tcp_raw_connect(&raw);
    tcp_raw_send(&raw, FLAG_SYN | FLAG_ACK, 0, 1);
    assert_false(tcp_app_info(&raw.app).ecn);
    tcp_app_send(&raw.app, 100);
    tcp_raw_run(&raw, 0);
    for (size_t i = 1; i < raw.net.count; i++) {
        assert_int_equal(raw.net.segments[i].ecn, 0);
        assert_int_equal(raw.net.segments[i].flags & BOTH, 0);
    }
    tcp_raw_stop(&raw);
}

static void a_syn_that_was_lost_is_repeated_without_asking(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start_with(&raw, &asks);
    tcp_raw_connect(&raw);
    tcp_raw_skip(&raw);
    tcp_raw_run(&raw, 1100 * TCP_MS);
    assert_int_equal(tcp_raw_next(&raw).flags, FLAG_SYN);
    tcp_raw_stop(&raw);
}

static void who_asks_gets_it_though_we_would_not_have_asked(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    struct wire_segment syn = {.source_port = 5000,
                               .destination_port = SERVER_PORT,
                               .seq = 77,
                               .flags = FLAG_SYN | BOTH,
                               .window = 65535,
                               .mss = MSS};
    (void)state;
    tcp_net_listen(&p->net, &p->server, 8);
    tcp_net_inject(&p->net, 0, &syn, NULL);
    tcp_net_run(&p->net, TCP_MS);
    assert_int_equal(p->net.segments[0].flags, FLAG_SYN | FLAG_ACK | FLAG_ECE);
    tcp_pair_stop(p);
}

static void only_new_data_may_be_marked(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw);
    tcp_raw_send_data(&raw, FLAG_ACK, 1001, 1, 100);
    assert_int_equal(tcp_raw_next(&raw).ecn, 0); /* an ACK */
    tcp_app_send(&raw.app, 5 * MSS);
    for (int i = 0; i < 5; i++)
        assert_int_equal(tcp_raw_next(&raw).ecn, ECT_0);
    for (int i = 0; i < 3; i++)
        tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    struct wire_segment again = tcp_raw_next(&raw);
    assert_int_equal(again.seq, 1);
    assert_int_equal(again.ecn, 0);
    tcp_raw_stop(&raw);
}

static void echoes_a_mark_until_the_sender_answers(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw);
    raw.ecn = CE;
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK | FLAG_ECE, 1, 1001, 0); /* at once */
    raw.ecn = ECT_0;
    tcp_raw_send_data(&raw, FLAG_ACK, 1001, 1, 1000);
    tcp_raw_send_data(&raw, FLAG_ACK, 2001, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK | FLAG_ECE, 1, 3001, 0);
    tcp_raw_send_data(&raw, FLAG_ACK | FLAG_CWR, 3001, 1, 1000);
    tcp_raw_send_data(&raw, FLAG_ACK, 4001, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 5001, 0);
    tcp_app_has(&raw.app, 2, 5000);
    tcp_raw_stop(&raw);
}

static void falls_once_in_a_round_trip_and_says_so_once(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw);
    tcp_app_send(&raw.app, 30 * MSS);
    tcp_raw_skip(&raw);
    for (uint32_t i = 1; i <= 4; i++)
        tcp_raw_send(&raw, FLAG_ACK | FLAG_ECE, 1, 1 + i * MSS);
    assert_int_equal(tcp_app_info(&raw.app).ssthresh, 5 * MSS);
    assert_in_range(tcp_app_info(&raw.app).cwnd, 5 * MSS, 6 * MSS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1 + 10 * MSS);
    size_t with_cwr = 0;
    for (size_t i = 2; i < raw.net.count; i++)
        with_cwr += raw.net.segments[i].flags & FLAG_CWR ? 1 : 0;
    assert_int_equal(with_cwr, 1);
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_in_ece, 1);
    tcp_raw_stop(&raw);
}

/* Sequence numbers go round. */
static void falls_however_much_came_through_since_the_last_mark(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw);
    raw.app.conn->ecn_recover = raw.app.conn->snd_una - (UINT32_C(1) << 31) + 4 * MSS;
    tcp_app_send(&raw.app, 30 * MSS);
    for (uint32_t i = 1; i <= 9; i++)
        tcp_raw_send(&raw, FLAG_ACK, 1, 1 + i * MSS);
    tcp_raw_send(&raw, FLAG_ACK | FLAG_ECE, 1, 1 + 10 * MSS);
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_in_ece, 1);
    tcp_raw_stop(&raw);
}

/* The board would copy CWR to each of them. */
static void a_super_segment_never_says_so(void **state)
{
    struct stack_config wish = {
        .tcp_ecn = true,
        .device = {.features = DEVICE_CSUM_SEND | DEVICE_TSO4, .max_frame = 65593}};
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &wish);
    struct wire_segment ack;
    size_t with_cwr = 0;
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 200000);
    tcp_net_run(&p->net, 100 * TCP_MS);
    assert_true(tcp_app_info(&p->client).ecn);
    ack = p->net.segments[p->net.count - 1];
    for (size_t i = p->net.count; i-- > 0;)
        if (p->net.segments[i].from == 1) {
            ack = p->net.segments[i];
            break;
        }
    tcp_app_send(&p->client, 200000);
    ack.flags |= FLAG_ECE;
    ack.ack = ack.ack + 1;
    tcp_net_inject(&p->net, 1, &ack, NULL);
    tcp_net_run(&p->net, 10 * TCP_S);
    for (size_t i = 2; i < p->net.count; i++)
        with_cwr += p->net.segments[i].flags & FLAG_CWR ? 1 : 0;
    assert_int_equal(with_cwr, 1);
    assert_true(p->net.stations[0].supers > 5);
    tcp_app_has(&p->server, 1, 400000);
    tcp_pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_that_does_not_answer_gets_no_ecn),
        cmocka_unit_test(a_syn_that_was_lost_is_repeated_without_asking),
        cmocka_unit_test(who_asks_gets_it_though_we_would_not_have_asked),
        cmocka_unit_test(only_new_data_may_be_marked),
        cmocka_unit_test(echoes_a_mark_until_the_sender_answers),
        cmocka_unit_test(falls_once_in_a_round_trip_and_says_so_once),
        cmocka_unit_test(falls_however_much_came_through_since_the_last_mark),
        cmocka_unit_test(a_super_segment_never_says_so),
    };
    return cmocka_run_group_tests_name("tcp_ecn", tests, NULL, NULL);
}
