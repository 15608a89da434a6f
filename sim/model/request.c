/* Endpoint 0: the standard requests (USB 2.0, 9.4), a network adapter's (ECM 1.2, 6.2), and the registers.
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
    CLASS = 0x20,
    VENDOR = 0x40,
    REQUEST_REGISTERS = 1,
    REQUEST_MICROSOFT = 2,
    MICROSOFT_DESCRIPTORS = 7,
    SET_PACKET_FILTER = 0x43,
    FILTERS = 0x1F,
    FILTER_PROMISCUOUS = 0x01,
    FILTER_GROUPS = 0x12, /* all multicast, or those of a list that nobody keeps */

    GET_STATUS = 0,
    CLEAR_FEATURE = 1,
    SET_FEATURE = 3,
    SET_ADDRESS = 5,
    GET_DESCRIPTOR = 6,
    GET_CONFIGURATION = 8,
    SET_CONFIGURATION = 9,
    GET_INTERFACE = 10,
    SET_INTERFACE = 11,
};

struct request {
    uint8_t type, code;
    uint16_t value, index, length;
};

/* The pipe of an endpoint other than 0; MODEL_PIPES if there is none, now. */
static unsigned pipe_of(const struct model *model, uint16_t endpoint)
{
    unsigned pipe = endpoint == 0x01   ? PIPE_BULK_OUT
                    : endpoint == 0x81 ? PIPE_BULK_IN
                    : endpoint == 0x82 ? PIPE_INTERRUPT_IN
                                       : MODEL_PIPES;

    return pipe < MODEL_PIPES && endpoint_exists(model, pipe) ? pipe : MODEL_PIPES;
}

/* Configuration 1 has one interface, 2 has two. */
static bool interface_exists(const struct model *model, uint16_t interface)
{
    return interface < model->configuration;
}

static int give_status(const struct model *model, const struct request *request, uint8_t *out)
{
    unsigned pipe = pipe_of(model, request->index);
    uint16_t unknown = request->index;

    memset(out, 0, 2);
    if (request->type == (TO_HOST | TO_ENDPOINT)) {
        unknown = pipe < MODEL_PIPES ? 0 : request->index & 0xFF7F;
        out[0] = pipe < MODEL_PIPES && model->halted[pipe];
    } else if (request->type == (TO_HOST | TO_INTERFACE)) {
        unknown = !interface_exists(model, request->index);
    }
    return unknown ? -EPIPE : 2;
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
    if (request->type == (TO_HOST | VENDOR) && request->code == REQUEST_MICROSOFT &&
        !request->value && request->index == MICROSOFT_DESCRIPTORS)
        return describe_to_windows(out);
    if (request->value)
        return -EPIPE;
    if (device && request->code == GET_CONFIGURATION && !request->index)
        *out = model->configuration;
    else if (face && request->code == GET_INTERFACE && interface_exists(model, request->index))
        *out = request->index && model->alternate;
    else
        return -EPIPE;
    return 1;
}

static int set_configuration(struct model *model, uint16_t value)
{
    if (value > CONFIGURATION_NETWORK)
        return -EPIPE;
    model->configuration = (uint8_t)value;
    model->alternate = false;
    model->filter = 0;
    memset(model->halted, 0, sizeof model->halted);
    registers_let_go(model);
    return 0;
}

/* An interface begins anew with its endpoints. */
static int set_interface(struct model *model, const struct request *request)
{
    bool data = request->index == 1;

    if (!interface_exists(model, request->index) || request->value > data)
        return -EPIPE;
    if (data || model->configuration == CONFIGURATION_RECORDS)
        model->halted[PIPE_BULK_OUT] = model->halted[PIPE_BULK_IN] = false;
    if (!data)
        model->halted[PIPE_INTERRUPT_IN] = false;
    if (data) {
        model->alternate = request->value;
        registers_let_go(model);
    }
    return 0;
}

static int set_filter(struct model *model, const struct request *request)
{
    if (model->configuration != CONFIGURATION_NETWORK || request->value & ~FILTERS ||
        request->index)
        return -EPIPE;
    model->filter = (request->value & FILTER_PROMISCUOUS ? REG_CONTROL_PROMISCUOUS : 0) |
                    (request->value & FILTER_GROUPS ? REG_CONTROL_ALL_MULTICAST : 0);
    registers_follow(model);
    return 0;
}

/* Obeys a standard request without data. Returns 0 or -EPIPE. */
static int obey(struct model *model, const struct request *request)
{
    unsigned pipe = pipe_of(model, request->index);
    bool halt = request->type == TO_ENDPOINT && !request->value && pipe < MODEL_PIPES;

    if (request->length)
        return -EPIPE;
    if (halt && (request->code == CLEAR_FEATURE || request->code == SET_FEATURE)) {
        model->halted[pipe] = request->code == SET_FEATURE;
        return 0;
    }
    if (request->type == TO_INTERFACE && request->code == SET_INTERFACE)
        return set_interface(model, request);
    if (request->type == (CLASS | TO_INTERFACE) && request->code == SET_PACKET_FILTER)
        return set_filter(model, request);
    if (request->index)
        return -EPIPE;
    if (request->type == 0 && request->code == SET_CONFIGURATION)
        return set_configuration(model, request->value);
    if (request->type == 0 && request->code == SET_ADDRESS)
        return request->value < 128 ? 0 : -EPIPE; /* the host knows no other device here */
    return -EPIPE;
}

static int access_registers(struct model *model, const struct request *request, uint8_t *data,
                            uint32_t room)
{
    if (request->index % 4 || request->length % 4 || !request->length || room < request->length)
        return -EPIPE;
    if (!(request->type & TO_HOST) && model->configuration == CONFIGURATION_NETWORK)
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
    uint8_t answer[DESCRIPTOR_BYTES];
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
