/* TCP: rude ends, by RST from us.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/unit/tcp_raw.h"

/* RFC 2525, 2.17 */
static void resets_when_it_is_closed_with_data_unread(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    p->server.does_not_read = true;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 10);
    tcp_net_run(&p->net, TCP_S);
    tcp_app_close(&p->server);
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(tcp_net_count(&p->net, 1, FLAG_RST, -1), 1);
    assert_int_equal(p->client.error, -ECONNRESET);
    assert_true(p->server.events & TCP_EVENT_GONE);
    tcp_pair_stop(p);
}

static void resets_data_that_comes_after_it_was_closed(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_close(&p->server);
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(tcp_app_state(&p->client), TCP_CLOSE_WAIT);
    tcp_app_send(&p->client, 10);
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(p->client.error, -ECONNRESET);
    assert_true(p->server.events & TCP_EVENT_GONE);
    tcp_pair_stop(p);
}

static void closes_before_it_is_connected_without_a_word(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_connect(&raw);
    tcp_raw_skip(&raw);
    tcp_app_close(&raw.app);
    tcp_raw_run(&raw, 100 * TCP_S);
    tcp_raw_expect_nothing(&raw);
    assert_true(raw.app.events & TCP_EVENT_GONE);
    tcp_raw_stop(&raw);
}

static void aborts_with_a_reset(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_abort(p->client.conn, p->net.now_ns);
    p->client.conn = NULL;
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(p->server.error, -ECONNRESET);
    assert_int_equal(tcp_net_count(&p->net, 0, FLAG_RST, -1), 1);
    tcp_pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resets_when_it_is_closed_with_data_unread),
        cmocka_unit_test(resets_data_that_comes_after_it_was_closed),
        cmocka_unit_test(closes_before_it_is_connected_without_a_word),
        cmocka_unit_test(aborts_with_a_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
