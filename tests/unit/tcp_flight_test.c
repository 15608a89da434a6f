/* What TCP has under way, as a list of ranges: against a map of single bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "host/stack/tcp_flight.h"

enum { SPAN = 600 };
#define BASE UINT32_C(0xffffff00)

/* What is known of each byte, by a place that counts from BASE. */
struct bytes {
    bool sacked[SPAN], lost[SPAN], again[SPAN];
    uint32_t sent_us[SPAN], ticket[SPAN];
    uint32_t una, end;
};

static uint32_t below(uint32_t limit)
{
    return limit ? (uint32_t)rand() % limit : 0;
}

static void compare(struct tcp_flight *flight, const struct bytes *b)
{
    uint32_t at = b->una, lost = 0, sacked = 0;
    assert_int_equal(flight->una, BASE + b->una);
    for (uint32_t i = 0; i < flight->count; i++) {
        const struct tcp_sent *range = tcp_flight_at(flight, i);
        assert_int_not_equal(range->end, BASE + at);
        for (; BASE + at != range->end; at++) {
            assert_true(at < b->end);
            assert_int_equal(!!(range->marks & SENT_SACKED), b->sacked[at]);
            assert_int_equal(!!(range->marks & SENT_LOST), b->lost[at]);
            assert_int_equal(!!(range->marks & SENT_AGAIN), b->again[at]);
            if (!b->sacked[at]) {
                assert_int_equal(range->sent_us, b->sent_us[at]);
                assert_int_equal(range->ticket, b->ticket[at]);
            }
            lost += b->lost[at];
            sacked += b->sacked[at];
        }
    }
    assert_int_equal(at, b->end);
    assert_int_equal(flight->lost, lost);
    assert_int_equal(flight->sacked, sacked);
    uint32_t first = b->una, start, end;
    while (first < b->end && !b->lost[first])
        first++;
    assert_int_equal(tcp_flight_first_lost(flight, &start, &end), first < b->end);
    if (first == b->end)
        return;
    assert_int_equal(start, BASE + first);
    while (first < b->end && b->lost[first])
        first++;
    assert_int_equal(end, BASE + first);
}

static void expect_arrival(const struct bytes *b, uint32_t from, uint32_t to,
                           const struct tcp_arrival *got)
{
    uint32_t bytes = 0, latest = to, once = to, once_us = UINT32_MAX;
    for (uint32_t at = from; at < to; at++) {
        if (b->sacked[at])
            continue;
        bytes++;
        if (latest == to || b->sent_us[at] >= b->sent_us[latest])
            latest = at;
        if (b->again[at])
            continue;
        once = once == to ? at : once;
        once_us = b->sent_us[at] < once_us ? b->sent_us[at] : once_us;
    }
    assert_int_equal(got->bytes, bytes);
    assert_int_equal(got->any, bytes > 0);
    assert_int_equal(got->once, once < to);
    if (once < to) {
        assert_int_equal(got->once_start, BASE + once);
        assert_int_equal(got->once_us, once_us);
    }
    if (bytes) {
        assert_int_equal(got->latest.sent_us, b->sent_us[latest]);
        assert_int_equal(got->latest.end, BASE + latest + 1);
    }
}

static void one_change(struct tcp_flight *flight, struct bytes *b, uint32_t now_us)
{
    uint32_t from = b->una + below(b->end - b->una), to = from + 1 + below(b->end - from - 1);
    struct tcp_arrival arrival = {0};
    switch (b->end == b->una ? 0 : rand() % 7) {
    case 0:
    case 1: {
        uint32_t len = below(SPAN - b->end < 50 ? SPAN - b->end : 50) + 1;
        if (b->end + len > SPAN)
            return;
        uint32_t ticket = rand() % 3 ? 0 : now_us;
        tcp_flight_sent(flight, BASE + b->end + len, now_us, ticket);
        for (; len; len--, b->end++) {
            b->sent_us[b->end] = now_us;
            b->ticket[b->end] = ticket;
        }
        break;
    }
    case 2:
        tcp_flight_again(flight, BASE + from, BASE + to, now_us, 0);
        for (uint32_t at = from; at < to; at++) {
            b->lost[at] = false;
            b->again[at] = true;
            b->sent_us[at] = now_us;
            b->ticket[at] = 0;
        }
        break;
    case 3:
        tcp_flight_sacked(flight, BASE + from, BASE + to, &arrival);
        expect_arrival(b, from, to, &arrival);
        assert_int_equal(arrival.sacked, arrival.bytes);
        for (uint32_t at = from; at < to; at++) {
            b->sacked[at] = true;
            b->lost[at] = false;
        }
        break;
    case 4:
        tcp_flight_lose(flight, BASE + from, BASE + to);
        for (uint32_t at = from; at < to; at++)
            b->lost[at] |= !b->sacked[at];
        break;
    case 5:
        to = b->una + 1 + below(30);
        to = to < b->end ? to : b->end;
        tcp_flight_acked(flight, BASE + to, &arrival);
        expect_arrival(b, b->una, to, &arrival);
        b->una = to;
        break;
    case 6: {
        uint32_t ticket = now_us / 2 + below(now_us / 2 + 1);
        tcp_flight_left(flight, ticket, now_us);
        for (uint32_t at = b->una; at < b->end; at++)
            if (b->ticket[at] && b->ticket[at] <= ticket) {
                b->ticket[at] = 0;
                b->sent_us[at] = now_us;
            }
        break;
    }
    }
}

static void knows_of_every_byte_what_a_map_of_bytes_knows(void **state)
{
    (void)state;
    srand(1);
    for (int round = 0; round < 1500; round++) {
        struct tcp_flight flight = {0};
        struct bytes b;
        memset(&b, 0, sizeof b);
        tcp_flight_reset(&flight, BASE);
        for (uint32_t now_us = 1; now_us < 150 && b.end + 60 < SPAN; now_us++) {
            one_change(&flight, &b, now_us);
            compare(&flight, &b);
        }
        tcp_flight_reset(&flight, 0);
    }
}

/* An alternating pattern of more ranges than there may be: the bounds and sums still hold. */
static void a_full_list_gets_coarser_and_never_longer(void **state)
{
    enum { PIECES = 3 * TCP_FLIGHT_MAX_RANGES };
    struct tcp_flight flight = {0};
    struct tcp_arrival arrival = {0};
    (void)state;
    tcp_flight_reset(&flight, 0);
    for (uint32_t i = 0; i < PIECES; i++)
        tcp_flight_sent(&flight, 10 * (i + 1), i, 0);
    assert_true(flight.count <= TCP_FLIGHT_MAX_RANGES);
    assert_int_equal(tcp_flight_at(&flight, flight.count - 1u)->end, 10 * PIECES);
    for (uint32_t i = 1; i < PIECES; i += 2)
        tcp_flight_sacked(&flight, 10 * i, 10 * i + 10, &arrival);
    assert_true(flight.count <= TCP_FLIGHT_MAX_RANGES);
    assert_int_equal(flight.sacked, arrival.bytes);
    assert_true(arrival.bytes > 1000);
    tcp_flight_lose(&flight, 0, 10 * PIECES);
    assert_int_equal(flight.lost + flight.sacked, 10 * PIECES);
    tcp_flight_acked(&flight, 10 * PIECES, &arrival);
    assert_int_equal(arrival.bytes, 10 * PIECES);
    assert_null(flight.memory); /* nothing is under way: nothing is kept */
    assert_int_equal(flight.lost + flight.sacked, 0);
}

static void one_range_needs_no_memory(void **state)
{
    struct tcp_flight flight = {0};
    (void)state;
    tcp_flight_reset(&flight, 0);
    for (uint32_t end = 1460; end < 14600; end += 1460)
        tcp_flight_sent(&flight, end, 7, 3); /* at once, in the same transfer */
    assert_null(flight.memory);
    assert_int_equal(flight.count, 1);
}

/* 1 Gbit/s and 40 ms: a segment each 12 us. None is told a time that is further from its own than that. */
static void thousands_of_segments_need_few_ranges(void **state)
{
    enum { SEGMENTS = 10000, MSS = 1460, APART_US = 12, UNDER_WAY = 3400, OFF_US = 40800 / 128 };
    struct tcp_flight flight = {0};
    struct tcp_arrival arrival = {0};
    (void)state;
    tcp_flight_reset(&flight, BASE);
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        tcp_flight_sent(&flight, BASE + (i + 1) * MSS, i * APART_US, 0);
        assert_true(flight.count < 700);
        if (i < UNDER_WAY)
            continue;
        memset(&arrival, 0, sizeof arrival);
        tcp_flight_acked(&flight, BASE + (i - UNDER_WAY + 1) * MSS, &arrival);
        assert_in_range((i - UNDER_WAY) * APART_US - arrival.once_us, 0, OFF_US);
    }
    tcp_flight_reset(&flight, BASE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_of_every_byte_what_a_map_of_bytes_knows),
        cmocka_unit_test(a_full_list_gets_coarser_and_never_longer),
        cmocka_unit_test(thousands_of_segments_need_few_ranges),
        cmocka_unit_test(one_range_needs_no_memory),
    };
    return cmocka_run_group_tests_name("tcp_flight", tests, NULL, NULL);
}
