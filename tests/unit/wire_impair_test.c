/* What spoils the wire: the text that says so, and the statistics of what follows.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/wire/impair.h"

enum { FRAMES = 20000, MS = 1000000 };

/* ---- the text ---- */

static void reads_every_setting_with_its_units(void **state)
{
    struct wire_impairment got;
    char error[200] = "";

    (void)state;
    assert_int_equal(wire_impairment_parse(
                         "loss=1%,delay=20ms,jitter=1.5ms,rate=10mbit,reorder=2%,duplicate=0.5%,"
                         "corrupt=100%,queue=50,seed=7",
                         &got, error, sizeof(error)),
                     0);
    assert_true(got.loss == 0.01 && got.reorder == 0.02 && got.duplicate == 0.005 &&
                got.corrupt == 1);
    assert_int_equal(got.delay_ns, 20 * MS);
    assert_int_equal(got.jitter_ns, 1500000);
    assert_int_equal(got.rate_bps, 10000000);
    assert_int_equal(got.queue_frames, 50);
    assert_int_equal(got.seed, 7);
    assert_int_equal(
        wire_impairment_parse("delay=1s,jitter=250us,rate=1gbit", &got, error, sizeof(error)), 0);
    assert_true(got.delay_ns == 1000000000 && got.jitter_ns == 250000 &&
                got.rate_bps == 1000000000);
    assert_int_equal(wire_impairment_parse("delay=7ns,rate=64kbit", &got, error, sizeof(error)), 0);
    assert_true(got.delay_ns == 7 && got.rate_bps == 64000 && got.loss == 0);
}

static void refuses_what_it_does_not_know_and_quotes_it(void **state)
{
    static const struct {
        const char *text, *quoted;
    } cases[] = {
        {"", "''"},
        {"loss", "'loss'"},
        {"loss=", "'loss='"},
        {"loss=1", "'loss=1'"},
        {"loss=101%", "'loss=101%'"},
        {"loss=-1%", "'loss=-1%'"},
        {"loss=1%%", "'loss=1%%'"},
        {"loss=nan%", "'loss=nan%'"},
        {"loss=0x1%", "'loss=0x1%'"},
        {"loss=1e1%", "'loss=1e1%'"},
        {"loss=.%", "'loss=.%'"},
        {"loss=1.2.3%", "'loss=1.2.3%'"},
        {"Loss=1%", "'Loss=1%'"},
        {"delay=20", "'delay=20'"},
        {"delay=20 ms", "'delay=20 ms'"},
        {"delay=61s", "'delay=61s'"},
        {"delay=99999999999999999999s", "'delay=99999999999999999999s'"},
        {"rate=10", "'rate=10'"},
        {"rate=0kbit", "'rate=0kbit'"},
        {"rate=11gbit", "'rate=11gbit'"},
        {"queue=0", "'queue=0'"},
        {"queue=1.5", "'queue=1.5'"},
        {"queue=10001", "'queue=10001'"},
        {"seed=7ms", "'seed=7ms'"},
        {"loss=1%,", "''"},
        {",loss=1%", "''"},
        {"loss=1%,,seed=1", "''"},
        {"loss=1%,loss=2%", "'loss=2%'"},
        {"=1%", "'=1%'"},
        {"loss==1%", "'loss==1%'"},
        {"speed=3", "'speed=3'"},
    };
    struct wire_impairment got;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char error[300] = "";
        if (wire_impairment_parse(cases[i].text, &got, error, sizeof(error)) != -EINVAL)
            fail_msg("took '%s'", cases[i].text);
        if (!strstr(error, cases[i].quoted) || !strstr(error, "give"))
            fail_msg("'%s': %s", cases[i].text, error);
    }
}

static void cuts_a_long_text_in_its_message(void **state)
{
    struct wire_impairment got;
    char text[100000], error[40];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(wire_impairment_parse(text, &got, error, sizeof(error)), -EINVAL);
    assert_true(memchr(error, '\0', sizeof(error)) != NULL);
}

/* ---- what it does ---- */

struct rig {
    struct frame_pool pool;
    struct wire_counters counters;
    struct impair impair;
};

static void rig_open(struct rig *rig, struct wire_impairment config)
{
    memset(rig, 0, sizeof(*rig));
    rig->pool.limit = 4096;
    impair_init(&rig->impair, &config, TO_BOARD, &rig->pool, &rig->counters);
}

static void rig_close(struct rig *rig)
{
    impair_empty(&rig->impair);
    frame_pool_free(&rig->pool);
    assert_null(rig->pool.free);
}

/* A frame of len bytes that carries number in its first four. */
static void rig_push(struct rig *rig, uint32_t number, size_t len, uint64_t now_ns)
{
    uint8_t bytes[1514] = {0};
    struct frame *frame;

    memcpy(bytes, &number, sizeof(number));
    frame = frame_take(&rig->pool, bytes, len);
    assert_non_null(frame);
    impair_push(&rig->impair, frame, now_ns);
}

static uint32_t number_of(const struct frame *frame)
{
    uint32_t number;

    memcpy(&number, frame->bytes, sizeof(number));
    return number;
}

/* Returns 1 and the next frame's number, or 0. */
static int rig_pop(struct rig *rig, uint64_t now_ns, uint32_t *number)
{
    struct frame *frame = impair_pop(&rig->impair, now_ns);

    if (!frame)
        return 0;
    *number = number_of(frame);
    frame_give(&rig->pool, frame);
    return 1;
}

/* Pushes FRAMES frames 10 us apart; sets a bit in got for each that comes out. Returns how many came. */
static uint32_t rig_stream(struct rig *rig, uint8_t *got)
{
    uint32_t came = 0, number;

    memset(got, 0, FRAMES);
    for (uint32_t i = 0; i < FRAMES; i++) {
        rig_push(rig, i, 100, (uint64_t)i * 10000);
        while (rig_pop(rig, (uint64_t)i * 10000, &number)) {
            got[number]++;
            came++;
        }
    }
    while (rig_pop(rig, UINT64_MAX / 2, &number))
        came += (got[number]++, 1);
    return came;
}

static void a_clean_wire_changes_nothing(void **state)
{
    static uint8_t got[FRAMES];
    struct rig rig;

    (void)state;
    rig_open(&rig, (struct wire_impairment){0});
    assert_int_equal(rig_stream(&rig, got), FRAMES);
    assert_true(rig.counters.lost == 0 && rig.counters.reordered == 0 &&
                rig.counters.corrupted == 0);
    assert_true(impair_deadline(&rig.impair) == UINT64_MAX);
    rig_close(&rig);
}

static void loses_as_often_as_it_was_told(void **state)
{
    static uint8_t got[FRAMES];
    struct rig rig;
    uint32_t came;

    (void)state;
    rig_open(&rig, (struct wire_impairment){.loss = 0.1, .seed = 1});
    came = rig_stream(&rig, got);
    assert_in_range(FRAMES - came, 1830, 2170); /* four standard deviations */
    assert_int_equal(rig.counters.lost, FRAMES - came);
    rig_close(&rig);
}

static void the_same_seed_loses_the_same_frames_whatever_else_is_set(void **state)
{
    static uint8_t first[FRAMES], second[FRAMES], other[FRAMES];
    struct rig rig;

    (void)state;
    rig_open(&rig, (struct wire_impairment){.loss = 0.1, .seed = 5});
    rig_stream(&rig, first);
    rig_close(&rig);
    rig_open(&rig,
             (struct wire_impairment){
                 .loss = 0.1, .seed = 5, .delay_ns = 3 * MS, .jitter_ns = MS, .reorder = 0.1});
    rig_stream(&rig, second);
    rig_close(&rig);
    assert_memory_equal(first, second, FRAMES);
    rig_open(&rig, (struct wire_impairment){.loss = 0.1, .seed = 6});
    rig_stream(&rig, other);
    rig_close(&rig);
    assert_memory_not_equal(first, other, FRAMES);
}

static void doubles_and_corrupts_as_often_as_it_was_told(void **state)
{
    static uint8_t got[FRAMES];
    struct rig rig;
    uint32_t came;

    (void)state;
    rig_open(&rig, (struct wire_impairment){.duplicate = 0.05, .corrupt = 0.02, .seed = 2});
    came = rig_stream(&rig, got);
    assert_int_equal(came, FRAMES + rig.counters.duplicated);
    assert_in_range(rig.counters.duplicated, 870, 1130);
    assert_in_range(rig.counters.corrupted, 320, 480);
    rig_close(&rig);
}

static void lets_the_next_frame_pass_one_that_is_reordered(void **state)
{
    struct rig rig;
    uint32_t number, came = 0, late = 0, highest = 0;

    (void)state;
    rig_open(&rig, (struct wire_impairment){.reorder = 0.1, .seed = 3});
    for (uint32_t i = 0; i < FRAMES; i++) {
        rig_push(&rig, i, 100, (uint64_t)i * 10000);
        while (rig_pop(&rig, (uint64_t)i * 10000, &number)) {
            came++;
            late += number < highest;
            highest = number > highest ? number : highest;
        }
    }
    assert_in_range(late, 1600, 2100);
    assert_int_equal(late, rig.counters.reordered);
    assert_true(came >= FRAMES - 1);
    rig_close(&rig);
}

static void a_reordered_frame_that_nobody_follows_comes_all_the_same(void **state)
{
    struct rig rig;
    uint32_t number;

    (void)state;
    rig_open(&rig, (struct wire_impairment){.reorder = 1});
    rig_push(&rig, 1, 100, 5 * MS);
    assert_false(rig_pop(&rig, 14 * MS, &number));
    assert_int_equal(impair_deadline(&rig.impair), 15 * MS);
    assert_true(rig_pop(&rig, 15 * MS, &number));
    assert_int_equal(rig.counters.reordered, 0);
    rig_close(&rig);
}

static void delays_within_the_jitter_and_keeps_the_order(void **state)
{
    struct rig rig;
    uint64_t least = UINT64_MAX, most = 0;
    uint32_t number;

    (void)state;
    rig_open(&rig, (struct wire_impairment){.delay_ns = 20 * MS, .jitter_ns = 5 * MS, .seed = 4});
    for (uint32_t i = 0; i < 1000; i++) {
        uint64_t sent_ns = (uint64_t)i * 100 * MS, due_ns;
        rig_push(&rig, i, 100, sent_ns);
        due_ns = impair_deadline(&rig.impair);
        assert_false(rig_pop(&rig, due_ns - 1, &number));
        assert_true(rig_pop(&rig, due_ns, &number));
        least = due_ns - sent_ns < least ? due_ns - sent_ns : least;
        most = due_ns - sent_ns > most ? due_ns - sent_ns : most;
    }
    assert_in_range(least, 15 * MS, 15.2 * MS);
    assert_in_range(most, 24.8 * MS, 25 * MS);
    for (uint32_t i = 0; i < 1000; i++)
        rig_push(&rig, i, 100, 200000u * (uint64_t)MS + i * 10000u);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_true(rig_pop(&rig, UINT64_MAX / 2, &number));
        assert_int_equal(number, i);
    }
    rig_close(&rig);
}

static void sends_at_its_rate_and_drops_what_its_queue_cannot_hold(void **state)
{
    struct rig rig;
    uint32_t number, came = 0;

    (void)state;
    rig_open(&rig, (struct wire_impairment){.rate_bps = 10000000, .queue_frames = 50});
    for (uint32_t i = 0; i < 80; i++)
        rig_push(&rig, i, 976, 0); /* 976 + 24 bytes: 800 us each */
    assert_int_equal(rig.counters.lost, 30);
    assert_int_equal(impair_deadline(&rig.impair), 800000);
    while (rig_pop(&rig, 8 * MS, &number))
        came++;
    assert_int_equal(came, 10);
    rig_push(&rig, 99, 976, 8 * MS); /* there is room again */
    assert_int_equal(rig.counters.lost, 30);
    while (rig_pop(&rig, 41 * MS, &number))
        came++;
    assert_int_equal(came, 51);
    assert_int_equal(number, 99);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_setting_with_its_units),
        cmocka_unit_test(refuses_what_it_does_not_know_and_quotes_it),
        cmocka_unit_test(cuts_a_long_text_in_its_message),
        cmocka_unit_test(a_clean_wire_changes_nothing),
        cmocka_unit_test(loses_as_often_as_it_was_told),
        cmocka_unit_test(the_same_seed_loses_the_same_frames_whatever_else_is_set),
        cmocka_unit_test(doubles_and_corrupts_as_often_as_it_was_told),
        cmocka_unit_test(lets_the_next_frame_pass_one_that_is_reordered),
        cmocka_unit_test(a_reordered_frame_that_nobody_follows_comes_all_the_same),
        cmocka_unit_test(delays_within_the_jitter_and_keeps_the_order),
        cmocka_unit_test(sends_at_its_rate_and_drops_what_its_queue_cannot_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
