/* When a connection does something by itself, for the files host/stack/tcp*.c only: its timers and keepalive.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_TCP_TIMER_H
#define HOST_STACK_TCP_TIMER_H

#include "host/stack/tcp_conn.h"

/* tcp_heap.c: all connections, and the running timers of each. One that is started takes the place of the other in its slot;
 * iteration over tcp->conns must not start or stop any. */
void tcp_conns_add(struct tcp *tcp, struct tcp_conn *conn); /* there is room: count < max */
void tcp_conns_remove(struct tcp *tcp, struct tcp_conn *conn);
void tcp_timer_start(struct tcp_conn *conn, enum tcp_timer_kind kind, uint64_t due_ns);
void tcp_timer_stop_all(struct tcp_conn *conn); /* and ends its TIME-WAIT */
static inline bool tcp_timer_running(const struct tcp_conn *conn, enum tcp_timer_kind kind)
{
    return conn->timers[tcp_timer_slot(kind)] == kind;
}
void tcp_timer_stop_running(struct tcp_conn *conn, enum tcp_timer_kind kind);
static inline void tcp_timer_stop(struct tcp_conn *conn, enum tcp_timer_kind kind)
{
    if (tcp_timer_running(conn, kind))
        tcp_timer_stop_running(conn, kind);
}
/* When the first of them is due; UINT64_MAX: none runs. Not in TIME-WAIT. */
static inline uint64_t tcp_first_due(const struct tcp_conn *conn)
{
    uint64_t due_ns = conn->due[0] < conn->due[1] ? conn->due[0] : conn->due[1];
    return due_ns < conn->due[2] ? due_ns : conn->due[2];
}
/* tcp_time_wait.c: the line of those in TIME-WAIT, which no timer runs for. conn's timers do not run. */
void tcp_time_wait_join(struct tcp_conn *conn, uint64_t now_ns);
void tcp_time_wait_leave(struct tcp_conn *conn);
void tcp_time_wait_poll(struct tcp *tcp, uint64_t now_ns);      /* ends those that have waited */
static inline uint64_t tcp_time_wait_due(const struct tcp *tcp) /* the first; UINT64_MAX: none */
{
    return tcp->time_waits ? tcp->time_waits->time_wait.until_ns : UINT64_MAX;
}
/* tcp_timer.c */
void tcp_retransmit_timer_restart(struct tcp_conn *conn, uint64_t now_ns);
/* The same, but where the tail may be asked about first, for that. */
void tcp_retransmit_timer_follow(struct tcp_conn *conn, uint64_t now_ns);
/* In its place: until what is only late should have come. */
void tcp_retransmit_timer_reorder(struct tcp_conn *conn, uint64_t wait_ns, uint64_t now_ns);
void tcp_persist_timer_start(struct tcp_conn *conn, uint64_t now_ns);

/* tcp_keepalive.c */
void tcp_keepalive_start(struct tcp_conn *conn, uint64_t now_ns); /* established, or newly set */
void tcp_keepalive_expired(struct tcp_conn *conn, uint64_t now_ns);
static inline void tcp_heard(struct tcp_conn *conn, uint64_t now_ns) /* a segment of the peer */
{
    conn->heard_ns = now_ns;
    conn->keep_probes = 0;
}

#endif
