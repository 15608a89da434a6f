/* TCP's selective acknowledgements as the receiver sends them. RFC 2018, RFC 2883.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/tcp_raw.h"

static void join(struct tcp_raw *raw, bool timestamps)
{
    struct stack_config wish = {.tcp_timestamps = timestamps};
    tcp_raw_start_with(raw, &wish);
    raw->syn.sack_permitted = true;
    raw->syn.has_timestamps = raw->options.has_timestamps = timestamps;
    tcp_raw_join(raw, 1000);
}

static void data(struct tcp_raw *raw, uint32_t from, uint32_t length)
{
    tcp_raw_send_data(raw, FLAG_ACK, from, 1, length);
}

/* The next segment is an ACK with these count blocks, each a start and an end. */
static void expect_blocks(struct tcp_raw *raw, uint32_t ack, int count, const uint32_t *edges)
{
    struct wire_segment segment = tcp_raw_next(raw);
    assert_int_equal(segment.ack, ack);
    assert_int_equal(segment.options.sack_count, count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(segment.options.sacks[i][0] - raw->peer_iss, edges[2 * i]);
        assert_int_equal(segment.options.sacks[i][1] - raw->peer_iss, edges[2 * i + 1]);
    }
}
#define EDGES(...)     \
    (const uint32_t[]) \
    {                  \
        __VA_ARGS__    \
    }

static void names_what_has_arrived_the_latest_first(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    data(&raw, 2001, 1000);
    expect_blocks(&raw, 1, 1, EDGES(2001, 3001));
    data(&raw, 6001, 1000);
    expect_blocks(&raw, 1, 2, EDGES(6001, 7001, 2001, 3001));
    data(&raw, 4001, 1000);
    expect_blocks(&raw, 1, 3, EDGES(4001, 5001, 6001, 7001, 2001, 3001));
    data(&raw, 3001, 500); /* grows */
    expect_blocks(&raw, 1, 3, EDGES(2001, 3501, 4001, 5001, 6001, 7001));
    data(&raw, 8001, 1000);
    data(&raw, 10001, 1000);
    tcp_raw_next(&raw);
    expect_blocks(&raw, 1, 4, EDGES(10001, 11001, 8001, 9001, 2001, 3501, 4001, 5001));
    data(&raw, 1, 2000);
    expect_blocks(&raw, 3501, 4, EDGES(10001, 11001, 8001, 9001, 4001, 5001, 6001, 7001));
    data(&raw, 3501, 7500);
    expect_blocks(&raw, 11001, 1, EDGES(4001, 5001)); /* it came twice */
    data(&raw, 11001, 2000);
    tcp_raw_run(&raw, 50 * TCP_MS);
    expect_blocks(&raw, 13001, 0, NULL);
    tcp_app_has(&raw.app, 2, 13000);
    tcp_raw_stop(&raw);
}

static void with_timestamps_there_is_room_for_three(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, true);
    for (uint32_t i = 0; i < 5; i++) {
        data(&raw, 2001 + 2000 * i, 1000);
        assert_int_equal(tcp_raw_next(&raw).options.sack_count, i < 3 ? i + 1 : 3);
    }
    tcp_raw_stop(&raw);
}

/* RFC 2883, 4: the first block is what came twice, the second the one that it is part of. */
static void tells_what_came_twice(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    data(&raw, 1, 1000);
    data(&raw, 1001, 1000);
    expect_blocks(&raw, 2001, 0, NULL);
    data(&raw, 501, 1000);
    expect_blocks(&raw, 2001, 1, EDGES(501, 1501));
    data(&raw, 1501, 1000); /* the first half again */
    expect_blocks(&raw, 2501, 1, EDGES(1501, 2001));
    data(&raw, 4001, 1000);
    data(&raw, 6001, 1000);
    tcp_raw_skip(&raw);
    data(&raw, 4001, 1000);
    expect_blocks(&raw, 2501, 3, EDGES(4001, 5001, 4001, 5001, 6001, 7001));
    data(&raw, 4501, 1000);
    expect_blocks(&raw, 2501, 3, EDGES(4501, 5001, 4001, 5501, 6001, 7001));
    data(&raw, 8001, 100);
    expect_blocks(&raw, 2501, 3, EDGES(8001, 8101, 4001, 5501, 6001, 7001)); /* only once */
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_dsacks_sent, 4);
    tcp_raw_stop(&raw);
}

static void a_peer_that_does_not_know_sack_is_told_nothing(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    data(&raw, 2001, 1000);
    expect_blocks(&raw, 1, 0, NULL);
    data(&raw, 2001, 1000);
    expect_blocks(&raw, 1, 0, NULL);
    data(&raw, 1, 3000);
    expect_blocks(&raw, 3001, 0, NULL);
    tcp_raw_stop(&raw);
}

/* What the range list has no room for is not named, so the peer sends it again. */
static void names_nothing_that_it_has_not_kept(void **state)
{
    enum { RANGES = 256 };
    struct tcp_raw raw;
    (void)state;
    join(&raw, false);
    for (uint32_t i = 1; i <= RANGES; i++)
        data(&raw, 1 + 20 * i, 10);
    tcp_raw_skip(&raw);
    data(&raw, 1 + 20 * (RANGES + 1), 10);
    expect_blocks(&raw, 1, 4, EDGES(5121, 5131, 5101, 5111, 5081, 5091, 5061, 5071));
    data(&raw, 1, 20 * (RANGES + 1));
    expect_blocks(&raw, 5141, 1, EDGES(21, 31));
    tcp_app_has(&raw.app, 2, 5140);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_has_arrived_the_latest_first),
        cmocka_unit_test(with_timestamps_there_is_room_for_three),
        cmocka_unit_test(tells_what_came_twice),
        cmocka_unit_test(a_peer_that_does_not_know_sack_is_told_nothing),
        cmocka_unit_test(names_nothing_that_it_has_not_kept),
    };
    return cmocka_run_group_tests_name("tcp_sack", tests, NULL, NULL);
}
