/* TCP: closing, from one end and from both.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/unit/tcp_raw.h"

static void closes_in_four_segments_and_waits_two_lifetimes(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    p->server.closes_at_end = true;
    tcp_net_join(&p->net, &p->client, &p->server);
    struct tcp_conn *conn = p->client.conn;
    struct tcp_info info;
    tcp_app_close(&p->client);
    tcp_net_run(&p->net, 100 * TCP_MS);
    tcp_info(conn, &info);
    assert_int_equal(info.state, TCP_TIME_WAIT);
    assert_string_equal(info.timer, "time-wait");
    assert_true(p->client.events & TCP_EVENT_FIN_ACKED);
    assert_true(p->server.events & TCP_EVENT_GONE);
    assert_false(p->client.events & TCP_EVENT_GONE);
    tcp_net_run(&p->net, 59800 * TCP_MS);
    assert_false(p->client.events & TCP_EVENT_GONE);
    tcp_net_run(&p->net, 200 * TCP_MS);
    assert_true(p->client.events & TCP_EVENT_GONE);
    tcp_pair_stop(p);
}

static void waits_as_long_as_it_is_configured(void **state)
{
    struct tcp_pair pair;
    struct tcp_pair *p =
        tcp_pair_start_with(&pair, &(struct stack_config){.time_wait_ns = 3 * TCP_S});
    (void)state;
    p->server.closes_at_end = true;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_close(&p->client);
    tcp_net_run(&p->net, 2900 * TCP_MS);
    assert_false(p->client.events & TCP_EVENT_GONE);
    tcp_net_run(&p->net, 200 * TCP_MS);
    assert_true(p->client.events & TCP_EVENT_GONE);
    tcp_pair_stop(p);
}

static bool loses_number(void *user, const struct wire_segment *segment)
{
    return segment->number == *(const uint32_t *)user;
}

static void survives_the_loss_of_each_segment_of_the_closing(void **state)
{
    (void)state;
    for (uint32_t lost = 3; lost < 9; lost++) {
        struct tcp_pair pair, *p = tcp_pair_start(&pair);
        p->net.loses = loses_number;
        p->net.user = &lost;
        p->client.to_send = 10;
        p->client.shuts_down = p->client.closes_at_end = true;
        p->server.closes_at_end = true;
        tcp_net_join(&p->net, &p->client, &p->server);
        tcp_net_run(&p->net, 70 * TCP_S);
        tcp_app_has(&p->server, 1, 10);
        assert_true(p->client.events & TCP_EVENT_GONE);
        assert_true(p->server.events & TCP_EVENT_GONE);
        assert_false((p->client.events | p->server.events) & TCP_EVENT_ERROR);
        tcp_pair_stop(p);
    }
}

static void begins_its_wait_again_when_the_fin_comes_again(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_shutdown(raw.app.conn, raw.net.now_ns);
    tcp_raw_expect(&raw, FLAG_FIN | FLAG_ACK, 1, 1, 0);
    tcp_raw_send(&raw, FLAG_FIN | FLAG_ACK, 1, 2);
    tcp_raw_expect(&raw, FLAG_ACK, 2, 2, 0);
    assert_int_equal(tcp_raw_state(&raw), TCP_TIME_WAIT);
    tcp_raw_run(&raw, 50 * TCP_S);
    tcp_raw_send(&raw, FLAG_FIN | FLAG_ACK, 1, 2);
    tcp_raw_expect(&raw, FLAG_ACK, 2, 2, 0);
    tcp_raw_run(&raw, 59 * TCP_S);
    assert_int_equal(tcp_raw_state(&raw), TCP_TIME_WAIT);
    tcp_raw_run(&raw, 2 * TCP_S);
    assert_int_equal(tcp_raw_state(&raw), TCP_CLOSED);
    assert_int_equal(tcp_error(raw.app.conn), 0);
    tcp_raw_stop(&raw);
}

static void closes_from_both_ends_at_once(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_net_run(&p->net, 100 * TCP_MS);
    tcp_shutdown(p->client.conn, p->net.now_ns);
    tcp_shutdown(p->server.conn, p->net.now_ns);
    tcp_net_run(&p->net, 15 * TCP_MS);
    assert_int_equal(tcp_app_state(&p->client), TCP_CLOSING);
    assert_int_equal(tcp_app_state(&p->server), TCP_CLOSING);
    tcp_net_run(&p->net, 100 * TCP_MS);
    assert_int_equal(tcp_app_state(&p->client), TCP_TIME_WAIT);
    assert_int_equal(tcp_app_state(&p->server), TCP_TIME_WAIT);
    assert_true(p->client.events & p->server.events & TCP_EVENT_END);
    tcp_pair_stop(p);
}

/* Half-close: after its FIN the client still receives, after the client's FIN the server still
 * sends. */
static void receives_after_it_has_said_that_it_sends_no_more(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    p->client.shuts_down = true;
    tcp_app_send(&p->client, 500);
    assert_int_equal(tcp_writable(p->client.conn, (struct iovec[2]){{0}}), -EPIPE);
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(tcp_app_state(&p->client), TCP_FIN_WAIT_2);
    assert_int_equal(tcp_app_state(&p->server), TCP_CLOSE_WAIT);
    assert_true(tcp_at_end(p->server.conn));
    tcp_net_run(&p->net, 300 * TCP_S); /* nothing ends it while the owner is there */
    tcp_app_send(&p->server, 200000);
    tcp_net_run(&p->net, 10 * TCP_S);
    tcp_app_has(&p->server, 1, 500);
    tcp_app_has(&p->client, 2, 200000);
    p->server.shuts_down = true;
    tcp_app_send(&p->server, 1);
    tcp_net_run(&p->net, TCP_S);
    tcp_app_has(&p->client, 2, 200001);
    assert_int_equal(tcp_app_state(&p->client), TCP_TIME_WAIT);
    assert_int_equal(tcp_app_state(&p->server), TCP_CLOSED);
    tcp_pair_stop(p);
}

/* The peer must not send behind its own FIN; if it does, that is not for us. */
static void ignores_data_behind_a_fin(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_raw_send_data(&raw, FLAG_FIN | FLAG_ACK, 1, 1, 5);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 7, 0);
    tcp_raw_send_data(&raw, FLAG_ACK, 7, 1, 5);
    tcp_raw_send_data(&raw, FLAG_ACK | FLAG_FIN, 6, 1, 5);
    assert_int_equal(tcp_raw_state(&raw), TCP_CLOSE_WAIT);
    tcp_app_has(&raw.app, 2, 5);
    tcp_raw_stop(&raw);
}

static void waits_with_a_fin_until_all_before_it_has_come(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_raw_send_data(&raw, FLAG_FIN | FLAG_ACK, 11, 1, 10);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 0);
    assert_false(raw.app.events & TCP_EVENT_END);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 10);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 22, 0);
    assert_true(raw.app.events & TCP_EVENT_END);
    assert_int_equal(tcp_raw_state(&raw), TCP_CLOSE_WAIT);
    tcp_app_has(&raw.app, 2, 20);
    tcp_raw_stop(&raw);
}

/* A lying FIN in the middle of what has come already would hang the connection. */
static void does_not_believe_a_fin_before_data_that_has_come(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_raw_send_data(&raw, FLAG_ACK, 11, 1, 10);
    tcp_raw_send(&raw, FLAG_FIN | FLAG_ACK, 5, 1);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 10);
    tcp_app_has(&raw.app, 2, 20);
    assert_int_equal(tcp_raw_state(&raw), TCP_ESTABLISHED);
    tcp_raw_stop(&raw);
}

static void does_not_wait_for_ever_for_the_fin_of_a_peer_nobody_hears(void **state)
{
    (void)state;
    for (int shut_down_first = 0; shut_down_first < 2; shut_down_first++) {
        struct tcp_raw raw;
        tcp_raw_start(&raw);
        tcp_raw_join(&raw, 1460);
        if (shut_down_first)
            tcp_shutdown(raw.app.conn, raw.net.now_ns);
        else
            tcp_app_close(&raw.app);
        tcp_raw_send(&raw, FLAG_ACK, 1, 2);
        if (shut_down_first)
            tcp_app_close(&raw.app);
        tcp_raw_run(&raw, 59 * TCP_S);
        assert_false(raw.app.events & TCP_EVENT_GONE);
        tcp_raw_run(&raw, 2 * TCP_S);
        assert_true(raw.app.events & TCP_EVENT_GONE);
        tcp_raw_stop(&raw);
    }
}

static void sends_its_fin_when_it_was_shut_down_before_it_was_connected(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_connect(&raw);
    tcp_raw_skip(&raw);
    tcp_shutdown(raw.app.conn, raw.net.now_ns);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send(&raw, FLAG_SYN | FLAG_ACK, 0, 1);
    tcp_raw_expect(&raw, FLAG_FIN | FLAG_ACK, 1, 1, 0);
    assert_int_equal(tcp_raw_state(&raw), TCP_FIN_WAIT_1);
    tcp_raw_stop(&raw);
}

/* RFC 9293, 3.6.1: the same two ends again, before the wait is over. */
static void takes_a_new_connection_in_place_of_one_that_waits(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_listen(&p->net, &p->server, 8);
    assert_int_equal(tcp_net_open(&p->net, 0, 1000, SERVER_PORT, &p->client), 0);
    p->server.to_send = 300000; /* more than the initial numbers move on meanwhile */
    tcp_net_run(&p->net, 400 * TCP_MS);
    tcp_app_has(&p->client, 2, 300000);
    uint32_t last_seq = p->net.segments[p->net.count - 1].ack;
    tcp_app_close(&p->server);
    tcp_net_run(&p->net, 50 * TCP_MS);
    tcp_app_close(&p->client);
    tcp_net_run(&p->net, 50 * TCP_MS);
    size_t before = p->net.count;
    assert_true(p->client.events & TCP_EVENT_GONE);
    assert_false(p->server.events & TCP_EVENT_GONE);
    tcp_net_listen(&p->net, &p->server, 8);
    p->client.events = 0;
    assert_int_equal(tcp_net_open(&p->net, 0, 1000, SERVER_PORT, &p->client), 0);
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(tcp_app_state(&p->client), TCP_ESTABLISHED);
    assert_int_equal(tcp_app_state(&p->server), TCP_ESTABLISHED);
    assert_true(p->server.events & TCP_EVENT_GONE);
    assert_in_range(p->net.segments[before + 1].seq - last_seq, 1, 1 << 20);
    tcp_pair_stop(p);
}

/* It must not swallow the end and wait for ever. */
static void does_not_keep_data_behind_a_fin_that_came_early(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_raw_send_data(&raw, FLAG_FIN | FLAG_ACK, 6, 1, 5);
    tcp_raw_send_data(&raw, FLAG_ACK, 11, 1, 5);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 5);
    tcp_app_has(&raw.app, 2, 10);
    assert_int_equal(tcp_raw_state(&raw), TCP_CLOSE_WAIT);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closes_in_four_segments_and_waits_two_lifetimes),
        cmocka_unit_test(waits_as_long_as_it_is_configured),
        cmocka_unit_test(survives_the_loss_of_each_segment_of_the_closing),
        cmocka_unit_test(begins_its_wait_again_when_the_fin_comes_again),
        cmocka_unit_test(closes_from_both_ends_at_once),
        cmocka_unit_test(receives_after_it_has_said_that_it_sends_no_more),
        cmocka_unit_test(ignores_data_behind_a_fin),
        cmocka_unit_test(waits_with_a_fin_until_all_before_it_has_come),
        cmocka_unit_test(does_not_believe_a_fin_before_data_that_has_come),
        cmocka_unit_test(does_not_wait_for_ever_for_the_fin_of_a_peer_nobody_hears),
        cmocka_unit_test(sends_its_fin_when_it_was_shut_down_before_it_was_connected),
        cmocka_unit_test(takes_a_new_connection_in_place_of_one_that_waits),
        cmocka_unit_test(does_not_keep_data_behind_a_fin_that_came_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
