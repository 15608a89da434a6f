/* See bus_function.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/bus_function.h"

#include <errno.h>
#include <string.h>

enum { CONTROL_PACKET = 64, BULK = 1, INTERRUPT = 2 };

void function_run(struct bus_function *function, uint64_t now_ns)
{
    struct transport *model = function->model;

    function->now_ns = now_ns;
    do
        model->ops->poll(model, now_ns, now_ns);
    while (model->now_ns < now_ns);
}

/* ---- the model's transfers ---- */

static void packet_done(struct transfer *transfer)
{
    struct bus_function *function = transfer->user;
    struct function_packet *packet = (struct function_packet *)transfer;

    packet->in_flight = false;
    packet->ready = transfer->status == 0 && transfer->endpoint != 0x01;
    function->changes++;
}

static void start(struct bus_function *function, struct function_packet *packet, uint8_t endpoint,
                  uint32_t length)
{
    packet->transfer = (struct transfer){.endpoint = endpoint,
                                         .data = packet->data,
                                         .length = length,
                                         .done = packet_done,
                                         .user = function};
    packet->in_flight = true;
    function->model->ops->submit(function->model, &packet->transfer);
}

static void refill(struct bus_function *function)
{
    for (int i = BULK; function->configured && i <= INTERRUPT; i++)
        if (!function->in[i].in_flight && !function->in[i].ready)
            start(function, &function->in[i], (uint8_t)(0x80 | i),
                  i == BULK ? function->max_packet : 8);
    function_run(function, function->now_ns);
}

static void drop(struct bus_function *function, struct function_packet *packet)
{
    if (packet->in_flight)
        function->model->ops->cancel(function->model, &packet->transfer);
    while (packet->in_flight)
        function_run(function, function->now_ns);
    packet->ready = false;
}

static void control_done(struct transfer *transfer)
{
    *(bool *)transfer->user = true;
}

/* Returns the bytes of the answer, or a negative errno. */
static int ask_model(struct bus_function *function, const uint8_t setup[8], uint8_t *data)
{
    bool done = false;
    struct transfer transfer = {.data = data,
                                .length = setup[6] | (uint32_t)setup[7] << 8,
                                .done = control_done,
                                .user = &done};

    memcpy(transfer.setup, setup, sizeof transfer.setup);
    function->model->ops->submit(function->model, &transfer);
    while (!done)
        function_run(function, function->now_ns);
    return transfer.status ? transfer.status : (int)transfer.actual;
}

/* ---- life ---- */

static void begin_anew(struct bus_function *function)
{
    memset(function->out_toggle + 1, 0, 1);
    memset(function->in_toggle + 1, 0, 2);
    memset(function->in_halted, 0, sizeof function->in_halted);
    function->out_halted = false;
}

void function_init(struct bus_function *function, struct transport *model)
{
    *function = (struct bus_function){.model = model, .now_ns = model->now_ns, .max_packet = 512};
}

static int configure(struct bus_function *function, const uint8_t setup[8])
{
    int result;

    drop(function, &function->out);
    drop(function, &function->in[BULK]);
    drop(function, &function->in[INTERRUPT]);
    result = ask_model(function, setup, NULL);
    if (result >= 0)
        function->configured = setup[2] != 0;
    begin_anew(function);
    refill(function);
    return result;
}

void function_reset(struct bus_function *function, bool high_speed)
{
    static const uint8_t unconfigure[8] = {0, 9};

    configure(function, unconfigure);
    function->max_packet = high_speed ? 512 : 64;
    function->address = function->next_address = 0;
    function->wait = WAIT_TOKEN;
    function->stage = STAGE_REFUSED;
}

/* ---- endpoint 0 ---- */

static bool names_an_endpoint(uint8_t endpoint)
{
    return endpoint == 0x01 || endpoint == 0x81 || endpoint == 0x82;
}

static int set_halt(struct bus_function *function, uint8_t endpoint, bool halt)
{
    if (endpoint & 0x80) {
        function->in_halted[endpoint & 3] = halt;
        function->in_toggle[endpoint & 3] &= halt;
    } else {
        function->out_halted = halt;
        function->out_toggle[1] &= halt;
    }
    return 0;
}

static int obey(struct bus_function *function)
{
    const uint8_t *setup = function->setup;

    if (setup[0] == 0x02 && (setup[1] == 1 || setup[1] == 3) && function->configured &&
        names_an_endpoint(setup[4]))
        return set_halt(function, setup[4], setup[1] == 3);
    if (setup[0] == 0x00 && setup[1] == 9)
        return configure(function, setup);
    if (setup[0] == 0x00 && setup[1] == 5)
        function->next_address = setup[2] & 0x7f;
    if (setup[0] == 0x01 && setup[1] == 11)
        begin_anew(function);
    return ask_model(function, setup, function->control);
}

static void begin_request(struct bus_function *function)
{
    uint32_t length = function->setup[6] | (uint32_t)function->setup[7] << 8;
    bool in = function->setup[0] & 0x80;
    int result = 0;

    function->control_at = 0;
    function->control_length = length;
    function->next_address = function->address;
    function->out_toggle[0] = function->in_toggle[0] = true;
    function->stage = !length ? STAGE_STATUS_IN : in ? STAGE_IN : STAGE_OUT;
    if (length > sizeof function->control)
        function->stage = STAGE_REFUSED;
    else if (in || !length)
        result = obey(function);
    if (result < 0)
        function->stage = STAGE_REFUSED;
    else if (function->stage == STAGE_IN)
        function->control_length = (uint32_t)result;
}

static uint32_t control_chunk(const struct bus_function *function)
{
    uint32_t left = function->control_length - function->control_at;

    return function->stage == STAGE_STATUS_IN ? 0 : left < CONTROL_PACKET ? left : CONTROL_PACKET;
}

static void control_acknowledged(struct bus_function *function)
{
    uint32_t chunk = control_chunk(function);
    uint32_t asked = function->setup[6] | (uint32_t)function->setup[7] << 8;

    if (function->stage == STAGE_STATUS_IN) {
        function->address = function->next_address;
        function->stage = STAGE_REFUSED;
        return;
    }
    function->control_at += chunk;
    if (chunk < CONTROL_PACKET || function->control_at == asked)
        function->stage = STAGE_STATUS_OUT;
}

/* Data of a request, or the empty packet that ends one. */
static enum pid control_take(struct bus_function *function, const uint8_t *data, size_t len)
{
    if (function->stage == STAGE_OUT && function->control_at + len <= function->control_length) {
        memcpy(function->control + function->control_at, data, len);
        function->control_at += (uint32_t)len;
        if (function->control_at == function->control_length)
            function->stage = obey(function) < 0 ? STAGE_REFUSED : STAGE_STATUS_IN;
        return PID_ACK;
    }
    if (len == 0 && (function->stage == STAGE_IN || function->stage == STAGE_STATUS_OUT)) {
        function->stage = STAGE_REFUSED;
        return PID_ACK;
    }
    return PID_STALL;
}

/* ---- packets ---- */

static size_t give(struct bus_function *function, uint8_t endpoint, uint8_t *reply)
{
    struct function_packet *packet = &function->in[endpoint];
    enum pid pid = function->in_toggle[endpoint] ? PID_DATA1 : PID_DATA0;
    bool ready = endpoint == 0 || packet->ready;
    bool refused = endpoint == 0 ? function->stage != STAGE_IN && function->stage != STAGE_STATUS_IN
                                 : function->in_halted[endpoint];

    if (refused || !ready)
        return packet_handshake(reply, refused ? PID_STALL : PID_NAK);
    function->wait = WAIT_ACK;
    if (endpoint == 0)
        return packet_data(reply, pid, function->control + function->control_at,
                           control_chunk(function));
    return packet_data(reply, pid, packet->data, packet->transfer.actual);
}

static size_t hear_token(struct bus_function *function, enum pid pid, unsigned fields,
                         uint8_t *reply)
{
    uint8_t endpoint = fields >> 7 & 15;

    if ((fields & 0x7f) != function->address || (endpoint && !function->configured) ||
        endpoint > (pid == PID_IN ? INTERRUPT : BULK) || (pid == PID_SETUP && endpoint))
        return 0;
    function->endpoint = endpoint;
    function->setup_due = pid == PID_SETUP;
    if (pid == PID_IN)
        return give(function, endpoint, reply);
    if (pid == PID_PING)
        return packet_handshake(reply, endpoint == 0             ? PID_ACK
                                       : function->out_halted    ? PID_STALL
                                       : function->out.in_flight ? PID_NAK
                                                                 : PID_ACK);
    function->wait = WAIT_DATA;
    return 0;
}

static enum pid take_bulk(struct bus_function *function, const uint8_t *data, size_t len)
{
    if (function->out.in_flight)
        return PID_NAK;
    if (len)
        memcpy(function->out.data, data, len);
    start(function, &function->out, 0x01, (uint32_t)len);
    function_run(function, function->now_ns);
    function->out_toggle[BULK] = !function->out_toggle[BULK];
    return function->out.in_flight && function->max_packet == 512 ? PID_NYET : PID_ACK;
}

static size_t hear_data(struct bus_function *function, enum pid pid, const uint8_t *data,
                        size_t len, uint8_t *reply)
{
    bool *toggle = &function->out_toggle[function->endpoint];
    enum pid answer;

    if (function->setup_due) {
        if (pid != PID_DATA0 || len != sizeof function->setup)
            return 0;
        memcpy(function->setup, data, len);
        begin_request(function);
        return packet_handshake(reply, PID_ACK);
    }
    if (len > (function->endpoint ? function->max_packet : CONTROL_PACKET))
        return 0;
    if (function->endpoint && function->out_halted)
        return packet_handshake(reply, PID_STALL);
    if (pid != (*toggle ? PID_DATA1 : PID_DATA0))
        return packet_handshake(reply, PID_ACK);
    if (function->endpoint)
        return packet_handshake(reply, take_bulk(function, data, len));
    answer = control_take(function, data, len);
    *toggle ^= answer == PID_ACK;
    return packet_handshake(reply, answer);
}

static void hear_ack(struct bus_function *function)
{
    uint8_t endpoint = function->endpoint;

    function->in_toggle[endpoint] = !function->in_toggle[endpoint];
    if (endpoint == 0) {
        control_acknowledged(function);
    } else {
        function->in[endpoint].ready = false;
        refill(function);
    }
}

size_t function_hear(struct bus_function *function, const uint8_t *packet, size_t len,
                     uint8_t *reply)
{
    enum function_wait wait = function->wait;
    int pid = packet_pid(packet, len);
    unsigned fields = len == TOKEN_BYTES ? packet[1] | (unsigned)packet[2] << 8 : 0;

    function->wait = WAIT_TOKEN;
    switch (pid) {
    case PID_OUT:
    case PID_IN:
    case PID_SETUP:
    case PID_PING:
        if (len != TOKEN_BYTES || packet_crc5(fields & 0x7ff) != fields >> 11)
            return 0;
        return hear_token(function, (enum pid)pid, fields, reply);
    case PID_DATA0:
    case PID_DATA1:
        if (wait != WAIT_DATA || !packet_data_good(packet, len))
            return 0;
        return hear_data(function, (enum pid)pid, packet + 1, len - DATA_OVERHEAD, reply);
    case PID_ACK:
        if (wait == WAIT_ACK && len == HANDSHAKE_BYTES)
            hear_ack(function);
        return 0;
    default: return 0;
    }
}

void function_give_up(struct bus_function *function)
{
    function->wait = WAIT_TOKEN;
}
