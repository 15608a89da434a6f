/* The USB 2.0 host controller: queues of transfers, the schedule of each microframe, and transactions.
 *
 * SPDX-License-Identifier: MIT
 *
 * It knows nothing of what is above it (an in-process driver or a USB/IP server) and meets the cable only through
 * struct ulpi. Stepped once per 60 MHz clock after the PHY; sim/README.md states what each transaction costs.
 */
#ifndef SIM_BUS_HOST_H
#define SIM_BUS_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "driver/transport.h"
#include "sim/bus/ulpi.h"

enum {
    MICROFRAME_CLOCKS = 7500, /* 125 us at high speed: as many byte times */
    FRAME_CLOCKS = 60000,     /* 1 ms at full speed: 1,500 byte times of 40 clocks */
    HIGH_BULK_PACKETS = 13,   /* at most, in a microframe, both ways together */
    FULL_BULK_PACKETS = 19,   /* … in a frame */
    NAK_PAUSE_CLOCKS =
        64, /* before endpoints that answered NAK are asked again, if nothing else waits */
    REST_CLOCKS = 32, /* after which a device is done with what it was asked */
    MAX_ERRORS = 3,   /* tries of a transaction before its transfer fails */
    PIPES = 32,       /* control, 15 OUT, one unused, 15 IN */
};

enum pipe_type { PIPE_NONE, PIPE_CONTROL, PIPE_BULK, PIPE_INTERRUPT };
enum control_stage { STAGE_SETUP, STAGE_DATA, STAGE_STATUS };

/* One endpoint with the transfers that wait for it, the oldest first, linked by transfer->context. */
struct pipe {
    enum pipe_type type;
    uint8_t endpoint; /* address with direction bit */
    uint16_t max_packet;
    uint32_t interval; /* interrupt: (micro)frames between polls */
    uint64_t due;      /* interrupt: (micro)frame of the next poll */
    bool toggle;       /* the next data packet is DATA1 */
    bool ping;         /* OUT at high speed: ask for room first */
    unsigned errors;   /* in a row */
    enum control_stage stage;
    bool naked;           /* in this (micro)frame */
    uint64_t naked_clock; /* when last, or 0 */
    struct transfer *head, *tail;
};

enum phase {
    PHASE_FREE,    /* between transactions */
    PHASE_FRAME,   /* a start of frame goes out */
    PHASE_TOKEN,   /* the token goes out */
    PHASE_GAP,     /* between our token and our data */
    PHASE_DATA,    /* our data goes out */
    PHASE_ANSWER,  /* the device's turn */
    PHASE_ACK_GAP, /* between its data and our handshake */
    PHASE_ACK,     /* our handshake goes out */
};

struct transaction {
    enum phase phase;
    uint64_t until; /* the clock at which the phase ends */
    struct pipe *pipe;
    enum pid token;
    bool in;         /* the device sends the data */
    uint16_t length; /* of the data packet we send, or the most we take */
    uint8_t packet[MAX_PACKET];
    bool abandon; /* its transfer was cancelled */
};

/* What befalls packets on the cable: for tests of what a device and its driver live through. */
struct cable {
    /* The host sends a packet: it may be changed. Returns false if the device does not hear it. */
    bool (*to_device)(struct cable *cable, uint8_t *packet, size_t *len);
    /* The device's answer to token; it may be changed, with room for MAX_PACKET bytes. Returns false if the host does not hear
     * it. */
    bool (*to_host)(struct cable *cable, enum pid token, uint8_t *packet, size_t *len);
    /* Clocks by which the host's data or acknowledgement is late. */
    uint32_t (*late)(struct cable *cable);
};

struct host_counters {
    uint64_t transfers, packets_in, packets_out, naks, microframes, crc_errors, timeouts;
};

struct host {
    struct ulpi *phy;
    struct cable *cable; /* NULL: all is well */
    uint64_t clock;      /* 60 MHz clocks since power-on */
    bool running, high_speed;
    uint8_t address;       /* of the device */
    uint64_t frame;        /* microframes (frames at full speed) since the port was enabled */
    uint64_t frame_start;  /* clock of its start of frame */
    unsigned bulk_packets; /* in it */
    uint64_t gap_end;      /* clock at which the gap after the last packet is over */
    uint64_t free_at;      /* nothing begins earlier */
    uint64_t naked_clock;  /* when last a transaction ended with NAK */
    uint64_t worked_clock; /* … otherwise */
    unsigned turn;         /* round robin: the pipe that was served last */
    struct pipe pipes[PIPES];
    struct transaction now;
    struct transfer *done_head, *done_tail; /* complete, their callbacks not yet called */
    struct host_counters counters;
    /* Called when a SET_CONFIGURATION or SET_INTERFACE has passed: the device has other endpoints now. May be NULL. */
    void (*endpoints_changed)(void *user, const uint8_t setup[8]);
    void *user;
};

void host_init(struct host *host, struct ulpi *phy);
/* The port is enabled: starts of frame begin, the device has address 0 and a control endpoint of 64 bytes. */
void host_start(struct host *host, bool high_speed);

/* Opens the pipe of an endpoint (not 0). interval is in (micro)frames, for interrupt pipes. Returns 0 or -EINVAL. */
int host_open_pipe(struct host *host, uint8_t endpoint, enum pipe_type type, uint16_t max_packet,
                   uint32_t interval);
/* Closes it: transfers that wait there end with -ECANCELED, later ones are refused. */
void host_close_pipe(struct host *host, uint8_t endpoint);
void host_set_control_packet(struct host *host, uint16_t max_packet);

/* As in struct transport_ops, but for done: finished transfers wait in a list until host_take_done gives them out. */
int host_submit(struct host *host, struct transfer *transfer);
void host_cancel(struct host *host, struct transfer *transfer);
struct transfer *host_take_done(struct host *host);
/* It has one to give: not before the device has our acknowledgement. */
bool host_has_done(const struct host *host);
/* Ends every transfer with status. */
void host_end_all(struct host *host, int status);
/* No more starts of frame, and no transactions, until host_start or host_resume. Only between transactions. */
void host_suspend(struct host *host);
void host_resume(struct host *host);

/* Ends one 60 MHz clock. */
void host_clock(struct host *host);

/* Some transfer is not complete. */
bool host_waits(const struct host *host);
/* True if nothing but IN transfers of bulk and interrupt pipes waits, no transaction is under way, and each of those
 * pipes has answered NAK since the clock `since` and since anything else passed on the bus; an interrupt pipe that has
 * not is polled at the next chance. */
bool host_settled(struct host *host, uint64_t since);
/* The last transaction is so long over that what the device does now is not its answer. */
static inline bool host_rests(const struct host *host)
{
    return host->now.phase == PHASE_FREE && host->clock > host->gap_end + REST_CLOCKS;
}

/* ---- between the parts of the controller ---- */

/* schedule.c: the pipe whose transaction begins now, or NULL; the clock of the next chance goes to free_at. */
struct pipe *schedule_next(struct host *host);
uint32_t frame_clocks(const struct host *host);

/* transaction.c */
void transaction_begin(struct host *host, struct pipe *pipe);
void transaction_clock(struct host *host);
void transaction_frame(struct host *host);
/* Which token the pipe's next transaction starts with, and the data it can carry. */
enum pid transaction_plan(const struct host *host, const struct pipe *pipe, uint16_t *length);
/* Clocks from token to the end of the handshake, at most. */
uint32_t transaction_clocks(const struct host *host, const struct pipe *pipe);

/* outcome.c: what a transaction's end means for its transfer. */
bool outcome_in(struct host *host, struct pipe *pipe, const uint8_t *packet,
                size_t len); /* true: acknowledge it */
void outcome_accepted(struct host *host, struct pipe *pipe);
void outcome_nak(struct host *host, struct pipe *pipe);
/* A failed bulk or interrupt transfer takes those behind it along (USB 2.0, 5.7.5 and 5.8.5): they end with -ECANCELED. */
void outcome_stall(struct host *host, struct pipe *pipe);
void outcome_error(struct host *host, struct pipe *pipe);
void outcome_finish(struct host *host, struct pipe *pipe, int status);

#endif
