/* Receive verification: is this frame a TCP segment or UDP datagram whose checksum is right?
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure, and written from RFC 791, 8200, 9293 and 768 apart from the Verilog. Marked is a frame, behind at most one VLAN
 * tag, with
 * - IPv4: a right header checksum, options or none, no fragment; or IPv6: no extension headers but hop-by-hop and
 *   destination options, and routing headers with no segments left;
 * - a packet length within the frame (what follows is padding);
 * - TCP of 20 bytes or more, or UDP whose length is the packet's and whose checksum is not 0;
 * - a right sum over pseudo-header and segment.
 */
#ifndef SIM_MODEL_VERIFY_H
#define SIM_MODEL_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if the record of this frame, without FCS, gets DATA_VALID. */
bool model_verify(const uint8_t *frame, size_t length);

#endif
