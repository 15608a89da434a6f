/* A station's listeners: one for each connection, and one that several share. See station.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "driver/transport.h"
#include "tests/world/fault.h"
#include "tests/world/station.h"

static struct tcp_conn *listen_at(struct host *host, uint16_t port, int backlog)
{
    struct endpoint local = {.port = port}; /* at ::, which takes both families */
    struct tcp_conn *listener;

    if (!host->config->router.on)
        local.address = address_v4(0);

    if (tcp_open(station_of(host)->stack, &listener, NULL, NULL) || tcp_bind(listener, &local) ||
        tcp_listen(listener, backlog)) {
        world_fail(host->world, "host %d: nobody can listen at port %u", host->index, port);
        return NULL;
    }
    return listener;
}

void station_listen(struct end *end)
{
    struct station *station = station_of(end->host);
    const struct crowd *crowd = &end->world->scenario.crowd;
    bool generous = end->world->fault && end->world->fault->generous;

    if (!end->world->scenario.connection[end->connection].shared)
        end->listener = listen_at(end->host, (uint16_t)(WORLD_PORT + end->connection), 1);
    else if (!station->crowd)
        station->crowd = listen_at(end->host, WORLD_SHARED_PORT, generous ? 100 : crowd->backlog);
}

static void take(struct end *end, struct tcp_conn *conn)
{
    end->socket = conn;
    tcp_set_owner(conn, station_event, end);
}

void station_accept(struct end *end)
{
    struct tcp_conn *conn;

    while (end->listener && tcp_accept(end->listener, &conn) == 0) {
        if (end->socket || end->left) {
            world_fail(end->world, "connection %d: a second one is accepted", end->connection);
            return;
        }
        take(end, conn);
    }
}

/* The end that has the connection with the client at remote; NULL: no client is there. */
static struct end *end_of(struct host *host, const struct endpoint *remote)
{
    unsigned number = (unsigned)remote->port - WORLD_CLIENT_PORT;
    struct end *ends;
    struct address client;

    if (number >= (unsigned)host->world->scenario.connections)
        return NULL;
    ends = host->world->ends[number];
    client = address_v4(host_address(ends[SIDE_CLIENT].host->index));
    if (ends[SIDE_CLIENT].over6)
        memcpy(client.bytes, host->world->watches[number][SIDE_CLIENT].address6, 16);
    return ends[SIDE_SERVER].host == host && address_equal(&client, &remote->address)
               ? &ends[SIDE_SERVER]
               : NULL;
}

/* An old ACK that comes again may bring an old cookie back, which makes a connection that the client has ended long ago. */
static void take_one_of_crowd(struct host *host, struct tcp_conn *conn)
{
    struct tcp_info info;
    struct end *end;

    tcp_info(conn, &info);
    end = end_of(host, &info.remote);
    if (!end)
        world_fail(host->world, "host %d: a connection is accepted that nobody asked for",
                   host->index);
    else if (!end->socket && !end->left)
        take(end, conn);
    else if (host->world->scenario.crowd.flood)
        tcp_abort(conn, host->now_ns);
    else
        world_fail(host->world, "connection %d: a second one is accepted", end->connection);
}

bool station_accept_crowd(struct host *host)
{
    struct station *station = station_of(host);
    uint64_t gap_ns = host->world->scenario.crowd.accept_gap_ns;
    struct tcp_conn *conn;
    bool any = false;

    while (station->crowd && host->now_ns >= station->accept_ns &&
           tcp_accept(station->crowd, &conn) == 0) {
        take_one_of_crowd(host, conn);
        if (gap_ns)
            station->accept_ns = host->now_ns + chance_between(&host->chance, 1, gap_ns);
        any = true;
    }
    return any;
}

uint64_t station_accepts_at(const struct station *station)
{
    struct tcp_info info;

    if (!station->crowd || station->accept_ns <= station->host->now_ns)
        return TIME_NEVER;
    tcp_info(station->crowd, &info);
    return info.receive_queue ? station->accept_ns : TIME_NEVER;
}

void station_expect_room(struct host *host)
{
    struct station *station = station_of(host);
    int backlog = host->world->scenario.crowd.backlog;
    struct tcp_info info;

    if (!station->crowd)
        return;
    tcp_info(station->crowd, &info);
    if (info.receive_queue > (uint32_t)backlog)
        world_fail(host->world, "host %d: %u connections wait for accept, but its backlog is %d",
                   host->index, info.receive_queue, backlog);
}

void station_close_listeners(struct host *host)
{
    struct station *station = station_of(host);

    if (station->crowd)
        tcp_close(station->crowd, host->now_ns);
    station->crowd = NULL;
    for (int i = 0; i < host->world->scenario.connections; i++) {
        struct end *end = &host->world->ends[i][SIDE_SERVER];

        if (end->host == host && end->listener)
            tcp_close(end->listener, host->now_ns);
        if (end->host == host)
            end->listener = NULL;
    }
}
