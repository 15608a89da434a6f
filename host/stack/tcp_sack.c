/* Selective acknowledgement, the receiver's side: which blocks an ACK tells. RFC 2018, 4; RFC 2883.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "host/stack/tcp_input.h"

enum { HEAD_BYTES = 4, BLOCK_BYTES = 8 };

struct tcp_reassembly *tcp_reassembly_of(struct tcp_conn *conn)
{
    if (!conn->reassembly)
        conn->reassembly = calloc(1, sizeof *conn->reassembly);
    return conn->reassembly;
}

void tcp_reassembly_release(struct tcp_conn *conn)
{
    free(conn->reassembly);
    conn->reassembly = NULL;
}

/* Without memory it is not told, which costs the peer nothing but knowledge. */
void tcp_sack_came_twice(struct tcp_conn *conn, uint32_t start, uint32_t end)
{
    if (!conn->sack || !seq_lt(start, end) || !tcp_reassembly_of(conn))
        return;
    conn->reassembly->twice = (struct tcp_range){start, end};
}

void tcp_sack_write(const struct tcp_conn *conn, size_t room, struct tcp_options *out)
{
    if (!conn->sack || !conn->reassembly || room < HEAD_BYTES + BLOCK_BYTES)
        return;
    int most = (int)((room - HEAD_BYTES) / BLOCK_BYTES);
    out->sack_count = tcp_reassembly_sacks(conn->reassembly, out->sacks,
                                           most < TCP_MAX_SACK_BLOCKS ? most : TCP_MAX_SACK_BLOCKS);
}

static bool twice_waits(const struct tcp_conn *conn)
{
    return conn->sack && conn->reassembly->twice.start != conn->reassembly->twice.end;
}

/* What came twice is told once. */
void tcp_sack_went_out(struct tcp_conn *conn)
{
    conn->stack->counters.tcp_dsacks_sent += twice_waits(conn);
    conn->reassembly->twice = (struct tcp_range){0, 0};
    tcp_reassembly_settle(conn);
}

void tcp_reassembly_settle(struct tcp_conn *conn)
{
    if (!conn->reassembly->count && !twice_waits(conn))
        tcp_reassembly_release(conn);
}
