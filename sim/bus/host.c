/* Keeps the pipes of the host controller and their queues of transfers.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/bus/host.h"

#include <errno.h>
#include <string.h>

enum { DEFAULT_CONTROL_PACKET = 64 };

static struct pipe *find_pipe(struct host *host, uint8_t endpoint)
{
    unsigned number = endpoint & 15;
    return &host->pipes[number == 0 ? 0 : endpoint & 0x80 ? 16 + number : number];
}

void host_init(struct host *host, struct ulpi *phy)
{
    *host = (struct host){.phy = phy};
}

void host_start(struct host *host, bool high_speed)
{
    host->running = true;
    host->high_speed = high_speed;
    host->address = 0;
    host->frame_start = host->clock;
    host->free_at = host->clock;
    host->pipes[0] = (struct pipe){.type = PIPE_CONTROL, .max_packet = DEFAULT_CONTROL_PACKET};
    transaction_frame(host);
}

void host_set_control_packet(struct host *host, uint16_t max_packet)
{
    host->pipes[0].max_packet = max_packet;
}

int host_open_pipe(struct host *host, uint8_t endpoint, enum pipe_type type, uint16_t max_packet,
                   uint32_t interval)
{
    if ((endpoint & 15) == 0 || (endpoint & 0x70) || max_packet == 0 || max_packet > MAX_DATA)
        return -EINVAL;
    if (type != PIPE_BULK && type != PIPE_INTERRUPT)
        return -EINVAL;
    *find_pipe(host, endpoint) = (struct pipe){.type = type,
                                               .endpoint = endpoint,
                                               .max_packet = max_packet,
                                               .interval = interval ? interval : 1};
    return 0;
}

void host_close_pipe(struct host *host, uint8_t endpoint)
{
    struct pipe *pipe = find_pipe(host, endpoint);
    while (pipe->head)
        outcome_finish(host, pipe, -ECANCELED);
    pipe->type = PIPE_NONE;
}

/* There is something new to choose from, once the gap after the last packet is over. */
static void wake(struct host *host)
{
    host->free_at = host->gap_end > host->clock ? host->gap_end : host->clock;
}

int host_submit(struct host *host, struct transfer *transfer)
{
    struct pipe *pipe = find_pipe(host, transfer->endpoint);
    if (pipe->type == PIPE_NONE)
        return -EINVAL;
    transfer->actual = 0;
    transfer->status = 0;
    transfer->context = NULL;
    if (pipe->tail)
        pipe->tail->context = transfer;
    else
        pipe->head = transfer;
    pipe->tail = transfer;
    wake(host);
    return 0;
}

static void add_done(struct host *host, struct transfer *transfer, int status)
{
    transfer->status = status;
    transfer->context = NULL;
    if (host->done_tail)
        host->done_tail->context = transfer;
    else
        host->done_head = transfer;
    host->done_tail = transfer;
    host->counters.transfers++;
}

bool host_has_done(const struct host *host)
{
    return host->done_head && host->now.phase != PHASE_ACK_GAP && host->now.phase != PHASE_ACK;
}

struct transfer *host_take_done(struct host *host)
{
    struct transfer *transfer = host->done_head;
    if (!host_has_done(host))
        return NULL;
    host->done_head = transfer->context;
    if (!host->done_head)
        host->done_tail = NULL;
    transfer->context = NULL;
    return transfer;
}

void outcome_finish(struct host *host, struct pipe *pipe, int status)
{
    struct transfer *transfer = pipe->head;
    pipe->head = transfer->context;
    if (!pipe->head)
        pipe->tail = NULL;
    pipe->stage = STAGE_SETUP;
    pipe->errors = 0;
    if (host->now.pipe == pipe)
        host->now.abandon = false;
    add_done(host, transfer, status);
}

/* Takes transfer out of the middle of its queue; false if it is not there. */
static bool unlink_transfer(struct pipe *pipe, const struct transfer *transfer)
{
    struct transfer *before = pipe->head;
    while (before && before->context != transfer)
        before = before->context;
    if (!before)
        return false;
    before->context = transfer->context;
    if (pipe->tail == transfer)
        pipe->tail = before;
    return true;
}

void host_cancel(struct host *host, struct transfer *transfer)
{
    struct pipe *pipe = find_pipe(host, transfer->endpoint);
    bool under_way = host->now.phase != PHASE_FREE && host->now.pipe == pipe;
    if (pipe->head == transfer && under_way)
        host->now.abandon = true;
    else if (pipe->head == transfer)
        outcome_finish(host, pipe, -ECANCELED);
    else if (pipe->head && unlink_transfer(pipe, transfer))
        add_done(host, transfer, -ECANCELED);
}

void host_end_all(struct host *host, int status)
{
    host->now.phase = PHASE_FREE;
    host->now.pipe = NULL;
    for (unsigned i = 0; i < PIPES; i++)
        while (host->pipes[i].head)
            outcome_finish(host, &host->pipes[i], status);
}

void host_suspend(struct host *host)
{
    host->running = false;
}

/* The first start of frame comes at once. */
void host_resume(struct host *host)
{
    host->running = true;
    host->frame_start = host->clock - frame_clocks(host);
    host->free_at = host->clock;
}

bool host_waits(const struct host *host)
{
    for (unsigned i = 0; i < PIPES; i++)
        if (host->pipes[i].head)
            return true;
    return false;
}

bool host_settled(struct host *host, uint64_t since)
{
    bool settled = host->now.phase == PHASE_FREE;
    if (since < host->worked_clock)
        since = host->worked_clock;
    for (unsigned i = 0; i < PIPES; i++) {
        struct pipe *pipe = &host->pipes[i];
        bool only_waits =
            pipe->type != PIPE_CONTROL && (pipe->endpoint & 0x80) && pipe->naked_clock > since;
        if (!pipe->head || only_waits)
            continue;
        settled = false;
        if (pipe->type == PIPE_INTERRUPT && pipe->due > host->frame) {
            pipe->due = host->frame;
            wake(host);
        }
    }
    return settled;
}
