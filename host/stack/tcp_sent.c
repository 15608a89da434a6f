/* Clocks count from the moment at which the bytes have left the host: the USB transfer's completion.
 *
 * SPDX-License-Identifier: MIT
 *
 * A slow bus or link may keep what was sent for longer than any timeout; that is no loss (RFC 6298
 * times segments from their sending). Connections wait in a line, each for one ticket, in the order
 * of tickets, so a completion looks only at those that it concerns.
 */
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_timer.h"

static void line_up(struct tcp_conn *conn, uint64_t ticket)
{
    struct tcp *tcp = conn_tcp(conn);
    conn->sending->watched = ticket;
    conn->sending->unsent_next = NULL;
    conn->sending->unsent_link = tcp->unsent_end;
    *tcp->unsent_end = conn;
    tcp->unsent_end = &conn->sending->unsent_next;
}

void tcp_sent_watch(struct tcp_conn *conn, uint64_t ticket)
{
    if (!ticket)
        return;
    conn->sending->ticket = conn_tcp(conn)->last_ticket = ticket;
    if (!conn->sending->unsent_link)
        line_up(conn, ticket);
}

void tcp_sent_forget(struct tcp_conn *conn)
{
    if (!conn->sending->unsent_link)
        return;
    *conn->sending->unsent_link = conn->sending->unsent_next;
    if (conn->sending->unsent_next)
        conn->sending->unsent_next->sending->unsent_link = conn->sending->unsent_link;
    else
        conn_tcp(conn)->unsent_end = conn->sending->unsent_link;
    conn->sending->unsent_link = NULL;
}

static void has_left(struct tcp_conn *conn, uint64_t ticket, uint64_t now_ns)
{
    tcp_flight_left(&conn->sending->flight, (uint32_t)ticket, (uint32_t)(now_ns / 1000));
    if (tcp_all_has_left(conn) && tcp_timer_running(conn, TIMER_RETRANSMIT))
        tcp_retransmit_timer_follow(conn, now_ns);
}

/* Who has sent more since then waits on, for the last ticket of all: that keeps the line in order,
 * and none waits longer than what lies before the bus now takes. */
void tcp_sent(struct stack *stack, uint64_t now_ns)
{
    struct tcp *tcp = stack->tcp;
    while (tcp->unsent && tcp->unsent->sending->watched <= stack->sent_ticket) {
        struct tcp_conn *conn = tcp->unsent;
        tcp_sent_forget(conn);
        has_left(conn, stack->sent_ticket, now_ns);
        if (!tcp_all_has_left(conn))
            line_up(conn, tcp->last_ticket);
    }
    tcp_poll(stack, now_ns);
}
