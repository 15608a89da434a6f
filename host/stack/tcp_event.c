/* Events: noted while a door is open, told to the owners when it closes.
 *
 * SPDX-License-Identifier: MIT
 *
 * So an owner may call anything from its event function, even tcp_close, and finds no connection
 * half changed.
 */
#include "host/stack/tcp_conn.h"

/* A connection that nobody has accepted tells all it has when somebody has (tcp_accept); one
 * whose owner has closed it has nothing more to say but that its FIN came through. */
void tcp_conn_note(struct tcp_conn *conn, unsigned events)
{
    struct tcp *tcp = conn_tcp(conn);
    if (conn->event_queued && conn->owned) {
        conn->events |= (uint8_t)events;
        return;
    }
    if (!conn->owned)
        events &= conn->event ? TCP_EVENT_FIN_ACKED : 0;
    if (tcp_awaits_accept(conn) || !events)
        return;
    conn->events |= (uint8_t)events;
    if (conn->event_queued)
        return;
    conn->event_queued = true;
    conn->next = NULL;
    *tcp->events_end = conn;
    tcp->events_end = &conn->next;
}

static struct tcp_conn *events_pop(struct tcp *tcp)
{
    struct tcp_conn *conn = tcp->events;
    tcp->events = conn->next;
    if (!tcp->events)
        tcp->events_end = &tcp->events;
    conn->event_queued = false;
    return conn;
}

void tcp_conn_forget_events(struct tcp_conn *conn)
{
    struct tcp *tcp = conn_tcp(conn);
    conn->events = 0;
    if (!conn->event_queued)
        return;
    struct tcp_conn **link = &tcp->events;
    while (*link != conn)
        link = &(*link)->next;
    *link = conn->next;
    if (!*link)
        tcp->events_end = link;
    conn->event_queued = false;
}

void tcp_tell_events(struct tcp *tcp)
{
    if (tcp->telling)
        return;
    tcp->telling = true;
    while (tcp->events) {
        struct tcp_conn *conn = events_pop(tcp);
        unsigned events = conn->events;
        conn->events = 0;
        if (conn->event && events)
            conn->event(conn->user, conn, events);
    }
    tcp->telling = false;
}
