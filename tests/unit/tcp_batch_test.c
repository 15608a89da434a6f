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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledges_a_batch_with_one_ack),
        cmocka_unit_test(delays_the_ack_of_a_single_segment_in_a_batch_too),
        cmocka_unit_test(answers_each_segment_behind_a_gap_by_itself),
        cmocka_unit_test(sends_what_a_batch_of_acks_sets_free_at_its_end),
        cmocka_unit_test(forgets_a_connection_that_is_aborted_within_a_batch),
    };
    return cmocka_run_group_tests_name("tcp_batch", tests, NULL, NULL);
}
