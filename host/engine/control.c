/* Control connections: takes a request of the socket library, has it served, and sends the
 * reply.
 *
 * SPDX-License-Identifier: MIT
 *
 * A request is served at once, or its connection waits: for an address of our own, for a
 * handshake, for a name. Closing it gives up what it waits for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/engine/control.h"
#include "host/socket/call.h"

static void control_ready(struct engine *engine, struct source *source, short revents);

void control_accept(struct engine *engine, int fd)
{
    struct control *control = calloc(1, sizeof *control);

    if (control) {
        control->engine = engine;
        control->given = -1;
        control->source = (struct source){.fd = fd, .events = POLLIN, .ready = control_ready};
        owner_read(fd, &control->owner);
    }
    if (!control || source_add(engine, &control->source)) {
        free(control);
        close(fd);
        return;
    }
    control->next = engine->controls;
    engine->controls = control;
    engine->request_count++;
}

/* What waited for this connection waits no more. */
static void control_forget(struct control *control)
{
    if (control->lookup)
        lookup_cancel(control->lookup);
    if (control->waiting)
        control->waiting->connected = NULL;
    if (control->given >= 0)
        close(control->given);
    control->lookup = NULL;
    control->waiting = NULL;
    control->given = -1;
    control->unsettled = false;
}

static void control_close(struct control *control)
{
    struct engine *engine = control->engine;
    struct control **at = &engine->controls;

    control_forget(control);
    while (*at != control)
        at = &(*at)->next;
    *at = control->next;
    source_remove(engine, &control->source);
    close(control->source.fd);
    engine->request_count--;
    service_limit(engine);
    free(control);
}

void controls_close(struct engine *engine)
{
    while (engine->controls)
        control_close(engine->controls);
}

void control_reply(struct control *control, int error, int fd)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } rights = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec piece = {&control->reply, sizeof control->reply};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};

    control->reply.mark = FE_PROTOCOL_MARK;
    control->reply.error = error;
    if (fd >= 0) {
        memcpy(CMSG_DATA(&rights.header), &fd, sizeof fd);
        message.msg_control = &rights;
        message.msg_controllen = sizeof rights.space;
    }
    /* One reply a request, and the socket holds a hundred: what does not fit meets a program
     * that does not read. */
    if (sendmsg(control->source.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        shutdown(control->source.fd, SHUT_RDWR);
    if (fd >= 0)
        close(fd);
    control_forget(control);
    control->source.events = POLLIN;
}

static bool control_begin(struct control *control)
{
    ssize_t got = receive_with_descriptor(control->source.fd, &control->request,
                                          sizeof control->request, &control->given);

    if (got == -EAGAIN)
        return true;
    if (got != (ssize_t)sizeof control->request || control->request.mark != FE_PROTOCOL_MARK)
        return false; /* its end, or somebody who does not speak our language */
    control->request.name[FE_NAME_BYTES - 1] = '\0';
    memset(&control->reply, 0, sizeof control->reply);
    control->source.events = 0;
    request_serve(control);
    return true;
}

static void control_ready(struct engine *engine, struct source *source, short revents)
{
    struct control *control = (struct control *)source; /* source is its first member */

    (void)engine;
    if (!source->events || !(revents & POLLIN) || !control_begin(control))
        control_close(control); /* the program has left, or given up what it waits for */
}

void controls_settled(struct engine *engine)
{
    for (struct control *control = engine->controls, *next; control; control = next) {
        next = control->next;
        if (!control->unsettled)
            continue;
        control->unsettled = false;
        request_serve(control);
    }
}
