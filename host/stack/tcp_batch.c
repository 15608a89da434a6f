/* Segments that come together are answered together: one acknowledgement, one super-segment.
 *
 * SPDX-License-Identifier: MIT
 *
 * RFC 9293, 3.8.6.3 asks for an ACK of every second full segment, and gives the cost of many ACKs as the reason to
 * delay them; what one USB transfer brought has come at once. Whatever tells of a loss is still answered
 * segment by segment, since the peer counts duplicate ACKs.
 */
#include "host/stack/tcp_output.h"

void tcp_batch_begin(struct stack *stack)
{
    stack->tcp->batching = true;
}

static bool tells_of_loss(const struct tcp_conn *conn)
{
    const struct tcp_sending *sending = conn->sending;
    return tcp_has_gap(conn) || conn->resend || conn->recovery != TCP_OPEN ||
           (sending != &tcp_nothing_under_way &&
            (sending->duplicate_acks || sending->flight.sacked));
}

bool tcp_batch_takes(struct tcp_conn *conn)
{
    struct tcp *tcp = conn_tcp(conn);
    if (!tcp->batching || conn->state < TCP_ESTABLISHED || tells_of_loss(conn))
        return false;
    if (conn->batched)
        return true;
    if (tcp->batch_count == TCP_BATCH_MOST)
        return false;
    conn->batched = true;
    tcp->batch[tcp->batch_count++] = conn;
    return true;
}

void tcp_batch_leave(struct tcp_conn *conn)
{
    struct tcp *tcp = conn_tcp(conn);
    uint32_t i = tcp->batch_count;
    if (!conn->batched)
        return;
    while (tcp->batch[--i] != conn)
        ;
    tcp->batch[i] = tcp->batch[--tcp->batch_count];
    conn->batched = false;
}

/* The owners come first: what they read opens the window that the ACKs announce. */
void tcp_batch_end(struct stack *stack, uint64_t now_ns)
{
    struct tcp *tcp = stack->tcp;
    tcp->batching = false;
    stack->run.conn = NULL;
    tcp_tell_owners(tcp);
    while (tcp->batch_count) {
        struct tcp_conn *conn = tcp->batch[--tcp->batch_count];
        conn->batched = false;
        tcp_output(conn, now_ns);
    }
    tcp_tell_owners(tcp);
}
