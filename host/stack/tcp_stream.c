/* The data's way between owner and TCP: buffers filled and read in place, and the end of our side.
 * See tcp.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "host/stack/tcp_input.h"
#include "host/stack/tcp_output.h"

int tcp_writable(struct tcp_conn *conn, struct iovec out[2])
{
    if (conn->error)
        return conn->error;
    if (conn->fin_queued)
        return -EPIPE;
    if (conn->state != TCP_ESTABLISHED && conn->state != TCP_CLOSE_WAIT)
        return -ENOTCONN;
    if (tcp_buffer_allocate(&conn->send, &conn_tcp(conn)->pool))
        return -ENOMEM;
    return tcp_buffer_vacant(&conn->send, out);
}

bool tcp_may_write(const struct tcp_conn *conn)
{
    return !conn->error && !conn->fin_queued &&
           (conn->state == TCP_ESTABLISHED || conn->state == TCP_CLOSE_WAIT) &&
           tcp_buffer_room(&conn->send);
}

void tcp_produce(struct tcp_conn *conn, size_t count, uint64_t now_ns)
{
    if (!count && !conn->send.used)
        tcp_buffer_release(&conn->send, &conn_tcp(conn)->pool);
    if (!count || conn->error)
        return;
    if (count > conn->mss)
        tcp_tell(conn, now_ns, '-', "has %zu bytes to send: cut into segments of at most %u", count,
                 conn->mss);
    tcp_buffer_append(&conn->send, (uint32_t)count);
    tcp_output(conn, now_ns);
}

int tcp_readable(struct tcp_conn *conn, struct iovec out[2])
{
    return tcp_buffer_filled(&conn->receive, out);
}

void tcp_consume(struct tcp_conn *conn, size_t count, uint64_t now_ns)
{
    tcp_buffer_drop(&conn->receive, (uint32_t)count);
    if (!conn->receive.used && !tcp_has_gap(conn))
        tcp_buffer_release(&conn->receive, &conn_tcp(conn)->pool);
    tcp_tune_read(conn, now_ns);
    if (conn->state < TCP_ESTABLISHED || conn->peer_fin_taken || !tcp_window_update_due(conn))
        return;
    tcp_tell(conn, now_ns, '-', "opens its window from %u to %u", tcp_window_offered(conn),
             tcp_window_to_offer(conn));
    conn->ack_now = true;
    tcp_output(conn, now_ns);
}

bool tcp_at_end(const struct tcp_conn *conn)
{
    return conn->peer_fin_taken && !conn->receive.used;
}

int tcp_error(const struct tcp_conn *conn)
{
    return conn->error;
}

/* In SYN-SENT and SYN-RECEIVED the FIN waits for the handshake (conn_establish). */
void tcp_shutdown(struct tcp_conn *conn, uint64_t now_ns)
{
    if (conn->fin_queued || conn->state == TCP_CLOSED || conn->state == TCP_LISTEN)
        return;
    conn->fin_queued = true;
    if (conn->state == TCP_ESTABLISHED)
        tcp_conn_enter(conn, TCP_FIN_WAIT_1, now_ns);
    else if (conn->state == TCP_CLOSE_WAIT)
        tcp_conn_enter(conn, TCP_LAST_ACK, now_ns);
    tcp_output(conn, now_ns);
}
