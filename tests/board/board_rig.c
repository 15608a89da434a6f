/* Drives the simulated board as a driver would, without being one.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/board/board_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t rig_wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct transport *rig_open(struct sim_config *config)
{
    struct transport *transport = NULL;
    char error[300] = "";
    config->wall_ns = rig_wall_ns();
    config->wall_clock = rig_wall_ns;
    if (getenv("TRACE") && !config->trace)
        config->trace = "build/board-test.fst";
    int result = sim_open(&transport, config, error, sizeof error);
    if (result < 0)
        fail_msg("sim_open: %s (%s)", error, strerror(-result));
    return transport;
}

static void done(struct transfer *transfer)
{
    *(bool *)transfer->user = true;
}

int rig_run(struct transport *transport, struct transfer *transfer)
{
    bool complete = false;
    uint64_t now = transport->ops->poll(transport, rig_wall_ns(), 0);
    uint64_t limit = now + RIG_PATIENCE_MS * UINT64_C(1000000);
    transfer->done = done;
    transfer->user = &complete;
    int result = transport->ops->submit(transport, transfer);
    while (result == 0 && !complete && now < limit)
        now = transport->ops->poll(transport, rig_wall_ns(), TIME_NEVER);
    if (result == 0 && !complete) {
        transport->ops->cancel(transport, transfer);
        while (!complete)
            transport->ops->poll(transport, rig_wall_ns(), TIME_NEVER);
        return -ETIMEDOUT;
    }
    return result ? result : transfer->status;
}

void rig_wait(struct transport *transport, uint64_t ns)
{
    uint64_t now = transport->ops->poll(transport, rig_wall_ns(), 0), until = now + ns;
    while (now < until) {
        transport->ops->jump(transport, until);
        now = transport->ops->poll(transport, rig_wall_ns(), until);
    }
}

static int control(struct transport *transport, uint8_t type, uint8_t request, uint16_t index,
                   uint8_t data[4])
{
    struct transfer transfer = {
        .setup = {type, request, 0, 0, index & 0xFF, (uint8_t)(index >> 8), 4, 0},
        .data = data,
        .length = 4};
    return rig_run(transport, &transfer);
}

uint32_t rig_read(struct transport *transport, uint16_t address)
{
    uint8_t d[4] = {0};
    assert_int_equal(control(transport, 0xC0, 1, address, d), 0);
    return d[0] | (uint32_t)d[1] << 8 | (uint32_t)d[2] << 16 | (uint32_t)d[3] << 24;
}

void rig_write(struct transport *transport, uint16_t address, uint32_t value)
{
    uint8_t d[4] = {value & 0xFF, value >> 8 & 0xFF, value >> 16 & 0xFF, (uint8_t)(value >> 24)};
    assert_int_equal(control(transport, 0x40, 1, address, d), 0);
}

void rig_await_link(struct transport *transport, bool up)
{
    for (int i = 0; i < 1000; i++) {
        if ((rig_read(transport, REG_STATUS) & REG_STATUS_LINK ? true : false) == up)
            return;
        rig_wait(transport, 10000);
    }
    fail_msg("the link does not %s", up ? "come" : "go");
}

size_t rig_record(uint8_t *bytes, size_t at, const uint8_t *frame, size_t len)
{
    size_t total = (len + 3) & ~(size_t)3;
    memset(bytes + at, 0, 16 + total);
    bytes[at] = len & 0xFF;
    bytes[at + 1] = len >> 8 & 0xFF;
    bytes[at + 2] = (uint8_t)(len >> 16);
    bytes[at + 3] = 0xFE;
    memcpy(bytes + at + 16, frame, len);
    return at + 16 + total;
}

size_t rig_arp(uint8_t *frame)
{
    static const uint8_t request[42] = {
        255, 255, 255, 255, 255, 255, 2, 'F', 'E', 0, 0,  1, 8, 6, 0, 1, 8, 0,  6, 4, 0,
        1,   2,   'F', 'E', 0,   0,   1, 10,  0,   2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2};
    memcpy(frame, request, sizeof request);
    return sizeof request;
}
