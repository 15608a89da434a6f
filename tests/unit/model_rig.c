/* Drives the C model as a host controller would, a transfer at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/model_rig.h"

enum { START_NS = 5 * MS, ROOM = 1 << 20 };

void rig_open(struct rig *rig, uint32_t features_off)
{
    const struct model_config config = {
        .wire = {.backend = "none"}, .features_off = features_off, .wall_ns = START_NS};
    char error[200];

    *rig = (struct rig){.wall_ns = START_NS, .bytes = malloc(ROOM)};
    assert_int_equal(model_open(&rig->board, &config, error, sizeof error), 0);
}

void rig_close(struct rig *rig)
{
    rig->board->ops->close(rig->board);
    free(rig->bytes);
}

static void note_done(struct transfer *transfer)
{
    *(int *)transfer->user += 1;
}

int rig_run(struct rig *rig, struct transfer *transfer)
{
    int done = 0;

    transfer->done = note_done;
    transfer->user = &done;
    assert_int_equal(rig->board->ops->submit(rig->board, transfer), 0);
    for (int i = 0; i < 100 && !done; i++)
        rig->board->ops->poll(rig->board, rig->wall_ns += MS, TIME_NEVER);
    if (!done)
        rig->board->ops->cancel(rig->board, transfer);
    rig->board->ops->poll(rig->board, rig->wall_ns, TIME_NEVER);
    assert_int_equal(done, 1);
    return transfer->status ? transfer->status : (int)transfer->actual;
}

int rig_control(struct rig *rig, uint8_t type, uint8_t code, uint16_t value, uint16_t index,
                void *data, uint16_t length)
{
    struct transfer transfer = {.setup = {type, code, value & 255, (uint8_t)(value >> 8),
                                          index & 255, (uint8_t)(index >> 8), length & 255,
                                          (uint8_t)(length >> 8)},
                                .data = data,
                                .length = length};

    return rig_run(rig, &transfer);
}

uint32_t rig_get(struct rig *rig, uint16_t address)
{
    uint8_t b[4];

    assert_int_equal(rig_control(rig, 0xC0, 1, 0, address, b, 4), 4);
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

void rig_set(struct rig *rig, uint16_t address, uint32_t value)
{
    uint8_t b[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                    (uint8_t)(value >> 24)};

    assert_int_equal(rig_control(rig, 0x40, 1, 0, address, b, 4), 4);
}

void rig_loop_back(struct rig *rig)
{
    rig_set(rig, REG_CONTROL, REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS);
    rig_set(rig, REG_MDIO, REG_MDIO_WRITE | 0x4000 | 0x0140);
}

void rig_add_record(struct rig *rig, const struct vnet_header *vnet, const uint8_t *frame,
                    size_t length)
{
    uint8_t *at = rig->bytes + rig->length;

    record_write(at, vnet, (uint32_t)length);
    memcpy(at + RECORD_HEADER_BYTES, frame, length);
    rig->length += record_bytes(length);
}

void rig_add_plain(struct rig *rig, size_t length, uint8_t fill)
{
    static const struct vnet_header none;
    uint8_t frame[1518];

    memset(frame, fill, length);
    rig_add_record(rig, &none, frame, length);
}

int rig_send_bytes(struct rig *rig, const uint8_t *bytes, size_t length, bool end)
{
    struct transfer transfer = {.endpoint = OUT,
                                .data = (uint8_t *)(uintptr_t)bytes,
                                .length = (uint32_t)length,
                                .zero_packet = end};

    return rig_run(rig, &transfer);
}

void rig_send_all(struct rig *rig)
{
    assert_int_equal(rig_send_bytes(rig, rig->bytes, rig->length, true), rig->length);
    rig->length = 0;
}

int rig_receive(struct rig *rig, uint8_t *out, uint32_t room)
{
    struct transfer transfer = {.endpoint = IN, .data = out, .length = room};

    return rig_run(rig, &transfer);
}
