/* Drives the C model as a host controller would, a transfer at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_MODEL_RIG_H
#define TESTS_UNIT_MODEL_RIG_H

#include "driver/record.h"
#include "sim/model/model.h"

enum { MS = 1000000, OUT = 0x01, IN = 0x81, INTERRUPT = 0x82 };

struct rig {
    struct transport *board;
    uint64_t wall_ns;
    uint8_t *bytes; /* of the bulk OUT transfer that is being made */
    size_t length;
};

/* A model that lacks these features, at a wire with nobody at its end. */
void rig_open(struct rig *rig, uint32_t features_off);
void rig_close(struct rig *rig);

/* Runs a transfer for at most 100 ms; what does not end is cancelled. Returns bytes moved or a negative errno. */
int rig_run(struct rig *rig, struct transfer *transfer);
int rig_control(struct rig *rig, uint8_t type, uint8_t code, uint16_t value, uint16_t index,
                void *data, uint16_t length);
uint32_t rig_get(struct rig *rig, uint16_t address);
void rig_set(struct rig *rig, uint16_t address, uint32_t value);
/* Everything that is sent comes back by the PHY's loopback, to whomever it is. */
void rig_loop_back(struct rig *rig);

/* Adds a record to the transfer; a plain one is full of one byte. */
void rig_add_record(struct rig *rig, const struct vnet_header *vnet, const uint8_t *frame,
                    size_t length);
void rig_add_plain(struct rig *rig, size_t length, uint8_t fill);
/* Sends it, and begins a new one. */
void rig_send_all(struct rig *rig);
/* Sends a part of a transfer; end: an empty packet follows a full one. */
int rig_send_bytes(struct rig *rig, const uint8_t *bytes, size_t length, bool end);
int rig_receive(struct rig *rig, uint8_t *out, uint32_t room);

#endif
