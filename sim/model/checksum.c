/* The Internet checksum, four bytes at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/model/checksum.h"

#include <arpa/inet.h>
#include <string.h>

uint16_t model_sum_add(uint16_t a, uint16_t b)
{
    uint32_t sum = (uint32_t)a + b;

    return (uint16_t)((sum & 0xFFFF) + (sum >> 16));
}

/* Words are summed as they lie in memory; the sum's bytes come out in that order too (RFC 1071, 2 B). */
uint16_t model_sum(const uint8_t *bytes, size_t len)
{
    uint64_t sum = 0;
    uint32_t word;

    for (; len >= sizeof word; bytes += sizeof word, len -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        sum += word;
    }
    word = 0;
    memcpy(&word, bytes, len);
    sum += word;
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return ntohs((uint16_t)sum);
}
