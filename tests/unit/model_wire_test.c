/* The C model between wire and driver: what comes over the wire, how it ends, and how its time goes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "driver/lan.h"
#include "tests/unit/model_packet.h"
#include "tests/unit/model_rig.h"

/* ---- the wire ---- */

static const char PLAIN[] = "ffffffffffff02000000000188b5";
static const char PAUSE_33_MS[] = "0180c200000102000000000188080001ffff";

/* Three frames of a recording, which begin with these hexadecimal digits; the wire spoils them if it is told to. */
static void open_replay(struct rig *rig, const char *frame, double corrupt)
{
    char path[] = "/tmp/model_wire_XXXXXX", backend[64], error[200] = "";
    struct model_config config = {.wire = {.backend = backend, .impairment.corrupt = corrupt},
                                  .wall_ns = 5 * MS};
    FILE *file = fdopen(mkstemp(path), "w");

    fprintf(file, "# ferrite wire record 1\n");
    for (int i = 1; i <= 3; i++)
        fprintf(file, "%d < %s%02x\n", i * 20 * MS, frame, i);
    fclose(file);
    snprintf(backend, sizeof backend, "replay:%s", path);
    *rig = (struct rig){.wall_ns = 5 * MS, .bytes = malloc(4096)};
    assert_int_equal(model_open(&rig->board, &config, error, sizeof error), 0);
    unlink(path);
    rig_set(rig, REG_CONTROL, REG_CONTROL_ENABLE);
}

static void receives_frames_from_the_wire_when_they_are_due(void **state)
{
    struct rig rig;
    uint8_t in[4096];

    (void)state;
    open_replay(&rig, PLAIN, 0);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(rig_receive(&rig, in, sizeof in), 76);
        assert_int_equal(in[16 + 14], i);
        assert_in_range(rig.wall_ns, (5 + 20 * i) * (uint64_t)MS, (7 + 20 * i) * (uint64_t)MS);
    }
    rig_close(&rig);
}

static void counts_frames_that_the_wire_spoiled(void **state)
{
    struct rig rig;
    uint8_t in[4096];

    (void)state;
    open_replay(&rig, PLAIN, 1);
    assert_int_equal(rig_receive(&rig, in, sizeof in), -ECANCELED);
    assert_int_equal(rig_get(&rig, REG_RX_CRC_ERRORS), 3);
    assert_int_equal(rig_get(&rig, REG_RX_FRAMES), 0);
    rig_close(&rig);
}

static void turns_frames_round_and_ignores_the_wire_in_loopback(void **state)
{
    static const uint8_t zeros[60];
    static const struct vnet_header none;
    struct rig rig;
    uint8_t in[4096];

    (void)state;
    open_replay(&rig, PLAIN, 0);
    rig_set(&rig, REG_CONTROL, REG_CONTROL_ENABLE | REG_CONTROL_LOOPBACK | REG_CONTROL_PROMISCUOUS);
    rig_add_record(&rig, &none, zeros, 14);
    rig_send_all(&rig);
    assert_int_equal(rig_receive(&rig, in, sizeof in), 76);
    assert_memory_equal(in + 16, zeros, 60);
    assert_int_equal(rig_receive(&rig, in, sizeof in), -ECANCELED);
    assert_int_equal(rig_get(&rig, REG_RX_FRAMES), 1);
    assert_int_equal(rig_get(&rig, REG_TX_FRAMES), 1);
    assert_int_equal(wire_counters(model_wire(rig.board))->frames_from_board, 0);
    rig_set(&rig, REG_CONTROL, REG_CONTROL_ENABLE);
    rig_add_record(&rig, &none, zeros, 14);
    rig_send_all(&rig);
    assert_int_equal(wire_counters(model_wire(rig.board))->frames_from_board, 1);
    rig_close(&rig);
}

static void is_silent_while_the_link_partner_asks_for_it(void **state)
{
    struct rig rig;
    uint8_t in[512];

    (void)state;
    open_replay(&rig, PAUSE_33_MS, 0);
    while (!rig_get(&rig, REG_RX_PAUSE))
        assert_true(rig.wall_ns < 30 * MS);
    rig_add_plain(&rig, 100, 1);
    rig_send_all(&rig);
    assert_int_equal(rig_get(&rig, REG_TX_FRAMES), 0);
    assert_int_equal(rig_receive(&rig, in, sizeof in), -ECANCELED); /* 100 ms */
    assert_int_equal(rig_get(&rig, REG_TX_FRAMES), 1);
    assert_int_equal(rig_get(&rig, REG_RX_PAUSE), 3);
    assert_int_equal(rig_get(&rig, REG_RX_FRAMES), 0);
    rig_close(&rig);
}

/* ---- life and time ---- */

static void note_status(struct transfer *transfer)
{
    *(int *)transfer->user = transfer->status;
}

static void ends_transfers_when_it_is_unplugged_and_takes_no_more(void **state)
{
    uint8_t data[512];
    int status = 1;
    struct transfer transfer = {
        .endpoint = IN, .data = data, .length = 512, .done = note_status, .user = &status};
    struct transfer wrong = {.endpoint = 0x03, .done = note_status};
    struct rig rig;

    (void)state;
    rig_open(&rig, 0);
    assert_int_equal(rig.board->ops->submit(rig.board, &wrong), -EINVAL);
    assert_int_equal(rig.board->ops->submit(rig.board, &transfer), 0);
    model_unplug(rig.board);
    rig.board->ops->poll(rig.board, rig.wall_ns, TIME_NEVER);
    assert_int_equal(status, -ENODEV);
    assert_int_equal(rig.board->ops->submit(rig.board, &transfer), -ENODEV);
    rig_close(&rig);
    rig_open(&rig, 0);
    assert_int_equal(rig.board->ops->submit(rig.board, &transfer), 0);
    rig_close(&rig);
    assert_int_equal(status, -ECANCELED);
}

static void follows_the_wall_clock_and_jumps_only_when_nothing_is_due(void **state)
{
    struct rig rig;
    const struct transport_ops *ops;

    (void)state;
    open_replay(&rig, PLAIN, 0);
    ops = rig.board->ops;
    assert_int_equal(ops->poll(rig.board, rig.wall_ns + MS, TIME_NEVER), rig.wall_ns + MS);
    assert_int_equal(ops->poll(rig.board, rig.wall_ns + 9 * MS, rig.wall_ns + 2 * MS),
                     rig.wall_ns + 2 * MS);
    assert_int_equal(ops->deadline(rig.board), 25 * MS);
    assert_true(ops->jump(rig.board, 100 * MS)); /* not past the frame */
    assert_int_equal(ops->deadline(rig.board), 25 * MS);
    assert_int_equal(ops->poll(rig.board, rig.wall_ns + 9 * MS, TIME_NEVER), 32 * MS);
    rig_close(&rig);
}

static uint64_t fake_wall_ns(void)
{
    static uint64_t now = 5 * MS;

    return now += MS;
}

static void count_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame,
                        size_t length, uint64_t now_ns)
{
    (void)now_ns;
    assert_int_equal(vnet->flags, VNET_DATA_VALID);
    assert_true(length > 54 && frame[12] == 8);
    *(int *)user += 1;
}

static void the_lan_driver_brings_it_up_and_carries_super_frames(void **state)
{
    static uint8_t packet[PACKET_ROOM];
    const struct lan_config config = {.promiscuous = true};
    struct packet_shape shape = {.payload = 9000};
    struct vnet_header vnet;
    struct lan *lan;
    struct rig rig;
    uint64_t seed = 1;
    char error[200] = "";
    int frames = 0;
    const struct lan_handler handler = {.frame = count_frame, .user = &frames};
    size_t length = packet_make(packet, &shape, &seed);

    (void)state;
    rig_open(&rig, 0);
    assert_int_equal(
        lan_open(&lan, rig.board, &config, &handler, fake_wall_ns, error, sizeof error), 0);
    assert_string_equal(lan_info(lan)->board, "C model");
    assert_int_equal(lan_status(lan)->speed_mbps, 1000);
    assert_int_equal(lan_register_write(lan, REG_MDIO, REG_MDIO_WRITE | 0x4000 | 0x0140), 0);
    packet_make_partial(packet, length, &shape, &vnet);
    vnet.gso_type = VNET_GSO_TCPV4;
    vnet.gso_size = 1000;
    memcpy(lan_reserve(lan, length), packet, length);
    lan_commit(lan, &vnet, length);
    lan_flush(lan, 0);
    for (int i = 0; i < 10; i++)
        lan_poll(lan, fake_wall_ns(), TIME_NEVER);
    assert_int_equal(frames, 9);
    assert_int_equal(rig_get(&rig, REG_TX_SEGMENTS), 9);
    assert_int_equal(rig_get(&rig, REG_TX_SEGMENTED_RECORDS), 1);
    assert_int_equal(rig_get(&rig, REG_RX_VERIFIED), 9);
    lan_close(lan);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receives_frames_from_the_wire_when_they_are_due),
        cmocka_unit_test(counts_frames_that_the_wire_spoiled),
        cmocka_unit_test(turns_frames_round_and_ignores_the_wire_in_loopback),
        cmocka_unit_test(is_silent_while_the_link_partner_asks_for_it),
        cmocka_unit_test(ends_transfers_when_it_is_unplugged_and_takes_no_more),
        cmocka_unit_test(follows_the_wall_clock_and_jumps_only_when_nothing_is_due),
        cmocka_unit_test(the_lan_driver_brings_it_up_and_carries_super_frames),
    };

    return cmocka_run_group_tests_name("model_wire", tests, NULL, NULL);
}
