/* Makes and unmakes an engine: its paths, its memory, driver and stack.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "host/engine/engine_internal.h"

enum { DEFAULT_DESCRIPTORS = 1024, DEFAULT_REQUESTS = 256, OWN_SOURCES = 3, SPARE_FILES = 32 };

static uint64_t system_random(void *user)
{
    uint64_t bits = 0;

    (void)user;
    while (getrandom(&bits, sizeof bits, 0) != sizeof bits)
        continue;
    return bits;
}

/* What a caller left zero. */
static void config_complete(struct engine_config *config)
{
    if (!config->link_patience_ns)
        config->link_patience_ns = 5000000000;
    if (!config->max_descriptors)
        config->max_descriptors = DEFAULT_DESCRIPTORS;
    if (!config->max_requests)
        config->max_requests = DEFAULT_REQUESTS;
    if (!config->mode)
        config->mode = 0600;
    if (!config->stack.random)
        config->stack.random = system_random;
    if (config->stack.ipv6 && !config->stack.stable_secret[0] && !config->stack.stable_secret[1])
        secret_make(config->stack.stable_secret, config->stack.random, config->stack.random_user);
}

uint32_t engine_files(const struct engine_config *config)
{
    struct engine_config complete = *config;

    config_complete(&complete);
    return complete.max_descriptors + complete.max_requests + OWN_SOURCES + TRANSPORT_FDS +
           SPARE_FILES;
}

static int paths_make(struct engine *engine, char *error, size_t error_len)
{
    const char *named = engine->config.path, *base = getenv("TMPDIR");
    int len;

    if (!named) {
        len = snprintf(engine->directory, sizeof engine->directory, "%s/ferrite-XXXXXX",
                       base && *base && strlen(base) < 40 ? base : "/tmp");
        if (len >= (int)sizeof engine->directory || !mkdtemp(engine->directory)) {
            int code = -errno;
            snprintf(error, error_len, "cannot make the directory %s: %s", engine->directory,
                     strerror(-code));
            engine->directory[0] = '\0';
            return code;
        }
    }
    len = snprintf(engine->path, sizeof engine->path, "%s%s", named ? named : engine->directory,
                   named ? "" : "/engine");
    if (len + sizeof ".socks" > sizeof engine->path) {
        snprintf(error, error_len,
                 "the path %s is too long for a Unix socket: %zu characters at most", named,
                 sizeof engine->path - sizeof ".socks");
        return -ENAMETOOLONG;
    }
    snprintf(engine->socks_path, sizeof engine->socks_path, "%.*s.socks", len, engine->path);
    return 0;
}

static void wake_ready(struct engine *engine, struct source *source, short revents)
{
    uint64_t count;

    (void)engine;
    (void)revents;
    if (read(source->fd, &count, sizeof count) < 0)
        return;
}

static int memory_make(struct engine *engine)
{
    int max = (int)(engine->config.max_descriptors + engine->config.max_requests) + OWN_SOURCES;

    engine->sources = calloc((size_t)max, sizeof *engine->sources);
    engine->fds = calloc((size_t)max + TRANSPORT_FDS, sizeof *engine->fds);
    engine->source_max = max;
    engine->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!engine->sources || !engine->fds)
        return -ENOMEM;
    if (engine->wake.fd < 0)
        return -errno;
    engine->wake.events = POLLIN;
    engine->wake.ready = wake_ready;
    return source_add(engine, &engine->wake);
}

static int engine_open(struct engine *engine, char *error, size_t error_len)
{
    int code = memory_make(engine);

    if (code) {
        snprintf(error, error_len, "cannot make the engine: %s", strerror(-code));
        return code;
    }
    code = paths_make(engine, error, error_len);
    if (!code)
        code = service_listen(engine, error, error_len);
    return code ? code : device_open(engine, error, error_len);
}

int engine_create(struct engine **out, const struct engine_config *config, char *error,
                  size_t error_len)
{
    struct engine *engine = calloc(1, sizeof *engine);
    int code;

    *out = NULL;
    if (!engine) {
        snprintf(error, error_len, "cannot make the engine: no memory");
        return -ENOMEM;
    }
    engine->config = *config;
    config_complete(&engine->config);
    engine->transport = config->transport;
    engine->journal = config->journal ? config->journal : &engine->quiet;
    engine->wake.fd = engine->service.fd = engine->socks_service.fd = -1;
    code = engine_open(engine, error, error_len);
    if (code)
        engine_destroy(engine);
    else
        *out = engine;
    return code;
}

static void descriptors_drop(struct engine *engine)
{
    while (engine->descriptors) {
        struct descriptor *d = engine->descriptors;

        if (d->conn)
            tcp_abort(d->conn, engine->now_ns);
        if (d->udp)
            udp_close(d->udp);
        d->conn = NULL;
        d->udp = NULL;
        descriptor_free(d);
    }
}

void engine_destroy(struct engine *engine)
{
    if (!engine)
        return;
    service_close(engine); /* the requests that wait, too */
    descriptors_drop(engine);
    while (engine->lookups)
        lookup_cancel(engine->lookups);
    stack_destroy(engine->stack);
    engine->stack = NULL; /* the driver still receives while it closes */
    lan_close(engine->lan);
    if (engine->transport != engine->config.transport)
        engine->transport->ops->close(engine->transport);
    if (engine->wake.fd >= 0)
        close(engine->wake.fd);
    if (engine->directory[0])
        rmdir(engine->directory);
    free(engine->sources);
    free(engine->fds);
    free(engine);
}

const char *engine_path(const struct engine *engine)
{
    return engine->path;
}

const char *engine_socks_path(const struct engine *engine)
{
    return engine->socks_path;
}
