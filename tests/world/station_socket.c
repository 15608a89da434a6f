/* A station's sockets, and what must hold for its connections.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/world/station.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- sockets ---- */

static void socket_event(void *user, struct tcp_conn *conn, unsigned events)
{
    struct end *end = user;

    if (events & TCP_EVENT_CONNECTED)
        end_opened(end);
    if (events & TCP_EVENT_ERROR)
        end_failed(end, tcp_error(conn));
}

static void accept_all(struct end *end)
{
    struct tcp_conn *conn;

    while (end->listener && tcp_accept(end->listener, &conn) == 0) {
        if (end->socket || end->left) {
            world_fail(end->world, "connection %d: a second one is accepted", end->connection);
            return;
        }
        end->socket = conn;
        tcp_set_owner(conn, socket_event, end);
    }
}

void station_listen(struct end *end)
{
    struct endpoint local = {address_v4(0), (uint16_t)(WORLD_PORT + end->connection)};
    struct tcp_conn *listener;

    if (tcp_open(station_of(end->host)->stack, &listener, NULL, NULL) ||
        tcp_bind(listener, &local) || tcp_listen(listener, 1))
        world_fail(end->world, "connection %d: nobody can listen", end->connection);
    else
        end->listener = listener;
}

int station_connect(struct end *end, uint32_t address, uint16_t port)
{
    struct endpoint remote = {address_v4(address), port};
    struct tcp_conn *conn;
    int error = tcp_open(station_of(end->host)->stack, &conn, socket_event, end);

    if (error)
        return error;
    end->socket = conn;
    return tcp_connect(conn, &remote, end->host->now_ns);
}

void station_nodelay(struct end *end)
{
    tcp_set_nodelay(end->socket, true);
}

static size_t copy_in(const struct iovec *pieces, int count, const uint8_t *bytes, size_t len)
{
    size_t done = 0;

    for (int i = 0; i < count && done < len; i++) {
        size_t some = least(pieces[i].iov_len, len - done);

        memcpy(pieces[i].iov_base, bytes + done, some);
        done += some;
    }
    return done;
}

size_t station_write(struct end *end, const uint8_t *bytes, size_t len)
{
    struct iovec pieces[2];
    size_t count = copy_in(pieces, tcp_writable(end->socket, pieces), bytes, len);

    end->written += (uint32_t)count;
    tcp_produce(end->socket, count, end->host->now_ns);
    return count;
}

size_t station_read(struct end *end, uint8_t *bytes, size_t len)
{
    struct iovec pieces[2];
    int count = tcp_readable(end->socket, pieces);
    size_t done = 0;

    for (int i = 0; i < count && done < len; i++) {
        size_t some = least(pieces[i].iov_len, len - done);

        memcpy(bytes + done, pieces[i].iov_base, some);
        done += some;
    }
    tcp_consume(end->socket, done, end->host->now_ns);
    return done;
}

bool station_at_end(const struct end *end)
{
    return tcp_at_end(end->socket);
}

bool station_unsent(const struct end *end)
{
    struct tcp_info info;

    tcp_info(end->socket, &info);
    return info.send_queue || info.unacked_bytes;
}

void station_shutdown(struct end *end)
{
    tcp_shutdown(end->socket, end->host->now_ns);
}

void station_close_socket(struct end *end)
{
    tcp_set_owner(end->socket, NULL, NULL);
    tcp_close(end->socket, end->host->now_ns);
}

void station_abort_socket(struct end *end)
{
    tcp_set_owner(end->socket, NULL, NULL);
    tcp_abort(end->socket, end->host->now_ns);
}

/* ---- programs ---- */

bool station_run_programs(struct host *host)
{
    bool any = false;

    for (int i = 0; i < host->world->scenario.connections; i++)
        for (int side = 0; side < 2; side++) {
            struct end *end = &host->world->ends[i][side];

            if (end->host != host)
                continue;
            accept_all(end);
            any |= end_run(end, host->now_ns);
        }
    return any;
}

/* ---- oracles ---- */

/* While data is out, a timer runs that will send it again. */
static void expect_timer(void *user, struct tcp_conn *conn)
{
    struct host *host = user;
    struct tcp_info info;

    tcp_info(conn, &info);
    if (info.unacked_bytes && (info.timer_ns == UINT64_MAX || !strcmp(info.timer, "time-wait")))
        world_fail(host->world, "host %d, port %u: %u bytes are out in %s, but no timer runs",
                   host->index, info.local.port, info.unacked_bytes, tcp_state_name(info.state));
}

static void count_connection(void *user, struct tcp_conn *conn)
{
    struct tcp_info info;

    tcp_info(conn, &info);
    *(int *)user += info.state != TCP_LISTEN;
}

int station_connections(const struct host *host)
{
    int count = 0;

    tcp_each(station_of(host)->stack, count_connection, &count);
    return count;
}

void station_close_listeners(struct host *host)
{
    for (int i = 0; i < host->world->scenario.connections; i++) {
        struct end *end = &host->world->ends[i][SIDE_SERVER];

        if (end->host == host && end->listener)
            tcp_close(end->listener, host->now_ns);
        if (end->host == host)
            end->listener = NULL;
    }
}

void station_expect_timers(struct host *host)
{
    tcp_each(station_of(host)->stack, expect_timer, host);
}
