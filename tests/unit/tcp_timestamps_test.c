/* TCP's timestamps, and PAWS (RFC 7323).
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "host/stack/tcp_options.h"
#include "tests/unit/tcp_raw.h"

#define PEER_CLOCK UINT32_C(0x7fffff00)

static const struct stack_config with_timestamps = {.tcp_timestamps = true};
/* A connection with timestamps; the test's clock stands at PEER_CLOCK. */
static void join_with_timestamps(struct tcp_raw *raw)
{
    tcp_raw_start_with(raw, &with_timestamps);
    raw->syn = raw->options = (struct wire_options){.has_timestamps = true, .ts_value = PEER_CLOCK};
    tcp_raw_join(raw, 1000);
}

static const struct stack_counters *counters(const struct tcp_raw *raw)
{
    return stack_counters(raw->net.stations[raw->station].stack);
}

static void every_segment_has_a_timestamp_that_echoes_the_peers(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join_with_timestamps(&raw);
    struct wire_segment syn = raw.net.segments[0], ack = raw.net.segments[1];
    assert_int_equal(ack.options.ts_echo, PEER_CLOCK);
    raw.options.ts_value += 500;
    tcp_raw_run(&raw, 1234 * TCP_MS);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    assert_int_equal(counters(&raw)->tcp_in_predicted, 1);
    tcp_app_send(&raw.app, 988);
    struct wire_segment data = tcp_raw_next(&raw);
    assert_int_equal(data.length, 988); /* RFC 6691: the option takes 12 of the 1000 */
    assert_int_equal(data.options.ts_echo, PEER_CLOCK + 500);
    assert_int_equal(data.options.ts_value - syn.options.ts_value, 1234);
    tcp_raw_stop(&raw);
}

/* RFC 7323, 4.3: two segments whose ACK is delayed: the earlier one's is echoed. */
static void echoes_the_first_of_the_segments_that_it_acknowledges(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join_with_timestamps(&raw);
    raw.options.ts_value += 10;
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 900);
    raw.options.ts_value += 10;
    tcp_raw_send_data(&raw, FLAG_ACK, 901, 1, 900);
    struct wire_segment ack = tcp_raw_next(&raw);
    assert_int_equal(ack.ack, 1801);
    assert_int_equal(ack.options.ts_echo, PEER_CLOCK + 10);
    raw.options.ts_value += 10; /* out of order: not echoed */
    tcp_raw_send_data(&raw, FLAG_ACK, 3001, 1, 900);
    assert_int_equal(tcp_raw_next(&raw).options.ts_echo, PEER_CLOCK + 10);
    tcp_raw_stop(&raw);
}

static void drops_and_acknowledges_a_segment_with_an_old_timestamp(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join_with_timestamps(&raw);
    raw.options.ts_value -= 1;
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 0);
    assert_int_equal(raw.app.received_count, 0);
    assert_int_equal(counters(&raw)->tcp_old_timestamps, 1);
    raw.options.ts_value = PEER_CLOCK + 0x1000; /* past the sign's change */
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    assert_int_equal(raw.app.received_count, 1000);
    tcp_raw_stop(&raw);
}

static void drops_a_segment_without_a_timestamp_but_not_a_reset(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join_with_timestamps(&raw);
    raw.options.has_timestamps = false;
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(raw.app.received_count, 0);
    tcp_raw_send(&raw, FLAG_RST, 1, 0);
    assert_int_equal(tcp_raw_state(&raw), TCP_CLOSED);
    tcp_raw_stop(&raw);
}

/* Who does not see our segments guesses one that lies in the window, but neither the exact sequence number of a RST
 * nor an ACK number. */
static void takes_no_clock_from_a_reset_or_a_wrong_acknowledgement(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join_with_timestamps(&raw);
    raw.options.ts_value += 0x7ffffff0;
    tcp_raw_send_data(&raw, FLAG_RST, (uint32_t)-500, 0, 600);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 0x40000000, 600);
    raw.options.ts_value = PEER_CLOCK + 1;
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    assert_int_equal(counters(&raw)->tcp_old_timestamps, 0);
    assert_int_equal(raw.app.received_count, 1000);
    tcp_raw_stop(&raw);
}

/* RFC 7323, 5.5: the peer's clock may have wrapped since. */
static void believes_any_timestamp_after_24_days(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join_with_timestamps(&raw);
    raw.options.ts_value -= 1000;
    tcp_raw_run(&raw, 23ull * 24 * 3600 * TCP_S);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    assert_int_equal(raw.app.received_count, 0);
    tcp_raw_run(&raw, 2ull * 24 * 3600 * TCP_S);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    assert_int_equal(raw.app.received_count, 1000);
    tcp_raw_stop(&raw);
}

/* The board copies them into each segment; the payload is 12 bytes shorter. */
static void super_segments_have_timestamps_too(void **state)
{
    struct stack_config wish = {
        .tcp_timestamps = true,
        .device = {.features = DEVICE_CSUM_SEND | DEVICE_TSO4, .max_frame = 65593}};
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &wish);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 1000000);
    tcp_net_run(&p->net, 10 * TCP_S);
    tcp_app_has(&p->server, 1, 1000000);
    assert_true(p->net.stations[0].supers > 10);
    for (size_t i = 0; i < p->net.count; i++) {
        assert_true(p->net.segments[i].options.has_timestamps);
        assert_true(p->net.segments[i].length <= 1448);
    }
    tcp_pair_stop(p);
}

/* RFC 7323, 4.1: the echo tells which SYN was answered, so Karn's rule and the 3 s of RFC 6298,
 * 5.7 do not apply. */
static void tells_by_timestamps_which_syn_was_answered(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start_with(&raw, &with_timestamps);
    tcp_raw_connect(&raw);
    tcp_raw_run(&raw, 1500 * TCP_MS);
    struct wire_segment first = tcp_raw_next(&raw), again = tcp_raw_next(&raw);
    assert_int_equal(again.flags, FLAG_SYN);
    assert_int_equal(again.options.ts_value - first.options.ts_value, 1000);
    raw.syn = raw.options = (struct wire_options){
        .has_timestamps = true, .ts_value = 1, .ts_echo = first.options.ts_value};
    tcp_raw_send(&raw, FLAG_SYN | FLAG_ACK, 0, 1);
    assert_int_equal(tcp_app_info(&raw.app).srtt_ns, 1500 * TCP_MS);
    assert_true(tcp_app_info(&raw.app).cwnd > 2000);
    tcp_raw_stop(&raw);
}

/* A server that has closed first and waits; the next SYN has this sequence number, relative to the
 * old connection's end, and this timestamp, relative to its last. Returns whether it is answered. */
static bool reuses(int32_t seq, int32_t later, bool old_stamped)
{
    struct tcp_raw raw;
    tcp_raw_start_with(&raw, &with_timestamps);
    raw.syn = raw.options =
        (struct wire_options){.has_timestamps = old_stamped, .ts_value = PEER_CLOCK};
    tcp_raw_join_listener(&raw, 1000);
    tcp_app_close(&raw.app);
    tcp_raw_send(&raw, FLAG_ACK | FLAG_FIN, 1, 2);
    tcp_raw_skip(&raw);
    raw.syn =
        (struct wire_options){.has_timestamps = true, .ts_value = PEER_CLOCK + (uint32_t)later};
    tcp_raw_send(&raw, FLAG_SYN, 2 + (uint32_t)seq, 0);
    struct wire_segment answer = tcp_raw_next(&raw);
    tcp_raw_stop(&raw);
    return answer.flags == (FLAG_SYN | FLAG_ACK);
}

/* RFC 6191, 2. */
static void a_later_timestamp_ends_time_wait(void **state)
{
    (void)state;
    assert_true(reuses(-1000, 1, true));
    assert_true(reuses(1000, 0, true));
    assert_false(reuses(-1000, 0, true));
    assert_false(reuses(1000, -1, true));
    assert_true(reuses(-1000, 0, false));
}

static void other_ends_see_another_clock(void **state)
{
    struct tcp_raw raw;
    struct tcp_app other = {0};
    (void)state;
    tcp_raw_start_with(&raw, &with_timestamps);
    tcp_raw_connect(&raw);
    tcp_net_open(&raw.net, 0, 4000, 81, &other);
    tcp_raw_run(&raw, 0);
    uint32_t first = raw.net.segments[0].options.ts_value;
    uint32_t second = raw.net.segments[1].options.ts_value;
    assert_true(abs((int32_t)(first - second)) > 100000);
    tcp_app_free(&other);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_segment_has_a_timestamp_that_echoes_the_peers),
        cmocka_unit_test(echoes_the_first_of_the_segments_that_it_acknowledges),
        cmocka_unit_test(drops_and_acknowledges_a_segment_with_an_old_timestamp),
        cmocka_unit_test(drops_a_segment_without_a_timestamp_but_not_a_reset),
        cmocka_unit_test(takes_no_clock_from_a_reset_or_a_wrong_acknowledgement),
        cmocka_unit_test(believes_any_timestamp_after_24_days),
        cmocka_unit_test(super_segments_have_timestamps_too),
        cmocka_unit_test(tells_by_timestamps_which_syn_was_answered),
        cmocka_unit_test(a_later_timestamp_ends_time_wait),
        cmocka_unit_test(other_ends_see_another_clock),
    };
    return cmocka_run_group_tests_name("tcp_timestamps", tests, NULL, NULL);
}
