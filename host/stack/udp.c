/* Datagram sockets: making, binding, finding. UDP and ICMP echo share them.
 *
 * SPDX-License-Identifier: MIT
 *
 * All sockets are made with the stack; those with a port stand in hash chains by that port.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/stack/ip_internal.h"
#include "host/stack/stack_internal.h"
#include "host/stack/udp_internal.h"

/* RFC 6335, 6: the dynamic ports. */
enum { PORT_FIRST = 49152, PORT_COUNT = 16384 };

int udp_create(struct stack *stack, struct udp **out)
{
    uint32_t count = stack->config.max_datagram_sockets;
    struct udp *udp = calloc(1, sizeof *udp);

    if (!udp)
        return -ENOMEM;
    udp->count = count;
    udp->sockets = calloc(count, sizeof *udp->sockets);
    if (!udp->sockets) {
        free(udp);
        return -ENOMEM;
    }
    while (count-- > 0) {
        udp->sockets[count].next = udp->free;
        udp->free = &udp->sockets[count];
    }
    *out = udp;
    return 0;
}

void udp_destroy(struct udp *udp)
{
    if (udp)
        free(udp->sockets);
    free(udp);
}

static struct udp_socket **bucket_of(struct udp *udp, uint16_t port)
{
    return &udp->buckets[(port ^ port >> 8) % UDP_BUCKETS];
}

static int open_socket(struct stack *stack, struct udp_socket **out,
                       const struct udp_handler *handler, bool icmp)
{
    struct udp_socket *socket = stack->udp->free;

    if (!socket)
        return -ENFILE;
    stack->udp->free = socket->next;
    *socket = (struct udp_socket){
        .stack = stack,
        .used = true,
        .handler = *handler,
        .info = {.icmp = icmp, .local = {address_v4(0), 0}, .remote = {address_v4(0), 0}},
    };
    *out = socket;
    return 0;
}

int udp_open(struct stack *stack, struct udp_socket **out, const struct udp_handler *handler)
{
    return open_socket(stack, out, handler, false);
}

int icmp_open(struct stack *stack, struct udp_socket **out, const struct udp_handler *handler)
{
    return open_socket(stack, out, handler, true);
}

void udp_close(struct udp_socket *socket)
{
    struct udp *udp = socket->stack->udp;
    struct udp_socket **link = bucket_of(udp, socket->info.local.port);

    while (socket->bound && *link != socket)
        link = &(*link)->next;
    if (socket->bound)
        *link = socket->next;
    socket->used = socket->bound = false;
    socket->next = udp->free;
    udp->free = socket;
}

static bool is_taken(struct udp *udp, bool icmp, bool v6only, const struct endpoint *local)
{
    for (const struct udp_socket *at = *bucket_of(udp, local->port); at; at = at->next) {
        bool same = address_covers(&at->info.local.address, at->v6only, &local->address) ||
                    address_covers(&local->address, v6only, &at->info.local.address);

        if (at->info.icmp == icmp && at->info.local.port == local->port && same)
            return true;
    }
    return false;
}

/* RFC 6056, 3.3.1: a random start, then the next free one. Returns 0 if all are taken. */
static uint16_t free_port(const struct udp_socket *socket, const struct address *address)
{
    struct stack *stack = socket->stack;
    uint32_t start = (uint32_t)(stack_random(stack) % PORT_COUNT);

    for (uint32_t i = 0; i < PORT_COUNT; i++) {
        struct endpoint local = {*address, (uint16_t)(PORT_FIRST + (start + i) % PORT_COUNT)};

        if (!is_taken(stack->udp, socket->info.icmp, socket->v6only, &local))
            return local.port;
    }
    return 0;
}

int udp_bind(struct udp_socket *socket, const struct endpoint *local)
{
    struct stack *stack = socket->stack;
    struct endpoint wanted = *local;
    struct udp_socket **bucket;

    if (socket->bound)
        return -EINVAL;
    if (!address_is_unspecified(&wanted.address) && !ip_is_own(stack, &wanted.address))
        return -EADDRNOTAVAIL;
    if (wanted.port == 0)
        wanted.port = free_port(socket, &wanted.address);
    if (wanted.port == 0 || is_taken(stack->udp, socket->info.icmp, socket->v6only, &wanted))
        return -EADDRINUSE;
    bucket = bucket_of(stack->udp, wanted.port);
    socket->info.local = wanted;
    socket->bound = true;
    socket->next = *bucket;
    *bucket = socket;
    return 0;
}

/* One address speaks its own family, any address each family whose answers would reach it. */
static bool speaks_to(const struct udp_socket *socket, const struct address *peer)
{
    const struct address *local = &socket->info.local.address;

    return address_is_unspecified(local) ? address_covers(local, socket->v6only, peer)
                                         : address_is_v4(local) == address_is_v4(peer);
}

int udp_ensure_bound(struct udp_socket *socket, const struct address *peer)
{
    struct endpoint any = {.port = 0};

    if (socket->bound)
        return speaks_to(socket, peer) ? 0 : -EAFNOSUPPORT;
    if (address_is_v4(peer))
        any.address = address_v4(0);
    return udp_bind(socket, &any);
}

int udp_connect(struct udp_socket *socket, const struct endpoint *remote)
{
    int error = udp_ensure_bound(socket, &remote->address);

    if (error < 0)
        return error;
    socket->info.remote = *remote;
    socket->connected = true;
    return 0;
}

int udp_set_v6only(struct udp_socket *socket, bool on)
{
    if (socket->bound)
        return -EINVAL;
    socket->v6only = on;
    return 0;
}

void udp_set_ttl(struct udp_socket *socket, uint8_t ttl)
{
    socket->ttl = ttl;
}

/* How well the socket fits; 0: not at all. An echo socket's remote has no port. */
static int score(const struct udp_socket *socket, bool icmp, const struct endpoint *local,
                 const struct endpoint *remote)
{
    const struct udp_info *info = &socket->info;
    bool any = address_is_unspecified(&info->local.address);

    if (info->icmp != icmp || info->local.port != local->port ||
        !address_covers(&info->local.address, socket->v6only, &local->address))
        return 0;
    if (!socket->connected)
        return any ? 1 : 2;
    return address_equal(&info->remote.address, &remote->address) &&
                   (icmp || info->remote.port == remote->port)
               ? 3
               : 0;
}

struct udp_socket *udp_find(const struct udp *udp, bool icmp, const struct endpoint *local,
                            const struct endpoint *remote)
{
    struct udp_socket *best = NULL;
    int best_score = 0;

    for (struct udp_socket *at = *bucket_of((struct udp *)udp, local->port); at; at = at->next) {
        int at_score = score(at, icmp, local, remote);

        if (at_score > best_score) {
            best = at;
            best_score = at_score;
        }
    }
    return best;
}

void udp_info(const struct udp_socket *socket, struct udp_info *out)
{
    *out = socket->info;
}

void udp_each(struct stack *stack, void (*each)(void *user, struct udp_socket *socket), void *user)
{
    for (uint32_t i = 0; i < stack->udp->count; i++)
        if (stack->udp->sockets[i].used)
            each(user, &stack->udp->sockets[i]);
}
