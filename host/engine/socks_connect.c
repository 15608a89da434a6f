/* Connects a SOCKS client to a name, and turns the client's socket into a stream.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/engine/socks.h"

static uint8_t socks_code(int error)
{
    switch (error) {
    case -ENETUNREACH:
    case -ENETDOWN: return SOCKS_NO_NETWORK;
    case -ENOENT:
    case -ENODATA:
    case -EHOSTUNREACH: return SOCKS_NO_HOST;
    case -ECONNREFUSED: return SOCKS_REFUSED;
    case -ETIMEDOUT: return SOCKS_EXPIRED;
    case -EAFNOSUPPORT: return SOCKS_NO_ADDRESS_TYPE;
    default: return SOCKS_FAILURE;
    }
}

static void socks_refuse(struct socks *socks, int error, const char *text)
{
    ended_remember(socks->engine, 0, socks->name, error, text);
    socks_reply(socks, socks_code(error), NULL);
    socks_end(socks);
}

/* The client's socket becomes the connection's. */
static void socks_hand_over(struct socks *socks, struct descriptor *d)
{
    struct tcp_info info;

    tcp_info(d->conn, &info);
    socks_reply(socks, 0, &info.local);
    d->source.fd = socks->source.fd;
    d->source.ready = stream_ready;
    source_replace(socks->engine, &socks->source, &d->source);
    stream_establish(d);
    journal_write(socks->engine->journal, socks->engine->now_ns, JOURNAL_EVENT, "socket",
                  "socket %u: descriptor given: the SOCKS connection of %s carries data now",
                  d->number, d->owner.program);
    descriptor_work(d);
    socks_free(socks);
}

static void socks_connected(struct engine *engine, void *user, struct descriptor *d, int error,
                            const char *text)
{
    struct socks *socks = user;

    (void)engine;
    socks->race = NULL;
    if (d)
        socks_hand_over(socks, d);
    else
        socks_refuse(socks, error, text);
}

void socks_go(struct socks *socks)
{
    struct race_goal goal = {.port = socks->port,
                             .family = socks->family,
                             .owner = socks->owner,
                             .done = socks_connected,
                             .user = socks};
    struct address written;
    char text[FE_TEXT_BYTES];
    uint32_t family = socks->family;
    int error;

    if (family == FE_FAMILY_ANY && !address_parse(socks->host, &written))
        family = address_is_v4(&written) ? FE_FAMILY_IPV4 : FE_FAMILY_IPV6;
    error = engine_settled(socks->engine, family, text);
    socks->unsettled = error == -EINPROGRESS;
    if (socks->unsettled)
        return;
    snprintf(goal.host, sizeof goal.host, "%s", socks->host);
    memcpy(goal.socks_name, socks->name, sizeof goal.socks_name);
    if (!error)
        error = race_start(socks->engine, &goal, &socks->race);
    if (error)
        socks_refuse(socks, error, text);
}

void socks_settled(struct engine *engine)
{
    for (struct socks *socks = engine->handshakes, *next; socks; socks = next) {
        next = socks->next;
        if (socks->unsettled)
            socks_go(socks);
    }
}
