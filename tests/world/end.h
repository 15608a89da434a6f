/* A program at one end of a connection: does what its plan says, and checks what comes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_END_H
#define TESTS_WORLD_END_H

#include "tests/world/host.h"

enum { SIDE_CLIENT, SIDE_SERVER };

struct end {
    struct world *world;
    struct host *host;
    struct end *peer;
    const struct plan *plan;
    int connection, side;
    void *socket, *listener; /* the host's; NULL while there is none */

    bool open;        /* the handshake is done … */
    bool has_options; /* … and its plan's options are set */
    bool shut;        /* it has said that it sends no more */
    bool saw_end;
    bool left; /* it gave its socket back: closed, aborted, or was told of an error */
    bool
        ended_early; /* its host sent the FIN before its last byte: lwIP 2.1.3 does where it splits a segment */
    bool aborted; /* … by an abort, or with data unread or still to come: the peer may be reset */
    int error;    /* that it was told … */
    unsigned asked_in_vain; /* … and its host's, at that time */
    bool had_router;
    bool over6;          /* it connects over IPv6 */
    uint64_t connect_ns; /* when it did; 0: it looks for its peer's address */
    uint32_t written, read;
    uint64_t start_ns, write_ns, read_ns, left_ns; /* when it does these next; when it left */
    bool stalled;
    struct chance chance;
};

void end_init(struct end *end, struct world *world, struct host *host,
              const struct connection_plan *plan, int connection, int side);
/* Does what can be done now. Returns whether it did anything. */
bool end_run(struct end *end, uint64_t now_ns);
/* When it wants to do something of its own accord. */
uint64_t end_deadline(const struct end *end);
/* It waited for ever: aborts what it has. */
void end_give_up(struct end *end, uint64_t now_ns);
/* The socket's host tells: established, and it is over (0 or a negative errno; the socket is gone if lost). */
void end_opened(struct end *end);
void end_failed(struct end *end, int error);

/* Byte number offset of what an end sends, and so on for at least END_PERIOD bytes. */
enum { END_PERIOD = 65521 };
const uint8_t *end_data(const struct end *end, uint32_t offset);

#endif
