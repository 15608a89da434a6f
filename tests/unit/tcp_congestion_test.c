/* Congestion control by itself: each algorithm on a path made of a rate, a delay and a queue.
 *
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/stack/tcp_congestion.h"

enum { MSS = 1000 };
#define MS UINT64_C(1000000)

/* A path without loss: what is under way beyond rate * delay waits in a queue. */
struct path {
    struct tcp_congestion c;
    uint64_t now_ns, delay_ns,
        fixed_ns; /* fixed_ns: the round trip, whatever waits; 0: by the queue */
    uint64_t bytes_per_s;
    uint32_t una;
};

static struct path path_of(const struct tcp_congestion_ops *ops, uint64_t delay_ns,
                           uint64_t bytes_per_s)
{
    struct path path = {
        .c.ops = ops, .now_ns = 1, .delay_ns = delay_ns, .bytes_per_s = bytes_per_s};
    ops->start(&path.c, MSS, false);
    return path;
}

static uint64_t round_trip_ns(const struct path *path, uint32_t flight)
{
    uint64_t serial_ns = flight * UINT64_C(1000000000) / path->bytes_per_s;
    if (path->fixed_ns)
        return path->fixed_ns;
    return serial_ns > path->delay_ns ? serial_ns : path->delay_ns;
}

/* A round trip in which used bytes (0: cwnd) are under way, acknowledged two segments at a time. */
static void round_trip(struct path *path, uint32_t used)
{
    struct tcp_congestion *c = &path->c;
    uint32_t flight = used ? used : c->cwnd;
    uint64_t rtt_ns = round_trip_ns(path, flight);
    uint32_t acks = flight / (2 * MSS) ? flight / (2 * MSS) : 1, next = path->una + flight;
    for (uint32_t i = 0; i < acks; i++) {
        path->now_ns += rtt_ns / acks;
        path->una += flight / acks;
        struct tcp_congestion_ack ack = {.acked = flight / acks,
                                         .flight = used ? used : c->cwnd,
                                         .una = path->una,
                                         .next = next + (i + 1) * (flight / acks),
                                         .rtt_ns = rtt_ns,
                                         .srtt_ns = rtt_ns,
                                         .now_ns = path->now_ns};
        if (c->ops->measured)
            c->ops->measured(c, &ack);
        c->ops->acked(c, &ack);
    }
}

static void lose(struct path *path)
{
    path->c.ops->lost(&path->c, path->c.cwnd, path->now_ns);
}

static void avoid_from(struct path *path, uint32_t segments)
{
    path->c.cwnd = segments * MSS;
    path->c.ssthresh = MSS;
}

static void is_found_by_its_name(void **state)
{
    const struct tcp_congestion_ops *ops;
    (void)state;
    assert_ptr_equal(tcp_congestion_at(0), &tcp_cubic);
    for (size_t i = 0; (ops = tcp_congestion_at(i)); i++)
        assert_ptr_equal(tcp_congestion_find(ops->name), ops);
    assert_null(tcp_congestion_find("reno"));
}

static void begins_with_ten_segments_and_falls_to_one(void **state)
{
    const struct tcp_congestion_ops *ops;
    (void)state;
    for (size_t i = 0; (ops = tcp_congestion_at(i)); i++) {
        struct path path = path_of(ops, 100 * MS, 1000000000);
        assert_int_equal(path.c.cwnd, 10 * MSS);
        round_trip(&path, 0);
        assert_in_range(path.c.cwnd, 12 * MSS, 20 * MSS);
        ops->timed_out(&path.c, 20 * MSS, false, path.now_ns);
        assert_int_equal(path.c.cwnd, MSS);
        uint32_t ssthresh = path.c.ssthresh;
        assert_in_range(ssthresh, 2 * MSS, 20 * MSS);
        ops->timed_out(&path.c, MSS, true, path.now_ns);
        assert_int_equal(path.c.ssthresh, ssthresh);
        ops->start(&path.c, MSS, true);
        assert_int_equal(path.c.cwnd, MSS);
    }
}

static void does_not_grow_unused(void **state)
{
    const struct tcp_congestion_ops *ops;
    (void)state;
    for (size_t i = 0; (ops = tcp_congestion_at(i)); i++) {
        struct path path = path_of(ops, 100 * MS, 1000000000);
        avoid_from(&path, 100);
        for (int k = 0; k < 20; k++)
            round_trip(&path, 20 * MSS);
        assert_int_equal(path.c.cwnd, 100 * MSS);
    }
}

/* RFC 9438, figures 1 and 2, in seconds and segments. */
static double curve(double t, double w_max, double at_start)
{
    double k = cbrt((w_max - at_start) / 0.4);
    return 0.4 * pow(t - k, 3) + w_max;
}

static void cubic_follows_its_curve(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_cubic, 100 * MS, 1000000000);
    avoid_from(&path, 1000);
    lose(&path);
    assert_int_equal(path.c.cwnd, 700 * MSS);
    uint64_t began_ns = path.now_ns;
    for (int i = 0; i < 150; i++) { /* K is 9.1 s */
        round_trip(&path, 0);
        double t = (double)(path.now_ns - began_ns) / 1e9, expected = curve(t, 1000, 700);
        assert_true(fabs(path.c.cwnd / (double)MSS - expected) < expected * 0.01);
    }
    assert_true(path.c.cwnd > 1050 * MSS); /* beyond the plateau */
}

/* RFC 9438, 4.3: where Reno would be faster (small windows, short round trips) it is as fast. */
static void cubic_is_never_slower_than_reno(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_cubic, 10 * MS, 1000000000);
    avoid_from(&path, 20);
    lose(&path);
    for (int i = 0; i < 40; i++)
        round_trip(&path, 0);
    assert_in_range(path.c.cwnd, 33 * MSS, 55 * MSS); /* 14 + 12 at 9/17 a round, then 1 a round */
}

static void cubic_leaves_room_when_it_shrinks(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_cubic, 100 * MS, 1000000000);
    avoid_from(&path, 1000);
    lose(&path);
    lose(&path); /* at 700: the plateau is 595 */
    for (int i = 0; i < 50; i++)
        round_trip(&path, 0);
    assert_in_range(path.c.cwnd, 585 * MSS, 600 * MSS);
}

static void cubic_forgets_the_plateau_after_a_timeout(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_cubic, 100 * MS, 1000000000);
    avoid_from(&path, 1000);
    path.c.ops->timed_out(&path.c, 1000 * MSS, false, path.now_ns);
    assert_int_equal(path.c.ssthresh, 700 * MSS);
    while (path.c.cwnd < path.c.ssthresh)
        round_trip(&path, 0);
    uint32_t start = path.c.cwnd;
    for (int i = 0; i < 20; i++) /* on the plateau from the beginning: 0.4 t^3 at 2 s, or Reno */
        round_trip(&path, 0);
    assert_in_range(path.c.cwnd, start, start + 22 * MSS);
}

/* RFC 9438, 4.2: time in which cwnd was not used does not count. */
static void cubic_stands_still_while_unused(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_cubic, 100 * MS, 1000000000);
    avoid_from(&path, 1000);
    lose(&path);
    for (int i = 0; i < 10; i++)
        round_trip(&path, 0);
    uint32_t before = path.c.cwnd;
    for (int i = 0; i < 300; i++)
        round_trip(&path, 10 * MSS);
    assert_int_equal(path.c.cwnd, before);
    round_trip(&path, 0);
    round_trip(&path, 0);
    assert_in_range(path.c.cwnd, before, before + 40 * MSS);
}

static void hystart_doubles_while_the_round_trip_is_steady(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_cubic, 40 * MS, 1000000000);
    for (int i = 0; i < 6; i++)
        round_trip(&path, 0);
    assert_in_range(path.c.cwnd, 600 * MSS, 640 * MSS);
    assert_int_equal(path.c.ssthresh, UINT32_MAX);
}

/* A queue of 100 Mbit/s, never full: slow start ends by itself soon after it begins to fill. */
static void hystart_leaves_slow_start_when_the_queue_fills(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_cubic, 40 * MS, 12500000); /* holds 500 segments */
    for (int i = 0; i < 30 && path.c.ssthresh == UINT32_MAX; i++)
        round_trip(&path, 0);
    assert_in_range(path.c.ssthresh, 500 * MSS, 2500 * MSS);
    assert_int_equal(path.c.ssthresh / MSS, path.c.cwnd / MSS);
}

static void hystart_goes_on_if_the_round_trip_falls_again(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_cubic, 40 * MS, 1000000000);
    round_trip(&path, 16 * MSS);
    round_trip(&path, 16 * MSS);
    path.fixed_ns = 60 * MS;
    round_trip(&path, 0);
    uint32_t before = path.c.cwnd;
    round_trip(&path, 0);
    assert_in_range(path.c.cwnd, before + before / 5, before + before / 2); /* a quarter as fast */
    path.fixed_ns = 40 * MS;
    round_trip(&path, 0);
    before = path.c.cwnd;
    round_trip(&path, 0);
    assert_in_range(path.c.cwnd, before * 2 - 2 * MSS, before * 2);
    assert_int_equal(path.c.ssthresh, UINT32_MAX);
}

static void bic_searches_for_the_last_maximum(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_bic, 100 * MS, 1000000000);
    avoid_from(&path, 1000);
    lose(&path);
    assert_int_equal(path.c.cwnd, 800 * MSS);
    for (uint32_t before, i = 0; i < 50; i++, assert_true(path.c.cwnd <= before + 16 * MSS)) {
        before = path.c.cwnd;
        round_trip(&path, 0);
        if (i == 8) /* 16 segments a round trip at first */
            assert_in_range(path.c.cwnd, 930 * MSS, 944 * MSS);
    }
    assert_in_range(path.c.cwnd, 998 * MSS, 1004 * MSS); /* slowly around the maximum */
    for (int i = 0; i < 60; i++)
        round_trip(&path, 0);
    assert_true(path.c.cwnd > 1200 * MSS); /* and fast far beyond it */
}

static void bic_is_reno_while_small(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_bic, 100 * MS, 1000000000);
    avoid_from(&path, 12);
    lose(&path);
    assert_int_equal(path.c.cwnd, 6 * MSS);
    for (int i = 0; i < 4; i++)
        round_trip(&path, 0);
    assert_in_range(path.c.cwnd, 9 * MSS, 10 * MSS);
}

/* 10 MB/s and 50 ms hold 500 segments: a loss that is no sign of congestion costs no more than that. */
static void westwood_falls_to_what_the_path_carries(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_westwood, 50 * MS, 10000000);
    avoid_from(&path, 10);
    path.c.ssthresh = 1 << 30;
    for (int i = 0; i < 3; i++)
        round_trip(&path, 0); /* short enough for the least round trip to be seen */
    avoid_from(&path, 600);
    for (int i = 0; i < 60; i++)
        round_trip(&path, 0);
    assert_true(path.c.cwnd > 640 * MSS);
    lose(&path);
    assert_in_range(path.c.cwnd, 490 * MSS, 505 * MSS);
    path.c.ops->timed_out(&path.c, path.c.cwnd, false, path.now_ns);
    assert_int_equal(path.c.cwnd, MSS);
    assert_in_range(path.c.ssthresh, 490 * MSS, 505 * MSS);
}

static void vegas_keeps_two_to_four_segments_queued(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_vegas, 50 * MS, 10000000); /* holds 500 segments */
    for (int i = 0; i < 200; i++)
        round_trip(&path, 0);
    assert_in_range(path.c.cwnd, 502 * MSS, 504 * MSS);
    path.bytes_per_s = 8000000; /* now 400 */
    for (int i = 0; i < 200; i++)
        round_trip(&path, 0);
    assert_in_range(path.c.cwnd, 402 * MSS, 405 * MSS);
}

static void vegas_grows_in_every_other_round_at_first(void **state)
{
    (void)state;
    struct path path = path_of(&tcp_vegas, 50 * MS, 1000000000);
    uint32_t grown = 0, rounds = 6;
    for (uint32_t i = 0; i < rounds; i++) {
        uint32_t before = path.c.cwnd;
        round_trip(&path, 0);
        grown += path.c.cwnd > before + before / 3;
    }
    assert_in_range(grown, 3, 4);
    assert_int_equal(path.c.ssthresh, UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_found_by_its_name),
        cmocka_unit_test(begins_with_ten_segments_and_falls_to_one),
        cmocka_unit_test(does_not_grow_unused),
        cmocka_unit_test(cubic_follows_its_curve),
        cmocka_unit_test(cubic_is_never_slower_than_reno),
        cmocka_unit_test(cubic_leaves_room_when_it_shrinks),
        cmocka_unit_test(cubic_forgets_the_plateau_after_a_timeout),
        cmocka_unit_test(cubic_stands_still_while_unused),
        cmocka_unit_test(hystart_doubles_while_the_round_trip_is_steady),
        cmocka_unit_test(hystart_leaves_slow_start_when_the_queue_fills),
        cmocka_unit_test(hystart_goes_on_if_the_round_trip_falls_again),
        cmocka_unit_test(bic_searches_for_the_last_maximum),
        cmocka_unit_test(bic_is_reno_while_small),
        cmocka_unit_test(westwood_falls_to_what_the_path_carries),
        cmocka_unit_test(vegas_keeps_two_to_four_segments_queued),
        cmocka_unit_test(vegas_grows_in_every_other_round_at_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
