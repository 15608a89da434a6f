/* Listeners: hands each accepted connection to the program as a message with a descriptor.
 *
 * SPDX-License-Identifier: MIT
 *
 * While the program does not take them, connections wait in TCP's backlog, as its size says.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/engine/engine_internal.h"

int listener_start(struct descriptor *d, int backlog)
{
    int error = d->established || d->connecting ? -EINVAL : tcp_listen(d->conn, backlog);

    if (error)
        return error;
    d->kind = KIND_LISTENER;
    descriptor_work(d);
    return 0;
}

static bool listener_room(const struct descriptor *d, short *revents)
{
    struct pollfd look = {.fd = d->source.fd, .events = POLLOUT};

    poll(&look, 1, 0);
    *revents = look.revents;
    return look.revents & POLLOUT;
}

static int give(const struct descriptor *listener, int fd, const struct endpoint *remote)
{
    struct fe_accepted accepted = {
        .mark = FE_PROTOCOL_MARK, .family = listener->family, .remote = *remote};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec piece = {&accepted, sizeof accepted};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.space};

    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    return sendmsg(listener->source.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int listener_pass_on(struct descriptor *listener, struct descriptor *d)
{
    int theirs, error = descriptor_pair(d, SOCK_STREAM, PAIR_BYTES, &theirs);

    if (error)
        return error;
    error = give(listener, theirs, &d->remote);
    close(theirs);
    return error;
}

static void listener_take(struct descriptor *listener, struct tcp_conn *conn)
{
    struct engine *engine = listener->engine;
    struct descriptor *d = descriptor_create(engine, KIND_STREAM, &listener->owner);
    struct tcp_info info;
    char remote[ADDRESS_TEXT_BYTES];
    int error;

    if (!d) {
        engine->connections_refused++;
        tcp_set_owner(conn, NULL, NULL);
        tcp_abort(conn, engine->now_ns);
        return;
    }
    tcp_info(conn, &info);
    d->remote = info.remote;
    d->family = listener->family;
    d->v6only = listener->v6only;
    stream_own(d, conn);
    error = listener_pass_on(listener, d);
    journal_write(engine->journal, engine->now_ns, JOURNAL_EVENT, "socket",
                  "socket %u: connection from %s %s %s", d->number,
                  endpoint_format(&info.remote, remote), error ? "refused, for" : "given to",
                  error ? strerror(-error) : d->owner.program);
    if (!error)
        return;
    engine->connections_refused++;
    stream_bury(d, true, false);
}

void listener_turn(struct descriptor *d)
{
    struct tcp_conn *conn;
    short revents = 0;
    bool room = true;

    d->events = 0;
    while (!d->over && (room = listener_room(d, &revents)) && tcp_accept(d->conn, &conn) == 0)
        listener_take(d, conn);
    if (d->over || (revents & POLLHUP))
        stream_bury(d, false, d->over);
    else
        d->source.events = room ? 0 : POLLOUT;
}
