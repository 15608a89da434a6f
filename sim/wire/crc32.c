/* The CRC-32 of Ethernet's frame check sequence: a byte at a time, half a byte to a table.
 *
 * SPDX-License-Identifier: MIT
 *
 * The CRC is linear, so a byte's share is the sum of its halves' shares: two tables of 16 entries, which
 * stay in the cache, do what one of 256 does.
 */
#include "sim/wire/crc32.h"

/* What the lower half of a byte, and what the upper half, adds to the remainder. */
static const uint32_t LOWER[16] = {
    0x00000000, 0x77073096, 0xEE0E612C, 0x990951BA, 0x076DC419, 0x706AF48F, 0xE963A535, 0x9E6495A3,
    0x0EDB8832, 0x79DCB8A4, 0xE0D5E91E, 0x97D2D988, 0x09B64C2B, 0x7EB17CBD, 0xE7B82D07, 0x90BF1D91,
};
static const uint32_t UPPER[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
};

uint32_t crc32_of(const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < len; i++) {
        uint32_t index = (crc ^ bytes[i]) & 0xFF;
        crc = crc >> 8 ^ LOWER[index & 15] ^ UPPER[index >> 4];
    }
    return ~crc;
}
