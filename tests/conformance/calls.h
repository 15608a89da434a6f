/* Socket calls of a script, on the functions of host/stack/tcp.h and udp.h.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_CONFORMANCE_CALLS_H
#define TESTS_CONFORMANCE_CALLS_H

#include "host/stack/tcp.h"
#include "host/stack/udp.h"
#include "tests/conformance/flow.h"
#include "tests/conformance/host.h"

struct datagram {
    uint32_t length;
    struct datagram *next;
};

struct socket {
    int fd;
    bool nonblocking, connecting, bound;
    int error; /* of UDP, to be told; of TCP, told already */
    struct tcp_conn *conn;
    struct udp_socket *udp;
    uint32_t wrote, got; /* bytes so far */
    struct calls *calls;
    struct datagram *datagrams, **datagrams_end;
    struct socket *next;
};

struct calls {
    struct script *script;
    struct host *host;
    struct flows *flows;
    struct socket *sockets;
    const struct call *call; /* under way */
    bool again;              /* it has blocked before */
    uint32_t done;           /* bytes that a write which blocks has written */
};

enum { CALL_BLOCKS = -100000 };
/* The result, a negative errno, or CALL_BLOCKS: to be tried again when something has happened. */
int64_t call_run(struct calls *calls);
void calls_stop(struct calls *calls); /* closes everything without a word */

/* The argument number index; the script fails if there is none. */
const struct value *call_argument(struct calls *calls, int index);
int64_t call_number(struct calls *calls, int index);
struct socket *call_socket(struct calls *calls, int index);
struct socket *call_stream(struct calls *calls, int index); /* one of TCP */
struct socket *socket_find(struct calls *calls, int64_t fd);
/* A number, also as [number]. */
int64_t value_number(struct calls *calls, const struct value *value);
/* What a struct has under the name; NULL: nothing, or it is no struct. */
const struct value *value_field(const struct value *value, const char *name);
/* An argument that is an address; "..." stands for address and port given. */
struct endpoint call_endpoint(struct calls *calls, int index, const struct ip *usual,
                              uint16_t port);
/* The error that waits for its owner, once. Returns a negative errno or 0. */
int socket_take_error(struct socket *socket);

/* calls_stream.c */
int64_t call_connect(struct calls *calls), call_accept(struct calls *calls),
    call_read(struct calls *calls), call_write(struct calls *calls),
    call_close(struct calls *calls), call_shutdown(struct calls *calls),
    call_poll(struct calls *calls);
/* calls_datagram.c */
void datagram_open(struct calls *calls, struct socket *socket);
int64_t datagram_send(struct calls *calls, struct socket *socket, const struct endpoint *to);
int64_t datagram_receive(struct calls *calls, struct socket *socket);
/* calls_options.c */
int64_t call_setsockopt(struct calls *calls), call_getsockopt(struct calls *calls),
    call_fcntl(struct calls *calls);

#endif
