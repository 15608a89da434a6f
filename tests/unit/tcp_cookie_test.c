/* TCP: under a flood of SYNs a listener answers with cookies, and whoever brings one back is served.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/tcp_raw.h"

enum { HALF_OPEN = 16, WINDOW = 20000 };

static const struct stack_counters *counters(const struct tcp_raw *raw)
{
    return stack_counters(raw->net.stations[1].stack);
}

static void inject(struct tcp_raw *raw, uint16_t port, uint8_t flags, uint32_t seq, uint32_t ack,
                   uint16_t mss)
{
    const struct wire_segment segment = {.source_port = port,
                                         .destination_port = SERVER_PORT,
                                         .flags = flags,
                                         .seq = seq,
                                         .ack = ack,
                                         .window = WINDOW,
                                         .mss = mss};
    tcp_net_inject(&raw->net, 0, &segment, NULL);
    tcp_net_run(&raw->net, 0);
}

/* The listener has as many half-open connections as it may. */
static void flooded(struct tcp_raw *raw)
{
    tcp_raw_start(raw);
    raw->station = 1;
    tcp_net_listen(&raw->net, &raw->app, 8);
    for (uint16_t port = 1; port <= HALF_OPEN; port++)
        inject(raw, port, FLAG_SYN, 1000, 0, 1000);
    assert_int_equal(counters(raw)->tcp_cookies_sent, 0);
}

/* A SYN that is answered by a cookie, which is returned. */
static uint32_t cookie_for(struct tcp_raw *raw, uint16_t port, uint32_t seq, uint16_t mss)
{
    uint64_t sent = counters(raw)->tcp_cookies_sent;
    inject(raw, port, FLAG_SYN, seq, 0, mss);
    assert_int_equal(counters(raw)->tcp_cookies_sent, sent + 1);
    const struct wire_segment *answer = &raw->net.segments[raw->net.count - 1];
    assert_int_equal(answer->flags, FLAG_SYN | FLAG_ACK);
    assert_int_equal(answer->destination_port, port);
    assert_int_equal(answer->ack, seq + 1);
    assert_int_equal(answer->mss, 1460);
    return answer->seq;
}

static uint8_t last_flags(const struct tcp_raw *raw)
{
    return raw->net.segments[raw->net.count - 1].flags;
}

static void serves_who_brings_a_cookie_back(void **state)
{
    struct tcp_raw raw;
    (void)state;
    flooded(&raw);
    raw.app.to_send = 3000;
    uint32_t cookie = cookie_for(&raw, 5000, 77, 1400);
    assert_null(raw.app.conn);
    inject(&raw, 5000, FLAG_ACK, 78, cookie + 1, 0);
    assert_non_null(raw.app.conn);
    assert_int_equal(tcp_app_info(&raw.app).state, TCP_ESTABLISHED);
    assert_int_equal(tcp_app_info(&raw.app).mss, 1400);
    assert_int_equal(tcp_app_info(&raw.app).rto_ns, TCP_S); /* the round trip is not known */
    assert_int_equal(counters(&raw)->tcp_cookies_received, 1);
    struct wire_segment *last = &raw.net.segments[raw.net.count - 1];
    assert_int_equal(last->seq + last->length - (cookie + 1), 2800); /* Nagle keeps the rest */
    assert_int_equal(last->ack, 78);
    tcp_raw_stop(&raw);
}

/* The ACK was lost, the first data came: it is as good. */
static void takes_data_with_the_cookie(void **state)
{
    struct tcp_raw raw;
    (void)state;
    flooded(&raw);
    uint32_t cookie = cookie_for(&raw, 5000, 77, 1000);
    const struct wire_segment segment = {.source_port = 5000,
                                         .destination_port = SERVER_PORT,
                                         .flags = FLAG_ACK,
                                         .seq = 78,
                                         .ack = cookie + 1,
                                         .window = WINDOW,
                                         .length = 3};
    tcp_net_inject(&raw.net, 0, &segment, (const uint8_t *)"abc");
    tcp_net_run(&raw.net, 0);
    assert_int_equal(raw.app.received_count, 3);
    assert_memory_equal(raw.app.received, "abc", 3);
    tcp_raw_stop(&raw);
}

static void refuses_a_cookie_that_it_has_not_made(void **state)
{
    struct tcp_raw raw;
    (void)state;
    flooded(&raw);
    uint32_t cookie = cookie_for(&raw, 5000, 77, 1000);
    const struct {
        uint16_t port;
        uint32_t seq, ack;
    } bad[] = {{5001, 78, cookie + 1},
               {5000, 79, cookie + 1},
               {5000, 78, cookie + 2},
               {5000, 78, cookie + 1 + (UINT32_C(1) << 27)},
               {5000, 78, cookie + 1 - (UINT32_C(1) << 31)}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        inject(&raw, bad[i].port, FLAG_ACK, bad[i].seq, bad[i].ack, 0);
        assert_int_equal(last_flags(&raw), FLAG_RST);
        assert_int_equal(counters(&raw)->tcp_cookies_failed, i + 1);
    }
    inject(&raw, 5000, FLAG_ACK | FLAG_RST, 78, cookie + 1, 0);
    assert_null(raw.app.conn);
    tcp_raw_stop(&raw);
}

static void forgets_cookies_after_two_minutes(void **state)
{
    struct tcp_raw raw;
    (void)state;
    flooded(&raw);
    tcp_raw_run(&raw, 62 * TCP_S); /* from 1 s to the tick's last second */
    for (uint16_t port = 101; port <= 100 + HALF_OPEN; port++)
        inject(&raw, port, FLAG_SYN, 1000, 0, 1000);
    uint32_t cookie = cookie_for(&raw, 5000, 77, 1000), other = cookie_for(&raw, 5001, 77, 1000);
    tcp_raw_run(&raw, 64 * TCP_S);
    inject(&raw, 5000, FLAG_ACK, 78, cookie + 1, 0);
    assert_non_null(raw.app.conn);
    tcp_raw_run(&raw, 2 * TCP_S);
    inject(&raw, 5001, FLAG_ACK, 78, other + 1, 0);
    assert_int_equal(last_flags(&raw), FLAG_RST);
    assert_int_equal(counters(&raw)->tcp_cookies_received, 1);
    tcp_raw_stop(&raw);
}

static void count_one(void *user, struct tcp_conn *conn)
{
    (void)conn;
    ++*(int *)user;
}

/* Nobody accepts: what comes back finds no place, is not refused either, and comes again. */
static void keeps_nothing_while_nobody_accepts(void **state)
{
    struct tcp_raw raw;
    int before = 0, after = 0;
    (void)state;
    tcp_raw_start(&raw);
    raw.station = 1;
    tcp_net_listen(&raw.net, NULL, 1);
    for (uint16_t port = 1; port <= HALF_OPEN; port++)
        inject(&raw, port, FLAG_SYN, 1000, 0, 1000);
    uint32_t first = cookie_for(&raw, 5000, 77, 1000), second = cookie_for(&raw, 5001, 77, 1000);
    inject(&raw, 5000, FLAG_ACK, 78, first + 1, 0);
    tcp_each(raw.net.stations[1].stack, count_one, &before);
    size_t sent = raw.net.count;
    for (int i = 0; i < 100; i++)
        inject(&raw, 5001, FLAG_ACK, 78, second + 1, 0);
    tcp_each(raw.net.stations[1].stack, count_one, &after);
    assert_int_equal(after, before);
    assert_int_equal(raw.net.count, sent);
    assert_int_equal(counters(&raw)->tcp_cookies_received, 1);
    assert_int_equal(counters(&raw)->tcp_listen_overflows, 100);
    tcp_net_accept(&raw.net, &raw.app);
    inject(&raw, 5001, FLAG_ACK, 78, second + 1, 0);
    assert_int_equal(counters(&raw)->tcp_cookies_received, 2);
    tcp_raw_stop(&raw);
}

/* Without a flood an ACK to a listener is what it always was. */
static void believes_no_cookie_where_none_was_sent(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.station = 1;
    tcp_net_listen(&raw.net, &raw.app, 8);
    inject(&raw, 5000, FLAG_ACK, 78, 1234, 0);
    assert_int_equal(last_flags(&raw), FLAG_RST);
    assert_int_equal(counters(&raw)->tcp_cookies_failed, 0);
    tcp_raw_stop(&raw);
}

static void rounds_the_peers_segment_size_down(void **state)
{
    static const uint16_t offered[] = {0, 100, 535, 536, 1300, 1399, 1459, 1460, 9000};
    static const uint16_t taken[] = {536, 48, 48, 536, 1220, 1360, 1440, 1460, 1460};
    (void)state;
    for (size_t i = 0; i < sizeof offered / sizeof *offered; i++) {
        struct tcp_raw raw;
        flooded(&raw);
        uint32_t cookie = cookie_for(&raw, 5000, 77, offered[i]);
        inject(&raw, 5000, FLAG_ACK, 78, cookie + 1, 0);
        assert_int_equal(tcp_app_info(&raw.app).mss, taken[i]);
        tcp_raw_stop(&raw);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_who_brings_a_cookie_back),
        cmocka_unit_test(takes_data_with_the_cookie),
        cmocka_unit_test(refuses_a_cookie_that_it_has_not_made),
        cmocka_unit_test(keeps_nothing_while_nobody_accepts),
        cmocka_unit_test(forgets_cookies_after_two_minutes),
        cmocka_unit_test(believes_no_cookie_where_none_was_sent),
        cmocka_unit_test(rounds_the_peers_segment_size_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
