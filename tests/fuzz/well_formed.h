/* Whether what our stack sends is well formed, judged by code of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_FUZZ_WELL_FORMED_H
#define TESTS_FUZZ_WELL_FORMED_H

#include <stddef.h>
#include <stdint.h>

#include "driver/record.h"

/* Ends the program if a frame breaks a rule of its protocols: lengths that do not agree, a wrong checksum, options that
 * run past their header, impossible flags, addresses that nobody has. mtu bounds all but super-frames. */
void frame_must_be_well_formed(const struct vnet_header *vnet, const uint8_t *frame, size_t len,
                               size_t mtu);

/* The ones' complement sum of bytes on top of sum, folded, not inverted. */
uint16_t ones_sum(uint32_t sum, const uint8_t *bytes, size_t len);
/* The sum of an IPv4 packet's pseudo-header, whose header stands at ip. */
uint32_t pseudo_sum(const uint8_t *ip, uint8_t protocol, size_t transport_len);

/* The same of an IPv6 packet's. */
uint32_t pseudo_sum6(const uint8_t *ip, uint8_t protocol, size_t transport_len);

/* well_formed6.c, and what both families carry. */
void ipv6_must_be_right(const struct vnet_header *vnet, const uint8_t *frame, size_t frame_len,
                        size_t mtu);
void tcp_must_be_right(const uint8_t *tcp, size_t len);
void udp_must_be_right(const uint8_t *udp, size_t len);

#endif
