/* The C model of the board as a USB function: packets in, answers out. With it the model is driven through the bus model, and
 * so through whatever befalls packets there.
 *
 * SPDX-License-Identifier: MIT
 *
 * It keeps toggles, handshakes and the stages of control transfers by USB 2.0, chapters 8 and 9, and moves each packet's bytes as
 * a transfer of the model's.
 */
#ifndef TESTS_WORLD_BUS_FUNCTION_H
#define TESTS_WORLD_BUS_FUNCTION_H

#include "driver/transport.h"
#include "sim/bus/packet.h"

enum function_wait { WAIT_TOKEN, WAIT_DATA, WAIT_ACK };
enum function_stage { STAGE_REFUSED, STAGE_IN, STAGE_OUT, STAGE_STATUS_IN, STAGE_STATUS_OUT };

/* A packet on its way to or from the model. */
struct function_packet {
    struct transfer transfer;
    bool in_flight, ready;
    uint8_t data[512];
};

struct bus_function {
    struct transport *model;
    uint64_t now_ns;
    uint16_t max_packet;
    bool configured;
    uint64_t changes; /* of what it would answer, made by the model */
    uint8_t address, next_address;
    enum function_wait wait;
    uint8_t endpoint;
    bool setup_due;
    bool out_toggle[2], in_toggle[3], out_halted, in_halted[3];

    enum function_stage stage;
    uint8_t setup[8], control[4096];
    uint32_t control_length, control_at;

    struct function_packet out, in[3]; /* in: 1 bulk, 2 interrupt */
};

void function_init(struct bus_function *function, struct transport *model);
/* A bus reset, or power. */
void function_reset(struct bus_function *function, bool high_speed);
/* Lets the model work up to now_ns. */
void function_run(struct bus_function *function, uint64_t now_ns);
/* A packet came. Returns the length of the answer in reply, 0 for none. */
size_t function_hear(struct bus_function *function, const uint8_t *packet, size_t len,
                     uint8_t *reply);
/* The data or the ACK that were due have not come in time. */
void function_give_up(struct bus_function *function);

#endif
