/* TCP: frames that came together are answered together, unless something is missing among them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/tcp_raw.h"

static struct stack *stack_of(struct tcp_raw *raw)
{
    return raw->net.stations[raw->station].stack;
}

static void begin(struct tcp_raw *raw)
{
    stack_batch_begin(stack_of(raw));
}

static void end(struct tcp_raw *raw)
{
    stack_batch_end(stack_of(raw), raw->net.now_ns);
}

static void acknowledges_a_batch_with_one_ack(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    begin(&raw);
    for (uint32_t i = 0; i < 10; i++)
        tcp_raw_send_data(&raw, FLAG_ACK, 1 + i * 1000, 1, 1000);
    tcp_raw_expect_nothing(&raw);
    end(&raw);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 10001, 0);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

static void delays_the_ack_of_a_single_segment_in_a_batch_too(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    begin(&raw);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    end(&raw);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_run(&raw, 41 * TCP_MS);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1001, 0);
    tcp_raw_stop(&raw);
}

/* The peer counts duplicate ACKs (RFC 5681, 3.2): each of these must come, and be one. */
static void answers_each_segment_behind_a_gap_by_itself(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    begin(&raw);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_send_data(&raw, FLAG_ACK, 1001, 1, 1000);
    for (uint32_t i = 3; i < 6; i++)
        tcp_raw_send_data(&raw, FLAG_ACK, 1 + i * 1000, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 2001, 0);
    for (int i = 0; i < 3; i++)
        tcp_raw_expect(&raw, FLAG_ACK, 1, 2001, 0);
    end(&raw);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

static void sends_what_a_batch_of_acks_sets_free_at_its_end(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.window = 4000;
    tcp_raw_join(&raw, 1000);
    tcp_app_send(&raw.app, 8000);
    for (uint32_t i = 0; i < 4; i++)
        tcp_raw_expect(&raw, FLAG_ACK, 1 + i * 1000, 1, 1000);
    begin(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 2001);
    tcp_raw_send(&raw, FLAG_ACK, 1, 4001);
    tcp_raw_expect_nothing(&raw);
    end(&raw);
    for (uint32_t i = 4; i < 8; i++)
        tcp_raw_expect(&raw, FLAG_ACK, 1 + i * 1000, 1, 1000);
    tcp_raw_stop(&raw);
}

static void forgets_a_connection_that_is_aborted_within_a_batch(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    begin(&raw);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_abort(raw.app.conn, raw.net.now_ns);
    raw.app.conn = NULL;
    tcp_raw_next(&raw); /* the RST */
    end(&raw);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

static void answers_at_once_whom_a_batch_has_no_place_for(void **state)
{
    enum { MANY = 100, PLACES = 64 };
    static struct tcp_app clients[MANY];
    struct tcp_net net;
    (void)state;
    tcp_net_start(&net);
    tcp_net_listen(&net, NULL, MANY);
    for (int i = 0; i < MANY; i++) {
        tcp_net_connect(&net, &clients[i]);
        tcp_net_run(&net, 0); /* ARP keeps few packets waiting */
    }
    tcp_net_run(&net, 100 * TCP_MS);
    size_t before = tcp_net_count(&net, 1, FLAG_ACK, 0);
    stack_batch_begin(net.stations[1].stack);
    for (int i = 0; i < MANY; i++)
        tcp_app_send(&clients[i], 2920); /* two segments: an ACK is due */
    tcp_net_run(&net, 20 * TCP_MS);
    assert_int_equal(tcp_net_count(&net, 1, FLAG_ACK, 0) - before, MANY - PLACES);
    stack_batch_end(net.stations[1].stack, net.now_ns);
    assert_int_equal(tcp_net_count(&net, 1, FLAG_ACK, 0) - before, MANY);
    tcp_net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledges_a_batch_with_one_ack),
        cmocka_unit_test(delays_the_ack_of_a_single_segment_in_a_batch_too),
        cmocka_unit_test(answers_each_segment_behind_a_gap_by_itself),
        cmocka_unit_test(sends_what_a_batch_of_acks_sets_free_at_its_end),
        cmocka_unit_test(forgets_a_connection_that_is_aborted_within_a_batch),
        cmocka_unit_test(answers_at_once_whom_a_batch_has_no_place_for),
    };
    return cmocka_run_group_tests_name("tcp_batch", tests, NULL, NULL);
}
