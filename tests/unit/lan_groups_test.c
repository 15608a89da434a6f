/* Tests of driver/lan_groups.c: which groups the board is told to receive, and how.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/registers.h"
#include "tests/unit/lan_fake.h"

static const uint64_t MS = 1000000, START = UINT64_C(1000000000000);

/* By zlib's CRC-32 of the address: its lowest six bits, complemented and mirrored. */
static const uint8_t GROUPS[][6] = {{0x33, 0x33, 0, 0, 0, 1},             /* bucket 62 */
                                    {0x33, 0x33, 0xff, 0, 0, 1},          /* 29 */
                                    {0x33, 0x33, 0xff, 0x12, 0x34, 0xab}, /* 35 */
                                    {0x01, 0, 0x5e, 0, 0, 1}};            /* 31 */

struct listener {
    struct fake fake;
    struct heard heard;
    struct lan *lan;
    uint64_t now_ns;
};

static void open_listener(struct listener *listener, uint32_t features)
{
    char error[200] = "";

    fake_init(&listener->fake);
    listener->heard = (struct heard){0};
    listener->fake.registers[REG_FEATURES / 4] = features;
    assert_int_equal(try_open(&listener->fake, &listener->heard, &listener->lan, error), 0);
    listener->now_ns = START;
    lan_poll(listener->lan, listener->now_ns, TIME_NEVER);
}

static void turn(struct listener *listener, uint64_t later_ns)
{
    listener->now_ns += later_ns;
    for (int i = 0; i < 3; i++) /* answers what the one before has begun */
        lan_poll(listener->lan, listener->now_ns, TIME_NEVER);
}

static uint64_t buckets(const struct listener *listener)
{
    const uint32_t *registers = listener->fake.registers;

    return registers[REG_HASH_LOW / 4] | (uint64_t)registers[REG_HASH_HIGH / 4] << 32;
}

static uint32_t control(const struct listener *listener)
{
    return listener->fake.registers[REG_CONTROL / 4];
}

static void sets_the_buckets_of_the_groups_that_are_wanted_and_no_others(void **state)
{
    struct listener it;

    (void)state;
    open_listener(&it, REG_FEATURES_MULTICAST_HASH);
    lan_listen(it.lan, GROUPS, 4);
    turn(&it, MS);
    assert_true(buckets(&it) ==
                (UINT64_C(1) << 62 | UINT64_C(1) << 29 | UINT64_C(1) << 35 | UINT64_C(1) << 31));
    lan_listen(it.lan, GROUPS + 1, 1);
    turn(&it, MS);
    assert_true(buckets(&it) == UINT64_C(1) << 29);
    lan_listen(it.lan, NULL, 0);
    turn(&it, MS);
    assert_true(buckets(&it) == 0);
    assert_int_equal(control(&it), REG_CONTROL_ENABLE);
    assert_true(lan_deadline(it.lan) == TIME_NEVER);
    lan_close(it.lan);
}

static void receives_all_groups_from_a_board_without_the_filter_while_one_is_wanted(void **state)
{
    struct listener it;

    (void)state;
    open_listener(&it, REG_FEATURES_CSUM_RECEIVE);
    assert_int_equal(control(&it), REG_CONTROL_ENABLE);
    lan_listen(it.lan, GROUPS, 2);
    turn(&it, MS);
    assert_int_equal(control(&it), REG_CONTROL_ENABLE | REG_CONTROL_ALL_MULTICAST);
    assert_string_equal(it.heard.told,
                        "driver: the adapter has no filter for groups: it receives all of them");
    lan_listen(it.lan, NULL, 0);
    turn(&it, MS);
    assert_int_equal(control(&it), REG_CONTROL_ENABLE);
    assert_true(buckets(&it) == 0);
    lan_close(it.lan);
}

/* The board gets one list at a time, and in the end the newest. */
static void a_list_that_comes_while_another_is_written_follows_it(void **state)
{
    struct listener it;

    (void)state;
    open_listener(&it, REG_FEATURES_MULTICAST_HASH);
    it.fake.mute = true;
    lan_listen(it.lan, GROUPS, 1);
    lan_listen(it.lan, GROUPS, 2);
    lan_listen(it.lan, GROUPS + 3, 1);
    assert_int_equal(it.fake.control_count, 1);
    it.fake.mute = false;
    turn(&it, MS);
    assert_true(buckets(&it) == UINT64_C(1) << 31);
    lan_close(it.lan);
}

static void does_not_write_what_the_board_has(void **state)
{
    struct listener it;

    (void)state;
    open_listener(&it, REG_FEATURES_MULTICAST_HASH);
    lan_listen(it.lan, GROUPS, 2);
    turn(&it, MS);
    lan_listen(it.lan, GROUPS, 2);
    assert_int_equal(it.fake.control_count, 0);
    lan_close(it.lan);
}

static void writes_again_what_was_lost_on_the_bus(void **state)
{
    struct listener it;

    (void)state;
    open_listener(&it, REG_FEATURES_MULTICAST_HASH);
    it.fake.control_failures = 3;
    lan_listen(it.lan, GROUPS, 1);
    turn(&it, 0);
    assert_true(buckets(&it) == 0);
    for (int i = 0; i < 8 && lan_deadline(it.lan) != TIME_NEVER; i++)
        turn(&it, lan_deadline(it.lan) - it.now_ns);
    assert_true(buckets(&it) == UINT64_C(1) << 62);
    assert_int_equal(lan_counters(it.lan)->transfer_errors, 3);
    lan_close(it.lan);
}

static void writes_again_what_somebody_else_took_back(void **state)
{
    struct listener it;

    (void)state;
    open_listener(&it, REG_FEATURES_MULTICAST_HASH);
    it.fake.control_status =
        -ECANCELED; /* as a server of USB/IP says, where it ended the request */
    lan_listen(it.lan, GROUPS, 1);
    turn(&it, 0);
    it.fake.control_status = 0;
    for (int i = 0; i < 8 && lan_deadline(it.lan) != TIME_NEVER; i++)
        turn(&it, lan_deadline(it.lan) - it.now_ns);
    assert_true(buckets(&it) == UINT64_C(1) << 62);
    lan_close(it.lan);
}

static void a_board_that_never_takes_the_list_counts_as_broken(void **state)
{
    struct listener it;

    (void)state;
    open_listener(&it, REG_FEATURES_MULTICAST_HASH);
    it.fake.control_status = -EPROTO;
    lan_listen(it.lan, GROUPS, 1);
    for (int i = 0; i < 30 && !it.heard.gone; i++)
        turn(&it, 64 * MS);
    assert_int_equal(it.heard.gone, 1);
    assert_int_equal(it.heard.gone_error, -EPROTO);
    assert_true(lan_deadline(it.lan) == TIME_NEVER);
    lan_close(it.lan);
}

static void takes_a_list_for_a_board_that_is_gone(void **state)
{
    struct listener it;

    (void)state;
    open_listener(&it, REG_FEATURES_MULTICAST_HASH);
    it.fake.unplugged = true;
    lan_listen(it.lan, GROUPS, 1);
    lan_listen(it.lan, GROUPS, 2);
    assert_int_equal(it.heard.gone, 1);
    assert_int_equal(it.heard.gone_error, -ENODEV);
    lan_close(it.lan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_the_buckets_of_the_groups_that_are_wanted_and_no_others),
        cmocka_unit_test(receives_all_groups_from_a_board_without_the_filter_while_one_is_wanted),
        cmocka_unit_test(a_list_that_comes_while_another_is_written_follows_it),
        cmocka_unit_test(does_not_write_what_the_board_has),
        cmocka_unit_test(writes_again_what_was_lost_on_the_bus),
        cmocka_unit_test(writes_again_what_somebody_else_took_back),
        cmocka_unit_test(a_board_that_never_takes_the_list_counts_as_broken),
        cmocka_unit_test(takes_a_list_for_a_board_that_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
