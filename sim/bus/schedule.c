/* Chooses which endpoint is served next within a microframe.
 *
 * SPDX-License-Identifier: MIT
 *
 * Round robin over the pipes that have transfers. A pipe that answered NAK in this microframe is asked again in it
 * only if nobody else has work; nothing starts that cannot end before the next start of frame.
 */
#include "sim/bus/host.h"

uint32_t frame_clocks(const struct host *host)
{
    return host->high_speed ? MICROFRAME_CLOCKS : FRAME_CLOCKS;
}

static bool waits(const struct host *host, const struct pipe *pipe)
{
    unsigned limit = host->high_speed ? HIGH_BULK_PACKETS : FULL_BULK_PACKETS;
    if (!pipe->head)
        return false;
    switch (pipe->type) {
    case PIPE_CONTROL: return true;
    case PIPE_BULK: return host->bulk_packets < limit;
    case PIPE_INTERRUPT: return host->frame >= pipe->due;
    case PIPE_NONE: break;
    }
    return false;
}

/* Everybody who waits has said no: a pause, so that asking in vain is not all that goes on. */
static bool pauses(struct host *host, const struct pipe *pipe)
{
    uint64_t resume = host->naked_clock + NAK_PAUSE_CLOCKS;
    if (!pipe->naked || host->clock >= resume)
        return false;
    host->free_at = resume;
    return true;
}

/* The next pipe after the last one served that waits and has, or has not, answered NAK already. */
static struct pipe *next_waiting(struct host *host, bool naked)
{
    for (unsigned i = 1; i <= PIPES; i++) {
        struct pipe *pipe = &host->pipes[(host->turn + i) % PIPES];
        if (pipe->naked == naked && waits(host, pipe))
            return pipe;
    }
    return NULL;
}

struct pipe *schedule_next(struct host *host)
{
    uint64_t end = host->frame_start + frame_clocks(host);
    struct pipe *pipe = next_waiting(host, false);
    if (!pipe)
        pipe = next_waiting(host, true);
    if (pipe && pauses(host, pipe))
        return NULL;
    if (!pipe || host->clock + transaction_clocks(host, pipe) > end) {
        host->free_at = end;
        return NULL;
    }
    host->turn = (unsigned)(pipe - host->pipes);
    return pipe;
}

void host_clock(struct host *host)
{
    host->clock++;
    if (!host->running) {
        host->phy->sent = false; /* nobody hears it */
        return;
    }
    if (host->now.phase != PHASE_FREE) {
        transaction_clock(host);
        return;
    }
    if (host->clock < host->free_at)
        return;
    if (host->clock >= host->frame_start + frame_clocks(host)) {
        host->frame++;
        host->frame_start += frame_clocks(host);
        transaction_frame(host);
        return;
    }
    struct pipe *pipe = schedule_next(host);
    if (pipe)
        transaction_begin(host, pipe);
}
