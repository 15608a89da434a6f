/* What the files of faults share: fault.c applies them, faults_*.c list them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_FAULT_INTERNAL_H
#define TESTS_WORLD_FAULT_INTERNAL_H

#include "tests/world/fault.h"

enum { FAULT_RARELY = 20 }; /* in 1/1000 */

/* One without a name ends each. */
extern const struct fault faults_out[], faults_in[], faults_datagram[], faults_board[],
    faults_usb[], faults_ipv6[];

/* The segment's sequence number, counted from its sender's SYN. */
uint32_t fault_number(const struct passing *passing, const struct watch *sender);
uint8_t *fault_flags(const struct passing *passing);
/* The option of that kind, or NULL. */
uint8_t *fault_option(const struct passing *passing, int kind);
void fault_add(uint8_t *at, int bytes, int64_t value);

#endif
