/* TCP: when an ACK is sent, when small data waits, and what a device without room means.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/tcp_raw.h"

/* Nagle: small data waits while something is under way, unless told not to. */
static void gathers_small_writes_until_the_ack_comes(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 10);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 10);
    for (int i = 0; i < 5; i++)
        tcp_app_send(&raw.app, 10);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 11);
    tcp_raw_expect(&raw, FLAG_ACK, 11, 1, 50);
    tcp_app_send(&raw.app, 1010);
    tcp_raw_expect(&raw, FLAG_ACK, 61, 1, 1000); /* a full one goes */
    tcp_raw_expect_nothing(&raw);
    tcp_set_nodelay(raw.app.conn, true);
    tcp_app_send(&raw.app, 5);
    tcp_raw_expect(&raw, FLAG_ACK, 1061, 1, 15);
    tcp_raw_stop(&raw);
}

static void sends_what_waits_with_the_fin(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 10);
    tcp_app_send(&raw.app, 10);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 10);
    tcp_raw_expect_nothing(&raw);
    tcp_shutdown(raw.app.conn, raw.net.now_ns);
    tcp_raw_expect(&raw, FLAG_FIN | FLAG_ACK, 11, 1, 10);
    tcp_raw_stop(&raw);
}

static void acknowledges_every_second_segment_and_the_last_after_40_ms(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send_data(&raw, FLAG_ACK, 1001, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 2001, 0);
    tcp_raw_send_data(&raw, FLAG_ACK, 2001, 1, 1000);
    assert_string_equal(tcp_app_info(&raw.app).timer, "delack");
    tcp_raw_run(&raw, 39 * TCP_MS);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_run(&raw, 2 * TCP_MS);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 3001, 0);
    tcp_raw_run(&raw, TCP_S);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

static void lets_the_ack_ride_on_the_answer(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 78);
    tcp_raw_expect_nothing(&raw);
    tcp_app_send(&raw.app, 500);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 79, 500);
    tcp_raw_send(&raw, FLAG_ACK, 79, 501);
    tcp_raw_run(&raw, TCP_S);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

/* RFC 5681, 4.1: after a pause cwnd falls back to the initial window. */
static void begins_carefully_after_a_pause(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 400000);
    tcp_net_run(&p->net, 5 * TCP_S);
    assert_true(tcp_app_info(&p->client).cwnd > 30000);
    tcp_app_send(&p->client, 1);
    assert_int_equal(tcp_app_info(&p->client).cwnd, 14600);
    tcp_pair_stop(p);
}

/* The device has no room: nothing is lost, nothing is sent twice, and it goes on when room
 * returns. */
static void waits_for_room_in_the_device(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_net_run(&p->net, 100 * TCP_MS);
    size_t before = p->net.count;
    p->net.stations[0].no_room = true;
    tcp_app_send(&p->client, 5000);
    tcp_net_run(&p->net, 2 * TCP_S);
    assert_int_equal(p->net.count, before);
    p->net.stations[0].no_room = false;
    stack_room(p->net.stations[0].stack, p->net.now_ns);
    tcp_net_run(&p->net, TCP_S);
    tcp_app_has(&p->server, 1, 5000);
    assert_int_equal(stack_counters(p->net.stations[0].stack)->tcp_retrans_segs, 0);
    tcp_pair_stop(p);
}

static void connects_when_room_returns(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server); /* so that ARP has been done */
    p->net.stations[0].no_room = true;
    struct tcp_app second = {.salt = 1}, accepted = {.salt = 2};
    tcp_net_listen(&p->net, &accepted, 8);
    tcp_net_connect(&p->net, &second);
    tcp_net_run(&p->net, TCP_S);
    p->net.stations[0].no_room = false;
    stack_room(p->net.stations[0].stack, p->net.now_ns);
    tcp_net_run(&p->net, 100 * TCP_MS);
    assert_int_equal(tcp_app_state(&second), TCP_ESTABLISHED);
    tcp_app_free(&second);
    tcp_app_free(&accepted);
    tcp_pair_stop(p);
}

/* The window ends right behind the data: its FIN has to wait, the data has not. */
static void does_not_hold_back_the_last_data_for_a_fin_that_does_not_fit(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.window = 20;
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 10);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 10);
    tcp_app_send(&raw.app, 10);
    tcp_shutdown(raw.app.conn, raw.net.now_ns);
    tcp_raw_expect(&raw, FLAG_ACK, 11, 1, 10);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 21);
    tcp_raw_expect(&raw, FLAG_FIN | FLAG_ACK, 21, 1, 0);
    tcp_raw_stop(&raw);
}

/* SND.WL1 and SND.WL2: what came late must not set an old window again. */
static void takes_the_window_from_the_newest_segment_only(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    raw.window = 5000;
    tcp_raw_send_data(&raw, FLAG_ACK, 11, 1, 10);
    raw.window = 60000;
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 10);
    assert_int_equal(tcp_app_info(&raw.app).snd_wnd, 5000);
    tcp_raw_send(&raw, FLAG_ACK, 21, 1);
    assert_int_equal(tcp_app_info(&raw.app).snd_wnd, 60000);
    tcp_raw_stop(&raw);
}

/* Its sender has filled the window, and the first of that is lost. */
static void hears_an_ack_from_right_behind_the_window(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 500);
    tcp_raw_send(&raw, FLAG_ACK, 1 + 65536, 501);
    assert_int_equal(tcp_app_info(&raw.app).unacked_bytes, 500);
    tcp_raw_send(&raw, FLAG_ACK, 1 + 65535, 501);
    assert_int_equal(tcp_app_info(&raw.app).unacked_bytes, 0);
    tcp_raw_send(&raw, FLAG_RST, 1 + 65535, 0);
    assert_int_equal(tcp_raw_state(&raw), TCP_ESTABLISHED);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gathers_small_writes_until_the_ack_comes),
        cmocka_unit_test(sends_what_waits_with_the_fin),
        cmocka_unit_test(acknowledges_every_second_segment_and_the_last_after_40_ms),
        cmocka_unit_test(lets_the_ack_ride_on_the_answer),
        cmocka_unit_test(begins_carefully_after_a_pause),
        cmocka_unit_test(waits_for_room_in_the_device),
        cmocka_unit_test(connects_when_room_returns),
        cmocka_unit_test(does_not_hold_back_the_last_data_for_a_fin_that_does_not_fit),
        cmocka_unit_test(takes_the_window_from_the_newest_segment_only),
        cmocka_unit_test(hears_an_ack_from_right_behind_the_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
