/* TCP: sending that is spread over the round trip, or bounded by SO_MAX_PACING_RATE.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "host/stack/device.h"
#include "tests/unit/tcp_net.h"

enum { MSS = 1460 };

static const struct stack_config with_pacing = {.tcp_pacing = true};

static void limit(struct tcp_app *app, uint32_t rate)
{
    struct tcp_settings settings = *tcp_settings(app->conn);
    settings.max_pacing_rate = rate;
    assert_int_equal(tcp_settings_set(app->conn, &settings, app->net->now_ns), 0);
}

/* The most bytes that the client sent within ns, from any of its segments on that went out after from_ns. */
static size_t burst(const struct tcp_net *net, uint64_t from_ns, uint64_t ns)
{
    size_t most = 0;
    for (size_t i = 0; i < net->count; i++) {
        size_t bytes = 0;
        for (size_t k = i;
             k < net->count && net->segments[k].sent_ns < net->segments[i].sent_ns + ns; k++)
            bytes += net->segments[k].from == 0 ? net->segments[k].length : 0;
        if (net->segments[i].sent_ns >= from_ns && bytes > most)
            most = bytes;
    }
    return most;
}

static void a_rate_that_was_set_is_kept_to(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    limit(&p->client, 100000);
    tcp_app_send(&p->client, 250000);
    tcp_net_run(&p->net, 2 * TCP_S);
    assert_in_range(p->server.received_count, 2 * 95000, 2 * 100000 + 2 * MSS);
    assert_int_equal(tcp_app_info(&p->client).pacing_rate, 100000);
    tcp_net_settle(&p->net, 10 * TCP_S);
    tcp_app_has(&p->server, 1, 250000);
    assert_in_range(burst(&p->net, 0, 100 * TCP_MS), 9000, 10000 + 2 * MSS);
    tcp_pair_stop(p);
}

/* Each write is acknowledged before the next one comes, so that nothing is under way in between. */
static void many_small_writes_keep_to_it_too(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    p->net.delay_ns = TCP_MS;
    tcp_net_join(&p->net, &p->client, &p->server);
    limit(&p->client, 50000);
    for (int i = 0; i < 200; i++) {
        tcp_app_send(&p->client, 1000);
        tcp_net_run(&p->net, 5 * TCP_MS); /* 200,000 bytes a second */
    }
    assert_in_range(p->server.received_count, 45000, 50000 + 2 * MSS);
    tcp_net_settle(&p->net, 10 * TCP_S);
    tcp_app_has(&p->server, 1, 200000);
    tcp_pair_stop(p);
}

static void a_rate_may_be_taken_back(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    limit(&p->client, 1000);
    tcp_app_send(&p->client, 60000);
    tcp_net_run(&p->net, TCP_S);
    assert_in_range(p->server.received_count, 1, 5000);
    limit(&p->client, 0);
    tcp_net_run(&p->net, TCP_S);
    tcp_app_has(&p->server, 1, 60000);
    assert_int_equal(tcp_app_info(&p->client).pacing_rate, 0);
    tcp_pair_stop(p);
}

/* 100 ms of round trip; a window that ACKs have let grow does not go out at once. */
static void spreads_a_window_over_the_round_trip(void **state)
{
    const struct stack_config plain = {0};
    size_t most[2];
    (void)state;
    for (int paced = 0; paced < 2; paced++) {
        struct tcp_pair pair, *p = tcp_pair_start_with(&pair, paced ? &with_pacing : &plain);
        p->net.delay_ns = 50 * TCP_MS;
        tcp_net_join(&p->net, &p->client, &p->server);
        uint64_t start_ns = p->net.now_ns;
        tcp_app_send(&p->client, 3 << 20);
        tcp_net_settle(&p->net, 10 * TCP_S);
        tcp_app_has(&p->server, 1, 3 << 20);
        most[paced] = burst(&p->net, start_ns + 150 * TCP_MS, TCP_MS);
        assert_int_equal(stack_counters(p->net.stations[0].stack)->tcp_retrans_segs, 0);
        tcp_pair_stop(p);
    }
    assert_true(most[0] > 200 * MSS); /* what is under way at the end comes to about 900 */
    assert_in_range(most[1], MSS, 60 * MSS);
}

static void tells_its_rate(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &with_pacing);
    (void)state;
    p->net.delay_ns = 50 * TCP_MS;
    tcp_net_join(&p->net, &p->client, &p->server);
    assert_int_equal(tcp_app_info(&p->client).pacing_rate, 0); /* 10 segments go out at once */
    tcp_app_send(&p->client, 60000);
    tcp_net_run(&p->net, TCP_S);
    struct tcp_info info = tcp_app_info(&p->client);
    uint64_t rate = info.cwnd * 2 * TCP_S / info.srtt_ns; /* in slow start */
    assert_in_range(info.pacing_rate, rate - rate / 100, rate);
    tcp_pair_stop(p);
}

/* A round trip of 0.4 ms: all goes out as the ACKs let it. */
static void holds_nothing_back_below_a_millisecond(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &with_pacing);
    (void)state;
    p->net.delay_ns = TCP_MS / 5;
    tcp_net_join(&p->net, &p->client, &p->server);
    uint64_t start_ns = p->net.now_ns;
    tcp_app_send(&p->client, 1 << 20);
    tcp_net_run(&p->net, 80 * TCP_MS);
    tcp_app_has(&p->server, 1, 1 << 20);
    assert_true(burst(&p->net, start_ns, TCP_MS / 10) > 14 * MSS);
    tcp_pair_stop(p);
}

static void super_segments_carry_a_millisecond(void **state)
{
    const struct stack_config wish = {.device.features = DEVICE_CSUM_SEND | DEVICE_TSO4,
                                      .device.max_frame = 65593};
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &wish);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    limit(&p->client, 8000000);
    tcp_app_send(&p->client, 2 << 20);
    tcp_net_settle(&p->net, 10 * TCP_S);
    tcp_app_has(&p->server, 1, 2 << 20);
    assert_in_range(p->net.stations[0].longest, 4 * MSS, 8000);
    tcp_pair_stop(p);
}

static void what_lingers_is_not_held_back(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    limit(&p->client, 1000);
    struct tcp_settings settings = *tcp_settings(p->client.conn);
    settings.linger_s = 2;
    assert_int_equal(tcp_settings_set(p->client.conn, &settings, p->net.now_ns), 0);
    tcp_app_send(&p->client, 50000);
    tcp_app_close(&p->client);
    tcp_net_run(&p->net, TCP_S);
    tcp_app_has(&p->server, 1, 50000);
    tcp_pair_stop(p);
}

static void keepalive_goes_on_behind_it(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    limit(&p->client, 10000);
    struct tcp_settings settings = *tcp_settings(p->client.conn);
    settings.keepalive = true;
    settings.keep_idle_s = 5;
    tcp_app_send(&p->client, 40000);
    tcp_net_run(&p->net, TCP_S);
    assert_string_equal(tcp_app_info(&p->client).timer, "pace");
    assert_int_equal(tcp_settings_set(p->client.conn, &settings, p->net.now_ns), 0);
    tcp_net_run(&p->net, 12 * TCP_S);
    tcp_app_has(&p->server, 1, 40000);
    assert_int_equal(stack_counters(p->net.stations[0].stack)->tcp_keepalive_probes, 1);
    tcp_pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_that_was_set_is_kept_to),
        cmocka_unit_test(many_small_writes_keep_to_it_too),
        cmocka_unit_test(a_rate_may_be_taken_back),
        cmocka_unit_test(spreads_a_window_over_the_round_trip),
        cmocka_unit_test(tells_its_rate),
        cmocka_unit_test(holds_nothing_back_below_a_millisecond),
        cmocka_unit_test(super_segments_carry_a_millisecond),
        cmocka_unit_test(what_lingers_is_not_held_back),
        cmocka_unit_test(keepalive_goes_on_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
