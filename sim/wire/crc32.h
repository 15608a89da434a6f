/* The CRC-32 of Ethernet's frame check sequence (IEEE 802.3, 3.2.9).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SIM_WIRE_CRC32_H
#define SIM_WIRE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The FCS of len bytes; it goes out least significant byte first. */
uint32_t crc32_of(const uint8_t *bytes, size_t len);

#endif
