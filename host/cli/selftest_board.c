/* Sends frames to a board that turns them round, and keeps what comes back.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/cli/patience.h"
#include "host/cli/selftest.h"

enum { MAX_FDS = 64 };

static void keep(void *user, const struct vnet_header *vnet, const uint8_t *frame, size_t length,
                 uint64_t now_ns)
{
    struct selftest *t = user;
    struct back *back = &t->back[t->count];

    (void)now_ns;
    if (t->count == SELFTEST_RECEIVED_MAX || length > SELFTEST_FRAME_BYTES)
        return; /* then the step finds one missing */
    back->length = length;
    back->valid = vnet->flags & VNET_DATA_VALID;
    memcpy(back->bytes, frame, length);
    t->count++;
}

static void note_gone(void *user, int error, uint64_t now_ns)
{
    (void)now_ns;
    ((struct selftest *)user)->gone = error;
}

static void ignore_link(void *user, const struct lan_status *status, uint64_t now_ns)
{
    (void)user, (void)status, (void)now_ns;
}

static void ignore_room(void *user, uint64_t now_ns)
{
    (void)user, (void)now_ns;
}

int selftest_wrong(struct selftest *t, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(t->note, sizeof t->note, format, arguments);
    va_end(arguments);
    return -1;
}

static void turn(struct selftest *t)
{
    struct pollfd fds[MAX_FDS];
    uint64_t now = lan_poll(t->lan, session_wall_ns(), TIME_NEVER);
    uint64_t due = t->transport->ops->deadline(t->transport), driver = lan_deadline(t->lan);
    int count = t->transport->ops->fds(t->transport, fds, MAX_FDS);

    due = driver < due ? driver : due;
    if (due > now)
        poll(fds, (nfds_t)count, due - now > 10000000 ? 10 : 1);
}

int selftest_await(struct selftest *t, int count)
{
    struct patience since = patience_now(t->transport);
    int before = t->count;

    while (t->count < count) {
        if (t->gone)
            return selftest_wrong(t, "the board is lost: %s", strerror(-t->gone));
        if (patience_over(since, t->transport))
            return selftest_wrong(t, "%d of %d frames came back within %d s", t->count, count,
                                  PATIENCE_WALL_S);
        turn(t);
        if (t->count != before)
            since = patience_now(t->transport);
        before = t->count;
    }
    return 0;
}

int selftest_send(struct selftest *t, const struct vnet_header *vnet, const uint8_t *frame,
                  size_t length)
{
    struct patience since = patience_now(t->transport);
    uint8_t *place;

    while (!(place = lan_reserve(t->lan, length))) {
        if (t->gone || patience_over(since, t->transport))
            return selftest_wrong(t, "the board takes no more frames to send");
        turn(t);
    }
    memcpy(place, frame, length);
    lan_commit(t->lan, vnet, length);
    lan_flush(t->lan, t->transport->now_ns);
    return 0;
}

int selftest_open(struct selftest *t, const struct lan_config *config)
{
    const struct lan_handler handler = {
        .frame = keep, .link = ignore_link, .room = ignore_room, .gone = note_gone, .user = t};

    return lan_open(&t->lan, t->transport, config, &handler, session_wall_ns, t->note,
                    sizeof t->note);
}
