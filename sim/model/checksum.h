/* The Internet checksum (RFC 1071), for the model only: the stack has its own, and neither knows the other's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SIM_MODEL_CHECKSUM_H
#define SIM_MODEL_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Ones' complement sum of the 16-bit words in len bytes; an odd last byte counts as if a zero followed. */
uint16_t model_sum(const uint8_t *bytes, size_t len);
/* Ones' complement sum of two. */
uint16_t model_sum_add(uint16_t a, uint16_t b);

#endif
