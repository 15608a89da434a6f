/* TCP: what a connection has only while something is under way; and how it goes on when there is no memory for it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "host/stack/tcp_loss.h"
#include "tests/unit/tcp_raw.h"

static bool refuses;

void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);

void *__wrap_calloc(size_t count, size_t bytes)
{
    return refuses && count * bytes == sizeof(struct tcp_sending) ? NULL
                                                                  : __real_calloc(count, bytes);
}

/* From now on there is no memory for it, neither spare nor new. */
static void refuse(struct tcp_net *net)
{
    for (int i = 0; i < 2; i++)
        tcp_sending_pool_free(&net->stations[i].stack->tcp->sendings);
    refuses = true;
}

static int start(void **state)
{
    (void)state;
    refuses = false;
    return 0;
}

static bool is_idle(const struct tcp_raw *raw)
{
    return raw->app.conn->sending == &tcp_nothing_under_way;
}

static void has_it_until_all_is_acknowledged(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    assert_true(is_idle(&raw));
    tcp_app_send(&raw.app, 1500);
    assert_false(is_idle(&raw));
    assert_int_equal(raw.app.conn->sending->flight.count, 1);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    assert_false(is_idle(&raw));
    tcp_raw_send(&raw, FLAG_ACK, 1, 1501);
    assert_true(is_idle(&raw));
    tcp_raw_stop(&raw);
}

/* A duplicate that is told later may still show that nothing was lost (RFC 3708). */
static void keeps_it_while_a_recovery_may_be_taken_back(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 1000);
    tcp_raw_run(&raw, 2 * TCP_S); /* the retransmission timer has expired */
    assert_non_null(raw.app.conn->sending->undo);
    tcp_raw_send(&raw, FLAG_ACK, 1, 1001);
    assert_false(is_idle(&raw));
    tcp_app_send(&raw.app, 1000);
    tcp_raw_send(&raw, FLAG_ACK, 1, 2001);
    assert_true(is_idle(&raw));
    tcp_raw_stop(&raw);
}

static void data_waits_for_memory(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_raw_skip(&raw);
    refuse(&raw.net);
    tcp_app_send(&raw.app, 100);
    tcp_raw_run(&raw, 500 * TCP_MS);
    tcp_raw_expect_nothing(&raw);
    refuses = false;
    tcp_raw_run(&raw, 150 * TCP_MS);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 100);
    tcp_raw_send(&raw, FLAG_ACK, 1, 101);
    assert_true(is_idle(&raw));
    tcp_raw_stop(&raw);
}

/* The FIN and a probe of a closed window do, too. */
static void the_end_waits_for_memory(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    raw.window = 0;
    tcp_raw_send(&raw, FLAG_ACK, 1, 1);
    tcp_raw_skip(&raw);
    refuse(&raw.net);
    tcp_shutdown(raw.app.conn, raw.net.now_ns);
    tcp_raw_run(&raw, 1 * TCP_S);
    tcp_raw_expect_nothing(&raw);
    refuses = false;
    tcp_raw_run(&raw, 3 * TCP_S);
    tcp_raw_expect(&raw, FLAG_FIN | FLAG_ACK, 1, 1, 0);
    tcp_raw_stop(&raw);
}

static void gives_up_if_memory_never_comes(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    refuse(&raw.net);
    tcp_app_send(&raw.app, 100);
    tcp_raw_run(&raw, 1000 * TCP_S);
    assert_int_equal(raw.app.error, -ETIMEDOUT);
    tcp_raw_stop(&raw);
}

static void opens_no_connection_without_memory(void **state)
{
    struct tcp_net net;
    struct tcp_app client = {0}, server = {0};
    const struct endpoint remote = {address_v4(0x0a000002), SERVER_PORT};
    (void)state;
    tcp_net_start(&net);
    tcp_net_listen(&net, &server, 8);
    refuse(&net);
    assert_int_equal(tcp_net_open(&net, 0, 0, SERVER_PORT, &client), -ENOMEM);
    refuses = false;
    assert_int_equal(tcp_connect(client.conn, &remote, net.now_ns), 0);
    refuse(&net);
    tcp_net_run(&net, 100 * TCP_MS); /* the SYN comes, and stays without an answer */
    assert_int_equal(stack_counters(net.stations[1].stack)->tcp_listen_overflows, 1);
    refuses = false;
    tcp_net_run(&net, 2 * TCP_S); /* its repetition does not */
    assert_int_equal(tcp_app_info(&client).state, TCP_ESTABLISHED);
    tcp_net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(has_it_until_all_is_acknowledged, start),
        cmocka_unit_test_setup(keeps_it_while_a_recovery_may_be_taken_back, start),
        cmocka_unit_test_setup(data_waits_for_memory, start),
        cmocka_unit_test_setup(the_end_waits_for_memory, start),
        cmocka_unit_test_setup(gives_up_if_memory_never_comes, start),
        cmocka_unit_test_setup(opens_no_connection_without_memory, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
