/* Tests of driver/lan_batch.c: when received frames wait for company, and when not.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "driver/registers.h"
#include "tests/unit/lan_fake.h"

enum { FRAMES = 20 }; /* more than a quarter of what high speed carries in a millisecond */

static const uint64_t MS = 1000000, START = UINT64_C(1000000000000);

struct batched {
    struct fake fake;
    struct heard heard;
    struct lan *lan;
    uint64_t now_ns;
};

static void open_batched(struct batched *batched)
{
    batched->lan = open_lan(&batched->fake, &batched->heard);
    batched->now_ns = START;
    lan_poll(batched->lan, batched->now_ns, TIME_NEVER);
}

static void turn(struct batched *batched, uint64_t later_ns)
{
    batched->now_ns += later_ns;
    lan_poll(batched->lan, batched->now_ns, TIME_NEVER);
    lan_poll(batched->lan, batched->now_ns, TIME_NEVER); /* answers what the first has begun */
}

static void send_frames(struct batched *batched, int count)
{
    const struct vnet_header plain = {0};

    for (int i = 0; i < count; i++) {
        assert_non_null(lan_reserve(batched->lan, 1514));
        lan_commit(batched->lan, &plain, 1514);
        lan_flush(batched->lan, batched->now_ns);
        end(&batched->fake, find(&batched->fake, 0x01), 0);
    }
}

static uint32_t batch_us(const struct batched *batched)
{
    return batched->fake.registers[REG_BATCH_TIME / 4];
}

static void frames_wait_while_the_bus_is_kept_busy_and_for_a_millisecond_more(void **state)
{
    struct batched batched;

    (void)state;
    open_batched(&batched);
    assert_int_equal(batch_us(&batched), 0);
    assert_true(lan_deadline(batched.lan) == TIME_NEVER);
    for (int i = 0; i < 3; i++) {
        send_frames(&batched, FRAMES);
        turn(&batched, MS / 2);
        assert_int_equal(batch_us(&batched), 200);
    }
    assert_true(lan_deadline(batched.lan) == batched.now_ns + MS / 2);
    turn(&batched, MS / 2 - 1);
    assert_int_equal(batch_us(&batched), 200);
    turn(&batched, 1);
    assert_int_equal(batch_us(&batched), 0);
    assert_true(lan_deadline(batched.lan) == TIME_NEVER);
    lan_close(batched.lan);
}

static void a_little_to_send_makes_no_answer_wait(void **state)
{
    struct batched batched;

    (void)state;
    open_batched(&batched);
    for (int i = 0; i < 100; i++) {
        send_frames(&batched, 2);
        turn(&batched, MS);
        assert_int_equal(batch_us(&batched), 0);
    }
    assert_int_equal(batched.fake.control_count, 0);
    lan_close(batched.lan);
}

static void a_time_that_was_asked_for_stays(void **state)
{
    const uint32_t asked[] = {70, LAN_BATCH_NEVER}, held[] = {70, 0};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct batched batched = {.now_ns = START};
        struct lan_config config = {.batch_us = asked[i]};
        char error[200];

        fake_init(&batched.fake);
        assert_int_equal(lan_open(&batched.lan, &batched.fake.transport, &config,
                                  &(struct lan_handler){0}, wall, error, sizeof error),
                         0);
        assert_int_equal(batch_us(&batched), held[i]);
        send_frames(&batched, FRAMES);
        turn(&batched, 0);
        assert_int_equal(batch_us(&batched), held[i]);
        assert_true(lan_deadline(batched.lan) == TIME_NEVER);
        turn(&batched, 5 * MS);
        assert_int_equal(batch_us(&batched), held[i]);
        lan_close(batched.lan);
    }
}

static void only_one_write_is_under_way_and_the_last_word_is_written(void **state)
{
    struct batched batched;

    (void)state;
    open_batched(&batched);
    batched.fake.mute = true;
    send_frames(&batched, FRAMES);
    turn(&batched, 0);
    turn(&batched, 5 * MS);
    assert_int_equal(batched.fake.control_count, 1);
    assert_true(lan_deadline(batched.lan) == TIME_NEVER); /* nothing to do before the answer */
    batched.fake.mute = false;
    turn(&batched, 0);
    turn(&batched, 0);
    assert_int_equal(batch_us(&batched), 0);
    assert_int_equal(batched.fake.control_count, 0);
    lan_close(batched.lan);
}

static void
a_write_that_fails_is_repeated_and_a_board_that_refuses_for_good_is_given_up(void **state)
{
    struct batched batched;

    (void)state;
    open_batched(&batched);
    batched.fake.control_status = -EPROTO;
    send_frames(&batched, FRAMES);
    turn(&batched, 0);
    batched.fake.control_status = 0;
    turn(&batched, 0);
    assert_int_equal(batch_us(&batched), 200);
    assert_true(lan_counters(batched.lan)->transfer_errors > 0);
    assert_int_equal(batched.heard.gone, 0);
    batched.fake.control_status = -EPIPE;
    for (int i = 0; i < 100; i++)
        turn(&batched, 20 * MS);
    assert_int_equal(batched.heard.gone, 1);
    assert_int_equal(batched.heard.gone_error, -EPROTO);
    lan_close(batched.lan);
}

static void a_full_speed_bus_that_is_kept_busy_makes_frames_wait_longer(void **state)
{
    struct batched batched;

    (void)state;
    open_batched(&batched);
    batched.fake.transport.speed = SPEED_FULL;
    for (int i = 0; i < 3; i++) { /* a frame in 2 ms is half of what that bus carries */
        send_frames(&batched, 1);
        turn(&batched, 2 * MS);
    }
    assert_int_equal(batch_us(&batched), 3000);
    turn(&batched, 8 * MS);
    assert_int_equal(batch_us(&batched), 0);
    send_frames(&batched, 1);
    turn(&batched, 0);
    assert_int_equal(batch_us(&batched), 0);
    lan_close(batched.lan);
}

static void closing_takes_back_a_write_that_nobody_answers(void **state)
{
    struct batched batched;

    (void)state;
    open_batched(&batched);
    batched.fake.mute = true;
    send_frames(&batched, FRAMES);
    turn(&batched, 0);
    assert_int_equal(batched.fake.control_count, 1);
    lan_close(batched.lan);
    assert_int_equal(batched.fake.control_count, 0);
    assert_int_equal(batched.fake.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_wait_while_the_bus_is_kept_busy_and_for_a_millisecond_more),
        cmocka_unit_test(a_little_to_send_makes_no_answer_wait),
        cmocka_unit_test(a_time_that_was_asked_for_stays),
        cmocka_unit_test(only_one_write_is_under_way_and_the_last_word_is_written),
        cmocka_unit_test(
            a_write_that_fails_is_repeated_and_a_board_that_refuses_for_good_is_given_up),
        cmocka_unit_test(a_full_speed_bus_that_is_kept_busy_makes_frames_wait_longer),
        cmocka_unit_test(closing_takes_back_a_write_that_nobody_answers),
    };

    return cmocka_run_group_tests_name("lan_batch", tests, NULL, NULL);
}
