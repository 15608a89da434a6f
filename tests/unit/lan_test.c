/* Tests of driver/lan*.c over a transport whose every answer the test decides.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "driver/lan.h"
#include "driver/registers.h"

enum { MAX_PENDING = 32 };

/* A board of registers; bulk and interrupt transfers wait until the test ends them. */
struct fake {
    struct transport transport;
    uint32_t registers[256];
    struct transfer *pending[MAX_PENDING], *control;
    int count, clears;
    bool unplugged, mute;
};

static int fake_submit(struct transport *transport, struct transfer *transfer)
{
    struct fake *fake = (struct fake *)transport;

    if (fake->unplugged)
        return -ENODEV;
    transfer->actual = 0;
    if (transfer->endpoint == 0) {
        assert_null(fake->control);
        fake->control = transfer;
        return 0;
    }
    assert_true(fake->count < MAX_PENDING);
    fake->pending[fake->count++] = transfer;
    return 0;
}

static void end(struct fake *fake, int index, int status)
{
    struct transfer *transfer = fake->pending[index];

    memmove(&fake->pending[index], &fake->pending[index + 1],
            (size_t)(fake->count - index - 1) * sizeof fake->pending[0]);
    fake->count--;
    transfer->status = status;
    if (transfer->endpoint == 0x01 && !status)
        transfer->actual = transfer->length;
    transfer->done(transfer);
}

static void fake_cancel(struct transport *transport, struct transfer *transfer)
{
    struct fake *fake = (struct fake *)transport;

    if (fake->control == transfer) {
        fake->control = NULL;
        transfer->status = -ECANCELED;
        transfer->done(transfer);
        return;
    }
    for (int i = 0; i < fake->count; i++)
        if (fake->pending[i] == transfer) {
            end(fake, i, -ECANCELED);
            return;
        }
    fail_msg("cancelled a transfer that was not in flight");
}

static void answer_control(struct fake *fake, struct transfer *transfer)
{
    uint32_t index = (transfer->setup[4] | (uint32_t)transfer->setup[5] << 8) / 4;

    transfer->status = 0;
    if (transfer->setup[0] == 0x02)
        fake->clears++;
    else if (transfer->setup[0] == 0xC0)
        memcpy(transfer->data, &fake->registers[index], 4);
    else if (index * 4 != REG_ID && index * 4 != REG_VERSION)
        memcpy(&fake->registers[index], transfer->data, 4);
    transfer->actual = transfer->length;
    transfer->done(transfer);
}

static uint64_t fake_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct fake *fake = (struct fake *)transport;
    struct transfer *control = fake->control;

    (void)until_ns;
    transport->now_ns = wall_ns;
    if (control && !fake->mute) {
        fake->control = NULL;
        answer_control(fake, control);
    }
    return wall_ns;
}

static uint64_t fake_deadline(struct transport *transport)
{
    return transport->now_ns;
}

static int fake_fds(struct transport *transport, struct pollfd *fds, int max)
{
    (void)transport;
    (void)fds;
    (void)max;
    return 0;
}

static const struct transport_ops fake_ops = {.submit = fake_submit,
                                              .cancel = fake_cancel,
                                              .poll = fake_poll,
                                              .deadline = fake_deadline,
                                              .fds = fake_fds};

static void fake_init(struct fake *fake)
{
    *fake = (struct fake){.transport = {.ops = &fake_ops, .name = "fake"}};
    fake->registers[REG_ID / 4] = REG_ID_VALUE;
    fake->registers[REG_VERSION / 4] = REG_VERSION_MAJOR << 16 | REG_VERSION_MINOR;
    fake->registers[REG_LIMITS / 4] = 1518;
    fake->registers[REG_STATUS / 4] =
        REG_STATUS_LINK | 2 << REG_STATUS_SPEED_SHIFT | REG_STATUS_FULL_DUPLEX;
}

/* What the handler was told. */
struct heard {
    int frames, links, rooms, gone, gone_error;
    size_t last_len;
    uint8_t last[64];
};

static void heard_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame,
                        size_t len, uint64_t now_ns)
{
    struct heard *heard = user;

    (void)vnet;
    (void)now_ns;
    heard->frames++;
    heard->last_len = len;
    memcpy(heard->last, frame, len < sizeof heard->last ? len : sizeof heard->last);
}

static void heard_link(void *user, const struct lan_status *status, uint64_t now_ns)
{
    (void)status;
    (void)now_ns;
    ((struct heard *)user)->links++;
}

static void heard_room(void *user, uint64_t now_ns)
{
    (void)now_ns;
    ((struct heard *)user)->rooms++;
}

static void heard_gone(void *user, int error, uint64_t now_ns)
{
    struct heard *heard = user;

    (void)now_ns;
    heard->gone++;
    heard->gone_error = error;
}

static uint64_t ticks;

static uint64_t wall(void)
{
    return ticks += 100000000; /* 100 ms a look, so that patience ends soon */
}

static int try_open(struct fake *fake, struct heard *heard, struct lan **lan, char error[200])
{
    struct lan_config config = {
        .mac = {2, 1, 2, 3, 4, 5}, .transfer_bytes = 4096, .transfers_in = 2, .transfers_out = 2};
    struct lan_handler handler = {heard_frame, heard_link, heard_room, heard_gone, heard};

    return lan_open(lan, &fake->transport, &config, &handler, wall, error, 200);
}

static struct lan *open_lan(struct fake *fake, struct heard *heard)
{
    struct lan *lan = NULL;
    char error[200] = "";

    fake_init(fake);
    *heard = (struct heard){0};
    assert_int_equal(try_open(fake, heard, &lan, error), 0);
    return lan;
}

static int find(const struct fake *fake, uint8_t endpoint)
{
    for (int i = 0; i < fake->count; i++)
        if (fake->pending[i]->endpoint == endpoint)
            return i;
    return -1;
}

static void bring_up_sets_the_board_and_starts_to_receive(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    assert_int_equal(fake.registers[REG_CONTROL / 4], REG_CONTROL_ENABLE);
    assert_int_equal(fake.registers[REG_MAC_LOW / 4], 0x03020102);
    assert_int_equal(fake.registers[REG_MAC_HIGH / 4], 0x0504);
    assert_int_equal(fake.registers[REG_BATCH_BYTES / 4], 4096);
    assert_int_equal(fake.count, 3);
    assert_int_equal(heard.links, 1);
    assert_int_equal(lan_status(lan)->speed_mbps, 1000);
    lan_close(lan);
    assert_int_equal(fake.count, 0);
    assert_int_equal(fake.registers[REG_CONTROL / 4], 0);
}

static void refuses_gateware_of_another_version_and_says_what_to_do(void **state)
{
    struct fake fake;
    struct heard heard = {0};
    struct lan *lan;
    char error[200] = "";

    (void)state;
    fake_init(&fake);
    fake.registers[REG_VERSION / 4] = 7 << 16 | 3;
    assert_int_equal(try_open(&fake, &heard, &lan, error), -EPROTONOSUPPORT);
    assert_non_null(strstr(error, "gateware 7.3"));
    assert_non_null(strstr(error, "flash"));
    fake_init(&fake);
    fake.registers[0] = 0xdeadbeef;
    assert_int_equal(try_open(&fake, &heard, &lan, error), -EPROTONOSUPPORT);
    assert_non_null(strstr(error, "0xdeadbeef"));
}

static void gives_up_on_a_board_that_never_answers(void **state)
{
    struct fake fake;
    struct heard heard = {0};
    struct lan *lan;
    char error[200] = "";

    (void)state;
    fake_init(&fake);
    fake.mute = true;
    assert_int_equal(try_open(&fake, &heard, &lan, error), -ETIMEDOUT);
}

static void frames_go_back_to_back_into_one_transfer(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);
    struct vnet_header vnet = {0};
    struct record record;
    int at;

    (void)state;
    for (uint8_t i = 0; i < 3; i++) {
        uint8_t *place = lan_reserve(lan, 1514);

        assert_non_null(place);
        memset(place, i, 61);
        lan_commit(lan, &vnet, 61);
    }
    assert_int_equal(find(&fake, 0x01), -1);
    lan_flush(lan, 0);
    at = find(&fake, 0x01);
    assert_true(at >= 0);
    assert_int_equal(fake.pending[at]->length, 3 * 80);
    assert_true(fake.pending[at]->zero_packet);
    for (uint8_t i = 0; i < 3; i++) {
        assert_int_equal(record_parse(fake.pending[at]->data + 80 * i, 80, 1514, &record), 80);
        assert_int_equal(record.frame[60], i);
    }
    lan_close(lan);
}

static void says_when_there_is_room_again(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);
    struct vnet_header vnet = {0};
    int sent = 0;

    (void)state;
    while (lan_reserve(lan, 1514)) {
        lan_commit(lan, &vnet, 1514);
        assert_true(++sent < 10);
    }
    assert_int_equal(sent, 4); /* two transfers of two frames */
    assert_int_equal(heard.rooms, 0);
    end(&fake, find(&fake, 0x01), 0);
    assert_int_equal(heard.rooms, 1);
    assert_non_null(lan_reserve(lan, 1514));
    lan_close(lan);
}

static void receive(struct fake *fake, const uint8_t *bytes, size_t len)
{
    int at = find(fake, 0x81);

    memcpy(fake->pending[at]->data, bytes, len);
    fake->pending[at]->actual = (uint32_t)len;
    end(fake, at, 0);
}

static void each_record_of_a_transfer_is_delivered_and_a_bad_one_ends_it(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);
    struct vnet_header vnet = {.num_buffers = 1};
    uint8_t bytes[240];

    (void)state;
    memset(bytes, 7, sizeof bytes);
    for (int i = 0; i < 3; i++)
        record_write(bytes + 80 * i, &vnet, 61);
    receive(&fake, bytes, sizeof bytes);
    assert_int_equal(heard.frames, 3);
    assert_int_equal(heard.last_len, 61);
    bytes[80 + 3] = 0;
    receive(&fake, bytes, sizeof bytes);
    assert_int_equal(heard.frames, 4);
    assert_int_equal(lan_counters(lan)->rx_bad_records, 1);
    receive(&fake, bytes, 0);
    assert_int_equal(heard.frames, 4);
    assert_true(find(&fake, 0x81) >= 0);
    lan_close(lan);
}

static void a_stalled_endpoint_is_cleared_and_goes_on(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    end(&fake, find(&fake, 0x81), -EPIPE);
    end(&fake, find(&fake, 0x81), -EPIPE);
    assert_int_equal(find(&fake, 0x81), -1);
    lan_poll(lan, wall(), TIME_NEVER);
    assert_int_equal(fake.clears, 1);
    assert_int_equal(fake.count, 3);
    assert_int_equal(lan_counters(lan)->stalls, 2);
    assert_int_equal(heard.gone, 0);
    lan_close(lan);
}

static void a_board_that_only_fails_is_given_up_once(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    for (int i = 0; i < 100 && find(&fake, 0x81) >= 0; i++)
        end(&fake, find(&fake, 0x81), -EPROTO);
    assert_int_equal(heard.gone, 1);
    assert_int_equal(heard.gone_error, -EPROTO);
    lan_close(lan);
}

static void an_unplugged_board_is_reported_once_and_takes_nothing_more(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);

    (void)state;
    fake.unplugged = true;
    while (fake.count)
        end(&fake, 0, -ENODEV);
    assert_int_equal(heard.gone, 1);
    assert_int_equal(heard.gone_error, -ENODEV);
    assert_null(lan_reserve(lan, 60));
    lan_close(lan);
}

static void the_interrupt_endpoint_tells_of_the_link(void **state)
{
    struct fake fake;
    struct heard heard;
    struct lan *lan = open_lan(&fake, &heard);
    int at = find(&fake, 0x82);

    (void)state;
    memset(fake.pending[at]->data, 0, 8);
    fake.pending[at]->actual = 8;
    end(&fake, at, 0);
    assert_int_equal(heard.links, 2);
    assert_false(lan_status(lan)->link);
    assert_true(find(&fake, 0x82) >= 0);
    lan_close(lan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bring_up_sets_the_board_and_starts_to_receive),
        cmocka_unit_test(refuses_gateware_of_another_version_and_says_what_to_do),
        cmocka_unit_test(gives_up_on_a_board_that_never_answers),
        cmocka_unit_test(frames_go_back_to_back_into_one_transfer),
        cmocka_unit_test(says_when_there_is_room_again),
        cmocka_unit_test(each_record_of_a_transfer_is_delivered_and_a_bad_one_ends_it),
        cmocka_unit_test(a_stalled_endpoint_is_cleared_and_goes_on),
        cmocka_unit_test(a_board_that_only_fails_is_given_up_once),
        cmocka_unit_test(an_unplugged_board_is_reported_once_and_takes_nothing_more),
        cmocka_unit_test(the_interrupt_endpoint_tells_of_the_link),
    };

    return cmocka_run_group_tests_name("lan", tests, NULL, NULL);
}
