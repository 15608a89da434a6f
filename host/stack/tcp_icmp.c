/* What routers and hosts on the way say about our segments, and the loss of our own address. RFC
 * 9293, 3.9.2.2; RFC 5927; RFC 1191.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "host/stack/tcp_output.h"

static uint16_t port_at(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static struct tcp_conn *error_conn(const struct stack *stack, const struct icmp_error *error)
{
    if (error->length < 8)
        return NULL;
    struct endpoint local = {error->source, port_at(error->payload)};
    struct endpoint remote = {error->destination, port_at(error->payload + 2)};
    return tcp_table_find(stack->tcp, &local, &remote);
}

/* Who has not seen our segments does not know the sequence number of one that is under way (RFC
 * 5927, 4.1). */
static bool about_something_under_way(const struct tcp_conn *conn, const struct icmp_error *error)
{
    const uint8_t *at = error->payload + 4;
    uint32_t seq = (uint32_t)port_at(at) << 16 | port_at(at + 2);
    return seq_within(seq, conn->snd_una, conn->snd_max - conn->snd_una);
}

bool tcp_icmp_believed(const struct stack *stack, const struct icmp_error *error)
{
    const struct tcp_conn *conn = error_conn(stack, error);
    return conn && about_something_under_way(conn, error);
}

/* The segments were too large, not lost to congestion: cut what is under way anew, cwnd stays. */
static void path_narrows(struct tcp_conn *conn, uint16_t mtu, uint64_t now_ns)
{
    const int headers = (int)ip_header_bytes(&conn->remote.address) + TCP_HEADER_BYTES;
    if (mtu < IPV4_MIN_MTU || conn->state < TCP_ESTABLISHED ||
        mtu - headers >= (int)(conn->mss + tcp_options_steady(conn)))
        return;
    tcp_conn_mss_limit(conn, (uint32_t)(mtu - headers));
    tcp_tell(conn, now_ns, '-',
             "a router takes packets of at most %u bytes: segments of at most %u now", mtu,
             conn->mss);
    tcp_flight_lose(&conn->sending->flight, conn->snd_una, conn->snd_max);
    tcp_output(conn, now_ns);
}

/* An attempt to connect ends; an established connection remembers the reason and goes on trying
 * (RFC 5927, 6). */
static void path_fails(struct tcp_conn *conn, int error, uint64_t now_ns)
{
    tcp_tell(conn, now_ns, '<', "ICMP: %s", strerror(-error));
    if (conn->state == TCP_SYN_SENT || conn->state == TCP_SYN_RECEIVED)
        tcp_conn_end(conn, error, now_ns);
    else
        conn->soft_error = (int16_t)error;
}

void tcp_icmp_error(struct stack *stack, const struct icmp_error *error, uint64_t now_ns)
{
    struct tcp_conn *conn = error_conn(stack, error);
    if (!conn || !about_something_under_way(conn, error))
        return;
    if (error->error == -EMSGSIZE)
        path_narrows(conn, error->mtu, now_ns);
    else if (error->hard || error->error == -EHOSTUNREACH || error->error == -ENETUNREACH)
        path_fails(conn, error->error, now_ns);
    else /* a parameter problem ends not even an attempt (RFC 9293, 3.9.2.2) */
        conn->soft_error = error->error;
    tcp_tell_owners(stack->tcp);
}

void tcp_paths_widen(struct stack *stack, uint64_t now_ns)
{
    struct tcp *tcp = stack->tcp;
    for (uint32_t i = 0; i < tcp->count; i++) {
        struct tcp_conn *conn = tcp->conns[i];
        uint32_t before = conn->mss;
        if (conn->table != TABLE_CONNECTED || conn->state < TCP_ESTABLISHED)
            continue;
        tcp_conn_mss_choose(conn, conn->offered_mss);
        if (conn->mss != before)
            tcp_tell(conn, now_ns, '-', "larger packets are tried again: segments of at most %u",
                     conn->mss);
    }
}

void tcp_address_lost(struct stack *stack, const struct address *address, uint64_t now_ns)
{
    struct tcp *tcp = stack->tcp;
    bool some = true;
    while (
        some) { /* ending one moves others in the array: the next pass finds what this one misses */
        some = false;
        for (uint32_t i = 0; i < tcp->count; i++) {
            struct tcp_conn *conn = tcp->conns[i];
            if (conn->table != TABLE_CONNECTED || !address_equal(&conn->local.address, address))
                continue;
            tcp_conn_end(conn, -ENETDOWN, now_ns);
            some = true;
        }
    }
    tcp_tell_owners(stack->tcp);
}
