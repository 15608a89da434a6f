/* Names to addresses: c-ares over our own UDP and TCP, asking the servers of the lease or of
 * the configuration.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each lookup has a c-ares channel of its own, so that it can be given up alone and always asks
 * the servers of the day.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "host/engine/lookup.h"

enum { DNS_TIMEOUT_MS = 2000, DNS_TRIES = 3, DNS_SERVERS = 3, DNS_PORT = 53 };

static int error_from_ares(int status)
{
    switch (status) {
    case ARES_SUCCESS: return 0;
    case ARES_ENOTFOUND: return -ENOENT;
    case ARES_ENODATA: return -ENODATA;
    case ARES_ETIMEOUT: return -ETIMEDOUT;
    case ARES_ENOMEM: return -ENOMEM;
    case ARES_EBADNAME:
    case ARES_EFORMERR: return -EINVAL;
    default: return -EAGAIN; /* SERVFAIL, REFUSED, no server to be reached */
    }
}

static void result_add(struct lookup_result *result, const struct ares_addrinfo_node *node)
{
    const struct sockaddr_in *in = (const void *)node->ai_addr;
    const struct sockaddr_in6 *in6 = (const void *)node->ai_addr;
    struct address address;

    if (result->count == FE_ADDRESSES)
        return;
    if (node->ai_family == AF_INET)
        address = address_v4(ntohl(in->sin_addr.s_addr));
    else if (node->ai_family == AF_INET6)
        memcpy(address.bytes, &in6->sin6_addr, sizeof address.bytes);
    else
        return;
    if (node->ai_family == AF_INET ||
        !address_is_v4(&address)) /* a mapped one is no address of a name */
        result->addresses[result->count++] = address;
}

static void result_text(struct lookup *lookup, int status)
{
    struct lookup_result *result = &lookup->result;
    char address[ADDRESS_TEXT_BYTES];

    if (result->error == -ENOENT)
        snprintf(result->text, sizeof result->text, "lookup %.80s: no such name", lookup->name);
    else if (result->error)
        snprintf(result->text, sizeof result->text, "lookup %.80s: %.60s", lookup->name,
                 ares_strerror(status));
    else
        snprintf(result->text, sizeof result->text, "%.80s is %s%s", lookup->name,
                 address_format(&result->addresses[0], address),
                 result->count > 1 ? " (and more)" : "");
}

/* c-ares' callback. */
static void lookup_answered(void *user, int status, int timeouts, struct ares_addrinfo *info)
{
    struct lookup *lookup = user;

    (void)timeouts;
    if (status == ARES_EDESTRUCTION) /* given up: nobody waits, or the result is there already */
        return;
    for (struct ares_addrinfo_node *node = info ? info->nodes : NULL; node; node = node->ai_next)
        result_add(&lookup->result, node);
    ares_freeaddrinfo(info);
    if (status == ARES_SUCCESS && !lookup->result.count)
        status = ARES_ENODATA;
    lookup->result.error = error_from_ares(status);
    stack_prefer(lookup->engine->stack, lookup->result.addresses, lookup->result.count);
    result_text(lookup, status);
    lookup->finished = true;
}

static int servers_find(const struct engine *engine, struct endpoint *out)
{
    const struct stack_lease *lease = stack_lease(engine->stack);
    const struct endpoint *given = engine->config.stack.dns;
    struct address advertised[DNS_SERVERS];
    int count = 0, more;

    if (!given[0].port && lease)
        given = lease->dns;
    for (; count < DNS_SERVERS && given[count].port; count++)
        out[count] = given[count];
    /* What a router tells comes behind what DHCP tells (RFC 8106, 5.3.1). */
    more = engine->config.stack.dns[0].port
               ? 0
               : stack_dns6(engine->stack, advertised, DNS_SERVERS - count);
    for (int i = 0; i < more; i++)
        out[count++] = (struct endpoint){advertised[i], DNS_PORT};
    return count;
}

static int servers_set(struct lookup *lookup)
{
    struct ares_addr_port_node nodes[DNS_SERVERS] = {0};
    struct endpoint servers[DNS_SERVERS];
    int count = servers_find(lookup->engine, servers);

    for (int i = 0; i < count; i++) {
        struct ares_addr_port_node *node = &nodes[i];

        node->family = address_is_v4(&servers[i].address) ? AF_INET : AF_INET6;
        if (node->family == AF_INET)
            node->addr.addr4.s_addr = htonl(address_to_v4(&servers[i].address));
        else
            memcpy(&node->addr.addr6, servers[i].address.bytes, sizeof node->addr.addr6);
        node->udp_port = node->tcp_port = servers[i].port;
        if (i)
            node[-1].next = node;
    }
    if (!count)
        return -ENETUNREACH;
    return ares_set_servers_ports(lookup->channel, nodes) == ARES_SUCCESS ? 0 : -ENOMEM;
}

static int channel_open(struct lookup *lookup)
{
    char order[] = "fb";                /* the system's file of names, then the servers */
    const char *domains[STACK_DOMAINS]; /* in which short names are looked for */
    int count = stack_domains(lookup->engine->stack, domains, STACK_DOMAINS);
    struct ares_options options = {.timeout = DNS_TIMEOUT_MS,
                                   .tries = DNS_TRIES,
                                   .ndots = 1,
                                   .domains = (char **)domains,
                                   .ndomains = count,
                                   .lookups = order};
    int mask =
        ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS;

    if (ares_init_options(&lookup->channel, &options, mask) != ARES_SUCCESS) {
        lookup->channel = NULL;
        return -ENOMEM;
    }
    ares_set_socket_functions(lookup->channel, &dns_socket_functions, lookup);
    return servers_set(lookup);
}

/* RFC 8305, 3: nobody is asked for addresses that could not be reached. */
static int family_to_ask(const struct engine *engine, uint32_t family)
{
    bool v4 = engine_speaks(engine, FE_FAMILY_IPV4), v6 = engine_speaks(engine, FE_FAMILY_IPV6);

    if (family == FE_FAMILY_ANY && v4 && v6)
        return AF_UNSPEC;
    return family == FE_FAMILY_IPV6 || (family == FE_FAMILY_ANY && v6) ? AF_INET6 : AF_INET;
}

static int lookup_ask(struct lookup *lookup, uint32_t family)
{
    const struct ares_addrinfo_hints hints = {.ai_family = family_to_ask(lookup->engine, family),
                                              .ai_flags = ARES_AI_NOSORT};
    int error = channel_open(lookup);

    if (error == -ENETUNREACH) {
        lookup->finished = true;
        lookup->result.error = error;
        snprintf(lookup->result.text, sizeof lookup->result.text,
                 "lookup %.80s: no name server is known; name one with --dns", lookup->name);
        return 0;
    }
    if (!error)
        ares_getaddrinfo(lookup->channel, lookup->name, NULL, &hints, lookup_answered, lookup);
    return error;
}

/* The name is an address, which stands in the result. */
static void lookup_take_written(struct lookup *lookup, uint32_t family)
{
    bool v4 = address_is_v4(&lookup->result.addresses[0]);

    lookup->finished = true;
    lookup->result.count = 1;
    if (family == FE_FAMILY_ANY || (family == FE_FAMILY_IPV4) == v4)
        return;
    lookup->result.count = 0;
    lookup->result.error = -ENODATA;
    snprintf(lookup->result.text, sizeof lookup->result.text,
             "lookup %.80s: this is an IPv%c address, and IPv%c is asked for", lookup->name,
             v4 ? '4' : '6', v4 ? '6' : '4');
}

int lookup_start(struct engine *engine, const char *name, uint32_t family,
                 void (*done)(struct engine *engine, void *user,
                              const struct lookup_result *result),
                 void *user, struct lookup **out)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    int error = 0;

    if (!lookup)
        return -ENOMEM;
    *lookup =
        (struct lookup){.engine = engine, .started_ns = engine->now_ns, .done = done, .user = user};
    snprintf(lookup->name, sizeof lookup->name, "%s", name);
    if (address_parse(name, &lookup->result.addresses[0]) == 0)
        lookup_take_written(lookup, family);
    else
        error = lookup_ask(lookup, family);
    lookup->next = engine->lookups;
    engine->lookups = lookup;
    if (error)
        lookup_cancel(lookup);
    else
        *out = lookup;
    return error;
}

static void lookup_close(struct lookup *lookup)
{
    struct lookup **at = &lookup->engine->lookups;

    while (*at != lookup)
        at = &(*at)->next;
    *at = lookup->next;
    if (lookup->channel)
        ares_destroy(lookup->channel); /* closes its sockets */
}

void lookup_cancel(struct lookup *lookup)
{
    lookup_close(lookup);
    free(lookup);
}

static void lookup_finish(struct lookup *lookup)
{
    struct engine *engine = lookup->engine;

    lookup_close(lookup);
    if (lookup->result.text[0])
        journal_write(engine->journal, engine->now_ns, JOURNAL_EVENT, "dns", "%s, after %.1f ms",
                      lookup->result.text, (double)(engine->now_ns - lookup->started_ns) / 1e6);
    lookup->done(engine, lookup->user, &lookup->result);
    free(lookup);
}

/* What the sockets have noted is told to c-ares now, and that time has passed. */
static void lookup_process(struct lookup *lookup)
{
    if (lookup->engine->gone) {
        lookup->result.error = lookup->engine->gone;
        snprintf(lookup->result.text, sizeof lookup->result.text, "lookup %.80s: the board is gone",
                 lookup->name);
        lookup->finished = true;
        return;
    }
    for (int fd = 0; fd < DNS_SOCKETS; fd++) {
        struct dns_socket *socket = lookup->sockets[fd];
        if (!socket || !(socket->readable || socket->writable))
            continue;
        ares_socket_t read = socket->readable ? fd : ARES_SOCKET_BAD;
        ares_socket_t write = socket->writable ? fd : ARES_SOCKET_BAD;
        socket->readable = socket->answer_count > 1;
        socket->writable = false;
        ares_process_fd(lookup->channel, read, write);
    }
    ares_process_fd(lookup->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void lookups_turn(struct engine *engine)
{
    struct lookup *next;

    for (struct lookup *lookup = engine->lookups; lookup; lookup = lookup->next)
        if (!lookup->finished)
            lookup_process(lookup);
    for (struct lookup *lookup = engine->lookups; lookup; lookup = next) {
        next = lookup->next;
        if (lookup->finished) {
            lookup_finish(lookup);
            next = engine->lookups; /* done may have cancelled another */
        }
    }
}

uint64_t lookups_timeout(const struct engine *engine)
{
    uint64_t least = UINT64_MAX;

    for (const struct lookup *lookup = engine->lookups; lookup; lookup = lookup->next) {
        struct timeval limit = {DNS_TIMEOUT_MS / 1000, 0}, left;
        struct timeval *time =
            lookup->finished ? NULL : ares_timeout(lookup->channel, &limit, &left);
        uint64_t ns =
            time ? (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_usec * 1000u : 0;
        bool pending = false;
        for (int i = 0; i < DNS_SOCKETS; i++)
            pending |= lookup->sockets[i] && lookup->sockets[i]->readable;
        if (pending)
            ns = 0;
        least = ns < least ? ns : least;
    }
    return least;
}
