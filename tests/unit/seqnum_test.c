/* Sequence numbers: the order on the circle.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "host/stack/seqnum.h"

static void orders_numbers_on_both_sides_of_the_wrap(void **state)
{
    (void)state;
    assert_true(seq_lt(0xffffffff, 0));
    assert_true(seq_gt(5, 0xfffffff0));
    assert_false(seq_lt(5, 0xfffffff0));
    assert_true(seq_lt(0x7fffffff, 0x80000000));
    assert_true(seq_leq(7, 7));
    assert_true(seq_geq(7, 7));
    assert_false(seq_lt(7, 7));
    assert_false(seq_gt(7, 7));
}

static void takes_the_later_and_the_earlier_one(void **state)
{
    (void)state;
    assert_int_equal(seq_max(0xfffffffe, 3), 3);
    assert_int_equal(seq_min(0xfffffffe, 3), 0xfffffffe);
}

static void knows_what_lies_in_a_window_across_the_wrap(void **state)
{
    (void)state;
    assert_true(seq_within(0xfffffff0, 0xfffffff0, 32));
    assert_true(seq_within(15, 0xfffffff0, 32));
    assert_false(seq_within(16, 0xfffffff0, 32));
    assert_false(seq_within(0xffffffef, 0xfffffff0, 32));
    assert_false(seq_within(1, 1, 0));
}

/* Any two numbers less than 2^31 apart are ordered, and both orders agree. */
static void agrees_with_itself_for_many_numbers(void **state)
{
    uint32_t a = 1;
    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint32_t step = (a = a * 1664525 + 1013904223) >> 1, b = a + step;
        assert_int_equal(seq_lt(a, b), step != 0);
        assert_int_equal(seq_gt(b, a), step != 0);
        assert_true(seq_leq(a, b));
        assert_true(seq_geq(b, a));
        assert_int_equal(seq_max(a, b), b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_numbers_on_both_sides_of_the_wrap),
        cmocka_unit_test(takes_the_later_and_the_earlier_one),
        cmocka_unit_test(knows_what_lies_in_a_window_across_the_wrap),
        cmocka_unit_test(agrees_with_itself_for_many_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
