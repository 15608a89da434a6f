/* Offers the model as a transport: transfers in flight, and time.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/model/model_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct model *model_of(struct transport *transport)
{
    return (struct model *)transport;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- transfers ---- */

static void queue_push(struct model_queue *queue, struct transfer *transfer)
{
    transfer->context = NULL;
    if (queue->tail)
        queue->tail->context = transfer;
    else
        queue->head = transfer;
    queue->tail = transfer;
}

static struct transfer *queue_pop(struct model_queue *queue)
{
    struct transfer *transfer = queue->head;

    if (!transfer)
        return NULL;
    queue->head = transfer->context;
    if (!queue->head)
        queue->tail = NULL;
    return transfer;
}

/* Takes transfer out of the middle. Returns false if it is not there. */
static bool queue_remove(struct model_queue *queue, struct transfer *transfer)
{
    struct model_queue rest = {NULL, NULL};
    struct transfer *each;
    bool found = false;

    while ((each = queue_pop(queue))) {
        if (each == transfer)
            found = true;
        else
            queue_push(&rest, each);
    }
    *queue = rest;
    return found;
}

static int pipe_index(const struct transfer *transfer)
{
    switch (transfer->endpoint) {
    case 0x00: return PIPE_ENDPOINT_0;
    case 0x01: return PIPE_BULK_OUT;
    case 0x81: return PIPE_BULK_IN;
    case 0x82: return PIPE_INTERRUPT_IN;
    default: return -EINVAL;
    }
}

static int model_submit(struct transport *transport, struct transfer *transfer)
{
    struct model *model = model_of(transport);
    int pipe = pipe_index(transfer);

    if (model->unplugged)
        return -ENODEV;
    if (pipe < 0)
        return pipe;
    transfer->actual = 0;
    transfer->status = 0;
    queue_push(&model->pipes[pipe], transfer);
    return 0;
}

static void model_cancel(struct transport *transport, struct transfer *transfer)
{
    struct model *model = model_of(transport);
    int pipe = pipe_index(transfer);

    if (pipe < 0 || !queue_remove(&model->pipes[pipe], transfer))
        return;
    transfer->status = -ECANCELED;
    queue_push(&model->done, transfer);
}

static void end_all(struct model *model, int status)
{
    for (int pipe = 0; pipe < MODEL_PIPES; pipe++) {
        struct transfer *transfer;

        while ((transfer = queue_pop(&model->pipes[pipe]))) {
            transfer->status = status;
            queue_push(&model->done, transfer);
        }
    }
}

/* Hands out what was complete at the start: a callback that submits and cancels again does not keep us here. */
static void call_done(struct model *model)
{
    struct transfer *last = model->done.tail, *transfer;

    do {
        transfer = last ? queue_pop(&model->done) : NULL;
        if (transfer && transfer->done)
            transfer->done(transfer);
    } while (transfer && transfer != last);
}

static void run_transfers(struct model *model)
{
    for (int pipe = 0; pipe < MODEL_PIPES; pipe++)
        while (model->pipes[pipe].head &&
               endpoint_run(model, (enum model_pipe_index)pipe, model->pipes[pipe].head))
            queue_push(&model->done, queue_pop(&model->pipes[pipe]));
}

/* ---- time ---- */

/* When wire, batching or pause have something to do. */
static uint64_t next_event(const struct model *model)
{
    uint64_t due = least(wire_deadline(model->wire), receiver_deadline(model));
    bool held = model->sender.sending || model->pipes[PIPE_BULK_OUT].head;

    return held ? least(due, model->sender.paused_until) : due;
}

/* Time goes on by what the wall clock did since the last call, but not past the caller's or our next event; what is
 * cut off there is caught up with in the next call. */
static void follow_wall(struct model *model, uint64_t wall_ns, uint64_t until_ns)
{
    uint64_t now = model->now_ns, due = next_event(model), step;
    uint64_t limit = least(until_ns, due > now ? due : TIME_NEVER);

    if (wall_ns < model->last_wall_ns)
        model->last_wall_ns = wall_ns;
    step = least(wall_ns - model->last_wall_ns, limit - least(now, limit));
    model->now_ns += step;
    model->last_wall_ns += step;
}

static uint64_t model_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct model *model = model_of(transport);

    if (!model->unplugged && !model->done.head) {
        follow_wall(model, wall_ns, until_ns);
        wire_poll(model->wire, model->now_ns);
        receiver_poll(model);
        sender_drain(model);
        run_transfers(model);
    }
    transport->now_ns = model->now_ns;
    call_done(model);
    return model->now_ns;
}

/* The pipe's first transfer can go on now: data that no pause holds up, frames, or a change of the link to tell. */
static bool pipe_has_work(const struct model *model, int pipe)
{
    const struct receiver *receiver = &model->receiver;

    if (!model->pipes[pipe].head)
        return false;
    if (pipe == PIPE_ENDPOINT_0 || model->halted[pipe])
        return true;
    if (!endpoint_exists(model, (unsigned)pipe))
        return false;
    return pipe == PIPE_BULK_OUT  ? model->now_ns >= model->sender.paused_until
           : pipe == PIPE_BULK_IN ? receiver->closed || receiver->count
                                  : endpoint_has_news(model);
}

static bool has_work(const struct model *model)
{
    bool work =
        model->done.head || (model->sender.sending && model->now_ns >= model->sender.paused_until);

    for (int pipe = 0; pipe < MODEL_PIPES; pipe++)
        work = work || pipe_has_work(model, pipe);
    return work;
}

static uint64_t model_deadline(struct transport *transport)
{
    struct model *model = model_of(transport);
    uint64_t due = next_event(model);

    if (model->unplugged)
        return model->done.head ? model->now_ns : TIME_NEVER;
    return has_work(model) || due < model->now_ns ? model->now_ns : due;
}

static int model_fds(struct transport *transport, struct pollfd *fds, int max)
{
    return wire_fds(model_of(transport)->wire, fds, max);
}

static bool model_jump(struct transport *transport, uint64_t until_ns)
{
    struct model *model = model_of(transport);
    uint64_t target = least(until_ns, next_event(model));

    if (model->unplugged || model->real_time || has_work(model) || wire_host_busy(model->wire) ||
        target <= model->now_ns || target == TIME_NEVER)
        return false;
    model->now_ns = target;
    return true;
}

/* ---- life ---- */

static void model_free(struct model *model)
{
    if (model->wire)
        wire_close(model->wire);
    receiver_close(&model->receiver);
    free(model);
}

static void model_close(struct transport *transport)
{
    struct model *model = model_of(transport);

    model->unplugged = true; /* callbacks cannot submit again */
    end_all(model, -ECANCELED);
    call_done(model);
    model_free(model);
}

static void power_on(struct model *model, const struct model_config *config)
{
    uint32_t segmentation = REG_FEATURES_TSO4 | REG_FEATURES_TSO6 | REG_FEATURES_USO;

    model->features = MODEL_FEATURES & ~config->features_off;
    model->limit = model->features & segmentation ? RECORD_MAX_FRAME : MODEL_FRAME_BYTES;
    model->packet_bytes = config->full_speed ? 64 : 512;
    model->real_time = config->real_time;
    model->now_ns = model->last_wall_ns = config->wall_ns;
    model->configuration = CONFIGURATION_RECORDS;
    model->told_status = model->told_speed = -1;
    registers_power_on(model);
}

int model_open(struct transport **out, const struct model_config *config, char *error,
               size_t error_len)
{
    static const struct transport_ops ops = {
        .submit = model_submit,
        .cancel = model_cancel,
        .poll = model_poll,
        .deadline = model_deadline,
        .fds = model_fds,
        .jump = model_jump,
        .close = model_close,
    };
    struct wire_config wire = config->wire;
    struct model *model = calloc(1, sizeof *model);
    int bad;

    snprintf(error, error_len, "the model: out of memory");
    if (!model)
        return -ENOMEM;
    model->transport = (struct transport){
        .ops = &ops,
        .speed = config->full_speed ? SPEED_FULL : SPEED_HIGH,
        .name = "model",
        .now_ns = config->wall_ns,
    };
    snprintf(model->transport.serial, MODEL_SERIAL_BYTES, "%s",
             config->serial ? config->serial : "model");
    power_on(model, config);
    wire.start_ns = config->wall_ns;
    bad = receiver_open(&model->receiver);
    if (!bad)
        bad = wire_open(&model->wire, &wire, error, error_len);
    if (bad) {
        model_free(model);
        return bad;
    }
    error[0] = '\0';
    *out = &model->transport;
    return 0;
}

struct wire *model_wire(struct transport *transport)
{
    return model_of(transport)->wire;
}

void model_unplug(struct transport *transport)
{
    struct model *model = model_of(transport);

    model->unplugged = true;
    end_all(model, -ENODEV);
}
