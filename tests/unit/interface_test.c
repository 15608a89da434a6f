/* What a TAP may be called, which offloads it may use, and which of its frames a board can send.
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

#include "driver/registers.h"
#include "host/interface/tap.h"

/* As in linux/if_tun.h, which an old system lacks the last two of. */
enum { CSUM = 1, TSO4 = 2, TSO6 = 4, ECN = 8, USO4 = 0x20, USO6 = 0x40 };

static const uint32_t ALL = REG_FEATURES_CSUM_SEND | REG_FEATURES_TSO4 | REG_FEATURES_TSO6 |
                            REG_FEATURES_USO | REG_FEATURES_CSUM_RECEIVE;

static void takes_names_that_the_kernel_takes(void **state)
{
    char error[200];

    (void)state;
    assert_int_equal(tap_name_check("ferrite0", error, sizeof error), 0);
    assert_int_equal(tap_name_check("a23456789012345", error, sizeof error), 0);
}

static void quotes_a_name_that_is_none(void **state)
{
    static const char *const bad[] = {
        "", "a234567890123456", "a/b", "a b", "tap%d", ".", "..", "a:1", "a\n"};
    char error[200];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char quoted[40] = "'";

        assert_int_equal(tap_name_check(bad[i], error, sizeof error), -EINVAL);
        strcat(strcat(quoted, bad[i]), "'");
        assert_non_null(strstr(error, quoted));
    }
}

static void asks_for_what_the_board_has_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(tap_offloads(0), 0);
    assert_int_equal(tap_offloads(REG_FEATURES_CSUM_RECEIVE), 0);
    assert_int_equal(tap_offloads(REG_FEATURES_CSUM_SEND), CSUM);
    assert_int_equal(tap_offloads(REG_FEATURES_CSUM_SEND | REG_FEATURES_TSO4), CSUM | TSO4 | ECN);
    assert_int_equal(tap_offloads(REG_FEATURES_CSUM_SEND | REG_FEATURES_TSO6), CSUM | TSO6 | ECN);
    assert_int_equal(tap_offloads(REG_FEATURES_CSUM_SEND | REG_FEATURES_USO), CSUM | USO4 | USO6);
    assert_int_equal(tap_offloads(ALL), CSUM | TSO4 | TSO6 | ECN | USO4 | USO6);
}

static void segments_nothing_without_checksums(void **state)
{
    (void)state;
    assert_int_equal(tap_offloads(ALL & ~(uint32_t)REG_FEATURES_CSUM_SEND), 0);
}

static void sends_plain_frames_of_ethernet_lengths(void **state)
{
    const struct vnet_header plain = {0};

    (void)state;
    assert_false(tap_frame_fits(ALL, &plain, 13));
    assert_true(tap_frame_fits(0, &plain, 14));
    assert_true(tap_frame_fits(0, &plain, 1518));
    assert_false(tap_frame_fits(ALL, &plain, 1519));
}

static void leaves_a_checksum_only_to_a_board_that_sums(void **state)
{
    const struct vnet_header partial = {
        .flags = VNET_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16};

    (void)state;
    assert_true(tap_frame_fits(REG_FEATURES_CSUM_SEND, &partial, 100));
    assert_false(tap_frame_fits(ALL & ~(uint32_t)REG_FEATURES_CSUM_SEND, &partial, 100));
}

static void leaves_each_kind_of_segmentation_only_to_a_board_that_has_it(void **state)
{
    static const struct {
        uint8_t type;
        uint32_t bit;
    } kinds[] = {{VNET_GSO_TCPV4, REG_FEATURES_TSO4},
                 {VNET_GSO_TCPV4 | VNET_GSO_ECN, REG_FEATURES_TSO4},
                 {VNET_GSO_TCPV6, REG_FEATURES_TSO6},
                 {VNET_GSO_TCPV6 | VNET_GSO_ECN, REG_FEATURES_TSO6},
                 {VNET_GSO_UDP_L4, REG_FEATURES_USO}};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct vnet_header super = {
            .flags = VNET_NEEDS_CSUM, .gso_type = kinds[i].type, .gso_size = 1448};

        assert_true(tap_frame_fits(REG_FEATURES_CSUM_SEND | kinds[i].bit, &super, 65000));
        assert_false(tap_frame_fits(ALL & ~kinds[i].bit, &super, 65000));
        super.gso_size = 0;
        assert_false(tap_frame_fits(ALL, &super, 65000));
        super.gso_size = 1448;
        super.flags = 0;
        assert_false(tap_frame_fits(ALL, &super, 65000));
    }
}

static void refuses_a_kind_of_segmentation_that_it_does_not_know(void **state)
{
    const struct vnet_header old_udp = {.flags = VNET_NEEDS_CSUM, .gso_type = 3, .gso_size = 1448};

    (void)state;
    assert_false(tap_frame_fits(ALL, &old_udp, 5000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_names_that_the_kernel_takes),
        cmocka_unit_test(quotes_a_name_that_is_none),
        cmocka_unit_test(asks_for_what_the_board_has_and_no_more),
        cmocka_unit_test(segments_nothing_without_checksums),
        cmocka_unit_test(sends_plain_frames_of_ethernet_lengths),
        cmocka_unit_test(leaves_a_checksum_only_to_a_board_that_sums),
        cmocka_unit_test(leaves_each_kind_of_segmentation_only_to_a_board_that_has_it),
        cmocka_unit_test(refuses_a_kind_of_segmentation_that_it_does_not_know),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
