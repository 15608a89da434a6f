/* All connections in one array: those that have running timers first, as a binary heap by what is due first; behind
 * them the others in any order.
 *
 * SPDX-License-Identifier: MIT
 *
 * Starting, stopping and finding the next one cost O(log n) at most, and nothing while the first stays the first. The array's
 * memory is taken once, for max_connections.
 */
#include "host/stack/tcp_timer.h"

static void place(struct tcp *tcp, uint32_t index, struct tcp_conn *conn)
{
    tcp->conns[index] = conn;
    conn->index = index;
}

static uint64_t due_at(const struct tcp *tcp, uint32_t index)
{
    return tcp_first_due(tcp->conns[index]);
}

static void heap_rise(struct tcp *tcp, uint32_t index, struct tcp_conn *conn)
{
    uint64_t due_ns = tcp_first_due(conn);
    while (index && due_at(tcp, (index - 1) / 2) > due_ns) {
        place(tcp, index, tcp->conns[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    place(tcp, index, conn);
}

static void heap_sink(struct tcp *tcp, uint32_t index, struct tcp_conn *conn)
{
    uint64_t due_ns = tcp_first_due(conn);
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= tcp->timed)
            break;
        if (child + 1 < tcp->timed && due_at(tcp, child + 1) < due_at(tcp, child))
            child++;
        if (due_at(tcp, child) >= due_ns)
            break;
        place(tcp, index, tcp->conns[child]);
        index = child;
    }
    place(tcp, index, conn);
}

/* Puts conn where it belongs, seen from index. */
static void heap_settle(struct tcp *tcp, uint32_t index, struct tcp_conn *conn)
{
    if (index && due_at(tcp, (index - 1) / 2) > tcp_first_due(conn))
        heap_rise(tcp, index, conn);
    else
        heap_sink(tcp, index, conn);
}

/* It changes places with the first that has no timer. */
static void heap_insert(struct tcp *tcp, struct tcp_conn *conn)
{
    place(tcp, conn->index, tcp->conns[tcp->timed]);
    heap_rise(tcp, tcp->timed++, conn);
}

static void heap_remove(struct tcp *tcp, struct tcp_conn *conn)
{
    struct tcp_conn *last = tcp->conns[--tcp->timed];
    uint32_t index = conn->index;
    place(tcp, tcp->timed, conn);
    if (last != conn)
        heap_settle(tcp, index, last);
}

/* conn's first timer was due at before_ns and is at due_ns now. */
static void heap_follow(struct tcp_conn *conn, uint64_t before_ns, uint64_t due_ns)
{
    struct tcp *tcp = conn_tcp(conn);
    if (due_ns == before_ns)
        return;
    if (before_ns == UINT64_MAX)
        heap_insert(tcp, conn);
    else if (due_ns == UINT64_MAX)
        heap_remove(tcp, conn);
    else if (due_ns < before_ns)
        heap_rise(tcp, conn->index, conn);
    else
        heap_sink(tcp, conn->index, conn);
}

static uint64_t sooner(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* Runs kind in its slot until due_ns, or with TIMER_COUNT and UINT64_MAX nothing. */
static inline void slot_set(struct tcp_conn *conn, int slot, uint8_t kind, uint64_t due_ns)
{
    uint64_t others_ns =
        sooner(conn->due[slot ? 0 : 1], conn->due[slot == TIMER_SLOTS - 1 ? 1 : 2]);
    uint64_t before_ns = sooner(conn->due[slot], others_ns);
    conn->timers[slot] = kind;
    conn->due[slot] = due_ns;
    heap_follow(conn, before_ns, sooner(due_ns, others_ns));
}

void tcp_timer_start(struct tcp_conn *conn, enum tcp_timer_kind kind, uint64_t due_ns)
{
    slot_set(conn, tcp_timer_slot(kind), (uint8_t)kind, due_ns);
}

void tcp_timer_stop_running(struct tcp_conn *conn, enum tcp_timer_kind kind)
{
    slot_set(conn, tcp_timer_slot(kind), TIMER_COUNT, UINT64_MAX);
}

static void none_runs(struct tcp_conn *conn)
{
    for (int i = 0; i < TIMER_SLOTS; i++) {
        conn->timers[i] = TIMER_COUNT;
        conn->due[i] = UINT64_MAX;
    }
}

void tcp_timer_stop_all(struct tcp_conn *conn)
{
    if (conn->state == TCP_TIME_WAIT)
        tcp_time_wait_leave(conn);
    else if (tcp_first_due(conn) != UINT64_MAX)
        heap_remove(conn_tcp(conn), conn);
    none_runs(conn);
}

void tcp_conns_add(struct tcp *tcp, struct tcp_conn *conn)
{
    none_runs(conn);
    place(tcp, tcp->count++, conn);
}

void tcp_conns_remove(struct tcp *tcp, struct tcp_conn *conn)
{
    tcp_timer_stop_all(conn);
    place(tcp, conn->index, tcp->conns[--tcp->count]);
}
