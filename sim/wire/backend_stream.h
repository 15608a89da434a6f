/* Where the far end of backend_stream.c is: a Unix socket's path, or a host and a TCP port.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SIM_WIRE_BACKEND_STREAM_H
#define SIM_WIRE_BACKEND_STREAM_H

#include <sys/socket.h>

#include "sim/wire/backend.h"

struct stream_address {
    struct sockaddr_storage where;
    socklen_t length;
};

/* "/run/wire.sock" or "./wire" (a path has a slash), "localhost:1234", "[::1]:1234". Returns 0, or a negative errno and a
 * message that quotes name. */
int stream_address_parse(struct stream_address *out, const char *name, char *error,
                         size_t error_len);
/* Each returns a descriptor that does not block, or a negative errno (-EAGAIN: a Unix socket's queue is full). wait: for the
 * answer, at most 5 s; else the connect may be under way. A Unix socket that nobody listens on any more is replaced. */
int stream_address_connect(const struct stream_address *address, bool wait);
int stream_address_listen(const struct stream_address *address);
void stream_address_unlisten(const struct stream_address *address, int fd);
/* Writes why connecting or listening failed, and what to do. */
void stream_address_explain(const char *name, bool listens, int reason, char *error,
                            size_t error_len);

#endif
