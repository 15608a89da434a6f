/* The running timers of all connections: a binary heap with one entry for each connection.
 *
 * SPDX-License-Identifier: MIT
 *
 * Starting, stopping and finding the next one cost O(log n) at most. The heap's memory is taken
 * once, for max_connections.
 */
#include "host/stack/tcp_timer.h"

static void heap_place(struct tcp *tcp, uint32_t index, struct tcp_conn *conn)
{
    tcp->heap[index] = conn;
    conn->heap_index = index;
}

static void heap_rise(struct tcp *tcp, uint32_t index, struct tcp_conn *conn)
{
    while (index && tcp->heap[(index - 1) / 2]->heap_due > conn->heap_due) {
        heap_place(tcp, index, tcp->heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    heap_place(tcp, index, conn);
}

static void heap_sink(struct tcp *tcp, uint32_t index, struct tcp_conn *conn)
{
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= tcp->heap_count)
            break;
        if (child + 1 < tcp->heap_count &&
            tcp->heap[child + 1]->heap_due < tcp->heap[child]->heap_due)
            child++;
        if (tcp->heap[child]->heap_due >= conn->heap_due)
            break;
        heap_place(tcp, index, tcp->heap[child]);
        index = child;
    }
    heap_place(tcp, index, conn);
}

/* Puts conn where its heap_due belongs, seen from index. */
static void heap_settle(struct tcp *tcp, uint32_t index, struct tcp_conn *conn)
{
    if (index && tcp->heap[(index - 1) / 2]->heap_due > conn->heap_due)
        heap_rise(tcp, index, conn);
    else
        heap_sink(tcp, index, conn);
}

static void heap_remove(struct tcp *tcp, struct tcp_conn *conn)
{
    struct tcp_conn *last = tcp->heap[--tcp->heap_count];
    uint32_t index = conn->heap_index;
    conn->heap_index = UINT32_MAX;
    if (last != conn)
        heap_settle(tcp, index, last);
}

static void heap_update(struct tcp_conn *conn)
{
    struct tcp *tcp = conn_tcp(conn);
    uint64_t due_ns = UINT64_MAX;
    for (int i = 0; i < TIMER_COUNT; i++)
        if (conn->due[i] < due_ns)
            due_ns = conn->due[i];
    conn->heap_due = due_ns;
    if (due_ns == UINT64_MAX) {
        if (conn->heap_index != UINT32_MAX)
            heap_remove(tcp, conn);
    } else {
        heap_settle(tcp, conn->heap_index != UINT32_MAX ? conn->heap_index : tcp->heap_count++,
                    conn);
    }
}

void tcp_timer_start(struct tcp_conn *conn, enum tcp_timer_kind kind, uint64_t due_ns)
{
    conn->due[kind] = due_ns;
    heap_update(conn);
}

void tcp_timer_stop(struct tcp_conn *conn, enum tcp_timer_kind kind)
{
    if (conn->due[kind] == UINT64_MAX)
        return;
    conn->due[kind] = UINT64_MAX;
    heap_update(conn);
}

void tcp_timer_stop_all(struct tcp_conn *conn)
{
    for (int i = 0; i < TIMER_COUNT; i++)
        conn->due[i] = UINT64_MAX;
    heap_update(conn);
}
