/* The line of connections that the device had no room for: first come, first served when room
 * returns.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_output.h"

void tcp_wait_for_room(struct tcp_conn *conn)
{
    struct tcp *tcp = conn_tcp(conn);
    if (conn->waiting)
        return;
    conn->waiting = true;
    conn->wait_next = NULL;
    *tcp->waiting_end = conn;
    tcp->waiting_end = &conn->wait_next;
}

void tcp_wait_end(struct tcp_conn *conn)
{
    struct tcp *tcp = conn_tcp(conn);
    if (!conn->waiting)
        return;
    struct tcp_conn **link = &tcp->waiting;
    while (*link != conn)
        link = &(*link)->wait_next;
    *link = conn->wait_next;
    if (!*link)
        tcp->waiting_end = link;
    conn->waiting = false;
}

void tcp_serve_waiting(struct tcp *tcp, uint64_t now_ns)
{
    struct tcp_conn *last = NULL; /* who comes back behind the one that was last has had its turn */
    for (struct tcp_conn *conn = tcp->waiting; conn; conn = conn->wait_next)
        last = conn;
    bool more = last != NULL;
    while (more) {
        struct tcp_conn *conn = tcp->waiting;
        more = conn != last;
        tcp_wait_end(conn);
        tcp_output(conn, now_ns);
        if (conn->waiting)
            break; /* the device is full again */
    }
}
