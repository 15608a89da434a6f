/* Tests of driver/lan*.c over a transport whose every answer the test decides.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "driver/registers.h"
#include "tests/unit/lan_fake.h"

static void bring_up_sets_the_board_and_starts_to_receive(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    assert_int_equal(fake.registers[REG_CONTROL / 4], REG_CONTROL_ENABLE);
    assert_int_equal(fake.registers[REG_MAC_LOW / 4], 0x03020102);
    assert_int_equal(fake.registers[REG_MAC_HIGH / 4], 0x0504);
    assert_int_equal(fake.registers[REG_BATCH_BYTES / 4], 4096);
    assert_int_equal(fake.count, 3);
    assert_int_equal(heard.links, 1);
    assert_int_equal(lan_status(lan)->speed_mbps, 1000);
    lan_close(lan);
    assert_int_equal(fake.count, 0);
    assert_int_equal(fake.registers[REG_CONTROL / 4], 0);
}

static void refuses_gateware_of_another_version_and_says_what_to_do(void **state)
{
    struct fake fake;
    struct heard heard = {0};
    struct lan *lan;
    char error[200] = "";

    (void)state;
    fake_init(&fake);
    fake.registers[REG_VERSION / 4] = 7 << 16 | 3;
    assert_int_equal(try_open(&fake, &heard, &lan, error), -EPROTONOSUPPORT);
    assert_non_null(strstr(error, "gateware 7.3"));
    assert_non_null(strstr(error, "flash"));
    fake_init(&fake);
    fake.registers[0] = 0xdeadbeef;
    assert_int_equal(try_open(&fake, &heard, &lan, error), -EPROTONOSUPPORT);
    assert_non_null(strstr(error, "0xdeadbeef"));
}

static void gives_up_on_a_board_that_never_answers(void **state)
{
    struct fake fake;
    struct heard heard = {0};
    struct lan *lan;
    char error[200] = "";

    (void)state;
    fake_init(&fake);
    fake.mute = true;
    assert_int_equal(try_open(&fake, &heard, &lan, error), -ETIMEDOUT);
}

static void frames_go_back_to_back_into_one_transfer(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);
    struct vnet_header vnet = {0};
    struct record record;
    int at;

    (void)state;
    for (uint8_t i = 0; i < 3; i++) {
        uint8_t *place = lan_reserve(lan, 1514);

        assert_non_null(place);
        memset(place, i, 61);
        lan_commit(lan, &vnet, 61);
    }
    assert_int_equal(find(&fake, 0x01), -1);
    lan_flush(lan, 0);
    at = find(&fake, 0x01);
    assert_true(at >= 0);
    assert_int_equal(fake.pending[at]->length, 3 * 80);
    assert_string_equal(heard.told, "usb: bulk OUT: 240 bytes, 3 records");
    assert_true(fake.pending[at]->zero_packet);
    for (uint8_t i = 0; i < 3; i++) {
        assert_int_equal(record_parse(fake.pending[at]->data + 80 * i, 80, 1514, &record), 80);
        assert_int_equal(record.frame[60], i);
    }
    lan_close(lan);
}

static void says_when_there_is_room_again(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);
    struct vnet_header vnet = {0};
    int sent = 0;

    (void)state;
    while (lan_reserve(lan, 1514)) {
        lan_commit(lan, &vnet, 1514);
        assert_true(++sent < 10);
    }
    assert_int_equal(sent, 4); /* two transfers of two frames */
    assert_int_equal(heard.rooms, 0);
    end(&fake, find(&fake, 0x01), 0);
    assert_int_equal(heard.rooms, 1);
    assert_non_null(lan_reserve(lan, 1514));
    lan_close(lan);
}

static void tells_which_records_have_left_and_bounds_what_waits(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);
    struct vnet_header vnet = {0};
    size_t free_room = lan_room(lan);

    (void)state;
    assert_int_equal(free_room, 2 * 53248); /* 2 ms of a high-speed bus */
    for (uint64_t i = 1; i <= 2; i++) {
        assert_non_null(lan_reserve(lan, 1514));
        assert_int_equal(lan_commit(lan, &vnet, 1514), i);
    }
    assert_int_equal(lan_commit(lan, &vnet, 1514), 0); /* nothing was reserved */
    assert_int_equal(lan_room(lan), 4096 - 2 * 1532);  /* the last free transfer is for others */
    lan_flush(lan, 0);
    assert_int_equal(lan_room(lan), 0);
    assert_non_null(lan_reserve(lan, 64));
    assert_int_equal(lan_commit(lan, &vnet, 64), 3);
    assert_int_equal(heard.sent, 0);
    end(&fake, find(&fake, 0x01), 0);
    assert_int_equal(heard.sent, 2);
    assert_int_equal(lan_room(lan), 4096 - 80);
    lan_flush(lan, 0);
    end(&fake, find(&fake, 0x01), -EPROTO);
    assert_int_equal(heard.sent, 3); /* lost, but it waits no more */
    assert_int_equal(lan_room(lan), free_room);
    lan_close(lan);
}

static void what_may_wait_follows_the_slower_of_bus_and_link(void **state)
{
    const struct {
        enum transport_speed bus;
        uint32_t link; /* STATUS' speed */
        size_t room;
    } cases[] = {{SPEED_HIGH, 2, 106496},
                 {SPEED_HIGH, 1, 25000},
                 {SPEED_HIGH, 0, 3064},
                 {SPEED_FULL, 2, 3064},
                 {SPEED_FULL, 1, 3064}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fake fake;
        struct heard heard = {0};
        struct lan *lan = NULL;
        char error[200] = "";

        fake_init(&fake);
        fake.transport.speed = cases[i].bus;
        fake.registers[REG_STATUS / 4] =
            REG_STATUS_LINK | cases[i].link << REG_STATUS_SPEED_SHIFT | REG_STATUS_FULL_DUPLEX;
        assert_int_equal(try_open(&fake, &heard, &lan, error), 0);
        assert_int_equal(lan_room(lan), cases[i].room);
        lan_close(lan);
    }
}

static void a_transfer_takes_the_longest_record_that_the_board_does(void **state)
{
    struct fake fake;
    struct heard heard = {0};
    struct lan_config config = {.features_off = REG_FEATURES_TSO4};
    struct lan_handler handler = {.user = &heard};
    struct vnet_header vnet = {0};
    struct lan *lan = NULL;
    char error[200] = "";

    (void)state;
    fake_init(&fake);
    fake.registers[REG_LIMITS / 4] = RECORD_MAX_FRAME;
    fake.registers[REG_FEATURES / 4] = REG_FEATURES_CSUM_SEND | REG_FEATURES_TSO4;
    handler.frame = NULL;
    assert_int_equal(lan_open(&lan, &fake.transport, &config, &handler, wall, error, 200), 0);
    assert_int_equal(lan_info(lan)->features, REG_FEATURES_CSUM_SEND);
    assert_non_null(lan_reserve(lan, RECORD_MAX_FRAME));
    lan_commit(lan, &vnet, RECORD_MAX_FRAME);
    lan_flush(lan, 0);
    assert_int_equal(fake.pending[find(&fake, 0x01)]->length, record_bytes(RECORD_MAX_FRAME));
    assert_null(lan_reserve(lan, RECORD_MAX_FRAME + 1));
    lan_close(lan);
}

static void a_stalled_endpoint_is_cleared_and_goes_on(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    end(&fake, find(&fake, 0x81), -EPIPE);
    assert_int_equal(find(&fake, 0x81), -1); /* the other one was called back */
    lan_poll(lan, wall(), TIME_NEVER);
    lan_poll(lan, wall(), TIME_NEVER);
    assert_int_equal(fake.clears, 1);
    assert_int_equal(fake.count, 3);
    assert_int_equal(lan_counters(lan)->stalls, 1);
    assert_int_equal(heard.gone, 0);
    lan_close(lan);
}

static void closing_does_not_wait_for_an_answer_that_never_comes(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    fake.mute = true;
    end(&fake, find(&fake, 0x81), -EPIPE); /* its halt is being cleared */
    lan_poll(lan, wall(), TIME_NEVER);
    assert_int_equal(fake.control_count, 1);
    end(&fake, find(&fake, 0x82), -ENODEV);
    assert_int_equal(heard.gone, 1);
    lan_close(lan);
    assert_int_equal(fake.control_count, 0);
}

static void a_board_that_only_fails_is_given_up_once(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    for (int i = 0; i < 100; i++) {
        if (find(&fake, 0x81) >= 0)
            end(&fake, find(&fake, 0x81), -EPROTO);
        lan_poll(lan, wall(), TIME_NEVER);
    }
    assert_int_equal(heard.gone, 1);
    assert_int_equal(heard.gone_error, -EPROTO);
    lan_close(lan);
}

static void an_unplugged_board_is_reported_once_and_takes_nothing_more(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    fake.unplugged = true;
    while (fake.count)
        end(&fake, 0, -ENODEV);
    assert_int_equal(heard.gone, 1);
    assert_int_equal(heard.gone_error, -ENODEV);
    assert_null(lan_reserve(lan, 60));
    lan_close(lan);
}

static void the_interrupt_endpoint_tells_of_the_link(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);
    int at = find(&fake, 0x82);

    (void)state;
    memset(fake.pending[at]->data, 0, 8);
    fake.pending[at]->actual = 8;
    end(&fake, at, 0);
    assert_int_equal(heard.links, 2);
    assert_false(lan_status(lan)->link);
    assert_true(find(&fake, 0x82) >= 0);
    lan_close(lan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bring_up_sets_the_board_and_starts_to_receive),
        cmocka_unit_test(refuses_gateware_of_another_version_and_says_what_to_do),
        cmocka_unit_test(gives_up_on_a_board_that_never_answers),
        cmocka_unit_test(frames_go_back_to_back_into_one_transfer),
        cmocka_unit_test(says_when_there_is_room_again),
        cmocka_unit_test(tells_which_records_have_left_and_bounds_what_waits),
        cmocka_unit_test(what_may_wait_follows_the_slower_of_bus_and_link),
        cmocka_unit_test(a_transfer_takes_the_longest_record_that_the_board_does),
        cmocka_unit_test(a_stalled_endpoint_is_cleared_and_goes_on),
        cmocka_unit_test(closing_does_not_wait_for_an_answer_that_never_comes),
        cmocka_unit_test(a_board_that_only_fails_is_given_up_once),
        cmocka_unit_test(an_unplugged_board_is_reported_once_and_takes_nothing_more),
        cmocka_unit_test(the_interrupt_endpoint_tells_of_the_link),
    };

    return cmocka_run_group_tests_name("lan", tests, NULL, NULL);
}
