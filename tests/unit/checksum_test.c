/* The Internet checksum against a sum of 16-bit words one by one.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "host/stack/ip.h"
#include "tests/unit/stack_net.h"

static void sums_the_example_of_rfc_1071(void **state)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

    (void)state;
    assert_int_equal(checksum_fold(checksum_add(0, bytes, sizeof bytes)), (uint16_t)~0xddf2);
}

static void agrees_with_the_slow_sum_for_every_length_and_alignment(void **state)
{
    uint8_t *bytes = malloc(300);

    (void)state;
    srand(1);
    for (size_t len = 0; len < 290; len++) {
        size_t at = (size_t)rand() % 8;

        for (size_t i = 0; i < 300; i++)
            bytes[i] = (uint8_t)(rand() % 4 ? rand() : 0xff);
        assert_int_equal(checksum_fold(checksum_add(0, bytes + at, len)),
                         net_sum(0, bytes + at, len));
    }
    free(bytes);
}

static void pieces_of_even_length_sum_like_the_whole(void **state)
{
    uint8_t bytes[101];
    uint32_t sum;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37);
    for (size_t cut = 0; cut <= 100; cut += 2) {
        sum = checksum_add(0x1234, bytes, cut);
        sum = checksum_add(sum, bytes + cut, sizeof bytes - cut);
        assert_int_equal(checksum_fold(sum), net_sum(0x1234, bytes, sizeof bytes));
    }
}

static void a_datagram_of_ones_does_not_overflow(void **state)
{
    uint8_t *bytes = malloc(65535);

    (void)state;
    memset(bytes, 0xff, 65535);
    assert_int_equal(checksum_fold(checksum_add(0xffffffff, bytes, 65535)),
                     net_sum(0xffffffff, bytes, 65535));
    free(bytes);
}

static void the_pseudo_header_is_that_of_rfc_9293(void **state)
{
    struct address source = address_v4(0x0a00020f), destination = address_v4(0x0a000202);
    static const uint8_t pseudo[] = {10, 0, 2, 15, 10, 0, 2, 2, 0, 6, 0x05, 0xb4};

    (void)state;
    assert_int_equal(checksum_fold(checksum_pseudo(&source, &destination, 6, 0x5b4)),
                     net_sum(0, pseudo, sizeof pseudo));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_the_example_of_rfc_1071),
        cmocka_unit_test(agrees_with_the_slow_sum_for_every_length_and_alignment),
        cmocka_unit_test(pieces_of_even_length_sum_like_the_whole),
        cmocka_unit_test(a_datagram_of_ones_does_not_overflow),
        cmocka_unit_test(the_pseudo_header_is_that_of_rfc_9293),
    };

    return cmocka_run_group_tests_name("checksum", tests, NULL, NULL);
}
