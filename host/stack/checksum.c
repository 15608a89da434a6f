/* Internet checksum (RFC 1071), eight bytes at a time.
 *
 * SPDX-License-Identifier: MIT
 *
 * The sum of 16-bit words is the same in either byte order but for a swap at the end (RFC 1071, 2
 * (B)), so the words are read as the machine has them, and 32-bit halves are added without a carry
 * to look at (2 (C)).
 */
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/checksum.h"

static uint32_t fold_once(uint64_t total)
{
    total = (total & 0xffffffff) + (total >> 32);
    total = (total & 0xffff) + (total >> 16);
    total = (total & 0xffff) + (total >> 16);
    return (uint32_t)((total & 0xffff) + (total >> 16));
}

/* A 16-bit word as it stands in memory, read as big-endian. */
static uint16_t native_to_wire(uint16_t word)
{
    uint8_t bytes[2];

    memcpy(bytes, &word, 2);
    return get16(bytes);
}

uint32_t checksum_add(uint32_t sum, const void *data, size_t len)
{
    const uint8_t *at = data;
    uint64_t low = 0, high = 0, word;
    uint32_t half;

    for (; len >= 8; at += 8, len -= 8) {
        memcpy(&word, at, 8);
        low += (uint32_t)word;
        high += word >> 32;
    }
    if (len >= 4) { /* as of an IPv4 header */
        memcpy(&half, at, 4);
        low += half;
        at += 4;
        len -= 4;
    }
    if (len) {
        half = 0;
        memcpy(&half, at, len);
        low += half;
    }
    return fold_once((uint64_t)sum + native_to_wire((uint16_t)fold_once(low + high)));
}

/* One fold for both. */
uint32_t checksum_addresses6(const struct address *source, const struct address *destination)
{
    uint64_t words[4], total = 0;

    memcpy(words, source->bytes, 16);
    memcpy(words + 2, destination->bytes, 16);
    for (int i = 0; i < 4; i++)
        total += (uint32_t)words[i] + (words[i] >> 32);
    return native_to_wire((uint16_t)fold_once(total));
}
