/* The board that does as the test says.
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

#include "driver/registers.h"
#include "tests/unit/lan_fake.h"

static int fake_submit(struct transport *transport, struct transfer *transfer)
{
    struct fake *fake = (struct fake *)transport;

    if (fake->unplugged)
        return -ENODEV;
    transfer->actual = 0;
    if (transfer->endpoint == 0) {
        assert_true(fake->control_count < MAX_CONTROLS);
        fake->controls[fake->control_count++] = transfer;
        return 0;
    }
    assert_true(fake->count < MAX_PENDING);
    fake->pending[fake->count++] = transfer;
    return 0;
}

void end(struct fake *fake, int index, int status)
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

static void control_remove(struct fake *fake, int index)
{
    fake->control_count--;
    memmove(&fake->controls[index], &fake->controls[index + 1],
            (size_t)(fake->control_count - index) * sizeof fake->controls[0]);
}

static void fake_cancel(struct transport *transport, struct transfer *transfer)
{
    struct fake *fake = (struct fake *)transport;

    for (int i = 0; i < fake->control_count; i++)
        if (fake->controls[i] == transfer) {
            control_remove(fake, i);
            transfer->status = -ECANCELED;
            transfer->done(transfer);
            return;
        }
    for (int i = 0; i < fake->count; i++)
        if (fake->pending[i] == transfer) {
            if (!fake->keeps)
                end(fake, i, -ECANCELED);
            return;
        }
    fail_msg("cancelled a transfer that was not in flight");
}

static void answer_control(struct fake *fake, struct transfer *transfer)
{
    uint32_t index = (transfer->setup[4] | (uint32_t)transfer->setup[5] << 8) / 4;

    transfer->status = fake->control_failures ? -EPROTO : fake->control_status;
    fake->control_failures -= fake->control_failures > 0;
    transfer->actual = transfer->status ? 0 : transfer->length;
    if (transfer->status) {
        transfer->done(transfer);
        return;
    }
    if (transfer->setup[0] == 0x02)
        fake->clears++;
    else if (transfer->setup[0] == 0xC0)
        memcpy(transfer->data, &fake->registers[index], transfer->length);
    else if (index * 4 != REG_ID && index * 4 != REG_VERSION)
        memcpy(&fake->registers[index], transfer->data, transfer->length);
    transfer->done(transfer);
}

static uint64_t fake_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct fake *fake = (struct fake *)transport;
    struct transfer *control = fake->controls[0];

    (void)until_ns;
    transport->now_ns = wall_ns;
    if (fake->control_count && !fake->mute) {
        control_remove(fake, 0);
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

void fake_init(struct fake *fake)
{
    *fake = (struct fake){.transport = {.ops = &fake_ops, .name = "fake"}};
    fake->registers[REG_ID / 4] = REG_ID_VALUE;
    fake->registers[REG_VERSION / 4] = REG_VERSION_MAJOR << 16 | REG_VERSION_MINOR;
    fake->registers[REG_LIMITS / 4] = 1518;
    fake->registers[REG_STATUS / 4] =
        REG_STATUS_LINK | 2 << REG_STATUS_SPEED_SHIFT | REG_STATUS_FULL_DUPLEX;
}

static void heard_call(struct heard *heard, char what)
{
    bool fits = heard->calls < sizeof heard->order - 1;

    heard->order[fits ? heard->calls++ : sizeof heard->order - 2] = fits ? what : 'x';
}

static void heard_batch(void *user, bool begin, uint64_t now_ns)
{
    (void)now_ns;
    heard_call(user, begin ? '(' : ')');
}

static void heard_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame,
                        size_t len, uint64_t now_ns)
{
    struct heard *heard = user;

    (void)vnet;
    (void)now_ns;
    heard_call(heard, 'f');
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

static void heard_sent(void *user, uint64_t ticket, uint64_t now_ns)
{
    (void)now_ns;
    ((struct heard *)user)->sent = ticket;
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

static void heard_line(void *user, uint64_t now_ns, enum journal_level level, const char *layer,
                       const char *text)
{
    struct heard *heard = user;

    (void)now_ns;
    (void)level;
    snprintf(heard->told, sizeof heard->told, "%s: %s", layer, text);
}

static uint64_t ticks;

uint64_t wall(void)
{
    return ticks += 100000000; /* 100 ms a look, so that patience ends soon */
}

int try_open(struct fake *fake, struct heard *heard, struct lan **lan, char error[200])
{
    struct lan_config config = {.mac = {2, 1, 2, 3, 4, 5},
                                .transfer_bytes = 4096,
                                .transfer_out_bytes = 4096,
                                .transfers_in = 2,
                                .transfers_out = 2};
    struct lan_handler handler = {.frame = heard_frame,
                                  .batch = heard->no_batch ? NULL : heard_batch,
                                  .link = heard_link,
                                  .sent = heard_sent,
                                  .room = heard_room,
                                  .gone = heard_gone,
                                  .user = heard};

    heard->journal = (struct journal){heard_line, heard, JOURNAL_DETAIL};
    config.journal = &heard->journal;
    return lan_open(lan, &fake->transport, &config, &handler, wall, error, 200);
}

struct lan *open_lan(struct fake *fake, struct heard *heard)
{
    struct lan *lan = NULL;
    char error[200] = "";

    fake_init(fake);
    *heard = (struct heard){0};
    assert_int_equal(try_open(fake, heard, &lan, error), 0);
    return lan;
}

int find(const struct fake *fake, uint8_t endpoint)
{
    for (int i = 0; i < fake->count; i++)
        if (fake->pending[i]->endpoint == endpoint)
            return i;
    return -1;
}
