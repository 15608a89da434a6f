/* What the wire's own files share: the state, and the steps between pins, impairment and far end.
 *
 * SPDX-License-Identifier: MIT
 *
 *     board's TXD -> listener -> from_board (impair) -> outbox -> backend     pins.c, then wire.c
 *     board's RXD <- speaker  <- inbox <- to_board (impair)    <- backend     pins.c, wire.c
 *     pause frames both ways                                                  pause.c
 */
#ifndef SIM_WIRE_WIRE_INTERNAL_H
#define SIM_WIRE_WIRE_INTERNAL_H

#include "driver/transport.h"
#include "sim/wire/backend.h"
#include "sim/wire/impair.h"
#include "sim/wire/pcapng.h"
#include "sim/wire/phy.h"
#include "sim/wire/record.h"
#include "sim/wire/rgmii.h"
#include "sim/wire/wire.h"

struct wire_pause {
    uint64_t until_ns; /* the board asked us to be silent till then */
    bool sent;         /* we asked the board, and have not released it */
    uint64_t renew_ns; /* before our request runs out */
    bool pending;      /* a pause frame is to go out next … */
    uint16_t quanta;   /* … with this time */
};

struct wire {
    uint64_t now_ns;
    uint64_t speak_ns; /* when there may be a frame to start; TIME_NEVER: none in sight */
    struct rgmii_speaker speaker;
    struct rgmii_listener listener;
    uint32_t spoken_flags; /* enum pcapng_flags of the frame being spoken */
    struct phy phy;
    struct wire_pause pause;
    struct impair from_board, to_board;
    struct frame_queue inbox;  /* to the board, due */
    struct frame_queue outbox; /* to the backend, due */
    bool blocked;              /* the backend would not take the outbox's first frame */
    struct frame_pool pool;
    struct wire_counters counters;
    struct backend *backend;
    struct pcapng *pcapng;      /* or NULL */
    struct wire_record *record; /* or NULL */
};

/* Finds out anew when a frame may start; call it when inbox, to_board or pause changed. */
void wire_schedule(struct wire *wire);
/* Moves what has arrived out of the impairment: into the outbox, and into the inbox. */
void wire_collect_outbox(struct wire *wire, uint64_t now_ns);
void wire_collect_inbox(struct wire *wire, uint64_t now_ns);

/* Takes a MAC control frame from the board: pause or resume. */
void pause_obey(struct wire *wire, const uint8_t *frame, uint64_t now_ns);
/* Sends pause when the outbox fills, and resume when it has emptied. */
void pause_update(struct wire *wire, uint64_t now_ns);
/* Makes the pause frame that is pending. */
void pause_frame(struct wire *wire, struct frame *frame);

#endif
