/* SOCKS5 (RFC 1928) on the engine's second Unix socket: how programs that cannot take a
 * descriptor, libcurl first of all, come in.
 *
 * SPDX-License-Identifier: MIT
 *
 * CONNECT, by address or by name; names are looked up here. Nobody has to log in, but who does (RFC 1929) as ipv4 or
 * ipv6 gets connections of that family alone; the password does not matter. After the
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
    if (socks->race)
        race_cancel(socks->race);
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
    bool v6 = local && !address_is_v4(&local->address);
    uint8_t reply[4 + 16 + 2] = {SOCKS_VERSION, code, 0, v6 ? SOCKS_IPV6 : SOCKS_IPV4};
    size_t len = v6 ? 16 : 4;

    if (local) {
        memcpy(reply + 4, local->address.bytes + 16 - len, len);
        reply[4 + len] = (uint8_t)(local->port >> 8);
        reply[5 + len] = (uint8_t)local->port;
    }
    socks_say(socks, reply, 6 + len);
}

/* A name and a password, each behind its length (RFC 1929, 2). */
static size_t socks_login_needs(const struct socks *socks)
{
    size_t name = socks->have < 2 ? 0 : socks->message[1], at = 2 + name;

    return socks->have <= at ? at + 1 : at + 1 + socks->message[at];
}

/* How long the message is, as far as its first bytes tell. */
static size_t socks_needs(const struct socks *socks)
{
    const uint8_t *message = socks->message;

    if (socks->stage == SOCKS_GREETS)
        return socks->have < 2 ? 2 : 2 + (size_t)message[1];
    if (socks->stage == SOCKS_LOGS_IN)
        return socks_login_needs(socks);
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
    const uint8_t *methods = socks->message + 2;
    bool open = memchr(methods, SOCKS_NO_AUTHENTICATION, socks->message[1]) != NULL;
    bool user = memchr(methods, SOCKS_USER, socks->message[1]) != NULL;
    const uint8_t reply[2] = {SOCKS_VERSION, user   ? SOCKS_USER
                                             : open ? SOCKS_NO_AUTHENTICATION
                                                    : SOCKS_NO_METHOD};

    socks_say(socks, reply, sizeof reply);
    socks->stage = user ? SOCKS_LOGS_IN : SOCKS_ASKS;
    socks->have = 0;
    if (!open && !user)
        socks_end(socks);
}

static void socks_login(struct socks *socks)
{
    static const uint8_t welcome[2] = {SOCKS_USER_VERSION, 0};
    const uint8_t *name = socks->message + 2;
    size_t len = socks->message[1];

    if (len == 4 && !memcmp(name, "ipv4", len))
        socks->family = FE_FAMILY_IPV4;
    else if (len == 4 && !memcmp(name, "ipv6", len))
        socks->family = FE_FAMILY_IPV6;
    socks_say(socks, welcome, sizeof welcome);
    socks->stage = SOCKS_ASKS;
    socks->have = 0;
}

/* The host that is asked for as text; false: the message names none that we know. */
static bool socks_host(struct socks *socks)
{
    const uint8_t *at = socks->message + 4;
    struct address address;

    switch (socks->message[3]) {
    case SOCKS_IPV4: address = address_v4_wire(at); break;
    case SOCKS_IPV6: memcpy(address.bytes, at, sizeof address.bytes); break;
    case SOCKS_NAME: memcpy(socks->host, at + 1, at[0]); return socks->host[0];
    default: return false;
    }
    address_format(&address, socks->host);
    return true;
}

static void socks_request(struct socks *socks)
{
    const uint8_t *message = socks->message;
    bool connect = message[1] == SOCKS_CONNECT;

    socks->source.events = 0;
    socks->port = (uint16_t)(message[socks->have - 2] << 8 | message[socks->have - 1]);
    if (connect && socks_host(socks)) {
        socks_go(socks);
        return;
    }
    socks_reply(socks, connect ? SOCKS_NO_ADDRESS_TYPE : SOCKS_NO_COMMAND, NULL);
    socks_end(socks);
}

/* Reads no further than the message goes: what follows the request belongs to the connection. */
static void socks_ready(struct engine *engine, struct source *source, short revents)
{
    static void (*const steps[])(struct socks *) = {socks_greeting, socks_login, socks_request};
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
    if (got <= 0 ||
        socks->message[0] != (socks->stage == SOCKS_LOGS_IN ? SOCKS_USER_VERSION : SOCKS_VERSION)) {
        socks_end(socks);
        return;
    }
    socks->have += (size_t)got;
    if (socks->have < 2 || socks->have < socks_needs(socks))
        return;
    steps[socks->stage](socks);
}
