/* The timestamps option: its clock, and protection against wrapped sequence numbers. RFC 7323, 3 to
 * 5.
 *
 * SPDX-License-Identifier: MIT
 *
 * The clock ticks in milliseconds. Where it begins differs for each pair of ends in a way that only
 * the secret's holder can tell (7.1), but not from one connection of the same ends to the next, so
 * that a peer in TIME-WAIT sees it go on (RFC 6191).
 */
#include "host/stack/tcp_output.h"

enum { TICK_NS = 1000000 };
/* After this long without a segment the peer's clock may have wrapped (5.5). */
enum { VALID_S = 24 * 24 * 3600 };

static uint32_t second(uint64_t now_ns)
{
    return (uint32_t)(now_ns / 1000000000);
}

uint32_t tcp_timestamp(const struct tcp_conn *conn, uint64_t now_ns)
{
    return conn->ts_offset + (uint32_t)(now_ns / TICK_NS);
}

uint64_t tcp_timestamp_age_ns(const struct tcp_conn *conn, uint32_t echo, uint64_t now_ns)
{
    return (uint64_t)(tcp_timestamp(conn, now_ns) - echo) * TICK_NS;
}

bool tcp_timestamp_is_old(const struct tcp_conn *conn, uint32_t value, uint64_t now_ns)
{
    return seq_lt(value, conn->ts_recent) && second(now_ns) - conn->ts_recent_s < VALID_S;
}

/* 4.3: that of a segment which begins where our last ACK ended, or before. */
void tcp_timestamp_take(struct tcp_conn *conn, uint32_t seq, uint32_t value, uint64_t now_ns)
{
    if (seq_gt(seq, conn->ack_sent) || tcp_timestamp_is_old(conn, value, now_ns))
        return;
    conn->ts_recent = value;
    conn->ts_recent_s = second(now_ns);
}
