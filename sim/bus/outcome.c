/* Decides what the end of a transaction means for its transfer: progress, another try, or the end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/bus/host.h"

#include <errno.h>
#include <string.h>

enum { /* standard requests (USB 2.0, table 9-4) whose success the controller's own state follows */
       REQUEST_CLEAR_FEATURE = 1,
       REQUEST_SET_ADDRESS = 5,
       REQUEST_SET_CONFIGURATION = 9,
       REQUEST_SET_INTERFACE = 11,
};

/* Toggles, address and pipes follow the requests that pass (USB 2.0, 9.4.5, 9.4.6, 9.1.1.5). */
static void follow_request(struct host *host, const struct transfer *transfer)
{
    const uint8_t *setup = transfer->setup;
    unsigned endpoint = setup[4];
    if (setup[0] == 0x00 && setup[1] == REQUEST_SET_ADDRESS)
        host->address = setup[2] & 0x7F;
    if (((setup[0] == 0x00 && setup[1] == REQUEST_SET_CONFIGURATION) ||
         (setup[0] == 0x01 && setup[1] == REQUEST_SET_INTERFACE)) &&
        host->endpoints_changed)
        host->endpoints_changed(host->user, setup);
    if (setup[0] == 0x02 && setup[1] == REQUEST_CLEAR_FEATURE && (endpoint & 15)) {
        struct pipe *pipe = &host->pipes[(endpoint & 0x80 ? 16u : 0u) + (endpoint & 15)];
        pipe->toggle = false;
        pipe->ping = false;
    }
}

/* The data stage is over, or there was none: DATA1 the other way ends the transfer. */
static void enter_status(struct pipe *pipe)
{
    pipe->stage = STAGE_STATUS;
    pipe->toggle = true;
    pipe->ping = false;
}

static void finish_control(struct host *host, struct pipe *pipe)
{
    follow_request(host, pipe->head);
    outcome_finish(host, pipe, 0);
}

static void accept_in(struct host *host, struct pipe *pipe, size_t len)
{
    struct transfer *transfer = pipe->head;
    bool over = len < pipe->max_packet || transfer->actual == transfer->length;
    if (pipe->type != PIPE_CONTROL) {
        if (over)
            outcome_finish(host, pipe, 0);
    } else if (pipe->stage == STAGE_STATUS) {
        finish_control(host, pipe);
    } else if (over) {
        enter_status(pipe);
    }
}

static void halt(struct host *host, struct pipe *pipe, int status)
{
    outcome_finish(host, pipe, status);
    while (pipe->type != PIPE_CONTROL && pipe->head)
        outcome_finish(host, pipe, -ECANCELED);
}

bool outcome_in(struct host *host, struct pipe *pipe, const uint8_t *packet, size_t len)
{
    struct transfer *transfer = pipe->head;
    size_t data = len - DATA_OVERHEAD;
    bool status = pipe->type == PIPE_CONTROL && pipe->stage == STAGE_STATUS;
    uint32_t room = status ? 0 : transfer->length - transfer->actual;
    if (packet_pid(packet, len) != (pipe->toggle ? PID_DATA1 : PID_DATA0))
        return true; /* sent again because our ACK was lost */
    if (data > room || data > pipe->max_packet) {
        halt(host, pipe, -EOVERFLOW);
        return false;
    }
    if (data)
        memcpy(transfer->data + transfer->actual, packet + 1, data);
    transfer->actual += (uint32_t)data;
    pipe->toggle = !pipe->toggle;
    pipe->errors = 0;
    if (pipe->type == PIPE_INTERRUPT)
        pipe->due = host->frame + pipe->interval;
    host->counters.packets_in++;
    accept_in(host, pipe, data);
    return true;
}

static void accept_setup(struct pipe *pipe)
{
    pipe->toggle = true;
    pipe->ping = false;
    pipe->stage = STAGE_DATA;
    if (pipe->head->length == 0)
        enter_status(pipe);
}

void outcome_accepted(struct host *host, struct pipe *pipe)
{
    struct transfer *transfer = pipe->head;
    uint16_t length = host->now.length;
    pipe->errors = 0;
    host->counters.packets_out++;
    if (host->now.token == PID_SETUP) {
        accept_setup(pipe);
        return;
    }
    pipe->toggle = !pipe->toggle;
    transfer->actual += pipe->type == PIPE_CONTROL && pipe->stage == STAGE_STATUS ? 0 : length;
    if (pipe->type == PIPE_CONTROL && pipe->stage == STAGE_STATUS)
        finish_control(host, pipe);
    else if (transfer->actual < transfer->length)
        return;
    else if (pipe->type == PIPE_CONTROL)
        enter_status(pipe);
    else if (length < pipe->max_packet || !transfer->zero_packet)
        outcome_finish(host, pipe, 0);
}

void outcome_nak(struct host *host, struct pipe *pipe)
{
    pipe->errors = 0;
    pipe->naked = true;
    pipe->naked_clock = host->naked_clock = host->clock;
    host->counters.naks++;
    if (pipe->type == PIPE_INTERRUPT)
        pipe->due = host->frame + pipe->interval;
}

void outcome_stall(struct host *host, struct pipe *pipe)
{
    halt(host, pipe, -EPIPE);
}

void outcome_error(struct host *host, struct pipe *pipe)
{
    if (!host->now.in && host->now.token != PID_SETUP)
        pipe->ping = host->high_speed && pipe->type != PIPE_INTERRUPT;
    if (++pipe->errors >= MAX_ERRORS)
        halt(host, pipe, -EPROTO);
}
