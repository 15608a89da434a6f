/* See verdict.h. Bytes, false ends and the cause of each RST have been judged before (end.c, watch.c).
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/verdict.h"

#include <errno.h>
#include <string.h>

/* RFC 9293, 3.8.3: R2 is at least 100 s for data. For a SYN it asks for three minutes; the stack takes Linux' time. */
#define DATA_PATIENCE_NS (100 * WORLD_S)
#define SYN_PATIENCE_NS  (60 * WORLD_S)
#define DATA_TRIES       15
#define ARP_TRIES        3
/* RFC 6298, 2.5: an RTO may be bounded, by a minute or more. */
#define ASLEEP_NS (600 * WORLD_S)

static bool host_is_cut_off(const struct host *host)
{
    return link_is_dead(&host->up, UINT64_MAX - 1) || link_is_dead(&host->down, UINT64_MAX - 1);
}

static bool cut_off(const struct end *end)
{
    return host_is_cut_off(end->host) || host_is_cut_off(end->peer->host);
}

/* It closed in order, but what it sent was not acknowledged in SO_LINGER's time, as far as its host knew: it has reset the
 * connection, though the RST may not have got as far as the wire. */
static bool has_lingered(const struct end *end)
{
    const struct watch *watch = &end->world->watches[end->connection][end->side];
    uint64_t until_ns = watch_lingers_until(end);

    return until_ns && end->world->now_ns >= until_ns &&
           (watch->reset_ns >= until_ns || !watch->fin_acked_ns || watch->fin_acked_ns > until_ns);
}

/* Nobody breaks the connection off, and nothing else does for good. */
static bool in_order(const struct end *end)
{
    return !end->aborted && !end->peer->aborted && !end->ended_early && !end->peer->ended_early &&
           !has_lingered(end) && !has_lingered(end->peer) && !cut_off(end);
}

static void object(struct world *world, const struct end *end, const char *what)
{
    world_fail(world, "connection %d, %s: told \"%s\" at %.3f s after %u bytes read: %s",
               end->connection, end->side ? "server" : "client", strerror(-end->error),
               (double)end->left_ns / 1e9, end->read, what);
}

/* lwIP drops a connection in LAST-ACK after two minutes, also one whose data or FIN is still to go out. */
static bool lwip_has_left(const struct end *end)
{
    return end->left && !end->host->strict;
}

static void judge_reset(struct world *world, const struct end *end)
{
    const struct watch *watch = &world->watches[end->connection][end->side];

    if (!watch->resets_arrived)
        object(world, end, "no RST has come");
    else if (!lwip_has_left(end->peer) && in_order(end) && end->peer->open && !end->peer->error &&
             !scenario_has_cookies(&world->scenario, end->connection)) /* see watch.c */
        object(world, end, "its peer had no reason for an RST");
}

/* Keepalive may end it sooner; then nobody can say when if the adapter or its cable drops some of what comes. */
static uint64_t patience_ns(const struct end *end)
{
    const struct plan *plan = end->plan;
    uint64_t keepalive_ns = (plan->keep_s[0] + plan->keep_count * plan->keep_s[1]) * WORLD_S;

    if (!plan->keep_count)
        return DATA_PATIENCE_NS;
    if (host_may_lose_what_comes(end->host))
        return 0;
    return keepalive_ns < DATA_PATIENCE_NS ? keepalive_ns : DATA_PATIENCE_NS;
}

/* It asked for the gateway's MAC address as often as a host does, and no answer had come (but one may be on its way). */
static bool was_not_answered(const struct end *end)
{
    return end->error == -EHOSTUNREACH && end->asked_in_vain >= ARP_TRIES;
}

static void judge_silence(struct world *world, const struct end *end)
{
    const struct watch *watch = &world->watches[end->connection][end->side];
    uint64_t silence_ns = end->left_ns - watch->arrived_ns;

    if (!end->open && world->scenario.calm && !was_not_answered(end))
        object(world, end, "the handshake could not fail");
    if (!end->host->strict) /* how soon lwIP gives up is its own affair */
        return;
    if (!end->open && end->error == -ETIMEDOUT && end->left_ns - end->connect_ns < SYN_PATIENCE_NS)
        object(world, end, "it has not tried for long enough");
    else if (end->open && silence_ns < patience_ns(end) && !cut_off(end))
        object(world, end, "the peer was heard too lately");
    else if (end->open && !end->plan->keep_count && in_order(end) && end->peer->open &&
             !end->peer->error)
        object(world, end, "the peer is there and answers");
}

void verdict_of_end(struct world *world, const struct end *end)
{
    switch (end->error) {
    case 0: break;
    case -ECONNRESET:
    case -ECONNREFUSED: judge_reset(world, end); break;
    case -ETIMEDOUT:
    case -EHOSTUNREACH: judge_silence(world, end); break;
    case -ENETUNREACH:
        if ((end->had_router && !host_may_lose_what_comes(end->host)) || !end->over6)
            object(world, end, "its host had a way");
        break;
    default: object(world, end, "no RFC names this error here"); break;
    }
}

/* By keepalive, whose answer tells, or that there is none. */
static bool asks(const struct end *end)
{
    return end->open && end->host->strict && end->plan->keep_count;
}

/* A program that has closed is not told when its host gives up (RFC 9293, 3.8.3: R2), and nor is its peer. */
static bool has_given_up(const struct end *end)
{
    return end->left && end->world->watches[end->connection][end->side].in_vain >= DATA_TRIES;
}

/* lwIP 2.1.3 has data out that are not acknowledged, and sends them again after hours only. */
static bool sleeps(const struct end *end)
{
    const struct watch *watch = &end->world->watches[end->connection][end->side];

    return end->host->config->kind == HOST_LWIP && watch->sent > watch->peer_ack &&
           end->world->now_ns - watch->data_ns > ASLEEP_NS;
}

bool verdict_may_wait(const struct world *world, const struct end *end)
{
    const struct end *peer = end->peer;
    bool peer_gone = (peer->left && (peer->aborted || peer->error || end->ended_early ||
                                     has_lingered(peer) || has_given_up(peer))) ||
                     lwip_has_left(peer) || sleeps(peer);

    if (!end->socket)
        return end->side == SIDE_SERVER && (peer->left ? peer_gone : verdict_may_wait(world, peer));
    if ((end->host->ops->unsent(end) && !end->ended_early) || asks(end))
        return false;
    /* A server that never heard the last ACK of the handshake has given up in silence, or has kept nothing but a cookie. */
    return peer_gone || cut_off(end) ||
           (end->side == SIDE_CLIENT && !peer->open &&
            (world->watches[end->connection][SIDE_SERVER].syns > 1 ||
             scenario_has_cookies(&world->scenario, end->connection)));
}
