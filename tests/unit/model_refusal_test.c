/* Which records to send the C model refuses.
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

#include "driver/registers.h"
#include "sim/model/segment.h"
#include "tests/unit/model_rig.h"
#include "tests/unit/model_sink.h"

struct bad {
    const char *what;
    void (*spoil)(struct vnet_header *vnet, uint8_t *frame);
};

#define SPOIL(name, statement)                                 \
    static void name(struct vnet_header *vnet, uint8_t *frame) \
    {                                                          \
        (void)vnet;                                            \
        (void)frame;                                           \
        statement;                                             \
    }
SPOIL(no_size, vnet->gso_size = 0)
SPOIL(size_over_a_frame, vnet->gso_size = MODEL_FRAME_BYTES - 54 + 1)
SPOIL(type_unknown, vnet->gso_type = 2)
SPOIL(type_of_the_other_version, vnet->gso_type = VNET_GSO_TCPV6)
SPOIL(ecn_without_tcp, vnet->gso_type = VNET_GSO_ECN)
SPOIL(no_checksum_asked_for, vnet->flags = 0)
SPOIL(checksum_elsewhere, vnet->csum_offset = 18)
SPOIL(start_in_front_of_ip, vnet->csum_start = 13)
SPOIL(start_within_ip, vnet->csum_start = 33)
SPOIL(start_past_the_end, vnet->csum_start = 65535)
SPOIL(ethertype_unknown, frame[13] = 0x06)
SPOIL(two_tags, memcpy(frame + 12, "\x81\x00\x00\x01\x81\x00", 6))
SPOIL(header_too_short, frame[34 + 12] = 0x40)
SPOIL(header_past_the_end, frame[34 + 12] = 0xF0)

static void refuses_super_frames_that_are_not_right(void **state)
{
    static const struct bad cases[] = {
        {"no size", no_size},
        {"a size over a frame", size_over_a_frame},
        {"an unknown type", type_unknown},
        {"the other version", type_of_the_other_version},
        {"ECN without TCP", ecn_without_tcp},
        {"no checksum", no_checksum_asked_for},
        {"a checksum elsewhere", checksum_elsewhere},
        {"a start in front of IP", start_in_front_of_ip},
        {"a start within IP", start_within_ip},
        {"a start past the end", start_past_the_end},
        {"an unknown EtherType", ethertype_unknown},
        {"two tags", two_tags},
        {"a short TCP header", header_too_short},
        {"a TCP header past the end", header_past_the_end},
    };
    const struct packet_shape shape = {.payload = 30};
    uint8_t packet[200], copy[200];
    uint64_t seed = 6;
    size_t length = packet_make(packet, &shape, &seed);
    struct vnet_header vnet, spoilt;

    (void)state;
    packet_make_partial(packet, length, &shape, &vnet);
    vnet.gso_type = VNET_GSO_TCPV4;
    vnet.gso_size = 10;
    assert_int_equal(sink_run(&vnet, packet, length), 3);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(copy, packet, length);
        spoilt = vnet;
        cases[i].spoil(&spoilt, copy);
        if (sink_run(&spoilt, copy, length) != -EBADMSG)
            fail_msg("took %s", cases[i].what);
    }
    for (size_t cut = 14; cut < 54; cut++)
        assert_int_equal(sink_run(&vnet, packet, cut), -EBADMSG);
    assert_int_equal(sink_run(&vnet, packet, 54), 1);
}

static void takes_headers_of_256_bytes_and_no_more(void **state)
{
    uint8_t frame[300] = {[12] = 0x08, [228 + 12] = 0x70, [229 + 12] = 0x70};
    struct vnet_header vnet = {.flags = VNET_NEEDS_CSUM,
                               .gso_type = VNET_GSO_TCPV4,
                               .gso_size = 100,
                               .csum_start = 228,
                               .csum_offset = 16};

    (void)state;
    assert_int_equal(sink_run(&vnet, frame, sizeof frame), 1);
    vnet.csum_start++;
    assert_int_equal(sink_run(&vnet, frame, sizeof frame), -EBADMSG);
}

static void refuses_a_checksum_field_past_the_end(void **state)
{
    uint8_t frame[60] = {0};
    struct vnet_header vnet = {.flags = VNET_NEEDS_CSUM, .csum_start = 40, .csum_offset = 18};

    (void)state;
    assert_int_equal(sink_run(&vnet, frame, 60), 1);
    vnet.csum_offset = 19;
    assert_int_equal(sink_run(&vnet, frame, 60), -EBADMSG);
    vnet.csum_start = vnet.csum_offset = 65535;
    assert_int_equal(sink_run(&vnet, frame, 60), -EBADMSG);
}

/* Not enabled, a board drops records that are right; others are bad as ever. */
static void refuses_bad_records_while_the_adapter_is_off_too(void **state)
{
    const struct vnet_header bad = {.gso_type = 2},
                             unsummed = {.flags = VNET_NEEDS_CSUM, .csum_start = 99};
    const uint8_t frame[100] = {0};
    struct rig rig;

    (void)state;
    rig_open(&rig, 0);
    rig_add_record(&rig, &bad, frame, sizeof frame);
    rig_send_all(&rig);
    rig_add_record(&rig, &unsummed, frame, sizeof frame);
    rig_send_all(&rig);
    rig_add_plain(&rig, 61, 1);
    rig_send_all(&rig);
    assert_int_equal(rig_get(&rig, REG_TX_BAD_RECORDS), 2);
    assert_int_equal(rig_get(&rig, REG_TX_DISABLED), 1);
    assert_int_equal(rig_get(&rig, REG_TX_FRAMES), 0);
    rig_close(&rig);
}

static void says_which_features_a_record_asks_for(void **state)
{
    const struct vnet_header tcp = {.flags = VNET_NEEDS_CSUM,
                                    .gso_type = VNET_GSO_TCPV6 | VNET_GSO_ECN};
    const struct vnet_header udp = {.gso_type = VNET_GSO_UDP_L4}, none = {.flags = 0xFE};
    const struct vnet_header unknown = {.gso_type = 3};

    (void)state;
    assert_int_equal(segments_features(&tcp), REG_FEATURES_CSUM_SEND | REG_FEATURES_TSO6);
    assert_int_equal(segments_features(&udp), REG_FEATURES_USO);
    assert_int_equal(segments_features(&none), 0);
    assert_true(segments_features(&unknown) == UINT32_MAX);
}

/* Nearly right packets with a few fields of rubbish: nothing is read or written outside, and frames stay frames. */
static void outlives_hostile_records(void **state)
{
    static uint8_t packet[PACKET_ROOM];
    uint64_t seed = 7;
    int taken = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct packet_shape shape = packet_random_shape(&seed, 400);
        size_t length = packet_make(packet, &shape, &seed);
        struct vnet_header vnet;

        packet_make_partial(packet, length, &shape, &vnet);
        vnet.gso_type = sink_gso(&shape);
        vnet.gso_size = (uint16_t)(1 + packet_random(&seed, 2000));
        for (uint32_t spoils = packet_random(&seed, 3); spoils; spoils--) {
            uint8_t *raw = (uint8_t *)&vnet;

            raw[packet_random(&seed, sizeof vnet)] = (uint8_t)packet_random(&seed, 256);
            packet[packet_random(&seed, (uint32_t)length)] = (uint8_t)packet_random(&seed, 256);
        }
        if (packet_random(&seed, 4) == 0)
            length = 14 + packet_random(&seed, (uint32_t)length - 13);
        taken += sink_run(&vnet, packet, length) > 0;
    }
    assert_true(taken > 2000 && taken < 18000);
    sink_free();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_super_frames_that_are_not_right),
        cmocka_unit_test(takes_headers_of_256_bytes_and_no_more),
        cmocka_unit_test(refuses_a_checksum_field_past_the_end),
        cmocka_unit_test(refuses_bad_records_while_the_adapter_is_off_too),
        cmocka_unit_test(says_which_features_a_record_asks_for),
        cmocka_unit_test(outlives_hostile_records),
    };

    return cmocka_run_group_tests_name("model_refusal", tests, NULL, NULL);
}
