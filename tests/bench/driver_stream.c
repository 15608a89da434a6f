/* Measures what the driver alone costs: `driver_stream` and how (stack_meter.h); `send` counts it all.
 *
 * SPDX-License-Identifier: MIT
 *
 * Super-frames go through the driver to the C model in loopback, which cuts them into segments, and these come back
 * through the driver. A transport between driver and model stops the meter while the model works; writing the frames does not
 * count, and looking at those that come back does not either.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/lan.h"
#include "sim/model/model.h"
#include "tests/bench/stack_meter.h"

enum {
    HEADER_BYTES = 14 + 20 + 20,
    SEGMENT_BYTES = 1460,
    SEGMENTS = 44,
    FRAME_BYTES = HEADER_BYTES + SEGMENTS * SEGMENT_BYTES,
    TRANSFERS_MOST = 64,
    IDLE_TURNS_MOST = 1000,
};

static struct transport *model;
static struct lan *lan;
static uint64_t now_ns, frames_back;

static uint64_t present(void)
{
    return now_ns;
}

/* ---- the transport between driver and model ---- */

static struct transport between;
static struct hook {
    struct transfer *transfer; /* in flight; NULL: free */
    void (*done)(struct transfer *transfer);
} hooks[TRANSFERS_MOST];

static void end_transfer(struct transfer *transfer)
{
    struct hook *hook = hooks;

    while (hook->transfer != transfer)
        hook++;
    hook->transfer = NULL;
    transfer->done = hook->done;
    between.now_ns = model->now_ns;
    meter_on(END_SENDER);
    transfer->done(transfer);
    meter_off();
}

static int between_submit(struct transport *transport, struct transfer *transfer)
{
    struct hook *hook = hooks;
    int code;

    (void)transport;
    meter_off();
    while (hook->transfer)
        hook++;
    *hook = (struct hook){transfer, transfer->done};
    transfer->done = end_transfer;
    code = model->ops->submit(model, transfer);
    if (code)
        stream_die("the model refuses a transfer: %s", strerror(-code));
    meter_on(END_SENDER);
    return 0;
}

static void between_cancel(struct transport *transport, struct transfer *transfer)
{
    (void)transport;
    meter_off();
    model->ops->cancel(model, transfer);
    meter_on(END_SENDER);
}

static uint64_t between_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    meter_off();
    transport->now_ns = model->ops->poll(model, wall_ns, until_ns);
    meter_on(END_SENDER);
    return transport->now_ns;
}

static uint64_t between_deadline(struct transport *transport)
{
    (void)transport;
    return model->ops->deadline(model);
}

static int between_fds(struct transport *transport, struct pollfd *fds, int max)
{
    (void)transport;
    return model->ops->fds(model, fds, max);
}

static void open_model(void)
{
    static const struct transport_ops ops = {
        .submit = between_submit,
        .cancel = between_cancel,
        .poll = between_poll,
        .deadline = between_deadline,
        .fds = between_fds,
    };
    const struct model_config config = {.wire.backend = "none", .real_time = true};
    char error[300];

    if (model_open(&model, &config, error, sizeof error))
        stream_die("%s", error);
    between = *model;
    between.ops = &ops;
}

/* ---- frames ---- */

static void take_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame, size_t len,
                       uint64_t at_ns)
{
    (void)user, (void)at_ns;
    meter_off();
    if (len != HEADER_BYTES + SEGMENT_BYTES || !(vnet->flags & VNET_DATA_VALID) ||
        memcmp(frame + HEADER_BYTES, stream_data(frames_back % SEGMENTS * SEGMENT_BYTES),
               SEGMENT_BYTES))
        stream_die("segment %llu came back as %zu other bytes", (unsigned long long)frames_back,
                   len);
    frames_back++;
    meter_on(END_SENDER);
}

static void take_link(void *user, const struct lan_status *status, uint64_t at_ns)
{
    (void)user, (void)status, (void)at_ns;
}

static void take_room(void *user, uint64_t at_ns)
{
    (void)user, (void)at_ns;
}

static void take_gone(void *user, int error, uint64_t at_ns)
{
    (void)user, (void)at_ns;
    stream_die("the driver gave up: %s", strerror(-error));
}

static void put_sum(uint8_t *at, uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    at[0] = (uint8_t)(sum >> 8);
    at[1] = (uint8_t)sum;
}

/* TCP over IPv4 to the board itself, from and to 10.0.0.1; what the board mends may be 0. */
static void frame_make(uint8_t *frame)
{
    static const uint8_t ip[20] = {0x45,
                                   0,
                                   (FRAME_BYTES - 14) >> 8,
                                   (FRAME_BYTES - 14) & 0xFF,
                                   0,
                                   0,
                                   0x40,
                                   0,
                                   64,
                                   6,
                                   0,
                                   0,
                                   10,
                                   0,
                                   0,
                                   1,
                                   10,
                                   0,
                                   0,
                                   1};
    uint8_t *tcp = frame + 14 + 20;

    memcpy(frame, lan_info(lan)->mac, 6);
    memcpy(frame + 6, lan_info(lan)->mac, 6);
    frame[12] = 0x08;
    frame[13] = 0x00;
    memcpy(frame + 14, ip, sizeof ip);
    memset(tcp, 0, 20);
    tcp[12] = 0x50;
    tcp[13] = 0x10;
    put_sum(tcp + 16, 2 * (0x0a00 + 0x0001) + 6 + FRAME_BYTES - 14 - 20);
    memcpy(frame + HEADER_BYTES, stream_data(0), SEGMENTS * SEGMENT_BYTES);
}

/* Returns false if the driver has no room now. */
static bool send_frame(void)
{
    static const struct vnet_header vnet = {.flags = VNET_NEEDS_CSUM,
                                            .gso_type = VNET_GSO_TCPV4,
                                            .gso_size = SEGMENT_BYTES,
                                            .csum_start = 34,
                                            .csum_offset = 16};
    uint8_t *place;

    meter_on(END_SENDER);
    place = lan_reserve(lan, FRAME_BYTES);
    meter_off();
    if (!place)
        return false;
    frame_make(place);
    meter_on(END_SENDER);
    lan_commit(lan, &vnet, FRAME_BYTES);
    lan_flush(lan, now_ns);
    meter_off();
    return true;
}

static void poll_lan(void)
{
    now_ns += 1000;
    meter_on(END_SENDER);
    lan_poll(lan, now_ns, TIME_NEVER);
    meter_off();
}

static void carry(uint64_t bytes)
{
    uint64_t frames = bytes / (SEGMENTS * SEGMENT_BYTES) + 1, end = frames_back + frames * SEGMENTS;
    int idle = 0;

    for (uint64_t sent = 0; frames_back < end;) {
        uint64_t before = frames_back;

        sent += sent < frames && send_frame();
        poll_lan();
        idle = frames_back == before ? idle + 1 : 0;
        if (idle > IDLE_TURNS_MOST)
            stream_die("%llu segments do not come back", (unsigned long long)(end - frames_back));
    }
}

int main(int argc, char **argv)
{
    const struct lan_handler handler = {
        .frame = take_frame, .link = take_link, .room = take_room, .gone = take_gone};
    const struct lan_config config = {.loopback = true};
    char error[300];

    meter_setup(argc - 1, argv + 1);
    open_model();
    if (lan_open(&lan, &between, &config, &handler, present, error, sizeof error))
        stream_die("%s", error);
    meter_run("driver.", carry);
    lan_close(lan);
    model->ops->close(model);
    return 0;
}
