/* A peer that the test plays by hand, tcp_raw.h, and that knows SACK.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_TCP_SACKER_H
#define TESTS_UNIT_TCP_SACKER_H

#include "tests/unit/tcp_raw.h"

enum { SACKER_MSS = 1000, SACKER_ROUND_TRIP = 20 /* ms */ };

/* A connection over that round trip, with segments of so many bytes, NewReno and a cwnd of 10 of them. */
void sacker_join(struct tcp_raw *raw, bool timestamps);
/* An ACK with count blocks, each a start and an end. */
void sacker_send(struct tcp_raw *raw, uint32_t ack, int count, const uint32_t *edges);
#define SACKER_EDGES(...) \
    (const uint32_t[])    \
    {                     \
        __VA_ARGS__       \
    }
/* The next segment must be a whole one at seq. */
void sacker_expect(struct tcp_raw *raw, uint32_t seq);
/* The stack sends count segments, and a round trip passes. */
void sacker_take(struct tcp_raw *raw, uint32_t count);
const struct stack_counters *sacker_counters(const struct tcp_raw *raw);

#endif
