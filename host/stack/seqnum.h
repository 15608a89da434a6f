/* Sequence numbers: 32 bits that wrap; the only functions by which they are compared. RFC 9293,
 * 3.4.
 *
 * SPDX-License-Identifier: MIT
 *
 * a is before b if it is less than 2^31 behind it on the circle. Windows are far smaller than that,
 * so the order of any two numbers of one connection is never in doubt.
 */
#ifndef HOST_STACK_SEQNUM_H
#define HOST_STACK_SEQNUM_H

#include <stdbool.h>
#include <stdint.h>

static inline bool seq_lt(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static inline bool seq_leq(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) <= 0;
}

static inline bool seq_gt(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

static inline bool seq_geq(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) >= 0;
}

static inline uint32_t seq_max(uint32_t a, uint32_t b)
{
    return seq_gt(a, b) ? a : b;
}

static inline uint32_t seq_min(uint32_t a, uint32_t b)
{
    return seq_lt(a, b) ? a : b;
}

/* start <= seq < start + length */
static inline bool seq_within(uint32_t seq, uint32_t start, uint32_t length)
{
    return seq - start < length;
}

#endif
