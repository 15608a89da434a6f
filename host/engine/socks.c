/* SOCKS5 (RFC 1928) on the engine's second Unix socket: how programs that cannot take a descriptor, libcurl first of all, come in.
 *
 * SPDX-License-Identifier: MIT
 *
 * CONNECT without authentication, by address or by name; names are looked up here. After the reply the client's socket itself
 * is the stream, as if we had made its pair. A client whose socket has a name (fe_socks_socket) can ask for the exact error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/engine/engine_internal.h"

enum {
    SOCKS_VERSION = 5, SOCKS_NO_AUTHENTICATION = 0, SOCKS_NO_METHOD = 0xFF, SOCKS_CONNECT = 1,
    SOCKS_IPV4 = 1, SOCKS_NAME = 3, SOCKS_IPV6 = 4,
    SOCKS_FAILURE = 1, SOCKS_NO_NETWORK = 3, SOCKS_NO_HOST = 4, SOCKS_REFUSED = 5, SOCKS_EXPIRED = 6,
    SOCKS_NO_COMMAND = 7, SOCKS_NO_ADDRESS_TYPE = 8,
    SOCKS_MESSAGE_BYTES = 4 + 1 + 255 + 2, /* the longest: a request with a name */
};

struct socks {
    struct source source;
    struct engine *engine;
    struct socks *next;
    struct owner owner;
    char name[SOCKS_NAME_BYTES];       /* of the client's socket */
    uint8_t message[SOCKS_MESSAGE_BYTES];
    size_t have;
    bool greeted, unsettled;
    char host[256];
    uint16_t port;
    struct lookup *lookup;
    struct lookup_result addresses;
    unsigned at;                       /* the address being tried */
    struct descriptor *d;              /* the connection being made */
};

static void socks_ready(struct engine *engine, struct source *source, short revents);
static void socks_try(struct socks *socks, int error, const char *text);

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
static void socks_free(struct socks *socks)
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

static void socks_end(struct socks *socks)
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

static void socks_reply(const struct socks *socks, uint8_t code, const struct endpoint *local)
{
    uint32_t address = local ? address_to_v4(&local->address) : 0;
    uint16_t port = local ? local->port : 0;
    const uint8_t reply[10] = {SOCKS_VERSION, code, 0, SOCKS_IPV4, (uint8_t)(address >> 24),
                               (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address,
                               (uint8_t)(port >> 8), (uint8_t)port};

    socks_say(socks, reply, sizeof reply);
}

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
    journal_write(socks->engine->journal, socks->engine->now_ns, JOURNAL_EVENT, "socket",
                  "socket %u: made for %s (pid %d), through SOCKS to %s", d->number,
                  socks->owner.program, (int)socks->owner.pid, socks->host);
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
        snprintf(copy, sizeof copy, "connect to %s: %s", endpoint_format(&remote, address), strerror(-error));
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

static void socks_go(struct socks *socks)
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
        snprintf(socks->host, sizeof socks->host, "%u.%u.%u.%u", message[4], message[5], message[6], message[7]);
    else if (message[3] == SOCKS_NAME)
        memcpy(socks->host, message + 5, length);
    if (message[1] == SOCKS_CONNECT && message[3] != SOCKS_IPV6 && message[3] <= SOCKS_NAME && socks->host[0]) {
        socks_go(socks);
        return;
    }
    socks_reply(socks, message[1] == SOCKS_CONNECT ? SOCKS_NO_ADDRESS_TYPE : SOCKS_NO_COMMAND, NULL);
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
    got = recv(source->fd, socks->message + socks->have, socks_needs(socks) - socks->have, MSG_DONTWAIT);
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
