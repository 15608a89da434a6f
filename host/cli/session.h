/* A command's way to the stack: the running service, or an engine of its own for as long as the command lasts.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_SESSION_H
#define HOST_CLI_SESSION_H

#include "driver/transport.h"
#include "host/cli/explain.h"
#include "host/cli/options.h"
#include "host/engine/engine.h"

enum { SESSION_MESSAGE_BYTES = 700 };

struct account;

struct session {
    struct account *account; /* set by the caller after session_start if it wants one, else NULL */
    const struct options *options;
    struct explain explain;
    struct transport *transport; /* NULL with a service */
    struct engine *engine;       /* NULL with a service */
    uint64_t random_state;       /* with --seed */
    char socks[FILENAME_MAX];    /* path of the SOCKS5 listener */
    struct engine_report report; /* after session_end, with an own engine */
};

/* Opens the board that the options name: simulated, by USB/IP or by USB. Returns 0, or a negative errno after a
 * message on stderr. */
int session_open_transport(struct transport **out, const struct options *options);
/* The same, with the message in error. */
int session_try_transport(struct transport **out, const struct options *options,
                          char error[SESSION_MESSAGE_BYTES]);

/* What the options say about addresses and chance, for an engine; random_state lives as long as it does. */
void session_configure(struct engine_config *config, const struct options *options,
                       uint64_t *random_state);

/* Finds the service or starts an engine, and waits for an address. Returns 0, or a negative errno after a message. */
int session_start(struct session *session, const struct options *options);

/* Makes an engine of the command's own end as it should: after the FINs are acknowledged, or with --explain --sim after
 * TIME_WAIT. Nothing with a service. Returns 0, or the error that took the board away (with a message). */
int session_end(struct session *session);

/* CLOCK_MONOTONIC in ns. */
uint64_t session_wall_ns(void);

#endif
