/* TCP for its owners: open, bind, listen, connect, accept, close. See tcp.h; the data's way is
 * tcp_stream.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>

#include "host/stack/tcp_input.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_timer.h"

enum { DEFAULT_BUFFER = 65535, DEFAULT_CONNECTIONS = 1024 };
/* Those of 1 Gbit/s and a round trip of 40 ms, 5 MB, fit. For sending, what was lost is kept beside what goes on. */
enum { DEFAULT_SEND_MOST = 8 << 20, DEFAULT_RECEIVE_MOST = 6 << 20 };
#define DEFAULT_GROWTH_BYTES UINT64_C(256 << 20)
#define DEFAULT_TIME_WAIT_NS UINT64_C(60000000000)

/* How large a buffer grows that begins with bytes, of which 0 and most may leave the choice to us. */
static uint32_t most_of(uint32_t bytes, uint32_t most, uint32_t usual)
{
    if (!most)
        return bytes ? bytes : usual;
    return bytes > most ? bytes : most;
}

static void tcp_configure(struct tcp *tcp, const struct stack_config *config)
{
    tcp->max = config->max_connections ? config->max_connections : DEFAULT_CONNECTIONS;
    tcp->send_bytes = config->tcp_send_bytes ? config->tcp_send_bytes : DEFAULT_BUFFER;
    tcp->receive_bytes = config->tcp_receive_bytes ? config->tcp_receive_bytes : DEFAULT_BUFFER;
    tcp->send_most = most_of(config->tcp_send_bytes, config->tcp_send_most, DEFAULT_SEND_MOST);
    tcp->receive_most =
        most_of(config->tcp_receive_bytes, config->tcp_receive_most, DEFAULT_RECEIVE_MOST);
    tcp->rcv_scale = tcp_window_scale_for(tcp->receive_most);
    tcp->growth_most = config->tcp_growth_bytes ? config->tcp_growth_bytes : DEFAULT_GROWTH_BYTES;
    tcp->time_wait_ns = config->time_wait_ns ? config->time_wait_ns : DEFAULT_TIME_WAIT_NS;
}

/* What was hashed last begins as the ends that are all zeros, which is what :: and a free port are. */
static void tcp_secret_make(struct tcp *tcp)
{
    static const struct endpoint nowhere;
    tcp->secret[0] = stack_random(tcp->stack);
    tcp->secret[1] = stack_random(tcp->stack);
    tcp->hashed.hash = tcp_tuple_hash(tcp, 'T', &nowhere, &nowhere);
    tcp->towards.hash = tcp_tuple_hash(tcp, 'P', &nowhere, &nowhere);
}

int tcp_create(struct stack *stack, struct tcp **out, uint64_t now_ns)
{
    struct tcp *tcp = calloc(1, sizeof *tcp);
    (void)now_ns;
    if (!tcp)
        return -ENOMEM;
    tcp->stack = stack;
    tcp_secret_make(tcp);
    tcp->waiting_end = &tcp->waiting;
    tcp->unsent_end = &tcp->unsent;
    tcp->events_end = &tcp->events;
    tcp->time_waits_end = &tcp->time_waits;
    tcp_configure(tcp, &stack->config);
    tcp->conns = calloc(tcp->max, sizeof *tcp->conns);
    if (!tcp->conns || tcp_table_create(tcp)) {
        free(tcp->conns);
        free(tcp);
        return -ENOMEM;
    }
    *out = tcp;
    return 0;
}

void tcp_destroy(struct tcp *tcp)
{
    for (uint32_t i = 0; i < tcp->count; i++) /* listeners may go before those who wait for them */
        if (tcp_awaits_accept(tcp->conns[i]))
            tcp->conns[i]->listener = NULL;
    while (tcp->count)
        tcp_conn_erase(tcp->conns[tcp->count - 1]);
    tcp_conn_spares_free(tcp);
    tcp_table_destroy(tcp);
    tcp_pool_free(&tcp->pool);
    tcp_sending_pool_free(&tcp->sendings);
    free(tcp->conns);
    free(tcp);
}

int tcp_open(struct stack *stack, struct tcp_conn **out, tcp_event_fn *event, void *user)
{
    int result = tcp_conn_create(stack, out);
    if (result == 0)
        tcp_set_owner(*out, event, user);
    return result;
}

void tcp_set_owner(struct tcp_conn *conn, tcp_event_fn *event, void *user)
{
    conn->event = event;
    conn->user = user;
}

/* An address is ours if the route to it would use it as the source. */
static bool address_is_ours(struct stack *stack, const struct address *address)
{
    struct address source;
    return ip_source(stack, address, &source) == 0 && address_equal(&source, address);
}

int tcp_bind(struct tcp_conn *conn, const struct endpoint *local)
{
    if (conn->state != TCP_CLOSED || conn->table != TABLE_NONE || conn->error)
        return -EINVAL;
    bool on_all = address_is_unspecified(&local->address);
    if (!on_all && !address_is_ours(conn->stack, &local->address))
        return -EADDRNOTAVAIL;
    if (local->port && tcp_table_port_bound(conn_tcp(conn), local, conn))
        return -EADDRINUSE;
    conn->local = *local;
    if (local->port)
        tcp_table_bind(conn);
    return 0;
}

int tcp_listen(struct tcp_conn *conn, int backlog)
{
    if ((conn->state != TCP_CLOSED && conn->state != TCP_LISTEN) || conn->error)
        return -EINVAL;
    if (!conn->local.port && tcp_port_choose(conn_tcp(conn), &conn->local, NULL))
        return -EADDRINUSE;
    if (!conn->listener)
        conn->listener = calloc(1, sizeof *conn->listener);
    if (!conn->listener)
        return -ENOMEM;
    conn->listener->conn = conn;
    conn->listener->backlog = backlog > 0 ? backlog : 1;
    if (conn->state == TCP_LISTEN)
        return 0;
    conn->listener->ready_end = &conn->listener->ready;
    if (conn->table == TABLE_NONE)
        tcp_table_bind(conn);
    conn->state = TCP_LISTEN;
    return 0;
}

/* The new owner has heard nothing so far: it is told all that is true now. */
int tcp_accept(struct tcp_conn *listener, struct tcp_conn **out)
{
    struct tcp_listener *queues = listener->listener;
    struct tcp_conn *conn = queues && queues->conn == listener ? queues->ready : NULL;
    if (!conn)
        return -EAGAIN;
    tcp_listener_forget(conn);
    tcp_conn_note(conn, TCP_EVENT_CONNECTED | TCP_EVENT_WRITABLE |
                            (conn->receive.used ? TCP_EVENT_READABLE : 0) |
                            (conn->peer_fin_taken ? TCP_EVENT_END : 0));
    *out = conn;
    return 0;
}

static int remote_check(const struct endpoint *remote)
{
    if (!remote->port)
        return -EINVAL;
    if (address_is_unspecified(&remote->address) || address_is_broadcast(&remote->address) ||
        address_is_multicast(&remote->address))
        return -ENETUNREACH;
    return 0;
}

/* Where we speak from: the bound address, or the one that the route says; the bound port, or a
 * free one. */
static int local_choose(struct tcp_conn *conn, const struct endpoint *remote,
                        struct endpoint *local)
{
    *local = conn->local;
    int result = address_is_unspecified(&local->address)
                     ? ip_source(conn->stack, &remote->address, &local->address)
                     : 0;
    if (result)
        return result;
    if (address_is_v4(&local->address) != address_is_v4(&remote->address))
        return -EAFNOSUPPORT;
    if (!local->port)
        return tcp_port_choose(conn_tcp(conn), local, remote);
    return tcp_table_find(conn_tcp(conn), local, remote) ? -EADDRINUSE : 0;
}

int tcp_connect(struct tcp_conn *conn, const struct endpoint *remote, uint64_t now_ns)
{
    struct endpoint local;
    if (conn->state != TCP_CLOSED || conn->error)
        return conn->state == TCP_LISTEN || conn->error ? -EINVAL : -EISCONN;
    int result = remote_check(remote);
    if (!result)
        result = local_choose(conn, remote, &local);
    if (!result)
        result = tcp_sending_begin(conn);
    if (result)
        return result;
    tcp_table_remove(conn);
    conn->local = local;
    conn->remote = *remote;
    tcp_table_connect(conn);
    tcp_conn_ends_known(conn);
    conn->iss = tcp_isn_choose(conn_tcp(conn), &local, remote, now_ns);
    conn->snd_una = conn->snd_max = conn->iss;
    conn->state = TCP_SYN_SENT;
    conn->sending->opened_ns = now_ns;
    conn->stack->counters.tcp_active_opens++;
    conn->resend = true;
    tcp_output(conn, now_ns);
    return 0;
}

/* conn has no owner any more; the pointer may be dead after this. */
static void conn_disown(struct tcp_conn *conn, uint64_t now_ns)
{
    conn->owned = false;
    tcp_conn_forget_events(conn);
    tcp_conn_limit_fin_wait(conn, now_ns);
    if (conn->state != TCP_CLOSED)
        return;
    if (conn->event)
        tcp_timer_start(conn, TIMER_END,
                        now_ns); /* GONE is told by tcp_poll, not inside the owner's call */
    else
        tcp_conn_erase(conn);
}

/* Whoever waits for this listener's accept is sent away. That moves others in the array of all: what one pass misses the
 * next one finds. */
static void listener_close(struct tcp_conn *listener, uint64_t now_ns)
{
    struct tcp *tcp = conn_tcp(listener);
    struct tcp_listener *queues = listener->listener;
    while (queues->ready_count || queues->half_open)
        for (uint32_t i = 0; i < tcp->count; i++)
            if (tcp->conns[i]->listener == queues && tcp_awaits_accept(tcp->conns[i]))
                tcp_conn_reset(tcp->conns[i], -ECONNRESET, now_ns);
    tcp_conn_end(listener, 0, now_ns);
}

static bool peer_may_wait(const struct tcp_conn *conn)
{
    return conn->state == TCP_ESTABLISHED || conn->state == TCP_FIN_WAIT_1 ||
           conn->state == TCP_FIN_WAIT_2 || conn->state == TCP_CLOSE_WAIT;
}

/* FIN; what SO_LINGER leaves it as time, it has for its acknowledgement. */
static void close_in_order(struct tcp_conn *conn, uint64_t now_ns)
{
    tcp_shutdown(conn, now_ns);
    if (conn->settings.linger_s > 0 && tcp_fin_under_way(conn)) {
        tcp_timer_start(conn, TIMER_END, now_ns + (uint64_t)conn->settings.linger_s * 1000000000);
        tcp_output(conn, now_ns); /* what was paced does not wait any more */
    }
}

void tcp_close(struct tcp_conn *conn, uint64_t now_ns)
{
    bool at_once = conn->receive.used || tcp_has_gap(conn) || !conn->settings.linger_s;
    if (conn->state == TCP_LISTEN)
        listener_close(conn, now_ns);
    else if (conn->state == TCP_SYN_SENT)
        tcp_conn_end(conn, 0, now_ns);
    else if (at_once && peer_may_wait(conn))
        tcp_conn_reset(conn, 0, now_ns);
    else
        close_in_order(conn, now_ns);
    tcp_tune_receive_done(conn);
    tcp_reassembly_release(conn);
    conn_disown(conn, now_ns);
}

void tcp_abort(struct tcp_conn *conn, uint64_t now_ns)
{
    if (conn->state == TCP_LISTEN)
        listener_close(conn, now_ns);
    else if (conn->state != TCP_CLOSED)
        tcp_conn_reset(conn, -ECONNABORTED, now_ns);
    tcp_conn_erase(conn);
}
