/* What the bytes of USB transfers mean for the URBs that carry them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/model/model_internal.h"

#include <errno.h>
#include <string.h>

enum { INTERRUPT_BYTES = 8, NOTIFICATION_BYTES = 16 };

/* A URB is a window on a transfer, which a short packet ends, or an empty one. */
static bool run_out(struct model *model, struct transfer *transfer)
{
    bool full = transfer->length && transfer->length % model->packet_bytes == 0;

    transfer->actual += (uint32_t)sender_take(model, transfer->data + transfer->actual,
                                              transfer->length - transfer->actual);
    if (transfer->actual < transfer->length)
        return false;
    if (!full || transfer->zero_packet)
        sender_end(model);
    return true;
}

bool endpoint_exists(const struct model *model, unsigned pipe)
{
    if (pipe == PIPE_BULK_OUT || pipe == PIPE_BULK_IN)
        return model->configuration == CONFIGURATION_RECORDS || model->alternate;
    return pipe == PIPE_ENDPOINT_0 || model->configuration;
}

/* ---- interrupt ---- */

static bool link_is_news(const struct model *model)
{
    return model->told_status != (register_status(model) & REG_STATUS_LINK);
}

/* Of a network adapter: the link comes first, then its speed. */
static bool network_has_news(const struct model *model)
{
    uint32_t status = register_status(model);

    return model->alternate && (link_is_news(model) || ((status & REG_STATUS_LINK) &&
                                                        model->told_speed != (int64_t)status));
}

bool endpoint_has_news(const struct model *model)
{
    return model->configuration == CONFIGURATION_NETWORK
               ? network_has_news(model)
               : register_status(model) != model->told_status;
}

static void put_le(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* CDC 1.2, table 20: NETWORK_CONNECTION or CONNECTION_SPEED_CHANGE. Returns its length. */
static uint32_t notify(struct model *model, uint8_t n[NOTIFICATION_BYTES])
{
    uint32_t status = register_status(model), rate = wire_link_mbps(model->wire) * 1000000;

    memset(n, 0, NOTIFICATION_BYTES);
    n[0] = 0xA1;
    if (link_is_news(model)) {
        n[2] = status & REG_STATUS_LINK;
        model->told_status = status & REG_STATUS_LINK;
        model->told_speed = -1;
        return INTERRUPT_BYTES;
    }
    n[1] = 0x2A;
    n[6] = 8;
    put_le(n + 8, rate);
    put_le(n + 12, rate);
    model->told_speed = status;
    return NOTIFICATION_BYTES;
}

static uint32_t report(struct model *model, uint8_t bytes[INTERRUPT_BYTES])
{
    uint32_t status = register_status(model);

    memset(bytes, 0, INTERRUPT_BYTES);
    put_le(bytes, status);
    model->told_status = status;
    return INTERRUPT_BYTES;
}

static bool run_interrupt(struct model *model, struct transfer *transfer)
{
    uint8_t bytes[NOTIFICATION_BYTES];
    uint32_t length;

    if (!endpoint_has_news(model))
        return false;
    length =
        model->configuration == CONFIGURATION_NETWORK ? notify(model, bytes) : report(model, bytes);
    if (transfer->length < length) {
        transfer->status = -EOVERFLOW;
        return true;
    }
    memcpy(transfer->data, bytes, length);
    transfer->actual = length;
    return true;
}

bool endpoint_run(struct model *model, enum model_pipe_index pipe, struct transfer *transfer)
{
    if (model->halted[pipe]) {
        transfer->status = -EPIPE;
        return true;
    }
    if (!endpoint_exists(model, pipe))
        return false;
    switch (pipe) {
    case PIPE_ENDPOINT_0: request_answer(model, transfer); return true;
    case PIPE_BULK_OUT: return run_out(model, transfer);
    case PIPE_BULK_IN: return receiver_give(model, transfer);
    default: return run_interrupt(model, transfer);
    }
}
