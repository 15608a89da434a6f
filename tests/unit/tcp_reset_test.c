/* TCP: who may end or disturb a connection, and who may not. RFC 9293, 3.10.7; RFC 5961.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "host/stack/ip.h"
#include "tests/unit/tcp_raw.h"

static void believes_a_reset_only_at_the_very_next_number(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_raw_send(&raw, FLAG_RST, 70000, 0); /* outside the window: nothing */
    tcp_raw_send(&raw, FLAG_RST, 0, 0);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_send(&raw, FLAG_RST, 2, 0); /* inside: a challenge */
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 0);
    assert_int_equal(tcp_raw_state(&raw), TCP_ESTABLISHED);
    tcp_raw_send(&raw, FLAG_RST, 1, 0);
    assert_int_equal(raw.app.error, -ECONNRESET);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

static void keeps_what_came_before_a_reset(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.app.does_not_read = true;
    tcp_raw_join(&raw, 1460);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 100);
    tcp_app_send(&raw.app, 100);
    tcp_raw_send(&raw, FLAG_RST, 101, 0);
    assert_int_equal(raw.app.error, -ECONNRESET);
    assert_int_equal(tcp_app_info(&raw.app).send_queue, 0);
    tcp_app_read(&raw.app, SIZE_MAX);
    tcp_app_has(&raw.app, 2, 100);
    tcp_raw_stop(&raw);
}

static void answers_a_syn_in_a_connection_with_an_ack(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_raw_send(&raw, FLAG_SYN, 5, 0);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 0);
    tcp_raw_send(&raw, FLAG_SYN, 5, 0); /* not more than two in a second */
    tcp_raw_expect_nothing(&raw);
    tcp_raw_run(&raw, TCP_S);
    tcp_raw_send(&raw, FLAG_SYN, 5, 0);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 0);
    assert_int_equal(tcp_raw_state(&raw), TCP_ESTABLISHED);
    tcp_raw_stop(&raw);
}

static void takes_no_data_whose_ack_is_impossible(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 2, 5); /* acknowledges what was never sent */
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 0);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 0u - 200000, 5); /* older than any window: RFC 5961, 5 */
    tcp_raw_send_data(&raw, 0, 1, 0, 5);                  /* none at all */
    assert_int_equal(raw.app.received_count, 0);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 5);
    tcp_app_has(&raw.app, 2, 5);
    tcp_raw_stop(&raw);
}

static void answers_what_lies_outside_its_window_with_an_ack(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_raw_send_data(&raw, FLAG_ACK, 70000, 1, 5);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 0);
    tcp_raw_send_data(&raw, FLAG_ACK, 0, 1, 1); /* as a keep-alive is */
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 0);
    assert_int_equal(raw.app.received_count, 0);
    tcp_raw_stop(&raw);
}

/* RFC 9293, 3.10.7.1, both forms. */
static void refuses_what_belongs_to_no_connection(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.port = 1234;
    tcp_raw_send(&raw, FLAG_ACK, 5, 77);
    tcp_raw_expect(&raw, FLAG_RST, 77, 0, 0);
    tcp_raw_send(&raw, FLAG_SYN | FLAG_FIN, 5, 0);
    tcp_raw_expect(&raw, FLAG_RST | FLAG_ACK, 0u - raw.iss, 7, 0);
    tcp_raw_send(&raw, FLAG_RST, 5, 0);
    tcp_raw_send(&raw, FLAG_RST | FLAG_ACK, 5, 5);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

static void says_nothing_to_a_broadcast(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    uint8_t header[20] = {0, 80, 4, 210, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, FLAG_SYN};
    struct ip_input in = {.source = address_v4(0x0a000002),
                          .destination = address_v4(0xffffffff),
                          .protocol = PROTOCOL_TCP,
                          .broadcast = true,
                          .checksum_verified = true,
                          .payload = header,
                          .length = sizeof header};
    tcp_input(raw.net.stations[0].stack, &in, raw.net.now_ns);
    in.destination = address_v4(0x0a000001);
    tcp_input(raw.net.stations[0].stack, &in, raw.net.now_ns);
    in.broadcast = false;
    in.source = address_v4(0xe0000001);
    tcp_input(raw.net.stations[0].stack, &in, raw.net.now_ns);
    tcp_raw_run(&raw, TCP_S);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

static void drops_a_segment_with_a_bad_sum_or_header(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    const struct stack_counters *counters = stack_counters(raw.net.stations[0].stack);
    uint8_t header[20] = {0, 80, 4, 210, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, FLAG_SYN};
    struct ip_input in = {.source = address_v4(0x0a000002),
                          .destination = address_v4(0x0a000001),
                          .protocol = PROTOCOL_TCP,
                          .payload = header,
                          .length = sizeof header};
    tcp_input(raw.net.stations[0].stack, &in, raw.net.now_ns);
    assert_int_equal(counters->tcp_in_errs, 1);
    in.checksum_verified = true;
    header[12] = 0x60; /* longer than the packet */
    tcp_input(raw.net.stations[0].stack, &in, raw.net.now_ns);
    header[12] = 0x40; /* shorter than a header */
    tcp_input(raw.net.stations[0].stack, &in, raw.net.now_ns);
    in.length = 19;
    tcp_input(raw.net.stations[0].stack, &in, raw.net.now_ns);
    assert_int_equal(counters->tcp_in_errs, 4);
    tcp_raw_expect_nothing(&raw);
    tcp_raw_stop(&raw);
}

static void resets_while_closing_end_it_in_order(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_raw_send(&raw, FLAG_FIN | FLAG_ACK, 1, 1);
    tcp_shutdown(raw.app.conn, raw.net.now_ns);
    assert_int_equal(tcp_raw_state(&raw), TCP_LAST_ACK);
    tcp_raw_send(&raw, FLAG_RST, 2, 0);
    assert_int_equal(tcp_raw_state(&raw), TCP_CLOSED);
    assert_int_equal(raw.app.error, 0);
    tcp_raw_stop(&raw);
}

static void urgent_data_is_data(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_raw_send_data(&raw, FLAG_ACK | 32, 1, 1, 9);
    tcp_app_has(&raw.app, 2, 9);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(believes_a_reset_only_at_the_very_next_number),
        cmocka_unit_test(keeps_what_came_before_a_reset),
        cmocka_unit_test(answers_a_syn_in_a_connection_with_an_ack),
        cmocka_unit_test(takes_no_data_whose_ack_is_impossible),
        cmocka_unit_test(answers_what_lies_outside_its_window_with_an_ack),
        cmocka_unit_test(refuses_what_belongs_to_no_connection),
        cmocka_unit_test(says_nothing_to_a_broadcast),
        cmocka_unit_test(drops_a_segment_with_a_bad_sum_or_header),
        cmocka_unit_test(resets_while_closing_end_it_in_order),
        cmocka_unit_test(urgent_data_is_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
