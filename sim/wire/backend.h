/* Who is at the wire's far end: takes and gives whole Ethernet frames, without FCS.
 *
 * SPDX-License-Identifier: MIT
 *
 * A new one fills struct backend_ops and is listed in backend.c. None of its functions blocks.
 */
#ifndef SIM_WIRE_BACKEND_H
#define SIM_WIRE_BACKEND_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The wire, as a backend sees it. */
struct backend_port {
    /* A frame for the board. Call it from send and poll only. */
    void (*frame)(void *user, const uint8_t *bytes, size_t len, uint64_t now_ns);
    /* False while so much waits for the board that reading more would only lose it. */
    bool (*room)(void *user);
    void *user;
};

struct backend;

/* All but send may be NULL: nothing to do, nothing due, no descriptors, never busy. */
struct backend_ops {
    /* Takes a frame from the board. Returns false if it cannot now; the wire offers it again after a poll. */
    bool (*send)(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns);
    void (*poll)(struct backend *backend, uint64_t now_ns);
    /* When poll wants to be called; TIME_NEVER if only descriptors matter. */
    uint64_t (*deadline)(struct backend *backend, uint64_t now_ns);
    int (*fds)(struct backend *backend, struct pollfd *fds, int max);
    bool (*host_busy)(struct backend *backend, uint64_t now_ns);
    void (*close)(struct backend *backend);
};

struct backend {
    const struct backend_ops *ops;
    struct backend_port port;
};

/* Opens what name says: NULL or "slirp", "tap:NAME", "listen:WHERE", "connect:WHERE", "replay:FILE", "none". Returns 0, or a
 * negative errno and a message. */
int backend_open(struct backend **out, const char *name, const struct backend_port *port,
                 uint64_t start_ns, char *error, size_t error_len);

int backend_slirp_open(struct backend **out, const struct backend_port *port, uint64_t start_ns,
                       char *error, size_t error_len);
int backend_tap_open(struct backend **out, const char *name, const struct backend_port *port,
                     char *error, size_t error_len);
/* name: a Unix socket's path with a slash, or HOST:PORT; frames as QEMU's -netdev stream sends them. */
int backend_stream_open(struct backend **out, const char *name, bool listens,
                        const struct backend_port *port, uint64_t start_ns, char *error,
                        size_t error_len);
int backend_replay_open(struct backend **out, const char *path, const struct backend_port *port,
                        uint64_t start_ns, char *error, size_t error_len);

#endif
