/* TCP: windows, silly ones and small ones.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/unit/tcp_raw.h"

/* Buffers that stay as they begin. */
static const struct stack_config fixed = {.tcp_send_bytes = 65535, .tcp_receive_bytes = 65535};

static void sends_no_more_than_the_peers_window_takes(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.window = 2500;
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 10000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1001, 1, 1000);
    tcp_raw_expect_nothing(&raw); /* 500 would be silly */
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    tcp_raw_expect(&raw, FLAG_ACK, 2001, 1, 1000);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

/* The peer sends byte 1 again, behind bytes that came before it, and this segment has the newest ACK and window. */
static void takes_the_window_of_the_newest_ack_also_from_old_data(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.window = 3000;
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 10000);
    tcp_raw_send_data(&raw, FLAG_ACK, 101, 1, 100);
    tcp_raw_skip(&raw);
    raw.window = 2000;
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1001, 100);
    tcp_raw_expect(&raw, FLAG_ACK, 3001, 201, 0); /* up to 3000, as before */
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

/* A window that is never larger than half a segment is used all the same (RFC 9293, 3.8.6.2.1,
 * rule 3). */
static void uses_half_of_the_largest_window_it_has_seen(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.window = 300;
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 300);
    tcp_raw_expect_nothing(&raw);
    raw.window = 100;
    tcp_raw_send(&raw, FLAG_ACK, 1, 301);
    tcp_raw_expect_nothing(&raw);
    raw.window = 150;
    tcp_raw_send(&raw, FLAG_ACK, 1, 301);
    tcp_raw_expect(&raw, FLAG_ACK, 301, 1, 150);
    raw.window = 900;
    tcp_raw_send(&raw, FLAG_ACK, 1, 451);
    tcp_raw_expect(&raw, FLAG_ACK, 451, 1, 550); /* all that waits */
    tcp_app_send(&raw.app, 1000);
    raw.window = 400;
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    tcp_raw_expect_nothing(&raw); /* 900 was the largest */
    tcp_raw_stop(&raw);
}

/* The window closes behind what is under way: no timeout kills such a peer as long as it
 * answers. */
static void lives_with_a_window_that_shrinks_below_what_is_under_way(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 5000);
    tcp_raw_skip(&raw);
    raw.window = 0;
    for (int i = 0; i < 60; i++) {
        tcp_raw_send(&raw, FLAG_ACK, 1, 1);
        tcp_raw_run(&raw, 60 * TCP_S);
    }
    assert_int_equal(tcp_raw_state(&raw), TCP_ESTABLISHED);
    tcp_raw_skip(&raw);
    raw.window = 10000;
    tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_stop(&raw);
}

/* Two of our own: the reader stops, the window closes, it reads on, all comes. */
static void stops_and_goes_on_with_the_reader(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &fixed);
    (void)state;
    p->server.does_not_read = true;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 300000);
    tcp_net_run(&p->net, 200 * TCP_S);
    assert_int_equal(tcp_app_info(&p->server).receive_queue, 65535);
    assert_int_equal(tcp_app_info(&p->server).rcv_wnd, 0);
    assert_int_equal(tcp_app_info(&p->client).snd_wnd, 0);
    size_t before = p->net.count;
    tcp_app_read(&p->server, 100); /* too little to be told */
    assert_int_equal(p->net.count, before);
    p->server.does_not_read = false;
    tcp_app_read(&p->server, SIZE_MAX);
    assert_int_equal(p->net.segments[before].window, 65535);
    tcp_net_run(&p->net, 10 * TCP_S);
    tcp_app_has(&p->server, 1, 300000);
    tcp_pair_stop(p);
}

static void survives_two_full_buffers_facing_each_other(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &fixed);
    (void)state;
    p->server.does_not_read = p->client.does_not_read = true;
    p->client.to_send = p->server.to_send = 200000;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_net_run(&p->net, 100 * TCP_S);
    p->server.does_not_read = p->client.does_not_read = false;
    tcp_app_read(&p->server, SIZE_MAX);
    tcp_net_run(&p->net, 100 * TCP_S);
    tcp_app_has(&p->server, 1, 200000);
    tcp_app_read(&p->client, SIZE_MAX);
    tcp_net_run(&p->net, 100 * TCP_S);
    tcp_app_has(&p->client, 2, 200000);
    tcp_pair_stop(p);
}

/* Read in small pieces: the window must move in steps of a segment at least (RFC 9293,
 * 3.8.6.2.2). */
static void opens_its_window_only_in_large_steps(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &fixed);
    (void)state;
    p->server.does_not_read = true;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 200000);
    for (int i = 0; i < 8000; i++) {
        tcp_net_run(&p->net, 3 * TCP_MS);
        tcp_app_read(&p->server, 50);
    }
    tcp_app_has(&p->server, 1, 200000);
    uint32_t edge = p->net.segments[1].ack + p->net.segments[1].window;
    for (size_t i = 2; i < p->net.count; i++) {
        const struct wire_segment *segment = &p->net.segments[i];
        if (segment->from != 1)
            continue;
        assert_true(segment->ack + segment->window == edge ||
                    segment->ack + segment->window - edge >= 1460);
        edge = segment->ack + segment->window;
    }
    for (size_t i = 0; i + 1 < p->net.count; i++)
        if (p->net.segments[i].from == 0 && p->net.segments[i].length > 1)
            assert_true(p->net.segments[i].length >= 500);
    tcp_pair_stop(p);
}

/* Data beyond the window is cut off; a closed window takes nothing but ACKs. */
static void takes_nothing_beyond_its_own_window(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.app.does_not_read = true;
    tcp_raw_join(&raw, 1000);
    for (uint32_t at = 1; at < 65000; at += 1000)
        tcp_raw_send_data(&raw, FLAG_ACK, at, 1, 1000);
    tcp_raw_skip(&raw);
    tcp_raw_send_data(&raw, FLAG_ACK, 65001, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 65536, 0);
    assert_int_equal(tcp_app_info(&raw.app).receive_queue, 65535);
    tcp_raw_send_data(&raw, FLAG_ACK, 65536, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 65536, 0);
    tcp_app_send(&raw.app, 10);
    tcp_raw_skip(&raw);
    tcp_raw_send_data(&raw, FLAG_ACK, 65536, 11, 1); /* a probe: its ACK counts */
    tcp_raw_expect(&raw, FLAG_ACK, 11, 65536, 0);
    assert_int_equal(tcp_app_info(&raw.app).send_queue, 0);
    tcp_app_read(&raw.app, SIZE_MAX);
    tcp_raw_expect(&raw, FLAG_ACK, 11, 65536, 0);
    tcp_app_has(&raw.app, 2, 65535);
    tcp_raw_stop(&raw);
}

static void tells_the_writer_when_there_is_room_again(void **state)
{
    struct tcp_raw raw;
    struct iovec pieces[2];
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 65535);
    assert_int_equal(tcp_writable(raw.app.conn, pieces), 0);
    raw.app.events = 0;
    tcp_raw_send(&raw, FLAG_ACK, 1, 10001);
    assert_false(raw.app.events & TCP_EVENT_WRITABLE);
    tcp_raw_send(&raw, FLAG_ACK, 1, 20001);
    assert_true(raw.app.events & TCP_EVENT_WRITABLE);
    assert_in_range(tcp_writable(raw.app.conn, pieces), 1, 2);
    tcp_raw_stop(&raw);
}

static void cuts_off_a_fin_with_the_data_that_does_not_fit(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.app.does_not_read = true;
    tcp_raw_join(&raw, 1000);
    for (uint32_t at = 1; at < 65000; at += 1000)
        tcp_raw_send_data(&raw, FLAG_ACK, at, 1, 1000);
    tcp_raw_send_data(&raw, FLAG_FIN | FLAG_ACK, 65001, 1, 1000);
    assert_int_equal(tcp_raw_state(&raw), TCP_ESTABLISHED);
    tcp_app_read(&raw.app, SIZE_MAX);
    tcp_raw_send_data(&raw, FLAG_FIN | FLAG_ACK, 65001, 1, 1000);
    assert_int_equal(tcp_raw_state(&raw), TCP_CLOSE_WAIT);
    tcp_app_read(&raw.app, SIZE_MAX);
    tcp_app_has(&raw.app, 2, 66000);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_no_more_than_the_peers_window_takes),
        cmocka_unit_test(takes_the_window_of_the_newest_ack_also_from_old_data),
        cmocka_unit_test(uses_half_of_the_largest_window_it_has_seen),
        cmocka_unit_test(lives_with_a_window_that_shrinks_below_what_is_under_way),
        cmocka_unit_test(stops_and_goes_on_with_the_reader),
        cmocka_unit_test(survives_two_full_buffers_facing_each_other),
        cmocka_unit_test(opens_its_window_only_in_large_steps),
        cmocka_unit_test(takes_nothing_beyond_its_own_window),
        cmocka_unit_test(tells_the_writer_when_there_is_room_again),
        cmocka_unit_test(cuts_off_a_fin_with_the_data_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
