/* What the bytes of USB transfers mean for the URBs that carry them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/model/model_internal.h"

#include <errno.h>
#include <string.h>

enum { INTERRUPT_BYTES = 8 };

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

bool endpoint_has_news(const struct model *model)
{
    return register_status(model) != model->told_status;
}

static bool run_interrupt(struct model *model, struct transfer *transfer)
{
    uint32_t status = register_status(model);

    if (!endpoint_has_news(model))
        return false;
    if (transfer->length < INTERRUPT_BYTES) {
        transfer->status = -EOVERFLOW;
        return true;
    }
    memset(transfer->data, 0, INTERRUPT_BYTES);
    for (int i = 0; i < 4; i++)
        transfer->data[i] = (uint8_t)(status >> 8 * i);
    transfer->actual = INTERRUPT_BYTES;
    model->told_status = status;
    return true;
}

bool endpoint_run(struct model *model, enum model_pipe_index pipe, struct transfer *transfer)
{
    if (model->halted[pipe]) {
        transfer->status = -EPIPE;
        return true;
    }
    if (pipe != PIPE_ENDPOINT_0 && !model->configuration)
        return false;
    switch (pipe) {
    case PIPE_ENDPOINT_0: request_answer(model, transfer); return true;
    case PIPE_BULK_OUT: return run_out(model, transfer);
    case PIPE_BULK_IN: return receiver_give(model, transfer);
    default: return run_interrupt(model, transfer);
    }
}
