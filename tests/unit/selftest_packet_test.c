/* The self-test's own packets: the C model serves them right, and no spoiled byte is overlooked.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "host/cli/selftest_packet.h"
#include "sim/model/segment.h"
#include "sim/model/verify.h"

enum { PAYLOAD = 3500, SEGMENT = 1000 };

static const uint8_t MAC[6] = {2, 1, 2, 3, 4, 5};
static const struct selftest_kind KINDS[] = {{false, false, VNET_GSO_TCPV4},
                                             {true, false, VNET_GSO_TCPV6},
                                             {false, true, VNET_GSO_UDP_L4},
                                             {true, true, VNET_GSO_UDP_L4}};

struct taken {
    const struct selftest_kind *kind;
    size_t payload, segment, count;
};

static void check(void *user, const uint8_t *frame, size_t length)
{
    struct taken *taken = user;
    const char *fault =
        selftest_check(frame, length, taken->kind, taken->payload, taken->segment, taken->count++);

    if (fault)
        fail_msg("segment %zu: %s", taken->count, fault);
}

static void the_model_makes_what_is_expected_of_a_board(void **state)
{
    static uint8_t frame[PAYLOAD + 80];
    struct vnet_header vnet;

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct taken super = {&KINDS[i], PAYLOAD, SEGMENT, 0}, whole = {&KINDS[i], 600, 0, 0};
        size_t length = selftest_make(frame, MAC, &KINDS[i], PAYLOAD, SEGMENT, &vnet);

        assert_int_equal(model_send(&vnet, frame, length, check, &super), 4);
        length = selftest_make(frame, MAC, &KINDS[i], 600, 0, &vnet);
        assert_int_equal(model_send(&vnet, frame, length, check, &whole), 1);
        selftest_finish(frame, length, &vnet);
        assert_true(model_verify(frame, length));
        assert_null(selftest_check(frame, length, &KINDS[i], 600, 0, 0));
    }
}

/* But for Ethernet's addresses, and fields that no one changes on the way and no checksum covers. */
static void every_spoiled_byte_is_noticed(void **state)
{
    uint8_t frame[200];
    struct vnet_header vnet;

    (void)state;
    for (int i = 0; i < 4; i++) {
        size_t length = selftest_make(frame, MAC, &KINDS[i], 64, 0, &vnet);
        size_t from = KINDS[i].v6 ? 22 : 14;

        selftest_finish(frame, length, &vnet);
        for (size_t at = from; at < length; at++) {
            frame[at] ^= 0x10;
            assert_non_null(selftest_check(frame, length, &KINDS[i], 64, 0, 0));
            frame[at] ^= 0x10;
        }
        assert_non_null(selftest_check(frame, length - 1, &KINDS[i], 64, 0, 0));
        assert_non_null(selftest_check(frame, length, &KINDS[i], 64, 32, 0));
        assert_non_null(selftest_check(frame, length, &KINDS[i], 64, 64, 9));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_makes_what_is_expected_of_a_board),
        cmocka_unit_test(every_spoiled_byte_is_noticed),
    };

    return cmocka_run_group_tests_name("selftest_packet", tests, NULL, NULL);
}
