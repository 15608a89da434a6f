/* What programs do in the tests of TCP. See tcp_net.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/tcp_net.h"

uint8_t tcp_pattern(uint8_t salt, size_t index)
{
    return (uint8_t)((index * 2654435761u >> 13) + index / 251 + salt);
}

static void app_fill(struct tcp_app *app)
{
    struct iovec pieces[2];
    int count;
    while (app->sent < app->to_send && (count = tcp_writable(app->conn, pieces)) > 0) {
        size_t put = 0;
        for (int i = 0; i < count; i++)
            for (size_t k = 0; k < pieces[i].iov_len && app->sent + put < app->to_send; k++, put++)
                ((uint8_t *)pieces[i].iov_base)[k] = tcp_pattern(app->salt, app->sent + put);
        app->sent += put;
        tcp_produce(app->conn, put, app->net->now_ns);
    }
    if (app->shuts_down && app->sent == app->to_send)
        tcp_shutdown(app->conn, app->net->now_ns);
}

void tcp_app_send(struct tcp_app *app, size_t count)
{
    app->to_send += count;
    app_fill(app);
}

void tcp_app_read(struct tcp_app *app, size_t most)
{
    struct iovec pieces[2];
    size_t took = 0;
    int count = tcp_readable(app->conn, pieces);
    for (int i = 0; i < count; i++) {
        size_t take = pieces[i].iov_len < most - took ? pieces[i].iov_len : most - took;
        if (!take)
            break;
        while (app->received_room < app->received_count + take) {
            app->received_room = app->received_room ? 2 * app->received_room : 4096;
            app->received = realloc(app->received, app->received_room);
        }
        memcpy(app->received + app->received_count, pieces[i].iov_base, take);
        app->received_count += take;
        took += take;
    }
    tcp_consume(app->conn, took, app->net->now_ns);
}

static void app_event(void *user, struct tcp_conn *conn, unsigned events)
{
    struct tcp_app *app = user;
    app->events |= events;
    app->event_count++;
    if (events & TCP_EVENT_ERROR)
        app->error = tcp_error(conn);
    if (!app->conn || events & TCP_EVENT_ERROR)
        return;
    if (events & (TCP_EVENT_CONNECTED | TCP_EVENT_WRITABLE))
        app_fill(app);
    if (events & (TCP_EVENT_READABLE | TCP_EVENT_END) && !app->does_not_read)
        tcp_app_read(app, SIZE_MAX);
    if (app->closes_at_end && tcp_at_end(conn) && app->sent == app->to_send)
        tcp_app_close(app);
}

static void take(struct tcp_station *station, struct tcp_app *app)
{
    struct tcp_conn *conn;
    assert_int_equal(tcp_accept(station->listener, &conn), 0);
    app->conn = conn;
    app->net = station->net;
    tcp_set_owner(conn, app_event, app);
}

static void listener_event(void *user, struct tcp_conn *listener, unsigned events)
{
    struct tcp_station *station = user;
    struct tcp_app *app = station->listener_app;
    (void)listener;
    station->listener_app = NULL;
    if (app && events & TCP_EVENT_ACCEPT)
        take(station, app);
}

void tcp_net_accept(struct tcp_net *net, struct tcp_app *app)
{
    take(&net->stations[1], app);
}

void tcp_net_listen(struct tcp_net *net, struct tcp_app *app, int backlog)
{
    struct tcp_station *station = &net->stations[1];
    struct endpoint local = {address_v4(0), SERVER_PORT};
    station->listener_app = app;
    if (station->listener)
        return;
    assert_int_equal(tcp_open(station->stack, &station->listener, listener_event, station), 0);
    assert_int_equal(tcp_bind(station->listener, &local), 0);
    assert_int_equal(tcp_listen(station->listener, backlog), 0);
}

int tcp_net_open(struct tcp_net *net, int station, uint16_t port, uint16_t to, struct tcp_app *app)
{
    struct endpoint local = {address_v4(0), port};
    struct endpoint remote = {address_v4(0x0a000001u + (uint32_t)!station), to};
    app->net = net;
    assert_int_equal(tcp_open(net->stations[station].stack, &app->conn, app_event, app), 0);
    assert_int_equal(tcp_bind(app->conn, &local), 0);
    return tcp_connect(app->conn, &remote, net->now_ns);
}

void tcp_net_connect(struct tcp_net *net, struct tcp_app *app)
{
    assert_int_equal(tcp_net_open(net, 0, 0, SERVER_PORT, app), 0);
}

void tcp_net_join(struct tcp_net *net, struct tcp_app *client, struct tcp_app *server)
{
    tcp_net_listen(net, server, 8);
    tcp_net_connect(net, client);
    for (int i = 0; i < 100000 && !(server->events & client->events & TCP_EVENT_CONNECTED); i++)
        tcp_net_run(net, TCP_MS);
    assert_true(server->events & client->events & TCP_EVENT_CONNECTED);
}

void tcp_app_close(struct tcp_app *app)
{
    struct tcp_conn *conn = app->conn;
    app->conn = NULL;
    tcp_close(conn, app->net->now_ns);
}

struct tcp_info tcp_app_info(const struct tcp_app *app)
{
    struct tcp_info info;
    tcp_info(app->conn, &info);
    return info;
}

enum tcp_state tcp_app_state(const struct tcp_app *app)
{
    return tcp_app_info(app).state;
}

void tcp_app_has(const struct tcp_app *app, uint8_t salt, size_t count)
{
    assert_int_equal(app->received_count, count);
    for (size_t i = 0; i < count; i++)
        if (app->received[i] != tcp_pattern(salt, i))
            fail_msg("byte %zu of %zu is 0x%02x, not 0x%02x", i, count, app->received[i],
                     tcp_pattern(salt, i));
}

void tcp_app_free(struct tcp_app *app)
{
    if (app->conn)
        tcp_close(app->conn, app->net->now_ns);
    app->conn = NULL;
    free(app->received);
}

struct tcp_pair *tcp_pair_start_with(struct tcp_pair *pair, const struct stack_config *wish)
{
    memset(pair, 0, sizeof *pair);
    tcp_net_start_with(&pair->net, wish, TCP_S);
    pair->client.salt = 1;
    pair->server.salt = 2;
    return pair;
}

struct tcp_pair *tcp_pair_start(struct tcp_pair *pair)
{
    struct stack_config wish = {0};
    return tcp_pair_start_with(pair, &wish);
}

void tcp_pair_stop(struct tcp_pair *pair)
{
    tcp_app_free(&pair->client);
    tcp_app_free(&pair->server);
    tcp_net_stop(&pair->net);
}
