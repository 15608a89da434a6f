/* Streams: a TCP connection on one side, one end of a Unix socket pair on the other.
 *
 * SPDX-License-Identifier: MIT
 *
 * Bytes move with readv and sendmsg straight between the pair and TCP's ring buffers, and only
 * as far as the other side has room: a program that does not read closes TCP's window, a closed
 * window fills the pair until the program's write blocks. A pair is writable from the start, a
 * connection is not: so the pair is filled with bytes of ours beforehand, which
 * stream_establish takes out again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/engine/engine_internal.h"

static void stream_event(void *user, struct tcp_conn *conn, unsigned events)
{
    struct descriptor *d = user;

    (void)conn;
    d->events |= events;
    descriptor_work(d);
}

int stream_open(struct descriptor *d)
{
    const struct endpoint any4 = {address_v4(0), 0};
    int error = tcp_open(d->engine->stack, &d->conn, stream_event, d);

    /* Unbound it would be one of both families. */
    return error || d->family != FE_FAMILY_IPV4 ? error : tcp_bind(d->conn, &any4);
}

void stream_own(struct descriptor *d, struct tcp_conn *conn)
{
    d->conn = conn;
    d->established = true;
    tcp_set_owner(conn, stream_event, d);
    descriptor_work(d); /* it may have received already */
}

int stream_fill(struct descriptor *d, int theirs)
{
    static const uint8_t zeros[4096];
    size_t piece = sizeof zeros;
    ssize_t put;

    while (piece) {
        put = send(theirs, zeros, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put > 0)
            d->filling += (size_t)put;
        else if (errno != EAGAIN)
            return -errno;
        else
            piece /= 2; /* a smaller one may still fit */
    }
    return 0;
}

/* Takes out the bytes of ours, or whatever else is in the pair, at most count. */
static void stream_drain(struct descriptor *d, size_t count)
{
    uint8_t waste[4096];

    while (count) {
        ssize_t got =
            recv(d->source.fd, waste, count < sizeof waste ? count : sizeof waste, MSG_DONTWAIT);
        if (got <= 0)
            return;
        count -= (size_t)got;
    }
}

void stream_establish(struct descriptor *d)
{
    stream_drain(d, d->filling);
    d->filling = 0;
    d->connecting = false;
    d->established = true;
}

static void stream_told(struct descriptor *d, int error)
{
    void (*connected)(struct engine *, void *, int) = d->connected;

    d->connected = NULL;
    if (connected)
        connected(d->engine, d->connected_user, error);
}

int stream_connect(struct descriptor *d, const struct endpoint *remote)
{
    int error = d->established ? -EISCONN : d->connecting ? -EALREADY : 0;

    if (error)
        return error;
    error = tcp_connect(d->conn, remote, d->engine->now_ns);
    if (error)
        return error;
    d->remote = *remote;
    d->connecting = true;
    return 0;
}

void stream_bury(struct descriptor *d, bool abort, bool held)
{
    if (held)
        ended_remember(d->engine, d->cookie, d->socks_name, d->error, d->text);
    if (d->conn) {
        tcp_set_owner(d->conn, NULL, NULL);
        (abort ? tcp_abort : tcp_close)(d->conn, d->engine->now_ns);
    }
    d->conn = NULL;
    if (d->source.fd >= 0) {
        /* Bytes that nobody read would turn the program's end of file into a reset. */
        shutdown(d->source.fd, SHUT_RD);
        stream_drain(d, SIZE_MAX);
    }
    descriptor_free(d);
}

void stream_fail(struct descriptor *d, int error)
{
    char remote[ADDRESS_TEXT_BYTES];

    d->over = true;
    d->error = error;
    if (d->kind == KIND_LISTENER || !d->remote.port)
        snprintf(d->text, sizeof d->text, "%s", strerror(-error));
    else
        snprintf(d->text, sizeof d->text, "%s %s: %s",
                 d->established ? "connection to" : "connect to",
                 endpoint_format(&d->remote, remote), strerror(-error));
    journal_write(d->engine->journal, d->engine->now_ns, JOURNAL_EVENT, "socket",
                  "socket %u ends: %s", d->number, d->text);
    descriptor_work(d);
    stream_told(d, error);
}

/* Told before TCP acts on it, so that the story stands in order. */
static void stream_tell_moved(const struct descriptor *d, size_t count, const char *way)
{
    journal_write(d->engine->journal, d->engine->now_ns, JOURNAL_EVENT, "socket",
                  "socket %u: %zu bytes %s %s", d->number, count, way, d->owner.program);
}

static void stream_to_program(struct descriptor *d)
{
    struct iovec pieces[2];
    int count;

    d->blocked = false;
    while ((count = tcp_readable(d->conn, pieces)) > 0) {
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
        ssize_t put = sendmsg(d->source.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put <= 0) {
            d->blocked = errno == EAGAIN;
            d->left_unread |= errno == ECONNRESET;
            break;
        }
        stream_tell_moved(d, (size_t)put, "handed to");
        tcp_consume(d->conn, (size_t)put, d->engine->now_ns);
    }
}

static void stream_from_program(struct descriptor *d)
{
    struct iovec pieces[2];
    int count = 0;

    while (!d->program_done && (count = tcp_writable(d->conn, pieces)) > 0) {
        ssize_t got = readv(d->source.fd, pieces, count);
        if (got > 0) {
            stream_tell_moved(d, (size_t)got, "taken from");
            tcp_produce(d->conn, (size_t)got, d->engine->now_ns);
        } else if (got == 0) {
            d->program_done = true;
        } else {
            d->left_unread |= errno == ECONNRESET;
            break;
        }
    }
    if (count > 0)
        tcp_produce(d->conn, 0, d->engine->now_ns); /* what was not filled */
}

/* POLLHUP: the program has closed its end, or both directions are shut down; POLLERR: and left
 * bytes unread. */
static short stream_hangup(const struct descriptor *d)
{
    struct pollfd look = {.fd = d->source.fd};

    return poll(&look, 1, 0) == 1 ? look.revents : 0;
}

/* Half closes, either way. */
static void stream_shutdown(struct descriptor *d)
{
    if (d->program_done && !d->fin_asked) {
        journal_write(d->engine->journal, d->engine->now_ns, JOURNAL_EVENT, "socket",
                      "socket %u: %s sends no more", d->number, d->owner.program);
        tcp_shutdown(d->conn, d->engine->now_ns);
        d->fin_asked = true;
    }
    if (tcp_at_end(d->conn) && !d->end_told) {
        journal_write(d->engine->journal, d->engine->now_ns, JOURNAL_EVENT, "socket",
                      "socket %u: end of file for %s", d->number, d->owner.program);
        shutdown(d->source.fd, SHUT_WR);
        d->end_told = true;
    }
}

/* The connection has failed: the program gets what had been received before, then the end of
 * file. */
static bool stream_finish_failed(struct descriptor *d)
{
    struct iovec pieces[2];

    if (tcp_readable(d->conn, pieces) > 0 && !(stream_hangup(d) & POLLHUP))
        return false;
    stream_bury(d, false, true);
    return true;
}

/* The program has closed with bytes unread, in the pair or in TCP: the peer must learn that they were
 * lost (RFC 2525, 2.17), also if it sent its FIN behind them. What the program wrote goes too. */
static bool stream_finish_unread(struct descriptor *d)
{
    struct iovec pieces[2];
    short hangup = stream_hangup(d);
    bool unread = d->left_unread || (hangup & POLLERR) || tcp_readable(d->conn, pieces) > 0;

    if (!(hangup & POLLHUP) || !unread)
        return false;
    journal_write(d->engine->journal, d->engine->now_ns, JOURNAL_EVENT, "socket",
                  "socket %u: %s closed it with data unread", d->number, d->owner.program);
    stream_bury(d, true, false);
    return true;
}

/* True if both sides are through, or the program has closed: the descriptor is buried then. Our own
 * shutdown of the pair, told as the end of file, looks as if the program had closed it. */
static bool stream_finish(struct descriptor *d)
{
    if (d->end_told && d->program_done) {
        stream_bury(d, false, true);
        return true;
    }
    if (d->end_told || !d->program_done || !(stream_hangup(d) & POLLHUP))
        return false;
    journal_write(d->engine->journal, d->engine->now_ns, JOURNAL_EVENT, "socket",
                  "socket %u: %s closed it", d->number, d->owner.program);
    stream_bury(d, false, false);
    return true;
}

static void stream_wants(struct descriptor *d)
{
    bool room = d->established && !d->over && !d->program_done && tcp_may_write(d->conn);

    d->source.events = (short)((room ? POLLIN : 0) | (d->blocked ? POLLOUT : 0));
}

static void stream_look(struct descriptor *d)
{
    unsigned events = d->events;

    d->events = 0;
    if (events & TCP_EVENT_CONNECTED) {
        stream_establish(d);
        stream_told(d, 0);
    }
    if ((events & TCP_EVENT_ERROR) && !d->over)
        stream_fail(d, tcp_error(d->conn));
}

void stream_turn(struct descriptor *d)
{
    bool handshake = d->source.fd < 0; /* SOCKS: the callback that stream_look calls may free d */

    stream_look(d);
    if (handshake)
        return;
    if (!d->established && !d->over) {
        if (stream_hangup(d) & POLLHUP) {
            stream_told(d, -ECONNABORTED);
            stream_bury(d, false, false);
        }
        return;
    }
    stream_to_program(d);
    if (d->over && stream_finish_failed(d))
        return;
    if (!d->over) {
        stream_from_program(d);
        if (stream_finish_unread(d))
            return;
        stream_shutdown(d);
        if (stream_finish(d))
            return;
    }
    stream_wants(d);
}

void stream_ready(struct engine *engine, struct source *source, short revents)
{
    (void)engine;
    (void)revents;
    descriptor_work((struct descriptor *)source); /* source is its first member */
}
