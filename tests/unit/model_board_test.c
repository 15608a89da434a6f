/* The C model as a device: registers, transfers, what it sends and receives. Its PHY's loopback shows the frames.
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

#include "tests/unit/model_packet.h"
#include "tests/unit/model_rig.h"

/* ---- registers and requests ---- */

static void says_who_it_is(void **state)
{
    struct rig rig;
    uint8_t name[32], both[8];

    (void)state;
    rig_open(&rig, 0);
    assert_int_equal(rig_get(&rig, REG_ID), REG_ID_VALUE);
    assert_int_equal(rig_get(&rig, REG_VERSION), REG_VERSION_MAJOR << 16 | REG_VERSION_MINOR);
    assert_int_equal(rig_get(&rig, REG_FEATURES), 0x5F);
    assert_int_equal(rig_get(&rig, REG_LIMITS), 65593);
    assert_int_equal(rig_get(&rig, REG_STATUS), 0xD);
    assert_int_equal(rig_get(&rig, REG_BATCH_BYTES), 16384);
    assert_int_equal(rig_control(&rig, 0xC0, 1, 0, REG_BOARD, name, 32), 32);
    assert_string_equal((char *)name, "C model");
    assert_int_equal(rig_control(&rig, 0xC0, 1, 0, REG_MAC_LOW, both, 8), 8);
    assert_memory_equal(both, "\x02\x46\x45\x00\x00\x01\x00\x00", 8);
    rig_set(&rig, REG_MDIO, 2u << REG_MDIO_REGISTER_SHIFT);
    assert_int_equal(rig_get(&rig, REG_MDIO) & 0xFFFF, 0x0022); /* a KSZ9031's identity */
    rig_close(&rig);
}

static void lacks_the_features_that_are_off(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, REG_FEATURES_TSO4 | REG_FEATURES_TSO6 | REG_FEATURES_USO);
    assert_int_equal(rig_get(&rig, REG_FEATURES), 0x51);
    assert_int_equal(rig_get(&rig, REG_LIMITS), 1518);
    rig_close(&rig);
}

static void keeps_what_is_written_within_its_bounds_and_forgets_it_by_reset(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, 0);
    rig_set(&rig, REG_BATCH_BYTES, 100);
    assert_int_equal(rig_get(&rig, REG_BATCH_BYTES), 2048);
    rig_set(&rig, REG_BATCH_BYTES, UINT32_MAX);
    assert_int_equal(rig_get(&rig, REG_BATCH_BYTES), 1048572);
    rig_set(&rig, REG_BATCH_TIME, 70000);
    assert_int_equal(rig_get(&rig, REG_BATCH_TIME), 65535);
    rig_set(&rig, REG_MAC_HIGH, 0xFFFFFFFF);
    assert_int_equal(rig_get(&rig, REG_MAC_HIGH), 0xFFFF);
    rig_set(&rig, REG_CONTROL, 0x7FFFFFFF);
    assert_int_equal(rig_get(&rig, REG_CONTROL), 0xF);
    rig_set(&rig, REG_ID, 0);
    assert_int_equal(rig_get(&rig, REG_ID), REG_ID_VALUE);
    rig_set(&rig, REG_CONTROL, REG_CONTROL_RESET | REG_CONTROL_ENABLE);
    assert_int_equal(rig_get(&rig, REG_CONTROL), 0);
    assert_int_equal(rig_get(&rig, REG_BATCH_BYTES), 16384);
    assert_int_equal(rig_get(&rig, REG_MAC_HIGH), 0x0100);
    rig_close(&rig);
}

static void stalls_requests_that_are_wrong(void **state)
{
    static const uint16_t cases[][5] = {
        {0xC0, 1, 0, 2, 4},      {0xC0, 1, 0, 0, 6},      {0xC0, 1, 0, 0, 0}, {0xC0, 2, 0, 0, 4},
        {0x40, 1, 0, 0x10, 3},   {0x00, 9, 3, 0, 0},      {0x02, 1, 0, 3, 0}, {0x02, 1, 1, 1, 0},
        {0x80, 6, 0x0305, 0, 8}, {0x80, 6, 0x0600, 0, 8}, {0x81, 6, 0, 0, 8},
    };
    struct rig rig;
    uint8_t data[16];

    (void)state;
    rig_open(&rig, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (rig_control(&rig, (uint8_t)cases[i][0], (uint8_t)cases[i][1], cases[i][2], cases[i][3],
                        data, cases[i][4]) != -EPIPE)
            fail_msg("case %zu was answered", i);
    assert_int_equal(rig_control(&rig, 0x80, 6, 0x0100, 0, data, 8), 8);
    assert_int_equal(data[7], 64);
    rig_close(&rig);
}

static void stalls_a_halted_endpoint_until_it_is_cleared(void **state)
{
    struct rig rig;
    uint8_t data[8];

    (void)state;
    rig_open(&rig, 0);
    assert_int_equal(rig_control(&rig, 0x02, 3, 0, INTERRUPT, NULL, 0), 0);
    struct transfer transfer = {.endpoint = INTERRUPT, .data = data, .length = 8};
    assert_int_equal(rig_run(&rig, &transfer), -EPIPE);
    assert_int_equal(rig_control(&rig, 0x02, 1, 0, INTERRUPT, NULL, 0), 0);
    assert_int_equal(rig_run(&rig, &transfer), 8);
    assert_int_equal(data[0], 0xD);
    assert_int_equal(rig_run(&rig, &transfer), -ECANCELED); /* nothing has changed */
    wire_set_link(model_wire(rig.board), false);
    assert_int_equal(rig_run(&rig, &transfer), 8);
    assert_int_equal(data[0], 0);
    rig_close(&rig);
}

/* ---- sending ---- */

static void sends_the_records_in_front_of_a_bad_one_and_those_of_the_next_transfer(void **state)
{
    struct rig rig;
    uint8_t in[4096];

    (void)state;
    rig_open(&rig, 0);
    rig_add_plain(&rig, 100, 1);
    rig_send_all(&rig);
    assert_int_equal(rig_get(&rig, REG_TX_DISABLED), 1);
    rig_loop_back(&rig);
    rig_add_plain(&rig, 61, 1);
    rig_add_plain(&rig, 100, 2);
    rig.bytes[80 + 3] = 0; /* the second's mark */
    rig_add_plain(&rig, 100, 3);
    rig_send_all(&rig);
    rig_add_plain(&rig, 14, 4);
    rig.length -= 2; /* padding may be missing */
    rig_send_all(&rig);
    rig_add_plain(&rig, 100, 5);
    rig.length -= 1; /* the frame may not */
    rig_send_all(&rig);
    assert_int_equal(rig_get(&rig, REG_TX_FRAMES), 2);
    assert_int_equal(rig_get(&rig, REG_TX_BYTES), 75);
    assert_int_equal(rig_get(&rig, REG_TX_BAD_RECORDS), 2);
    assert_int_equal(rig_receive(&rig, in, sizeof in), 80 + 76); /* padded to 60 */
    assert_int_equal(in[16], 1);
    assert_int_equal(in[80 + 16], 4);
    rig_close(&rig);
}

static void finds_records_however_the_transfer_is_cut(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, 0);
    rig_loop_back(&rig);
    for (size_t length = 14; length < 1500; length += 83)
        rig_add_plain(&rig, length, 9);
    for (size_t at = 0; at < rig.length; at += 512) {
        size_t left = rig.length - at;
        rig_send_bytes(&rig, rig.bytes + at, left < 512 ? left : 512, false);
    }
    assert_int_equal(rig_get(&rig, REG_TX_FRAMES), 18);
    assert_int_equal(rig_get(&rig, REG_TX_BAD_RECORDS), 0);
    rig_close(&rig);
}

/* gso_size 1 makes more frames than any buffer holds: pause both ways keeps each of them. */
static void segments_come_back_marked_and_whole_through_every_pause(void **state)
{
    static uint8_t packet[PACKET_ROOM], got[PACKET_ROOM], in[16384];
    struct packet_shape shape = {.payload = 9000};
    struct rig rig;
    struct vnet_header vnet;
    uint64_t seed = 1;
    size_t length, count = 0;
    int bytes;

    (void)state;
    rig_open(&rig, 0);
    rig_loop_back(&rig);
    length = packet_make(packet, &shape, &seed);
    packet_make_partial(packet, length, &shape, &vnet);
    vnet.gso_type = VNET_GSO_TCPV4;
    vnet.gso_size = 1;
    rig_add_record(&rig, &vnet, packet, length);
    vnet.gso_size = 0;
    rig_add_record(&rig, &vnet, packet, length); /* bad */
    rig_send_all(&rig);
    while ((bytes = rig_receive(&rig, in, sizeof in)) > 0) {
        struct record record;
        long used;

        for (int at = 0; at < bytes; at += (int)used) {
            used = record_parse(in + at, (size_t)(bytes - at), 1518, &record);
            assert_int_equal(used, 76);
            assert_int_equal(record.vnet.flags, VNET_DATA_VALID);
            assert_int_equal(record.vnet.num_buffers, 1);
            got[packet_get32(record.frame + 38) - packet_get32(packet + 38)] = record.frame[54];
            count++;
        }
    }
    assert_int_equal(count, 9000);
    assert_true(rig_get(&rig, REG_TX_PAUSE) > 1);
    assert_memory_equal(got, packet + 54, 9000);
    assert_int_equal(rig_get(&rig, REG_TX_FRAMES), 9000);
    assert_int_equal(rig_get(&rig, REG_TX_BAD_RECORDS), 1);
    rig_close(&rig);
}

static void sends_of_a_super_frame_that_the_transfer_cuts_off_what_is_whole(void **state)
{
    static uint8_t packet[PACKET_ROOM], in[16384];
    struct packet_shape shape = {.payload = 950};
    struct vnet_header vnet;
    struct rig rig;
    uint64_t seed = 3;
    size_t length;

    (void)state;
    rig_open(&rig, 0);
    rig_loop_back(&rig);
    length = packet_make(packet, &shape, &seed);
    packet_make_partial(packet, length, &shape, &vnet);
    vnet.gso_type = VNET_GSO_TCPV4;
    vnet.gso_size = 100;
    rig_add_record(&rig, &vnet, packet, length);
    rig.length = 16 + 54 + 399; /* a byte short of the fourth */
    rig_send_all(&rig);
    assert_int_equal(rig_get(&rig, REG_TX_FRAMES), 3);
    assert_int_equal(rig_get(&rig, REG_TX_SEGMENTS), 3);
    assert_int_equal(rig_get(&rig, REG_TX_SEGMENTED_RECORDS), 0);
    assert_int_equal(rig_get(&rig, REG_TX_BAD_RECORDS), 1);
    assert_int_equal(rig_receive(&rig, in, sizeof in), 3 * (16 + 156));
    rig_add_record(&rig, &vnet, packet, length);
    rig_send_all(&rig);
    assert_int_equal(rig_get(&rig, REG_TX_SEGMENTS), 13);
    assert_int_equal(rig_get(&rig, REG_TX_SEGMENTED_RECORDS), 1);
    rig_set(&rig, REG_CONTROL, 0);
    rig_add_record(&rig, &vnet, packet, length);
    rig.length -= 4;
    rig_send_all(&rig);
    assert_int_equal(rig_get(&rig, REG_TX_SEGMENTS), 13);
    assert_int_equal(rig_get(&rig, REG_TX_BAD_RECORDS), 2);
    assert_int_equal(rig_get(&rig, REG_TX_DISABLED), 0);
    rig_close(&rig);
}

static void refuses_what_its_features_lack(void **state)
{
    static uint8_t packet[PACKET_ROOM];
    struct packet_shape shape = {.payload = 900};
    struct vnet_header vnet;
    struct rig rig;
    uint64_t seed = 1;
    size_t length;

    (void)state;
    rig_open(&rig, REG_FEATURES_CSUM_SEND);
    rig_loop_back(&rig);
    length = packet_make(packet, &shape, &seed);
    packet_make_partial(packet, length, &shape, &vnet);
    rig_add_record(&rig, &vnet, packet, length);
    rig_send_all(&rig);
    assert_int_equal(rig_get(&rig, REG_TX_FRAMES), 0);
    assert_int_equal(rig_get(&rig, REG_TX_BAD_RECORDS), 1);
    rig_close(&rig);
}

static void is_usable_after_any_rubbish(void **state)
{
    struct rig rig;
    uint8_t in[4096];
    uint64_t seed = 2;

    (void)state;
    rig_open(&rig, 0);
    rig_set(&rig, REG_CONTROL, REG_CONTROL_ENABLE);
    for (int i = 0; i < 3000; i++) {
        rig_add_plain(&rig, 14 + packet_random(&seed, 1000), (uint8_t)i);
        rig_add_plain(&rig, 14 + packet_random(&seed, 1000), (uint8_t)i);
        for (uint32_t spoils = packet_random(&seed, 6); spoils; spoils--)
            rig.bytes[packet_random(&seed, packet_random(&seed, 2) ? 16 : (uint32_t)rig.length)] =
                (uint8_t)packet_random(&seed, 256);
        rig.length = packet_random(&seed, (uint32_t)rig.length + 1);
        rig_send_all(&rig);
    }
    rig_set(&rig, REG_CONTROL, REG_CONTROL_RESET);
    rig_loop_back(&rig);
    rig_add_plain(&rig, 200, 7);
    rig_send_all(&rig);
    assert_int_equal(rig_receive(&rig, in, sizeof in), 216);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_who_it_is),
        cmocka_unit_test(lacks_the_features_that_are_off),
        cmocka_unit_test(keeps_what_is_written_within_its_bounds_and_forgets_it_by_reset),
        cmocka_unit_test(stalls_requests_that_are_wrong),
        cmocka_unit_test(stalls_a_halted_endpoint_until_it_is_cleared),
        cmocka_unit_test(sends_the_records_in_front_of_a_bad_one_and_those_of_the_next_transfer),
        cmocka_unit_test(finds_records_however_the_transfer_is_cut),
        cmocka_unit_test(segments_come_back_marked_and_whole_through_every_pause),
        cmocka_unit_test(sends_of_a_super_frame_that_the_transfer_cuts_off_what_is_whole),
        cmocka_unit_test(refuses_what_its_features_lack),
        cmocka_unit_test(is_usable_after_any_rubbish),
    };

    return cmocka_run_group_tests_name("model_board", tests, NULL, NULL);
}
