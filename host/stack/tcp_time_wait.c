/* The line of connections in TIME-WAIT. RFC 9293, 3.6.1.
 *
 * SPDX-License-Identifier: MIT
 *
 * All wait equally long, so who came first goes first: joining, leaving and finding the next one cost the same however many
 * there are, and the heap of timers stays as small as what is really going on.
 */
#include "host/stack/tcp_timer.h"

void tcp_time_wait_join(struct tcp_conn *conn, uint64_t now_ns)
{
    struct tcp *tcp = conn_tcp(conn);
    conn->time_wait =
        (struct tcp_time_wait){.link = tcp->time_waits_end, .until_ns = now_ns + tcp->time_wait_ns};
    *tcp->time_waits_end = conn;
    tcp->time_waits_end = &conn->time_wait.next;
}

void tcp_time_wait_leave(struct tcp_conn *conn)
{
    struct tcp *tcp = conn_tcp(conn);
    struct tcp_time_wait *place = &conn->time_wait;
    *place->link = place->next;
    if (place->next)
        place->next->time_wait.link = place->link;
    else
        tcp->time_waits_end = place->link;
}

void tcp_time_wait_poll(struct tcp *tcp, uint64_t now_ns)
{
    while (tcp_time_wait_due(tcp) <= now_ns) {
        struct tcp_conn *conn = tcp->time_waits;
        if (conn->owned)
            tcp_conn_end(conn, 0, now_ns);
        else
            tcp_conn_over(conn, now_ns);
    }
}
