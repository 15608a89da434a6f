/* A lookup under way, and the sockets that c-ares believes to be the system's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_ENGINE_LOOKUP_H
#define HOST_ENGINE_LOOKUP_H

#include <ares.h>

#include "host/engine/engine_internal.h"

enum { DNS_SOCKETS = 8, DNS_ANSWERS = 4, DNS_ANSWER_BYTES = 4096 };

struct dns_answer {
    struct endpoint from;
    size_t len;
    uint8_t data[DNS_ANSWER_BYTES];
};

/* One of our sockets; c-ares knows it by its index in lookup->sockets. */
struct dns_socket {
    struct lookup *lookup;
    struct udp_socket *udp;
    struct tcp_conn *tcp;
    struct endpoint remote;
    bool readable, writable;                /* c-ares is to be told */
    bool connected;                         /* TCP */
    int error;                              /* negative errno, told once */
    struct dns_answer answers[DNS_ANSWERS]; /* UDP: those not read yet, oldest first */
    unsigned answer_count;
};

struct lookup {
    struct engine *engine;
    struct lookup *next;
    ares_channel channel;
    char name[FE_NAME_BYTES];
    uint64_t started_ns;
    bool finished;
    struct lookup_result result;
    void (*done)(struct engine *engine, void *user, const struct lookup_result *result);
    void *user;
    struct dns_socket *sockets[DNS_SOCKETS];
};

/* Lets c-ares use our UDP and TCP; lookup is passed to each of its calls. */
extern const struct ares_socket_functions dns_socket_functions;

#endif
