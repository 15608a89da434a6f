/* TCP: a closed window, and probes for it (RFC 9293, 3.8.6.1).
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/unit/tcp_raw.h"

static void probes_a_closed_window_ever_more_slowly_and_never_gives_up(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 1000);
    tcp_raw_skip(&raw);
    raw.window = 0;
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    tcp_app_send(&raw.app, 5000);
    tcp_raw_expect_nothing(&raw);
    assert_string_equal(tcp_app_info(&raw.app).timer, "persist");
    uint64_t last_ns = raw.net.now_ns, wait_ns = 0;
    for (int i = 0; i < 40; i++) {
        while (raw.looked_at == raw.net.count)
            tcp_raw_run(&raw, 10 * TCP_MS);
        struct wire_segment probe = tcp_raw_next(&raw);
        assert_int_equal(probe.seq, 1001);
        assert_int_equal(probe.length, 1);
        assert_true(probe.sent_ns - last_ns >= wait_ns);
        wait_ns = probe.sent_ns - last_ns;
        assert_in_range(wait_ns, 200 * TCP_MS, 60 * TCP_S);
        last_ns = probe.sent_ns;
        tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    }
    assert_int_equal(wait_ns, 60 * TCP_S);
    assert_int_equal(raw.app.error, 0);
    raw.window = 3000;
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    for (uint32_t i = 0; i < 3; i++)
        tcp_raw_expect(&raw, FLAG_ACK, 1001 + 1000 * i, 1, 1000);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

static void goes_on_behind_a_probe_that_the_peer_has_taken(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.window = 0;
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 500);
    tcp_raw_run(&raw, 300 * TCP_MS);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 1);
    raw.window = 1000;
    tcp_raw_send(&raw, FLAG_ACK, 1, 2);
    tcp_raw_expect(&raw, FLAG_ACK, 2, 1, 499);
    tcp_raw_send(&raw, FLAG_ACK, 1, 501);
    tcp_raw_run(&raw, 100 * TCP_S);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(tcp_app_info(&raw.app).send_queue, 0);
    tcp_raw_stop(&raw);
}

static void gives_up_probing_a_peer_that_does_not_answer(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.window = 0;
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 500);
    tcp_net_settle(&raw.net, 1000 * TCP_S);
    assert_int_equal(raw.app.error, -ETIMEDOUT);
    tcp_raw_stop(&raw);
}

static void brings_its_fin_through_a_closed_window(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.window = 0;
    tcp_raw_join(&raw, 1000);
    tcp_shutdown(raw.app.conn, raw.net.now_ns);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_run(&raw, 300 * TCP_MS);
    tcp_raw_expect(&raw, FLAG_FIN | FLAG_ACK, 1, 1, 0);
    tcp_raw_send(&raw, FLAG_ACK, 1, 2);
    assert_int_equal(tcp_raw_state(&raw), TCP_FIN_WAIT_2);
    tcp_raw_run(&raw, 1000 * TCP_S);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

/* Nobody owns it any more: such a connection must not last for ever. */
static void gives_up_a_closed_connection_whose_peer_never_opens_its_window(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.window = 0;
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 500);
    tcp_app_close(&raw.app);
    for (int i = 0; i < 100; i++) {
        tcp_raw_run(&raw, 10 * TCP_S);
        tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    }
    assert_true(raw.app.events & TCP_EVENT_GONE);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probes_a_closed_window_ever_more_slowly_and_never_gives_up),
        cmocka_unit_test(goes_on_behind_a_probe_that_the_peer_has_taken),
        cmocka_unit_test(gives_up_probing_a_peer_that_does_not_answer),
        cmocka_unit_test(brings_its_fin_through_a_closed_window),
        cmocka_unit_test(gives_up_a_closed_connection_whose_peer_never_opens_its_window),
    };
    return cmocka_run_group_tests_name("tcp_persist", tests, NULL, NULL);
}
