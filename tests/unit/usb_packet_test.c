/* Tests sim/bus/packet.c against packets seen on real buses.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/bus/packet.h"

static void builds_tokens_as_on_the_bus(void **state)
{
    (void)state;
    uint8_t out[MAX_PACKET];
    assert_int_equal(packet_token(out, PID_SOF, 0x001), 3);
    assert_memory_equal(out, "\xA5\x01\xE8", 3);
    packet_token(out, PID_SETUP, 0);
    assert_memory_equal(out, "\x2D\x00\x10", 3);
    packet_token(out, PID_IN, 3 | 1 << 7); /* address 3, endpoint 1 */
    assert_memory_equal(out, "\x69\x83\xE0", 3);
}

static void builds_data_as_on_the_bus(void **state)
{
    (void)state;
    uint8_t out[MAX_PACKET];
    assert_int_equal(
        packet_data(out, PID_DATA0, (const uint8_t *)"\x80\x06\x00\x01\x00\x00\x40\x00", 8), 11);
    assert_memory_equal(out, "\xC3\x80\x06\x00\x01\x00\x00\x40\x00\xDD\x94", 11);
    assert_int_equal(packet_data(out, PID_DATA1, NULL, 0), 3);
    assert_memory_equal(out, "\x4B\x00\x00", 3);
}

static void refuses_damaged_packets(void **state)
{
    (void)state;
    uint8_t out[MAX_PACKET];
    size_t len = packet_data(out, PID_DATA1, (const uint8_t *)"hello", 5);
    assert_true(packet_data_good(out, len));
    assert_int_equal(packet_pid(out, len), PID_DATA1);
    for (size_t bit = 8; bit < len * 8; bit++) {
        out[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(packet_data_good(out, len));
        out[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_false(packet_data_good(out, 2));
    assert_int_equal(packet_pid((const uint8_t *)"\x22", 1), -1);
    assert_int_equal(packet_pid(out, 0), -1);
}

static void stuffs_a_zero_after_six_ones(void **state)
{
    (void)state;
    unsigned ones = 0;
    assert_int_equal(stuff_byte(&ones, 0x3F), 1);
    assert_int_equal(ones, 0);
    assert_int_equal(stuff_byte(&ones, 0xF8), 0);
    assert_int_equal(ones, 5);
    assert_int_equal(stuff_byte(&ones, 0x01), 1);
    uint8_t all[MAX_DATA];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = 0xFF;
    assert_int_equal(stuff_packet(all, 512), (512 * 8 + STUFF_START) / 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_tokens_as_on_the_bus),
        cmocka_unit_test(builds_data_as_on_the_bus),
        cmocka_unit_test(refuses_damaged_packets),
        cmocka_unit_test(stuffs_a_zero_after_six_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
