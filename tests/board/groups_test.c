/* Tests on the whole simulated board, with the driver above, that frames to groups come while somebody listens to them. The
 * board turns round what is sent, through its filter.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/board/board_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "driver/lan.h"

static const uint8_t ALL_NODES[6] = {0x33, 0x33, 0, 0, 0, 1},
                     SOLICITED[6] = {0x33, 0x33, 0xff, 0x12, 0x34, 0xab},
                     IPV4_GROUP[6] = {0x01, 0, 0x5e, 0, 0, 1}, OWN[6] = {2, 0x46, 0x45, 0, 0, 1};
static const uint64_t PATIENCE_NS = 2000000000; /* simulated */

struct rig {
    struct transport *transport;
    struct lan *lan;
    int groups, own; /* frames that came */
};

static void take_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame, size_t len,
                       uint64_t now_ns)
{
    struct rig *rig = user;

    (void)vnet, (void)now_ns;
    assert_int_equal(len, 60);
    if (frame[0] & 1)
        rig->groups++;
    else
        rig->own++;
}

static void ignore_link(void *user, const struct lan_status *status, uint64_t now_ns)
{
    (void)user, (void)status, (void)now_ns;
}

static void ignore_room(void *user, uint64_t now_ns)
{
    (void)user, (void)now_ns;
}

static void lose_board(void *user, int error, uint64_t now_ns)
{
    (void)user, (void)now_ns;
    fail_msg("the board is gone: %s", strerror(-error));
}

static void open_rig(struct rig *rig, enum sim_shape shape, const struct lan_config *settings)
{
    struct sim_config config = {.wire.backend = "none", .shape = shape};
    struct lan_handler handler = {.frame = take_frame,
                                  .link = ignore_link,
                                  .room = ignore_room,
                                  .gone = lose_board,
                                  .user = rig};
    struct lan_config lan = *settings;
    char error[300] = "";

    memset(rig, 0, sizeof *rig);
    lan.loopback = true;
    memcpy(lan.mac, OWN, 6);
    rig->transport = rig_open(&config);
    if (lan_open(&rig->lan, rig->transport, &lan, &handler, rig_wall_ns, error, sizeof error))
        fail_msg("lan_open: %s", error);
}

static void close_rig(struct rig *rig)
{
    lan_close(rig->lan);
    rig->transport->ops->close(rig->transport);
}

static void send_to(struct rig *rig, const uint8_t to[6])
{
    static const struct vnet_header plain;
    uint8_t *frame = lan_reserve(rig->lan, 60);

    assert_non_null(frame);
    memset(frame, 0, 60);
    memcpy(frame, to, 6);
    memcpy(frame + 6, OWN, 6);
    assert_true(lan_commit(rig->lan, &plain, 60) > 0);
}

/* Whether a frame to a group comes back: the one to us behind it always does. */
static bool hears(struct rig *rig, const uint8_t group[6])
{
    uint64_t now_ns = lan_poll(rig->lan, rig_wall_ns(), 0);
    uint64_t limit_ns = now_ns + PATIENCE_NS;
    int groups = rig->groups, own = rig->own;

    send_to(rig, group);
    send_to(rig, OWN);
    lan_flush(rig->lan, now_ns);
    while (rig->own == own && now_ns < limit_ns)
        now_ns = lan_poll(rig->lan, rig_wall_ns(), TIME_NEVER);
    assert_int_equal(rig->own, own + 1);
    return rig->groups > groups;
}

/* The driver writes without waiting; reading a register waits until that is done. */
static void listen(struct rig *rig, const uint8_t (*groups)[6], size_t count)
{
    uint32_t value;

    lan_listen(rig->lan, groups, count);
    assert_int_equal(lan_register_read(rig->lan, REG_HASH_HIGH, &value), 0);
}

static void hears_a_group_from_joining_to_leaving(enum sim_shape shape)
{
    struct rig rig;
    uint8_t groups[2][6];

    memcpy(groups[0], ALL_NODES, 6);
    memcpy(groups[1], SOLICITED, 6);
    open_rig(&rig, shape, &(struct lan_config){0});
    assert_false(hears(&rig, ALL_NODES) || hears(&rig, SOLICITED) || hears(&rig, IPV4_GROUP));
    listen(&rig, (const uint8_t(*)[6])groups, 2);
    assert_true(hears(&rig, ALL_NODES) && hears(&rig, SOLICITED));
    assert_false(hears(&rig, IPV4_GROUP));
    listen(&rig, (const uint8_t(*)[6])groups, 1);
    assert_true(hears(&rig, ALL_NODES));
    assert_false(hears(&rig, SOLICITED));
    listen(&rig, NULL, 0);
    assert_false(hears(&rig, ALL_NODES));
    close_rig(&rig);
}

static void hears_a_group_from_joining_to_leaving_at_high_speed(void **state)
{
    (void)state;
    hears_a_group_from_joining_to_leaving(SHAPE_HIGH_SPEED);
}

static void hears_a_group_from_joining_to_leaving_at_full_speed(void **state)
{
    (void)state;
    hears_a_group_from_joining_to_leaving(SHAPE_FULL_SPEED);
}

static void hears_every_group_in_promiscuous_mode_and_with_all_of_them_wanted(void **state)
{
    static const struct lan_config settings[] = {
        {.promiscuous = true},
        {.all_multicast = true},
    };

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rig rig;

        open_rig(&rig, SHAPE_HIGH_SPEED, &settings[i]);
        listen(&rig, &SOLICITED, 1);
        listen(&rig, NULL, 0);
        assert_true(hears(&rig, ALL_NODES) && hears(&rig, SOLICITED) && hears(&rig, IPV4_GROUP));
        close_rig(&rig);
    }
}

/* As with gateware from before the filter. */
static void hears_every_group_while_it_listens_to_one_without_the_filter(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, SHAPE_HIGH_SPEED,
             &(struct lan_config){.features_off = REG_FEATURES_MULTICAST_HASH});
    assert_false(hears(&rig, ALL_NODES));
    listen(&rig, &SOLICITED, 1);
    assert_true(hears(&rig, ALL_NODES) && hears(&rig, SOLICITED) && hears(&rig, IPV4_GROUP));
    listen(&rig, NULL, 0);
    assert_false(hears(&rig, SOLICITED));
    close_rig(&rig);
}

static void forgets_the_groups_at_a_reset(void **state)
{
    struct rig rig;
    uint32_t low, high;

    (void)state;
    open_rig(&rig, SHAPE_HIGH_SPEED, &(struct lan_config){0});
    listen(&rig, &ALL_NODES, 1);
    assert_int_equal(rig_read(rig.transport, REG_HASH_HIGH), 1u << 30);
    assert_int_equal(lan_register_write(rig.lan, REG_CONTROL, REG_CONTROL_RESET), 0);
    assert_int_equal(lan_register_read(rig.lan, REG_HASH_LOW, &low), 0);
    assert_int_equal(lan_register_read(rig.lan, REG_HASH_HIGH, &high), 0);
    assert_int_equal(low | high, 0);
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hears_a_group_from_joining_to_leaving_at_high_speed),
        cmocka_unit_test(hears_a_group_from_joining_to_leaving_at_full_speed),
        cmocka_unit_test(hears_every_group_in_promiscuous_mode_and_with_all_of_them_wanted),
        cmocka_unit_test(hears_every_group_while_it_listens_to_one_without_the_filter),
        cmocka_unit_test(forgets_the_groups_at_a_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
