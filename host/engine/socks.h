/* A SOCKS5 handshake (RFC 1928) under way.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_ENGINE_SOCKS_H
#define HOST_ENGINE_SOCKS_H

#include "host/engine/race.h"

enum {
    SOCKS_VERSION = 5,
    SOCKS_NO_AUTHENTICATION = 0,
    SOCKS_USER = 2, /* RFC 1929 */
    SOCKS_USER_VERSION = 1,
    SOCKS_NO_METHOD = 0xFF,
    SOCKS_CONNECT = 1,
    SOCKS_IPV4 = 1,
    SOCKS_NAME = 3,
    SOCKS_IPV6 = 4,
    SOCKS_FAILURE = 1,
    SOCKS_NO_NETWORK = 3,
    SOCKS_NO_HOST = 4,
    SOCKS_REFUSED = 5,
    SOCKS_EXPIRED = 6,
    SOCKS_NO_COMMAND = 7,
    SOCKS_NO_ADDRESS_TYPE = 8,
    SOCKS_MESSAGE_BYTES = 1 + 2 * (1 + 255), /* the longest: a name and its password */
};

struct socks {
    struct source source;
    struct engine *engine;
    struct socks *next;
    struct owner owner;
    char name[SOCKS_NAME_BYTES]; /* of the client's socket */
    uint8_t message[SOCKS_MESSAGE_BYTES];
    size_t have;
    enum { SOCKS_GREETS, SOCKS_LOGS_IN, SOCKS_ASKS } stage; /* what its next message is */
    bool unsettled;
    uint32_t family; /* enum fe_family: the one that it wants */
    char host[256];
    uint16_t port;
    struct race *race;
};

/* socks.c: sends a reply with the local end of the connection, or NULL. */
void socks_reply(const struct socks *socks, uint8_t code, const struct endpoint *local);
/* Unlinks and frees it; socks_end closes the client's socket as well. */
void socks_free(struct socks *socks);
void socks_end(struct socks *socks);

/* socks_connect.c: connects to socks->host and port, now or when there is an address of our own. */
void socks_go(struct socks *socks);

#endif
