/* Tests of what the driver does about transfers that fail.
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

static void turn(struct lan *lan, struct fake *fake, uint64_t ns)
{
    lan_poll(lan, fake->transport.now_ns + ns, TIME_NEVER);
}

static void receive(struct fake *fake, uint32_t len)
{
    struct vnet_header vnet = {.num_buffers = 1};
    int index = find(fake, 0x81);

    assert_true(index >= 0);
    record_write(fake->pending[index]->data, &vnet, len - RECORD_HEADER_BYTES);
    fake->pending[index]->actual = len;
    end(fake, index, 0);
}

static void send(struct lan *lan, size_t len)
{
    struct vnet_header vnet = {0};

    assert_non_null(lan_reserve(lan, len));
    lan_commit(lan, &vnet, len);
}

static void drops_what_may_have_no_beginning_up_to_a_short_packet(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    end(&fake, find(&fake, 0x81), -EPROTO);
    assert_int_equal(find(&fake, 0x81), -1);
    turn(lan, &fake, 0);
    turn(lan, &fake, 0);
    assert_int_equal(fake.clears, 1);
    receive(&fake, 4096); /* the request is full: the transfer goes on */
    receive(&fake, 80);   /* its end */
    assert_int_equal(heard.frames, 0);
    receive(&fake, 80);
    assert_int_equal(heard.frames, 1);
    assert_int_equal(lan_counters(lan)->rx_discarded, 2);
    assert_int_equal(lan_counters(lan)->transfer_errors, 1);
    assert_int_equal(lan_counters(lan)->recoveries, 1);
    lan_close(lan);
}

static void drops_what_comes_while_it_calls_transfers_back(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    fake.keeps = true; /* what is cancelled stays in flight */
    end(&fake, find(&fake, 0x81), -EPROTO);
    turn(lan, &fake, 0);
    assert_int_equal(fake.clears, 0);
    receive(&fake, 80);
    assert_int_equal(heard.frames, 0);
    turn(lan, &fake, 0);
    turn(lan, &fake, 0);
    assert_int_equal(fake.clears, 1);
    fake.keeps = false;
    lan_close(lan);
}

static void ends_a_transfer_that_was_cut_off_before_the_next(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    send(lan, 1000);
    lan_flush(lan, 0);
    send(lan, 1000); /* is being filled when the first one fails */
    end(&fake, find(&fake, 0x01), -EPROTO);
    assert_int_equal(heard.sent, 1);
    lan_flush(lan, 0);
    assert_int_equal(find(&fake, 0x01), -1);
    assert_null(lan_reserve(lan, 60));
    turn(lan, &fake, 0);
    turn(lan, &fake, 0);
    assert_int_equal(fake.clears, 1);
    assert_int_equal(fake.pending[find(&fake, 0x01)]->length, 0);
    end(&fake, find(&fake, 0x01), 0);
    assert_int_equal(heard.rooms, 1);
    assert_int_equal(fake.pending[find(&fake, 0x01)]->length, record_bytes(1000));
    end(&fake, find(&fake, 0x01), 0);
    assert_int_equal(heard.sent, 2);
    assert_int_equal(find(&fake, 0x01), -1); /* nothing goes twice */
    assert_int_equal(lan_counters(lan)->tx_lost, 1);
    lan_close(lan);
}

static void clears_again_where_clearing_fails_and_waits_longer_each_time(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    turn(lan, &fake, 5000000000);
    fake.control_status = -EPROTO;
    end(&fake, find(&fake, 0x82), -EPIPE);
    turn(lan, &fake, 0);
    turn(lan, &fake, 0); /* fails */
    assert_int_equal(lan_deadline(lan), fake.transport.now_ns + 1000000);
    turn(lan, &fake, 999999);
    assert_int_equal(fake.control_count, 0);
    turn(lan, &fake, 1);
    turn(lan, &fake, 0); /* fails again */
    assert_int_equal(lan_deadline(lan), fake.transport.now_ns + 2000000);
    fake.control_status = 0;
    turn(lan, &fake, 2000000);
    turn(lan, &fake, 0);
    assert_int_equal(fake.clears, 1);
    assert_true(find(&fake, 0x82) >= 0);
    assert_int_equal(heard.gone, 0);
    lan_close(lan);
}

static void errors_that_are_far_apart_do_not_add_up(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    for (int i = 0; i < 30; i++) {
        turn(lan, &fake, 2000000000);
        end(&fake, find(&fake, 0x81), -EPROTO);
        turn(lan, &fake, 0);
        turn(lan, &fake, 0);
    }
    assert_int_equal(heard.gone, 0);
    assert_int_equal(lan_counters(lan)->recoveries, 30);
    lan_close(lan);
}

static void asks_for_a_register_again(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);
    uint32_t value = 0;

    (void)state;
    fake.control_failures = 2;
    assert_int_equal(lan_register_read(lan, REG_ID, &value), 0);
    assert_int_equal(value, REG_ID_VALUE);
    fake.control_failures = 3;
    assert_int_equal(lan_register_read(lan, REG_ID, &value), -EPROTO);
    lan_close(lan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drops_what_may_have_no_beginning_up_to_a_short_packet),
        cmocka_unit_test(drops_what_comes_while_it_calls_transfers_back),
        cmocka_unit_test(ends_a_transfer_that_was_cut_off_before_the_next),
        cmocka_unit_test(clears_again_where_clearing_fails_and_waits_longer_each_time),
        cmocka_unit_test(errors_that_are_far_apart_do_not_add_up),
        cmocka_unit_test(asks_for_a_register_again),
    };
    return cmocka_run_group_tests_name("lan_recover", tests, NULL, NULL);
}
