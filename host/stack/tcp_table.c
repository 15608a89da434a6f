/* Where connections are found: by both ends, or listeners by their port.
 *
 * SPDX-License-Identifier: MIT
 *
 * A connection is in one table at most: bound (it has a local port and no peer) or connected. The
 * connected ones are found by a keyed hash, so that nobody can choose ports to make one chain long.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/stack/tcp_conn.h"

enum { BOUND_CHAINS = sizeof((struct tcp *)0)->bound / sizeof(struct tcp_conn *) };

int tcp_table_create(struct tcp *tcp)
{
    uint32_t chains = 64;
    while (chains < tcp->max && chains < 1u << 20)
        chains *= 2;
    tcp->connected = calloc(chains, sizeof *tcp->connected);
    tcp->connected_mask = chains - 1;
    return tcp->connected ? 0 : -ENOMEM;
}

void tcp_table_destroy(struct tcp *tcp)
{
    free(tcp->connected);
}

static bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && address_equal(&a->address, &b->address);
}

uint64_t tcp_hash_again(struct tcp *tcp, struct tcp_hashed *last, uint8_t purpose,
                        const struct endpoint *local, const struct endpoint *remote)
{
    if (!endpoint_equal(&last->local, local) || !endpoint_equal(&last->remote, remote)) {
        last->local = *local;
        last->remote = *remote;
        last->hash = tcp_tuple_hash(tcp, purpose, local, remote);
    }
    return last->hash;
}

/* Who has searched in vain often puts one there next. */
uint64_t tcp_table_hash(struct tcp *tcp, const struct endpoint *local,
                        const struct endpoint *remote)
{
    return tcp_hash_again(tcp, &tcp->hashed, 'T', local, remote);
}

static struct tcp_conn **connected_chain(struct tcp *tcp, uint32_t hash)
{
    return &tcp->connected[hash & tcp->connected_mask];
}

static struct tcp_conn **bound_chain(struct tcp *tcp, uint16_t port)
{
    return &tcp->bound[port % BOUND_CHAINS];
}

static void chain_insert(struct tcp_conn **chain, struct tcp_conn *conn)
{
    conn->hash_next = *chain;
    *chain = conn;
}

void tcp_table_bind(struct tcp_conn *conn)
{
    chain_insert(bound_chain(conn_tcp(conn), conn->local.port), conn);
    conn->table = TABLE_BOUND;
}

void tcp_table_connect(struct tcp_conn *conn)
{
    struct tcp *tcp = conn_tcp(conn);
    conn->hash = (uint32_t)tcp_table_hash(tcp, &conn->local, &conn->remote);
    chain_insert(connected_chain(tcp, conn->hash), conn);
    conn->table = TABLE_CONNECTED;
    tcp->found = conn;
}

void tcp_table_remove(struct tcp_conn *conn)
{
    if (conn->table == TABLE_NONE)
        return;
    struct tcp_conn **link = conn->table == TABLE_BOUND
                                 ? bound_chain(conn_tcp(conn), conn->local.port)
                                 : connected_chain(conn_tcp(conn), conn->hash);
    while (*link != conn)
        link = &(*link)->hash_next;
    *link = conn->hash_next;
    conn->table = TABLE_NONE;
    if (conn_tcp(conn)->found == conn)
        conn_tcp(conn)->found = NULL;
    if (conn->stack->run.conn == conn)
        conn->stack->run.conn = NULL;
}

static bool is_between(const struct tcp_conn *conn, const struct endpoint *local,
                       const struct endpoint *remote)
{
    return endpoint_equal(&conn->local, local) && endpoint_equal(&conn->remote, remote);
}

/* Segments come in runs: the one found last saves most of them the hash. */
struct tcp_conn *tcp_table_find(struct tcp *tcp, const struct endpoint *local,
                                const struct endpoint *remote)
{
    struct tcp_conn *conn = tcp->found;
    if (conn && is_between(conn, local, remote))
        return conn;
    conn = *connected_chain(tcp, (uint32_t)tcp_table_hash(tcp, local, remote));
    while (conn && !is_between(conn, local, remote))
        conn = conn->hash_next;
    tcp->found = conn;
    return conn;
}

/* There is one at most: a port is bound on all addresses, or on each once (tcp_table_port_bound). */
struct tcp_conn *tcp_table_find_listener(struct tcp *tcp, const struct endpoint *local)
{
    for (struct tcp_conn *conn = *bound_chain(tcp, local->port); conn; conn = conn->hash_next)
        if (conn->state == TCP_LISTEN && conn->local.port == local->port &&
            address_covers(&conn->local.address, conn->settings.v6only, &local->address))
            return conn;
    return NULL;
}

bool tcp_table_port_bound(struct tcp *tcp, const struct endpoint *local,
                          const struct tcp_conn *except)
{
    bool v6only = except && except->settings.v6only;

    for (struct tcp_conn *conn = *bound_chain(tcp, local->port); conn; conn = conn->hash_next) {
        if (conn == except || conn->local.port != local->port)
            continue;
        if (address_covers(&local->address, v6only, &conn->local.address) ||
            address_covers(&conn->local.address, conn->settings.v6only, &local->address))
            return true;
    }
    return false;
}
