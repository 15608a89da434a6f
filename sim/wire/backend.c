/* Finds the far end by its name; holds the one that needs no file, "none".
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool none_send(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    (void)backend, (void)bytes, (void)len, (void)now_ns;
    return true;
}

static void none_close(struct backend *backend)
{
    free(backend);
}

static int backend_none_open(struct backend **out, const struct backend_port *port)
{
    static const struct backend_ops ops = {.send = none_send, .close = none_close};

    *out = calloc(1, sizeof(**out));
    if (!*out)
        return -ENOMEM;
    (*out)->ops = &ops;
    (*out)->port = *port;
    return 0;
}

int backend_open(struct backend **out, const char *name, const struct backend_port *port,
                 uint64_t start_ns, char *error, size_t error_len)
{
    if (!name || !strcmp(name, "slirp"))
        return backend_slirp_open(out, port, start_ns, error, error_len);
    if (!strcmp(name, "none"))
        return backend_none_open(out, port);
    if (!strncmp(name, "tap:", 4))
        return backend_tap_open(out, name + 4, port, error, error_len);
    if (!strncmp(name, "replay:", 7))
        return backend_replay_open(out, name + 7, port, start_ns, error, error_len);
    if (!strncmp(name, "listen:", 7))
        return backend_stream_open(out, name + 7, true, port, start_ns, error, error_len);
    if (!strncmp(name, "connect:", 8))
        return backend_stream_open(out, name + 8, false, port, start_ns, error, error_len);
    snprintf(error, error_len,
             "wire: no far end '%.60s': give slirp, tap:NAME, listen:WHERE, connect:WHERE, "
             "replay:FILE or none",
             name);
    return -EINVAL;
}
