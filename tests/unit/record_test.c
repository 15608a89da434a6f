/* Tests of driver/record.c: what is written parses, and nothing hostile gets through.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/record.h"

static void what_is_written_is_what_is_parsed(void **state)
{
    struct vnet_header vnet = {1, 4, 0x1234, 1460, 34, 16, 1};
    uint8_t bytes[128];
    struct record record;

    (void)state;
    for (uint32_t len = 14; len < 100; len++) {
        memset(bytes, 0xAA, sizeof bytes);
        record_write(bytes, &vnet, len);
        assert_int_equal(record_parse(bytes, sizeof bytes, 1514, &record), (long)record_bytes(len));
        assert_int_equal(record.length, len);
        assert_ptr_equal(record.frame, bytes + 16);
        assert_memory_equal(&record.vnet, &vnet, sizeof vnet);
        for (size_t i = 16 + len; i < record_bytes(len); i++)
            assert_int_equal(bytes[i], 0);
        assert_int_equal(bytes[record_bytes(len)], 0xAA);
    }
}

static void a_header_lies_in_the_bytes_as_the_contract_says(void **state)
{
    static const uint8_t expected[20] = {0x0f, 0, 0, 0xFE, 1, 2, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11};
    struct vnet_header vnet = {1, 2, 0x0304, 0x0506, 0x0708, 0x090a, 0x0b0c};
    uint8_t bytes[32];

    (void)state;
    memset(bytes, 0, sizeof bytes);
    record_write(bytes, &vnet, 15);
    assert_memory_equal(bytes, expected, 16);
}

static void refuses_a_length_that_lies(void **state)
{
    struct vnet_header vnet = {0};
    uint8_t bytes[80];
    struct record record;

    (void)state;
    memset(bytes, 0, sizeof bytes);
    record_write(bytes, &vnet, 60);
    for (size_t len = 0; len < 76; len++)
        assert_int_equal(record_parse(bytes, len, 1514, &record), -EBADMSG);
    assert_int_equal(record_parse(bytes, 76, 59, &record), -EBADMSG);
    bytes[0] = 13;
    assert_int_equal(record_parse(bytes, 76, 1514, &record), -EBADMSG);
    bytes[2] = 0xFF;
    assert_int_equal(record_parse(bytes, 76, RECORD_MAX_FRAME, &record), -EBADMSG);
}

static void refuses_a_record_without_its_mark(void **state)
{
    struct vnet_header vnet = {0};
    uint8_t bytes[32] = {0};
    struct record record;

    (void)state;
    record_write(bytes, &vnet, 16);
    bytes[3] = 0xFF;
    assert_int_equal(record_parse(bytes, sizeof bytes, 1514, &record), -EBADMSG);
}

static void takes_a_last_record_without_its_padding(void **state)
{
    struct vnet_header vnet = {0};
    uint8_t bytes[36];
    struct record record;

    (void)state;
    record_write(bytes, &vnet, 17);
    for (size_t len = 33; len <= 36; len++)
        assert_int_equal(record_parse(bytes, len, 1514, &record), (long)len);
}

static void random_bytes_never_yield_a_frame_outside_them(void **state)
{
    uint8_t bytes[64];
    struct record record;

    (void)state;
    srand(1);
    for (int round = 0; round < 200000; round++) {
        size_t len = (size_t)rand() % sizeof bytes;

        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)rand();
        bytes[1] = bytes[2] = 0;
        bytes[3] = 0xFE;
        if (record_parse(bytes, len, 1514, &record) > 0)
            assert_true(record.frame + record.length <= bytes + len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_what_is_parsed),
        cmocka_unit_test(a_header_lies_in_the_bytes_as_the_contract_says),
        cmocka_unit_test(refuses_a_length_that_lies),
        cmocka_unit_test(refuses_a_record_without_its_mark),
        cmocka_unit_test(takes_a_last_record_without_its_padding),
        cmocka_unit_test(random_bytes_never_yield_a_frame_outside_them),
    };

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
