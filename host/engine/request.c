/* What each request of the socket library does.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/engine/control.h"

enum { REGISTER_SPACE = 0x10000 };

/* Takes apart what a failed request_socket has made. */
static int socket_undo(struct descriptor *d, int theirs, int error)
{
    if (theirs >= 0)
        close(theirs);
    if (d->conn)
        stream_bury(d, false, false);
    else
        descriptor_free(d);
    return error;
}

static int socket_make(struct descriptor *d, int protocol, int *theirs)
{
    bool stream = protocol == IPPROTO_TCP;
    int error = descriptor_pair(d, stream ? SOCK_STREAM : SOCK_SEQPACKET,
                                stream ? PAIR_BYTES : DATAGRAM_PAIR_BYTES, theirs);

    if (!error)
        error = stream ? stream_open(d) : datagram_open(d, protocol != IPPROTO_UDP);
    if (!error && stream)
        error = stream_fill(d, *theirs);
    if (!error && !stream)
        d->source.events = POLLIN;
    return error;
}

static int socket_check(const struct engine *engine, uint32_t family, int64_t protocol)
{
    int echo = family == FE_FAMILY_IPV6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

    if (family != FE_FAMILY_IPV4 && (family != FE_FAMILY_IPV6 || !engine->config.stack.ipv6))
        return -EAFNOSUPPORT;
    return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == echo
               ? 0
               : -EPROTONOSUPPORT;
}

static void request_socket(struct control *control)
{
    struct engine *engine = control->engine;
    int64_t protocol = control->request.value;
    struct descriptor *d;
    int theirs = -1, error;

    error = socket_check(engine, control->request.family, protocol);
    if (error) {
        control_reply(control, error, -1);
        return;
    }
    d = engine->gone
            ? NULL
            : descriptor_create(engine, protocol == IPPROTO_TCP ? KIND_STREAM : KIND_DATAGRAM,
                                &control->owner);
    if (!d) {
        control_reply(control, engine->gone ? engine->gone : -ENFILE, -1);
        return;
    }
    d->family = control->request.family;
    error = socket_make(d, (int)protocol, &theirs);
    if (error) {
        control_reply(control, socket_undo(d, theirs, error), -1);
        return;
    }
    journal_write(engine->journal, engine->now_ns, JOURNAL_EVENT, "socket",
                  "socket %u: made for %s (pid %d), %s%s, descriptor given", d->number,
                  control->owner.program, (int)control->owner.pid,
                  protocol == IPPROTO_TCP   ? "TCP"
                  : protocol == IPPROTO_UDP ? "UDP"
                                            : "ICMP echo",
                  d->family == FE_FAMILY_IPV6 ? " of IPv6" : "");
    control_reply(control, 0, theirs);
}

static void request_bind(struct control *control, struct descriptor *d)
{
    const struct endpoint *local = &control->request.endpoint;

    control_reply(control, d->udp ? udp_bind(d->udp, local) : tcp_bind(d->conn, local), -1);
}

static void request_listen(struct control *control, struct descriptor *d)
{
    int64_t backlog = control->request.value;
    int error = -EOPNOTSUPP;

    if (d->kind == KIND_STREAM)
        error = listener_start(d, backlog < 1 ? 1 : backlog > SOMAXCONN ? SOMAXCONN : (int)backlog);
    control_reply(control, error, -1);
}

static void request_connected(struct engine *engine, void *user, int error)
{
    struct control *control = user;

    (void)engine;
    control->waiting = NULL;
    control_reply(control, error, -1);
}

static void request_connect(struct control *control, struct descriptor *d)
{
    bool wait = !control->request.value;
    int error;

    if (d->kind != KIND_STREAM) {
        error = d->udp ? datagram_connect(d, &control->request.endpoint) : -EOPNOTSUPP;
        control_reply(control, error, -1);
        return;
    }
    error = stream_connect(d, &control->request.endpoint);
    if (error || !wait) {
        control_reply(control, error ? error : -EINPROGRESS, -1);
        return;
    }
    d->connected = request_connected;
    d->connected_user = control;
    control->waiting = d;
}

static void request_error(struct control *control, const struct descriptor *d,
                          const struct ended *ended)
{
    control->reply.value = d ? d->error : ended->error;
    snprintf(control->reply.text, sizeof control->reply.text, "%s", d ? d->text : ended->text);
    control_reply(control, 0, -1);
}

static void request_names(struct control *control, struct descriptor *d)
{
    struct tcp_info tcp;
    struct udp_info udp;

    if (d->udp) {
        udp_info(d->udp, &udp);
        control->reply.endpoints[0] = udp.local;
        control->reply.endpoints[1] = udp.remote;
    } else {
        tcp_info(d->conn, &tcp);
        control->reply.endpoints[0] = tcp.local;
        control->reply.endpoints[1] = tcp.remote;
    }
    control->reply.family = d->family;
    if (d->kind != KIND_DATAGRAM && !d->established)
        control->reply.endpoints[1].port = 0;
    control_reply(control, 0, -1);
}

static void request_looked_up(struct engine *engine, void *user, const struct lookup_result *result)
{
    struct control *control = user;

    (void)engine;
    control->lookup = NULL;
    control->reply.count = result->count;
    for (unsigned i = 0; i < result->count; i++)
        control->reply.endpoints[i].address = result->addresses[i];
    snprintf(control->reply.text, sizeof control->reply.text, "%s", result->text);
    control_reply(control, result->error, -1);
}

static void request_lookup(struct control *control)
{
    int error = lookup_start(control->engine, control->request.name, control->request.family,
                             request_looked_up, control, &control->lookup);

    if (error)
        control_reply(control, error, -1);
}

static void request_query(struct control *control)
{
    int file = report_make(control->engine, control->request.name, &control->reply.count);

    control_reply(control, file < 0 ? file : 0, file);
}

static void request_register(struct control *control)
{
    struct engine *engine = control->engine;
    uint32_t address = (uint32_t)control->request.option, value = (uint32_t)control->request.value;
    int error = engine->gone;

    if (address % 4 || address >= REGISTER_SPACE)
        error = -EINVAL;
    else if (!error && control->request.operation == FE_OP_REGISTER_READ)
        error = lan_register_read(engine->lan, address, &value);
    else if (!error)
        error = lan_register_write(engine->lan, address, value);
    control->reply.value = value;
    control_reply(control, error, -1);
}

/* A connection needs an address of its peer's kind, whatever the socket's; name servers are of any. */
static uint32_t family_needed(const struct control *control)
{
    if (control->request.operation == FE_OP_CONNECT)
        return address_is_v4(&control->request.endpoint.address) ? FE_FAMILY_IPV4 : FE_FAMILY_IPV6;
    return control->request.operation == FE_OP_READY ? control->request.family : FE_FAMILY_ANY;
}

/* True if the request has to wait for an address of our own, or has been refused because there
 * will be none. */
static bool request_unsettled(struct control *control, const struct descriptor *d)
{
    uint32_t operation = control->request.operation;
    bool needs = operation == FE_OP_READY || operation == FE_OP_LOOKUP ||
                 (operation == FE_OP_CONNECT && d && d->kind == KIND_STREAM);
    int settled =
        needs ? engine_settled(control->engine, family_needed(control), control->reply.text) : 0;

    if (settled == -EINPROGRESS && operation == FE_OP_CONNECT && control->request.value)
        return false; /* who does not wait is told that there is no route */
    control->unsettled = settled == -EINPROGRESS;
    if (settled && !control->unsettled)
        control_reply(control, settled, -1);
    return settled != 0;
}

/* Whether d may be bound or connected to the request's address. */
static int address_check(const struct control *control, const struct descriptor *d)
{
    const struct fe_request *request = &control->request;
    bool bind = request->operation == FE_OP_BIND;

    if (!bind && request->operation != FE_OP_CONNECT)
        return 0;
    if (request->family != d->family)
        return -EAFNOSUPPORT;
    if (d->v6only && address_is_v4(&request->endpoint.address))
        return bind ? -EINVAL : -ENETUNREACH;
    return 0;
}

static void request_about(struct control *control, struct descriptor *d)
{
    int error = address_check(control, d);

    if (error) {
        control_reply(control, error, -1);
        return;
    }
    switch (control->request.operation) {
    case FE_OP_BIND: request_bind(control, d); break;
    case FE_OP_LISTEN: request_listen(control, d); break;
    case FE_OP_CONNECT: request_connect(control, d); break;
    case FE_OP_NAMES: request_names(control, d); break;
    case FE_OP_OPTION_SET: control_reply(control, option_set(d, &control->request), -1); break;
    case FE_OP_OPTION_GET:
        control_reply(control, option_get(d, &control->request, &control->reply), -1);
        break;
    default: control_reply(control, -EOPNOTSUPP, -1);
    }
}

/* Requests about a descriptor. */
static void request_descriptor(struct control *control)
{
    struct descriptor *d = descriptor_find(control->engine, control->given);
    const struct ended *ended = d ? NULL : ended_find(control->engine, control->given);

    if (!d && !ended)
        control_reply(control, -EBADF, -1);
    else if (control->request.operation == FE_OP_ERROR)
        request_error(control, d, ended);
    else if (!d || d->over)
        control_reply(control, d || ended->error ? (d ? d->error : ended->error) : -ENOTCONN, -1);
    else if (!request_unsettled(control, d))
        request_about(control, d);
}

void request_serve(struct control *control)
{
    switch (control->request.operation) {
    case FE_OP_SOCKET: request_socket(control); return;
    case FE_OP_QUERY: request_query(control); return;
    case FE_OP_REGISTER_READ:
    case FE_OP_REGISTER_WRITE: request_register(control); return;
    case FE_OP_READY:
        if (!request_unsettled(control, NULL))
            control_reply(control, 0, -1);
        return;
    case FE_OP_LOOKUP:
        if (!request_unsettled(control, NULL))
            request_lookup(control);
        return;
    default: request_descriptor(control);
    }
}
