/* The board as a C model without USB or Verilog, as a transport: the same records in and out, at memory speed.
 *
 * SPDX-License-Identifier: MIT
 *
 * It keeps driver/README.md: records, transfers, registers, requests on endpoint 0. It has no cycles: what can be done is
 * done within a poll, and time follows the wall clock, or jumps as the simulated board's does (sim/README.md).
 */
#ifndef SIM_MODEL_MODEL_H
#define SIM_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/registers.h"
#include "driver/transport.h"
#include "sim/wire/wire.h"

enum {
    MODEL_FEATURES = REG_FEATURES_CSUM_SEND | REG_FEATURES_TSO4 | REG_FEATURES_TSO6 |
                     REG_FEATURES_USO | REG_FEATURES_CSUM_RECEIVE | REG_FEATURES_MULTICAST_HASH,
};

struct model_config {
    struct wire_config wire;
    uint32_t features_off; /* bits of MODEL_FEATURES that this board lacks */
    bool full_speed;       /* packets of 64 bytes */
    const char *
        serial; /* number, 1 to 16 characters; six digits at its end end the address; NULL: "model" */
    uint64_t wall_ns; /* CLOCK_MONOTONIC now */
    bool real_time;   /* never jump: the stack lives in another process */
};

/* Returns 0 and a transport, configured, or a negative errno and a message. The transport's time begins at wall_ns;
 * wire.start_ns is set to it. */
int model_open(struct transport **out, const struct model_config *config, char *error,
               size_t error_len);
/* Of a transport made by model_open. */
struct wire *model_wire(struct transport *transport);
/* Pulls the cable out: transfers in flight end with -ENODEV, and so does every later submit. */
void model_unplug(struct transport *transport);

#endif
