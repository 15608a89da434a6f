/* Endpoint 0: the standard requests (USB 2.0, 9.4) and the registers.
 *
 * SPDX-License-Identifier: MIT
 *
 * What is not known, or wrong in a field, is answered by STALL.
 */
#include "sim/model/model_internal.h"

#include <errno.h>
#include <string.h>

enum {
    TO_HOST = 0x80,
    TO_INTERFACE = 0x01,
    TO_ENDPOINT = 0x02,
    VENDOR = 0x40,
    REQUEST_REGISTERS = 1,

    GET_STATUS = 0,
    CLEAR_FEATURE = 1,
    SET_FEATURE = 3,
    SET_ADDRESS = 5,
    GET_DESCRIPTOR = 6,
    GET_CONFIGURATION = 8,
    SET_CONFIGURATION = 9,
    GET_INTERFACE = 10,
    SET_INTERFACE = 11,

    TYPE_DEVICE = 1,
    TYPE_CONFIGURATION = 2,
    TYPE_STRING = 3,
    SERIAL_STRING = 3,
    ANSWER_BYTES = 64,
};

struct request {
    uint8_t type, code;
    uint16_t value, index, length;
};

static const uint8_t DEVICE[18] = {
    18,   1, 0, 2,                       /* USB 2.0 */
    0xFF, 0, 0, 64, 0x09, 0x12, 0x01, 0, /* 1209:0001 */
    0x10, 0,                             /* release 0.1.0 */
    1,    2, 3, 1,                       /* strings; one configuration */
};
static const uint8_t CONFIGURATION[39] = {
    9, 2, 39,   0, 1, 1,    0, 0x80, 250, /* bus-powered, 500 mA */
    9, 4, 0,    0, 3, 0xFF, 0, 0,    0,   /* vendor-specific */
    7, 5, 0x01, 2, 0, 2,    0,            /* bulk OUT */
    7, 5, 0x81, 2, 0, 2,    0,            /* bulk IN */
    7, 5, 0x82, 3, 8, 0,    4,            /* interrupt IN, each millisecond */
};
static const uint8_t FULL_SPEED[3] = {64, 0, 1}; /* packet size and interval in its place */
static const char *const STRINGS[] = {"\x09\x04", "Ferrite", "Ferrite"};

static int describe_configuration(const struct model *model, uint8_t *out)
{
    memcpy(out, CONFIGURATION, sizeof CONFIGURATION);
    if (model->transport.speed == SPEED_FULL) {
        memcpy(out + 22, FULL_SPEED, 2);
        memcpy(out + 29, FULL_SPEED, 2);
        out[38] = FULL_SPEED[2];
    }
    return sizeof CONFIGURATION;
}

/* ASCII as UTF-16; string 0 is a list of languages, of which the first is US English. */
static int describe_string(const struct model *model, unsigned number, uint8_t *out)
{
    const char *text;
    size_t length;

    if (number > SERIAL_STRING)
        return -EPIPE;
    text = number == SERIAL_STRING ? model->transport.serial : STRINGS[number];
    length = number ? 2 + 2 * strlen(text) : 4;
    memset(out, 0, length);
    out[0] = (uint8_t)length;
    out[1] = TYPE_STRING;
    for (size_t i = 2; i < length; i += number ? 2 : 1)
        out[i] = (uint8_t)*text++;
    return (int)length;
}

static int describe(const struct model *model, uint16_t value, uint8_t *out)
{
    if (value == TYPE_DEVICE << 8) {
        memcpy(out, DEVICE, sizeof DEVICE);
        return sizeof DEVICE;
    }
    if (value == TYPE_CONFIGURATION << 8)
        return describe_configuration(model, out);
    return value >> 8 == TYPE_STRING ? describe_string(model, value & 0xFF, out) : -EPIPE;
}

/* The pipe of an endpoint other than 0; MODEL_PIPES if there is none. */
static unsigned pipe_of(uint16_t endpoint)
{
    return endpoint == 0x01   ? PIPE_BULK_OUT
           : endpoint == 0x81 ? PIPE_BULK_IN
           : endpoint == 0x82 ? PIPE_INTERRUPT_IN
                              : MODEL_PIPES;
}

static int give_status(const struct model *model, const struct request *request, uint8_t *out)
{
    unsigned pipe = pipe_of(request->index);

    memset(out, 0, 2);
    if (request->type == (TO_HOST | TO_ENDPOINT) && pipe < MODEL_PIPES)
        out[0] = model->halted[pipe];
    else if (request->type == (TO_HOST | TO_ENDPOINT) ? request->index & 0xFF7F
                                                      : request->index != 0)
        return -EPIPE;
    return 2;
}

/* Writes the answer of a standard request to out. Returns its length, or -EPIPE. */
static int give(const struct model *model, const struct request *request, uint8_t *out)
{
    bool device = request->type == TO_HOST, face = request->type == (TO_HOST | TO_INTERFACE);

    if (request->code == GET_STATUS && !request->value &&
        (device || face || request->type == (TO_HOST | TO_ENDPOINT)))
        return give_status(model, request, out);
    if (device && request->code == GET_DESCRIPTOR)
        return describe(model, request->value, out);
    if (request->value || request->index)
        return -EPIPE;
    *out = 0;
    if (device && request->code == GET_CONFIGURATION)
        *out = model->configuration;
    else if (!(face && request->code == GET_INTERFACE && model->configuration))
        return -EPIPE;
    return 1;
}

static int set_configuration(struct model *model, uint16_t value)
{
    if (value > 1)
        return -EPIPE;
    model->configuration = (uint8_t)value;
    memset(model->halted, 0, sizeof model->halted);
    registers_let_go(model);
    return 0;
}

/* Obeys a standard request without data. Returns 0 or -EPIPE. */
static int obey(struct model *model, const struct request *request)
{
    unsigned pipe = pipe_of(request->index);
    bool halt = request->type == TO_ENDPOINT && !request->value && pipe < MODEL_PIPES &&
                model->configuration;

    if (request->length)
        return -EPIPE;
    if (halt && (request->code == CLEAR_FEATURE || request->code == SET_FEATURE)) {
        model->halted[pipe] = request->code == SET_FEATURE;
        return 0;
    }
    if (request->index)
        return -EPIPE;
    if (request->type == 0 && request->code == SET_CONFIGURATION)
        return set_configuration(model, request->value);
    if (request->type == 0 && request->code == SET_ADDRESS)
        return request->value < 128 ? 0 : -EPIPE; /* the host knows no other device here */
    if (request->type == TO_INTERFACE && request->code == SET_INTERFACE && !request->value &&
        model->configuration) {
        memset(model->halted, 0, sizeof model->halted);
        return 0;
    }
    return -EPIPE;
}

static int access_registers(struct model *model, const struct request *request, uint8_t *data,
                            uint32_t room)
{
    if (request->index % 4 || request->length % 4 || !request->length || room < request->length)
        return -EPIPE;
    for (uint32_t at = 0; at < request->length; at += 4) {
        uint32_t address = (request->index + at) & 0xFFFF, value = 0;

        if (request->type & TO_HOST)
            value = register_read(model, address);
        for (int i = 0; i < 4; i++)
            if (request->type & TO_HOST)
                data[at + (uint32_t)i] = (uint8_t)(value >> 8 * i);
            else
                value |= (uint32_t)data[at + (uint32_t)i] << 8 * i;
        if (!(request->type & TO_HOST))
            register_write(model, address, value);
    }
    return request->length;
}

void request_answer(struct model *model, struct transfer *transfer)
{
    const uint8_t *setup = transfer->setup;
    const struct request request = {setup[0], setup[1], (uint16_t)(setup[2] | setup[3] << 8),
                                    (uint16_t)(setup[4] | setup[5] << 8),
                                    (uint16_t)(setup[6] | setup[7] << 8)};
    uint32_t room = transfer->length < request.length ? transfer->length : request.length;
    uint8_t answer[ANSWER_BYTES];
    int length;

    if ((request.type & ~TO_HOST) == VENDOR && request.code == REQUEST_REGISTERS) {
        length = access_registers(model, &request, transfer->data, room);
    } else if (request.type & TO_HOST) {
        length = give(model, &request, answer);
        length = length > (int)room ? (int)room : length;
        if (length > 0)
            memcpy(transfer->data, answer, (size_t)length);
    } else {
        length = obey(model, &request);
    }
    transfer->status = length < 0 ? length : 0;
    transfer->actual = length < 0 ? 0 : (uint32_t)length;
}
