/* SOCKS5 (RFC 1928) on the engine's second Unix socket: how programs that cannot take a
 * descriptor, libcurl first of all, come in.
 *
 * SPDX-License-Identifier: MIT
 *
 * CONNECT without authentication, by address or by name; names are looked up here. After the
 * reply the client's socket itself is the stream, as if we had made its pair. A client whose
 * socket has a name (fe_socks_socket) can ask for the exact error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/engine/socks.h"

static void socks_ready(struct engine *engine, struct source *source, short revents);

void socks_accept(struct engine *engine, int fd)
{
    struct socks *socks = calloc(1, sizeof *socks);
    int bytes = PAIR_BYTES;

    if (socks) {
        socks->engine = engine;
        socks->source = (struct source){.fd = fd, .events = POLLIN, .ready = socks_ready};
        owner_read(fd, &socks->owner);
        socks_name_read(fd, true, socks->name);
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    }
    if (!socks || source_add(engine, &socks->source)) {
        free(socks);
        close(fd);
        return;
    }
    socks->next = engine->handshakes;
    engine->handshakes = socks;
    engine->request_count++;
}

/* Unlinks and frees it; the descriptor of its client goes elsewhere or has been closed. */
void socks_free(struct socks *socks)
{
    struct engine *engine = socks->engine;
    struct socks **at = &engine->handshakes;

    while (*at != socks)
        at = &(*at)->next;
    *at = socks->next;
    if (socks->lookup)
        lookup_cancel(socks->lookup);
    if (socks->d) {
        socks->d->connected = NULL;
        stream_bury(socks->d, false, false);
    }
    engine->request_count--;
    service_limit(engine);
    free(socks);
}

void socks_end(struct socks *socks)
{
    source_remove(socks->engine, &socks->source);
    close(socks->source.fd);
    socks_free(socks);
}

void socks_close(struct engine *engine)
{
    while (engine->handshakes)
        socks_end(engine->handshakes);
}

/* A dozen bytes always fit into a socket that has carried nothing yet. */
static void socks_say(const struct socks *socks, const uint8_t *bytes, size_t len)
{
    if (send(socks->source.fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        shutdown(socks->source.fd, SHUT_RDWR);
}

void socks_reply(const struct socks *socks, uint8_t code, const struct endpoint *local)
{
    uint32_t address = local ? address_to_v4(&local->address) : 0;
    uint16_t port = local ? local->port : 0;
    const uint8_t reply[10] = {SOCKS_VERSION,
                               code,
                               0,
                               SOCKS_IPV4,
                               (uint8_t)(address >> 24),
                               (uint8_t)(address >> 16),
                               (uint8_t)(address >> 8),
                               (uint8_t)address,
                               (uint8_t)(port >> 8),
                               (uint8_t)port};

    socks_say(socks, reply, sizeof reply);
}

/* How long the message is, as far as its first bytes tell. */
static size_t socks_needs(const struct socks *socks)
{
    const uint8_t *message = socks->message;

    if (!socks->greeted)
        return socks->have < 2 ? 2 : 2 + (size_t)message[1];
    if (socks->have < 5)
        return 5; /* a name's length is the fifth; no request is shorter */
    switch (message[3]) {
    case SOCKS_IPV4: return 10;
    case SOCKS_NAME: return 7 + (size_t)message[4];
    case SOCKS_IPV6: return 22;
    default: return 5;
    }
}

static void socks_greeting(struct socks *socks)
{
    bool offered = memchr(socks->message + 2, SOCKS_NO_AUTHENTICATION, socks->message[1]) != NULL;
    const uint8_t reply[2] = {SOCKS_VERSION, offered ? SOCKS_NO_AUTHENTICATION : SOCKS_NO_METHOD};

    socks_say(socks, reply, sizeof reply);
    socks->greeted = true;
    socks->have = 0;
    if (!offered)
        socks_end(socks);
}

static void socks_request(struct socks *socks)
{
    const uint8_t *message = socks->message;
    size_t length = message[4];

    socks->source.events = 0;
    socks->port = (uint16_t)(message[socks->have - 2] << 8 | message[socks->have - 1]);
    if (message[3] == SOCKS_IPV4)
        snprintf(socks->host, sizeof socks->host, "%u.%u.%u.%u", message[4], message[5], message[6],
                 message[7]);
    else if (message[3] == SOCKS_NAME)
        memcpy(socks->host, message + 5, length);
    if (message[1] == SOCKS_CONNECT && message[3] != SOCKS_IPV6 && message[3] <= SOCKS_NAME &&
        socks->host[0]) {
        socks_go(socks);
        return;
    }
    socks_reply(socks, message[1] == SOCKS_CONNECT ? SOCKS_NO_ADDRESS_TYPE : SOCKS_NO_COMMAND,
                NULL);
    socks_end(socks);
}

/* Reads no further than the message goes: what follows the request belongs to the connection. */
static void socks_ready(struct engine *engine, struct source *source, short revents)
{
    struct socks *socks = (struct socks *)source; /* source is its first member */
    ssize_t got;

    (void)engine;
    if (!source->events || !(revents & POLLIN)) {
        socks_end(socks); /* the client has left */
        return;
    }
    got = recv(source->fd, socks->message + socks->have, socks_needs(socks) - socks->have,
               MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0 || socks->message[0] != SOCKS_VERSION) {
        socks_end(socks);
        return;
    }
    socks->have += (size_t)got;
    if (socks->have < 2 || socks->have < socks_needs(socks))
        return;
    (socks->greeted ? socks_request : socks_greeting)(socks);
}
