/* A station's sockets, and what must hold for its connections.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/world/fault.h"
#include "tests/world/router6.h"
#include "tests/world/station.h"

enum { ADDRESSES6 = 16 };

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- sockets ---- */

void station_event(void *user, struct tcp_conn *conn, unsigned events)
{
    struct end *end = user;

    if (events & TCP_EVENT_CONNECTED)
        end_opened(end);
    if (events & TCP_EVENT_ERROR)
        end_failed(end, tcp_error(conn));
}

bool station_has_ipv4(const struct host *host)
{
    return stack_state(station_of(host)->stack) == STACK_READY;
}

bool station_address6(const struct host *host, uint8_t out[16])
{
    struct stack_address6 all[ADDRESSES6];
    int count =
        host->config->router.on ? stack_addresses6(station_of(host)->stack, all, ADDRESSES6) : 0;

    for (int i = 0; i < count; i++)
        if (all[i].origin == ADDRESS6_AUTOCONF && all[i].state == ADDRESS6_PREFERRED &&
            router6_host(all[i].address.bytes) == host->index) {
            memcpy(out, all[i].address.bytes, 16);
            return true;
        }
    return false;
}

struct endpoint station_endpoint(const struct target *target, uint16_t port)
{
    struct endpoint endpoint = {address_v4(target->address), port};

    if (target->v6)
        memcpy(endpoint.address.bytes, target->address6, 16);
    return endpoint;
}

int station_connect(struct end *end, const struct target *to, uint16_t port)
{
    struct endpoint remote = station_endpoint(to, port), local = {.port = 0};
    struct tcp_conn *conn;
    int error = tcp_open(station_of(end->host)->stack, &conn, station_event, end);

    if (error)
        return error;
    end->socket = conn;
    local.port = (uint16_t)(WORLD_CLIENT_PORT + end->connection);
    if (!to->v6)
        local.address = address_v4(0);
    if (end->world->scenario.connection[end->connection].shared)
        error = tcp_bind(conn, &local);
    return error ? error : tcp_connect(conn, &remote, end->host->now_ns);
}

void station_set_options(struct end *end)
{
    const struct plan *plan = end->plan;
    struct tcp_settings settings = *tcp_settings(end->socket);

    settings.nodelay = plan->nodelay;
    settings.linger_s = plan->linger_s;
    settings.keepalive = plan->keep_count;
    if (plan->keep_count) {
        settings.keep_idle_s = (uint16_t)plan->keep_s[0];
        settings.keep_interval_s = (uint16_t)plan->keep_s[1];
        settings.keep_count = (uint8_t)plan->keep_count;
    }
    if (end->world->fault && end->world->fault->settings)
        end->world->fault->settings(&settings);
    if (tcp_settings_set(end->socket, &settings, end->host->now_ns))
        world_fail(end->world, "connection %d: its options are refused", end->connection);
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
    bool any = station_accept_crowd(host);

    any |= flows_run(host);
    for (int i = 0; i < host->world->scenario.connections; i++)
        for (int side = 0; side < 2; side++) {
            struct end *end = &host->world->ends[i][side];

            if (end->host != host)
                continue;
            station_accept(end);
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

/* Nothing lingers for longer than its program has said. */
static void expect_end(void *user, struct tcp_conn *conn)
{
    struct host *host = user;
    struct tcp_info info;
    struct watch *watch;
    uint64_t until_ns;

    tcp_info(conn, &info);
    if (info.state != TCP_FIN_WAIT_1 && info.state != TCP_CLOSING && info.state != TCP_LAST_ACK)
        return;
    watch = world_watch(host, info.local.port, info.remote.port, false);
    until_ns = watch ? watch_lingers_until(watch->end) : 0;
    if (until_ns && host->now_ns > until_ns + WORLD_MS)
        world_fail(host->world, "connection %d, %s: lingers for %.3f s, and not for %d",
                   watch->end->connection, tcp_state_name(info.state),
                   (double)(host->now_ns - watch->end->left_ns) / 1e9, watch->end->plan->linger_s);
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

void station_expect_timers(struct host *host)
{
    tcp_each(station_of(host)->stack, expect_timer, host);
    tcp_each(station_of(host)->stack, expect_end, host);
    station_expect_room(host);
}
