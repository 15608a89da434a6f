/* A control connection and its request.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_ENGINE_CONTROL_H
#define HOST_ENGINE_CONTROL_H

#include "host/engine/engine_internal.h"

struct control {
    struct source source;
    struct engine *engine;
    struct control *next;
    struct owner owner;
    struct fe_request request;
    struct fe_reply reply;
    int given;      /* the descriptor that the request is about, as it was passed; or -1 */
    bool unsettled; /* waits for an address of our own */
    struct descriptor *waiting; /* waits for this handshake */
    struct lookup *lookup;      /* waits for this name */
};

/* Serves control->request, now or later, by one control_reply. */
void request_serve(struct control *control);
/* Sends control->reply with this error and, if fd is not negative, with fd, which is closed
 * here. Afterwards control listens again. */
void control_reply(struct control *control, int error, int fd);

/* option.c: fe_setsockopt and fe_getsockopt. Each returns 0 or the error of the reply. */
int option_set(struct descriptor *d, const struct fe_request *request);
int option_get(const struct descriptor *d, const struct fe_request *request,
               struct fe_reply *reply);

#endif
