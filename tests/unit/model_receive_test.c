/* What the C model gives the host: how it batches frames, and which ones it delivers.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/model_rig.h"

/* ---- batching ---- */

static void ends_a_transfer_before_it_exceeds_batch_bytes(void **state)
{
    struct rig rig;
    uint8_t in[16384];

    (void)state;
    rig_open(&rig, 0);
    rig_loop_back(&rig);
    rig_set(&rig, REG_BATCH_BYTES, 2048);
    for (int i = 0; i < 5; i++)
        rig_add_plain(&rig, 667, (uint8_t)i); /* three fill 2,052 bytes */
    rig_send_all(&rig);
    assert_int_equal(rig_receive(&rig, in, sizeof in), 2 * 684);
    assert_int_equal(rig_receive(&rig, in, sizeof in), 2 * 684);
    assert_int_equal(rig_receive(&rig, in, sizeof in), 684);
    assert_int_equal(in[16], 4);
    rig_close(&rig);
}

static void follows_a_full_last_packet_by_an_empty_one(void **state)
{
    struct rig rig;
    uint8_t in[16384];

    (void)state;
    rig_open(&rig, 0);
    rig_loop_back(&rig);
    for (int i = 0; i < 3; i++) {
        rig_add_plain(&rig, 1008, (uint8_t)i);
        rig_send_all(&rig);
    }
    assert_int_equal(rig_receive(&rig, in, 1024 * 3), 1024 * 3);
    assert_int_equal(rig_receive(&rig, in, 1024 * 3), 0);
    rig_add_plain(&rig, 1008, 7);
    rig_send_all(&rig);
    assert_int_equal(rig_receive(&rig, in, 512), 512); /* URBs are windows on it */
    assert_int_equal(rig_receive(&rig, in, 700), 512);
    rig_close(&rig);
}

static void gives_no_packet_to_a_urb_with_less_room(void **state)
{
    struct rig rig;
    uint8_t in[2048];

    (void)state;
    rig_open(&rig, 0);
    rig_loop_back(&rig);
    rig_add_plain(&rig, 1000, 7);
    rig_send_all(&rig);
    assert_int_equal(rig_receive(&rig, in, 600), -EOVERFLOW);
    assert_int_equal(rig_receive(&rig, in, 2048), 1016 - 512);
    rig_close(&rig);
}

static void waits_batch_time_for_company(void **state)
{
    struct rig rig;
    uint8_t in[4096];
    uint64_t start;

    (void)state;
    rig_open(&rig, 0);
    rig_loop_back(&rig);
    rig_set(&rig, REG_BATCH_TIME, 60000);
    rig_add_plain(&rig, 100, 1);
    rig_send_all(&rig);
    start = rig.wall_ns;
    assert_int_equal(rig_receive(&rig, in, sizeof in), 116);
    assert_in_range(rig.wall_ns - start, 59 * MS, 62 * MS);
    rig_close(&rig);
}

/* ---- filter ---- */

/* Buckets by another's CRC-32: of zlib's, not complemented and mirrored, the highest six bits. */
static void delivers_groups_whose_bucket_is_set(void **state)
{
    static const struct {
        uint8_t group[6];
        unsigned bucket;
    } cases[] = {{{0x33, 0x33, 0, 0, 0, 1}, 62},
                 {{0x33, 0x33, 0xff, 0, 0, 1}, 29},
                 {{0x33, 0x33, 0xff, 0x12, 0x34, 0xab}, 35},
                 {{0x01, 0, 0x5e, 0, 0, 1}, 31}};
    static const struct vnet_header none;
    uint8_t frame[60] = {0}, in[4096];
    struct rig rig;

    (void)state;
    rig_open(&rig, 0);
    rig_loop_back(&rig);
    rig_set(&rig, REG_CONTROL, REG_CONTROL_ENABLE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t bit = UINT64_C(1) << cases[i].bucket;

        memcpy(frame, cases[i].group, 6);
        for (int others = 1; others >= 0; others--) {
            rig_set(&rig, REG_HASH_LOW, (uint32_t)(others ? ~bit : bit));
            rig_set(&rig, REG_HASH_HIGH, (uint32_t)((others ? ~bit : bit) >> 32));
            rig_add_record(&rig, &none, frame, 60);
            rig_send_all(&rig);
        }
        assert_int_equal(rig_receive(&rig, in, sizeof in), 76);
        assert_int_equal(rig_get(&rig, REG_RX_MULTICAST), i + 1);
        assert_int_equal(rig_get(&rig, REG_RX_FILTERED), i + 1);
    }
    rig_set(&rig, REG_CONTROL, REG_CONTROL_RESET);
    assert_int_equal(rig_get(&rig, REG_HASH_LOW) | rig_get(&rig, REG_HASH_HIGH), 0);
    rig_close(&rig);
}

static void delivers_what_the_filter_wants_and_counts_the_rest(void **state)
{
    static const struct vnet_header none;
    uint8_t frame[60] = {0}, in[4096];
    struct rig rig;

    (void)state;
    rig_open(&rig, 0);
    rig_loop_back(&rig);
    rig_set(&rig, REG_CONTROL, REG_CONTROL_ENABLE);
    rig_set(&rig, REG_MAC_LOW, 0x04030202);
    rig_set(&rig, REG_MAC_HIGH, 0x0605);
    memcpy(frame, "\x02\x02\x03\x04\x05\x06", 6);
    rig_add_record(&rig, &none, frame, 60);
    memset(frame, 0xFF, 6);
    rig_add_record(&rig, &none, frame, 60);
    frame[5] = 0xFE; /* a group */
    rig_add_record(&rig, &none, frame, 60);
    frame[0] = 0x02; /* somebody else */
    rig_add_record(&rig, &none, frame, 60);
    rig_send_all(&rig);
    assert_int_equal(rig_receive(&rig, in, sizeof in), 2 * 76);
    assert_int_equal(rig_get(&rig, REG_RX_FRAMES), 2);
    assert_int_equal(rig_get(&rig, REG_RX_BYTES), 120);
    assert_int_equal(rig_get(&rig, REG_RX_BROADCAST), 1);
    assert_int_equal(rig_get(&rig, REG_RX_FILTERED), 2);
    rig_set(&rig, REG_CONTROL, REG_CONTROL_ENABLE | REG_CONTROL_ALL_MULTICAST);
    frame[0] = 0xFF;
    rig_add_record(&rig, &none, frame, 60);
    rig_send_all(&rig);
    assert_int_equal(rig_receive(&rig, in, sizeof in), 76);
    assert_int_equal(rig_get(&rig, REG_RX_MULTICAST), 1);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_a_transfer_before_it_exceeds_batch_bytes),
        cmocka_unit_test(follows_a_full_last_packet_by_an_empty_one),
        cmocka_unit_test(gives_no_packet_to_a_urb_with_less_room),
        cmocka_unit_test(waits_batch_time_for_company),
        cmocka_unit_test(delivers_what_the_filter_wants_and_counts_the_rest),
        cmocka_unit_test(delivers_groups_whose_bucket_is_set),
    };

    return cmocka_run_group_tests_name("model_receive", tests, NULL, NULL);
}
