/* Tests of driver/lan_receive.c: the records of a transfer become frames.
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

#include "tests/unit/lan_fake.h"

static void receive(struct fake *fake, const uint8_t *bytes, size_t len)
{
    int at = find(fake, 0x81);

    memcpy(fake->pending[at]->data, bytes, len);
    fake->pending[at]->actual = (uint32_t)len;
    end(fake, at, 0);
}

static void each_record_of_a_transfer_is_delivered_and_a_bad_one_ends_it(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);
    struct vnet_header vnet = {.num_buffers = 1};
    uint8_t bytes[240];

    (void)state;
    memset(bytes, 7, sizeof bytes);
    for (int i = 0; i < 3; i++)
        record_write(bytes + 80 * i, &vnet, 61);
    receive(&fake, bytes, sizeof bytes);
    assert_int_equal(heard.frames, 3);
    assert_int_equal(heard.last_len, 61);
    assert_string_equal(heard.told, "usb: bulk IN: 240 bytes, 3 records");
    bytes[80 + 3] = 0;
    receive(&fake, bytes, sizeof bytes);
    assert_string_equal(heard.told, "usb: bulk IN: 240 bytes, 1 record and a bad one");
    assert_int_equal(heard.frames, 4);
    assert_int_equal(lan_counters(lan)->rx_bad_records, 1);
    receive(&fake, bytes, 0);
    assert_int_equal(heard.frames, 4);
    assert_true(find(&fake, 0x81) >= 0);
    lan_close(lan);
}

static void the_frames_of_a_transfer_come_in_a_batch_of_their_own(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);
    struct vnet_header vnet = {.num_buffers = 1};
    uint8_t bytes[160] = {0};

    (void)state;
    for (int i = 0; i < 2; i++)
        record_write(bytes + 80 * i, &vnet, 61);
    receive(&fake, bytes, sizeof bytes);
    receive(&fake, bytes, 80);
    assert_string_equal(heard.order, "(ff)(f)");
    bytes[80 + 3] = 0; /* a bad record ends it; a transfer that failed has none */
    receive(&fake, bytes, sizeof bytes);
    end(&fake, find(&fake, 0x81), -EPIPE);
    assert_string_equal(heard.order, "(ff)(f)(f)");
    lan_close(lan);
}

static void frames_come_without_batches_to_a_handler_that_wants_none(void **state)
{
    struct fake fake;
    struct heard heard = {.no_batch = true};
    struct lan *lan = NULL;
    struct vnet_header vnet = {.num_buffers = 1};
    uint8_t bytes[80] = {0};
    char error[200];

    (void)state;
    fake_init(&fake);
    assert_int_equal(try_open(&fake, &heard, &lan, error), 0);
    record_write(bytes, &vnet, 61);
    receive(&fake, bytes, sizeof bytes);
    assert_string_equal(heard.order, "f");
    lan_close(lan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_record_of_a_transfer_is_delivered_and_a_bad_one_ends_it),
        cmocka_unit_test(the_frames_of_a_transfer_come_in_a_batch_of_their_own),
        cmocka_unit_test(frames_come_without_batches_to_a_handler_that_wants_none),
    };
    return cmocka_run_group_tests_name("lan_receive", tests, NULL, NULL);
}
