/* What the wire's own files share: the state, and the steps between pins, impairment and far end.
 *
 * SPDX-License-Identifier: MIT
 *
 *     board's TXD -> listener -> from_board (impair) -> outbox -> backend     pins.c, then wire.c
 *     board's RXD <- speaker  <- inbox <- to_board (impair)    <- backend     pins.c, wire.c
 *     pause frames both ways                                                  pause.c
 *     a board without pins gives and takes whole frames in their place        frames.c
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

/* pins.c, for whole frames too. Writes a frame into the capture, if there is one. */
void wire_capture(struct wire *wire, uint64_t now_ns, uint32_t flags, const uint8_t *bytes,
                  uint32_t len);
/* A good frame came from the board, padding included: pause is obeyed, anything else goes on its way. */
void wire_accept(struct wire *wire, const uint8_t *bytes, uint32_t len, uint64_t now_ns);
/* Takes the next frame that may go to the board now, or NULL; a pause frame is made in *control. Once it is sent,
 * wire_frame_sent counts it and gives it back, and wire_schedule is due. */
struct frame *wire_next_frame(struct wire *wire, uint64_t now_ns, struct frame *control);
void wire_frame_sent(struct wire *wire, struct frame *frame, const struct frame *control);

/* Takes a MAC control frame from the board: pause or resume. */
void pause_obey(struct wire *wire, const uint8_t *frame, uint64_t now_ns);
/* Sends pause when the outbox fills, and resume when it has emptied. */
void pause_update(struct wire *wire, uint64_t now_ns);
/* Makes the pause frame that is pending. */
void pause_frame(struct wire *wire, struct frame *frame);

#endif
