/* TCP: what a program sets about a connection: keepalive, user timeout, lingering, segment size.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "host/stack/tcp_loss.h"
#include "tests/unit/tcp_raw.h"

static struct tcp_settings settings_of(const struct tcp_raw *raw)
{
    return *tcp_settings(raw->app.conn);
}

static void configure(struct tcp_raw *raw, struct tcp_settings settings)
{
    assert_int_equal(tcp_settings_set(raw->app.conn, &settings, raw->net.now_ns), 0);
}

static void keep_alive(struct tcp_raw *raw, uint16_t idle_s, uint16_t interval_s, uint8_t count)
{
    struct tcp_settings settings = settings_of(raw);
    settings.keepalive = true;
    settings.keep_idle_s = idle_s;
    settings.keep_interval_s = interval_s;
    settings.keep_count = count;
    configure(raw, settings);
}

static void expect_probe(struct tcp_raw *raw)
{
    tcp_raw_expect(raw, FLAG_ACK, 0, 1, 0); /* the SYN's number: below the window */
    tcp_raw_expect_nothing(raw);
}

static void joined(struct tcp_raw *raw)
{
    tcp_raw_start(raw);
    tcp_raw_join(raw, 1000);
    tcp_raw_skip(raw);
}

static void asks_an_idle_peer_and_gives_it_up_when_it_is_silent(void **state)
{
    struct tcp_raw raw;
    (void)state;
    joined(&raw);
    keep_alive(&raw, 60, 10, 3);
    tcp_raw_run(&raw, 59 * TCP_S);
    tcp_raw_expect_nothing(&raw);
    assert_string_equal(tcp_app_info(&raw.app).timer, "keepalive");
    tcp_raw_run(&raw, TCP_S);
    expect_probe(&raw);
    for (int i = 0; i < 2; i++) {
        tcp_raw_run(&raw, 9 * TCP_S);
        tcp_raw_expect_nothing(&raw);
        tcp_raw_run(&raw, TCP_S);
        expect_probe(&raw);
    }
    assert_int_equal(raw.app.error, 0);
    tcp_raw_run(&raw, 10 * TCP_S);
    tcp_raw_expect(&raw, FLAG_RST | FLAG_ACK, 1, 1, 0);
    assert_int_equal(raw.app.error, -ETIMEDOUT);
    tcp_raw_stop(&raw);
}

static void lets_a_peer_that_answers_live(void **state)
{
    struct tcp_raw raw;
    (void)state;
    joined(&raw);
    keep_alive(&raw, 60, 10, 2);
    for (int i = 0; i < 5; i++) {
        tcp_raw_run(&raw, 60 * TCP_S);
        expect_probe(&raw);
        tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    }
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 100); /* data counts as a sign of life, too */
    tcp_raw_run(&raw, TCP_S);
    tcp_raw_skip(&raw);
    tcp_raw_run(&raw, 58 * TCP_S);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_run(&raw, TCP_S);
    tcp_raw_expect(&raw, FLAG_ACK, 0, 101, 0);
    tcp_raw_send(&raw, FLAG_RST, 101, 0);
    assert_int_equal(raw.app.error, -ECONNRESET);
    tcp_raw_stop(&raw);
}

static void asks_nobody_while_data_is_under_way_or_keepalive_is_off(void **state)
{
    struct tcp_raw raw;
    (void)state;
    joined(&raw);
    keep_alive(&raw, 1, 1, 1);
    tcp_app_send(&raw.app, 100);
    tcp_raw_run(&raw, 20 * TCP_S);
    while (raw.looked_at < raw.net.count) /* retransmissions only */
        assert_int_equal(tcp_raw_next(&raw).length, 100);
    struct tcp_settings settings = settings_of(&raw);
    settings.keepalive = false;
    configure(&raw, settings);
    tcp_raw_send(&raw, FLAG_ACK, 1, 101);
    tcp_raw_run(&raw, 100 * TCP_S);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

static void gives_up_when_the_user_timeout_is_over(void **state)
{
    struct tcp_raw raw;
    (void)state;
    joined(&raw);
    struct tcp_settings settings = settings_of(&raw);
    settings.user_timeout_ms = 2500;
    configure(&raw, settings);
    tcp_app_send(&raw.app, 100);
    tcp_raw_run(&raw, 2400 * TCP_MS);
    assert_int_equal(raw.app.error, 0);
    tcp_raw_run(&raw, 110 * TCP_MS);
    assert_int_equal(raw.app.error, -ETIMEDOUT);
    tcp_raw_stop(&raw);
}

/* An acknowledgement begins the time anew. */
static void counts_the_user_timeout_from_the_last_progress(void **state)
{
    struct tcp_raw raw;
    (void)state;
    joined(&raw);
    struct tcp_settings settings = settings_of(&raw);
    settings.user_timeout_ms = 2500;
    configure(&raw, settings);
    tcp_app_send(&raw.app, 2000);
    tcp_raw_run(&raw, 2400 * TCP_MS);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    tcp_raw_run(&raw, 2400 * TCP_MS);
    assert_int_equal(raw.app.error, 0);
    tcp_raw_run(&raw, 150 * TCP_MS);
    assert_int_equal(raw.app.error, -ETIMEDOUT);
    tcp_raw_stop(&raw);
}

static void limits_how_long_a_closed_window_is_probed(void **state)
{
    struct tcp_raw raw;
    (void)state;
    joined(&raw);
    struct tcp_settings settings = settings_of(&raw);
    settings.user_timeout_ms = 5000;
    configure(&raw, settings);
    raw.window = 0;
    tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_app_send(&raw.app, 100);
    for (int i = 0; i < 48; i++) { /* the peer answers every probe */
        tcp_raw_run(&raw, 100 * TCP_MS);
        while (raw.looked_at < raw.net.count)
            tcp_raw_next(&raw);
        tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    }
    assert_int_equal(raw.app.error, 0);
    tcp_raw_run(&raw, 500 * TCP_MS);
    assert_int_equal(raw.app.error, -ETIMEDOUT);
    tcp_raw_stop(&raw);
}

static void resets_at_once_when_it_may_not_linger(void **state)
{
    struct tcp_raw raw;
    (void)state;
    joined(&raw);
    struct tcp_settings settings = settings_of(&raw);
    settings.linger_s = 0;
    configure(&raw, settings);
    tcp_app_send(&raw.app, 100);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 100);
    tcp_app_close(&raw.app);
    tcp_raw_expect(&raw, FLAG_RST | FLAG_ACK, 101, 1, 0);
    tcp_raw_stop(&raw);
}

static void lingers_as_long_as_it_may(void **state)
{
    struct tcp_raw raw;
    (void)state;
    joined(&raw);
    struct tcp_settings settings = settings_of(&raw);
    settings.linger_s = 3;
    configure(&raw, settings);
    tcp_app_send(&raw.app, 100);
    tcp_raw_skip(&raw);
    tcp_app_close(&raw.app);
    tcp_raw_run(&raw, 2900 * TCP_MS);
    for (bool reset = false; raw.looked_at < raw.net.count; assert_false(reset))
        reset = tcp_raw_next(&raw).flags & FLAG_RST;
    tcp_raw_run(&raw, 200 * TCP_MS);
    tcp_raw_expect(&raw, FLAG_RST | FLAG_ACK, 102, 1, 0);
    tcp_raw_stop(&raw);
}

static void sends_and_offers_no_more_than_the_segment_size_set(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_net_listen(&raw.net, &raw.app, 8);
    struct tcp_conn *listener = raw.net.stations[1].listener;
    struct tcp_settings settings = *tcp_settings(listener);
    settings.max_segment = 500;
    assert_int_equal(tcp_settings_set(listener, &settings, raw.net.now_ns), 0);
    tcp_raw_join_listener(&raw, 1000);
    assert_int_equal(raw.net.segments[0].mss, 500);
    tcp_app_send(&raw.app, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 500);
    tcp_raw_expect(&raw, FLAG_ACK, 501, 1, 500);
    settings.max_segment = 600;
    assert_int_equal(tcp_settings_set(raw.app.conn, &settings, raw.net.now_ns), -EISCONN);
    tcp_raw_stop(&raw);
}

/* Taking a recovery back would bring the old algorithm back with it. */
static void forgets_the_way_back_with_the_congestion_control(void **state)
{
    struct tcp_raw raw;
    (void)state;
    joined(&raw);
    tcp_app_send(&raw.app, 100);
    tcp_undo_prepare(raw.app.conn);
    assert_non_null(raw.app.conn->sending->undo);
    assert_int_equal(tcp_set_congestion(raw.app.conn, "bic"), 0);
    assert_null(raw.app.conn->sending->undo);
    tcp_raw_stop(&raw);
}

static void refuses_values_out_of_range(void **state)
{
    struct tcp_raw raw;
    (void)state;
    joined(&raw);
    const struct tcp_settings good = settings_of(&raw);
    struct tcp_settings bad[7] = {good, good, good, good, good, good, good};
    bad[0].linger_s = -2;
    bad[1].keep_idle_s = 0;
    bad[2].keep_idle_s = 32768;
    bad[3].keep_interval_s = 0;
    bad[4].keep_count = 0;
    bad[5].keep_count = 128;
    bad[6].max_segment = 47;
    for (int i = 0; i < 7; i++)
        assert_int_equal(tcp_settings_set(raw.app.conn, &bad[i], raw.net.now_ns), -EINVAL);
    assert_memory_equal(tcp_settings(raw.app.conn), &good, sizeof good);
    tcp_raw_stop(&raw);
}

static void keeps_its_buffers_when_it_was_reset_with_something_unread(void **state)
{
    struct tcp_raw raw;
    (void)state;
    joined(&raw);
    raw.app.does_not_read = true;
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 900);
    tcp_raw_send(&raw, FLAG_RST, 901, 0);
    assert_int_equal(tcp_raw_state(&raw), TCP_CLOSED);
    assert_int_equal(tcp_set_buffers(raw.app.conn, 0, 1 << 20), -EISCONN);
    tcp_app_read(&raw.app, SIZE_MAX);
    tcp_app_has(&raw.app, 2, 900);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_an_idle_peer_and_gives_it_up_when_it_is_silent),
        cmocka_unit_test(lets_a_peer_that_answers_live),
        cmocka_unit_test(asks_nobody_while_data_is_under_way_or_keepalive_is_off),
        cmocka_unit_test(gives_up_when_the_user_timeout_is_over),
        cmocka_unit_test(counts_the_user_timeout_from_the_last_progress),
        cmocka_unit_test(limits_how_long_a_closed_window_is_probed),
        cmocka_unit_test(resets_at_once_when_it_may_not_linger),
        cmocka_unit_test(lingers_as_long_as_it_may),
        cmocka_unit_test(sends_and_offers_no_more_than_the_segment_size_set),
        cmocka_unit_test(forgets_the_way_back_with_the_congestion_control),
        cmocka_unit_test(refuses_values_out_of_range),
        cmocka_unit_test(keeps_its_buffers_when_it_was_reset_with_something_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
