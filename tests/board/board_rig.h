/* The whole simulated board under a test's hands: registers, records, and time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_BOARD_BOARD_RIG_H
#define TESTS_BOARD_BOARD_RIG_H

#include "driver/record.h"
#include "driver/registers.h"
#include "driver/transport.h"
#include "sim/board/sim.h"

enum { RIG_PATIENCE_MS = 200 }; /* of simulated time, for one transfer */

/* Opens a board; config->wall_ns is filled in. Fails the test if that does not work. */
struct transport *rig_open(struct sim_config *config);

/* CLOCK_MONOTONIC. */
uint64_t rig_wall_ns(void);

/* Submits and polls until done. Returns transfer->status, or -ETIMEDOUT. */
int rig_run(struct transport *transport, struct transfer *transfer);
/* Polls for so long of simulated time. */
void rig_wait(struct transport *transport, uint64_t ns);

uint32_t rig_read(struct transport *transport, uint16_t address);
void rig_write(struct transport *transport, uint16_t address, uint32_t value);

/* Waits until STATUS shows a link (or none). */
void rig_await_link(struct transport *transport, bool up);

/* Appends a record with a frame to a transfer's bytes; returns the new length. */
size_t rig_record(uint8_t *bytes, size_t at, const uint8_t *frame, size_t len);
/* An ARP request from 10.0.2.15 for 10.0.2.2, which slirp answers. Returns 42. */
size_t rig_arp(uint8_t *frame);

#endif
