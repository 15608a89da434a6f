/* Runs one transaction on the cable: token, data, handshake, with the gaps between them (USB 2.0, 7.1.18 and 8.5).
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/bus/host.h"

#include <errno.h>

enum {
    /* High speed, in clocks (byte times). */
    HIGH_FRAMING = 5,      /* SYNC and EOP of a packet */
    HIGH_GAP = 11,         /* between two of our own packets: 88 bit times */
    HIGH_TURN = 2,         /* between the device's packet and ours: 8 bit times at least */
    HIGH_DEVICE_TURN = 24, /* the device's turnaround: 192 bit times at most */
    HIGH_TIMEOUT = 100,    /* 736 to 816 bit times */
    HIGH_EOP_BITS = 8,
    HIGH_FRAME_EOP_BITS = 40,

    /* Full speed, in clocks: 5 are a bit time. */
    FULL_FRAMING = 55,
    FULL_GAP = 15,
    FULL_TURN = 15,
    FULL_DEVICE_TURN = 90,
    FULL_TIMEOUT = 90, /* 16 to 18 bit times */
    FULL_EOP_BITS = 3,
    FULL_CLOCKS_PER_BYTE = 40,
};

static bool control_in(const struct transfer *transfer)
{
    return transfer->setup[0] & 0x80;
}

static uint16_t chunk(const struct pipe *pipe, const struct transfer *transfer)
{
    uint32_t left = transfer->length - transfer->actual;
    return left < pipe->max_packet ? (uint16_t)left : pipe->max_packet;
}

static enum pid plan_control(const struct pipe *pipe, uint16_t *length)
{
    const struct transfer *transfer = pipe->head;
    enum pid out = pipe->ping ? PID_PING : PID_OUT;
    *length = 0;
    switch (pipe->stage) {
    case STAGE_SETUP: *length = sizeof transfer->setup; return PID_SETUP;
    case STAGE_DATA:
        *length = control_in(transfer) ? pipe->max_packet : chunk(pipe, transfer);
        return control_in(transfer) ? PID_IN : out;
    case STAGE_STATUS: break;
    }
    return control_in(transfer) && transfer->length > 0 ? out : PID_IN;
}

enum pid transaction_plan(const struct host *host, const struct pipe *pipe, uint16_t *length)
{
    (void)host;
    if (pipe->type == PIPE_CONTROL)
        return plan_control(pipe, length);
    if (pipe->endpoint & 0x80) {
        *length = pipe->max_packet;
        return PID_IN;
    }
    *length = chunk(pipe, pipe->head);
    return pipe->ping ? PID_PING : PID_OUT;
}

/* Clocks of a packet whose stuffed bits are known. */
static uint32_t packet_clocks(const struct host *host, uint32_t bytes, uint32_t stuffed)
{
    if (host->high_speed)
        return HIGH_FRAMING + bytes + (stuffed + 7) / 8;
    return FULL_FRAMING + bytes * FULL_CLOCKS_PER_BYTE + stuffed * 5;
}

static const uint8_t *out_data(const struct pipe *pipe)
{
    const struct transfer *transfer = pipe->head;
    if (pipe->type == PIPE_CONTROL && pipe->stage == STAGE_SETUP)
        return transfer->setup;
    return transfer->data ? transfer->data + transfer->actual : NULL;
}

/* Bits stuffed into data that we send; data that the device sends may need one in six. */
static uint32_t stuffed_bits(const struct pipe *pipe, enum pid token, uint16_t length)
{
    if (token == PID_IN)
        return (length + DATA_OVERHEAD) * 8u / 6;
    uint8_t packet[MAX_PACKET];
    return stuff_packet(packet, packet_data(packet, PID_DATA0, out_data(pipe), length));
}

uint32_t transaction_clocks(const struct host *host, const struct pipe *pipe)
{
    uint16_t length;
    enum pid token = transaction_plan(host, pipe, &length);
    uint32_t gap = host->high_speed ? HIGH_GAP : FULL_GAP;
    uint32_t turns = host->high_speed ? HIGH_DEVICE_TURN + HIGH_TURN : FULL_DEVICE_TURN + FULL_TURN;
    uint32_t clocks =
        packet_clocks(host, TOKEN_BYTES, 2) + turns + packet_clocks(host, HANDSHAKE_BYTES, 1);
    if (token == PID_PING)
        return clocks;
    clocks += packet_clocks(host, length + DATA_OVERHEAD, stuffed_bits(pipe, token, length));
    return token == PID_IN ? clocks : clocks + gap;
}

static void put(struct host *host, size_t len, enum phase phase)
{
    unsigned eop = host->high_speed ? HIGH_EOP_BITS : FULL_EOP_BITS;
    if (phase == PHASE_FRAME && host->high_speed)
        eop = HIGH_FRAME_EOP_BITS;
    bool heard = !host->cable || host->cable->to_device(host->cable, host->now.packet, &len);
    host->now.phase = phase;
    host->now.until = host->clock + ulpi_deliver(host->phy, host->now.packet, len, eop);
    if (!heard)
        host->phy->deliver = NULL;
}

static void pause_until(struct host *host, enum phase phase, uint32_t high, uint32_t full)
{
    host->now.phase = phase;
    host->now.until = host->clock + (host->high_speed ? high : full);
    if (host->cable && (phase == PHASE_GAP || phase == PHASE_ACK_GAP))
        host->now.until += host->cable->late(host->cable);
}

static void end(struct host *host, uint32_t high_gap, uint32_t full_gap)
{
    struct transaction *now = &host->now;
    now->phase = PHASE_FREE;
    host->gap_end = host->free_at = host->clock + (host->high_speed ? high_gap : full_gap);
    if (now->abandon)
        outcome_finish(host, now->pipe, -ECANCELED);
    now->pipe = NULL;
}

void transaction_frame(struct host *host)
{
    uint16_t number = host->high_speed ? host->frame >> 3 & 0x7FF : host->frame & 0x7FF;
    for (unsigned i = 0; i < PIPES; i++)
        host->pipes[i].naked = false;
    host->bulk_packets = 0;
    host->counters.microframes++;
    put(host, packet_token(host->now.packet, PID_SOF, number), PHASE_FRAME);
}

void transaction_begin(struct host *host, struct pipe *pipe)
{
    struct transaction *now = &host->now;
    now->pipe = pipe;
    now->token = transaction_plan(host, pipe, &now->length);
    now->in = now->token == PID_IN;
    now->abandon = false;
    host->phy->sent = false;
    unsigned field = host->address | (pipe->endpoint & 15u) << 7;
    put(host, packet_token(now->packet, now->token, (uint16_t)field), PHASE_TOKEN);
}

static void send_data(struct host *host)
{
    struct transaction *now = &host->now;
    struct pipe *pipe = now->pipe;
    bool toggle = now->token != PID_SETUP && pipe->toggle;
    if (pipe->type == PIPE_BULK)
        host->bulk_packets++;
    put(host, packet_data(now->packet, toggle ? PID_DATA1 : PID_DATA0, out_data(pipe), now->length),
        PHASE_DATA);
}

/* Takes what the device sent in answer to IN; returns true if it is to be acknowledged. */
static bool take_in(struct host *host, int pid, const uint8_t *packet, size_t len)
{
    struct pipe *pipe = host->now.pipe;
    switch (pid) {
    case PID_NAK: outcome_nak(host, pipe); return false;
    case PID_STALL: outcome_stall(host, pipe); return false;
    case PID_DATA0:
    case PID_DATA1: break;
    default: outcome_error(host, pipe); return false;
    }
    if (pipe->type == PIPE_BULK)
        host->bulk_packets++;
    if (!packet_data_good(packet, len)) {
        host->counters.crc_errors++;
        outcome_error(host, pipe);
        return false;
    }
    return outcome_in(host, pipe, packet, len);
}

/* Takes the device's answer to our data or PING. */
static void take_handshake(struct host *host, int pid)
{
    struct pipe *pipe = host->now.pipe;
    bool ping = host->now.token == PID_PING;
    if (pid == PID_NAK && host->now.token != PID_SETUP) {
        pipe->ping = host->high_speed && pipe->type != PIPE_INTERRUPT;
        outcome_nak(host, pipe);
    } else if (pid == PID_STALL && host->now.token != PID_SETUP) {
        outcome_stall(host, pipe);
    } else if (pid == PID_ACK && ping) {
        pipe->ping = false;
        pipe->errors = 0;
    } else if (pid == PID_ACK || (pid == PID_NYET && !ping && host->high_speed)) {
        pipe->ping = pid == PID_NYET;
        outcome_accepted(host, pipe);
    } else {
        outcome_error(host, pipe);
    }
}

static void take_answer(struct host *host)
{
    struct ulpi *phy = host->phy;
    phy->sent = false;
    if (host->cable && !phy->send_bad &&
        !host->cable->to_host(host->cable, host->now.token, phy->send, &phy->send_len))
        return; /* the time for an answer runs out */
    int pid = phy->send_bad ? -1 : packet_pid(phy->send, phy->send_len);
    if (pid != PID_NAK)
        host->worked_clock = host->clock;
    if (!host->now.in)
        take_handshake(host, pid);
    else if (take_in(host, pid, phy->send, phy->send_len)) {
        pause_until(host, PHASE_ACK_GAP, HIGH_TURN, FULL_TURN);
        return;
    }
    end(host, HIGH_TURN, FULL_TURN);
}

static void await_answer(struct host *host)
{
    if (host->phy->sent) {
        take_answer(host);
    } else if (!host->phy->sending && host->clock >= host->now.until) {
        host->counters.timeouts++;
        outcome_error(host, host->now.pipe);
        end(host, 0, 0);
    }
}

void transaction_clock(struct host *host)
{
    struct transaction *now = &host->now;
    if (now->phase == PHASE_ANSWER) {
        await_answer(host);
        return;
    }
    if (host->clock < now->until)
        return;
    switch (now->phase) {
    case PHASE_TOKEN:
        if (now->in || now->token == PID_PING)
            pause_until(host, PHASE_ANSWER, HIGH_TIMEOUT, FULL_TIMEOUT);
        else
            pause_until(host, PHASE_GAP, HIGH_GAP, FULL_GAP);
        break;
    case PHASE_GAP: send_data(host); break;
    case PHASE_DATA: pause_until(host, PHASE_ANSWER, HIGH_TIMEOUT, FULL_TIMEOUT); break;
    case PHASE_ACK_GAP: put(host, packet_handshake(now->packet, PID_ACK), PHASE_ACK); break;
    default: end(host, HIGH_GAP, FULL_GAP); break;
    }
}
