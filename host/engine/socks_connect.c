/* Connects a SOCKS client: looks the name up, tries its addresses, and turns the client's
 * socket into a stream.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/engine/socks.h"

static void socks_try(struct socks *socks, int error, const char *text);

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
static void socks_hand_over(struct socks *socks)
{
    struct descriptor *d = socks->d;
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
    socks->d = NULL;
    socks_free(socks);
}

static void socks_connected(struct engine *engine, void *user, int error)
{
    struct socks *socks = user;
    struct descriptor *d = socks->d;
    char text[FE_TEXT_BYTES];

    (void)engine;
    if (!error) {
        socks_hand_over(socks);
        return;
    }
    snprintf(text, sizeof text, "%s", d->text);
    socks->d = NULL;
    stream_bury(d, false, false);
    socks->at++;
    socks_try(socks, error, text);
}

static int socks_connect(struct socks *socks)
{
    struct descriptor *d = descriptor_create(socks->engine, KIND_STREAM, &socks->owner);
    const struct endpoint remote = {socks->addresses.addresses[socks->at], socks->port};
    int error;

    if (!d)
        return -ENFILE;
    memcpy(d->socks_name, socks->name, sizeof d->socks_name);
    journal_write(socks->engine->journal, socks->engine->now_ns, JOURNAL_EVENT, "socket",
                  "socket %u: made for %s (pid %d), TCP, through SOCKS to %s", d->number,
                  socks->owner.program, (int)socks->owner.pid, socks->host);
    error = stream_open(d);
    if (!error)
        error = stream_connect(d, &remote);
    if (error && d->conn)
        stream_bury(d, false, false);
    else if (error)
        descriptor_free(d);
    if (error)
        return error;
    d->connected = socks_connected;
    d->connected_user = socks;
    socks->d = d;
    return 0;
}

/* Tries the next address; with none left, error and text tell how the last one went. */
static void socks_try(struct socks *socks, int error, const char *text)
{
    struct endpoint remote = {.port = socks->port};
    char copy[FE_TEXT_BYTES], address[ADDRESS_TEXT_BYTES];

    snprintf(copy, sizeof copy, "%s", text);
    for (; socks->at < socks->addresses.count && !socks->engine->gone; socks->at++) {
        error = socks_connect(socks);
        if (!error)
            return;
        remote.address = socks->addresses.addresses[socks->at];
        snprintf(copy, sizeof copy, "connect to %s: %s", endpoint_format(&remote, address),
                 strerror(-error));
    }
    socks_refuse(socks, error, copy);
}

static void socks_looked_up(struct engine *engine, void *user, const struct lookup_result *result)
{
    struct socks *socks = user;

    (void)engine;
    socks->lookup = NULL;
    socks->addresses = *result;
    if (result->error)
        socks_refuse(socks, result->error, result->text);
    else
        socks_try(socks, -EHOSTUNREACH, "");
}

void socks_go(struct socks *socks)
{
    char text[FE_TEXT_BYTES];
    int error = engine_settled(socks->engine, text);

    socks->unsettled = error == -EINPROGRESS;
    if (socks->unsettled)
        return;
    if (!error)
        error = lookup_start(socks->engine, socks->host, socks_looked_up, socks, &socks->lookup);
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
