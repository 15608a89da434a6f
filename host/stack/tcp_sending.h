/* What a connection has only while something of its own is under way: what was sent and what became of it, losses
 * and the way back from them, what has not left the host. An idle connection has none of it.
 *
 * SPDX-License-Identifier: MIT
 *
 * It begins with the first byte of a burst (or with a SYN) and ends when all is acknowledged and no question about
 * it is left. What must outlive a pause (cwnd, the round trip, what the path is seen to do) is in struct tcp_conn.
 */
#ifndef HOST_STACK_TCP_SENDING_H
#define HOST_STACK_TCP_SENDING_H

#include "host/stack/tcp_congestion.h"
#include "host/stack/tcp_rack.h"

struct tcp;
struct tcp_conn;

enum tcp_recovery {
    TCP_OPEN,     /* nothing is known to be lost */
    TCP_RECOVERY, /* until recover is acknowledged, what is lost is sent again; cwnd has fallen */
    TCP_AFTER_TIMEOUT, /* the same after the retransmission timer: from one segment on, in slow start */
};
enum tcp_frto {
    TCP_FRTO_OFF,
    TCP_FRTO_FIRST_ACK,
    TCP_FRTO_SECOND_ACK
}; /* which one it waits for */

/* RFC 6937, in bytes: prr_delivered, prr_out, RecoverFS. */
struct tcp_prr {
    uint32_t delivered, out, flight;
};

/* RFC 8985, 7: the probe of the tail that is under way. */
struct tcp_tail {
    uint32_t end; /* what acknowledges it */
    bool probing;
    bool again; /* it was no new data */
};

/* What a recovery may have to be taken back with. */
struct tcp_undo {
    struct tcp_congestion before;
    uint32_t una;       /* when it began */
    uint32_t until;     /* snd_max when it ended */
    uint32_t in_doubt;  /* bytes sent again that have not been told to have come twice */
    uint32_t timestamp; /* of the first of them, if sent_again */
    bool sent_again;
};

struct tcp_sending {
    struct tcp_flight flight; /* what is under way */
    struct tcp_rack rack;
    struct tcp_prr prr;
    struct tcp_tail tail;
    struct tcp_undo *undo; /* NULL: there is nothing to take back */
    uint64_t opened_ns;    /* when the handshake began; UINT64_MAX: nobody knows */
    uint64_t ticket;       /* of the last data, SYN or FIN that was given to the device */
    uint64_t pace_ns;      /* until then what was sent is enough: tcp_pace.h */
    uint64_t watched;      /* the ticket that the line of tcp_sent.c waits for */
    struct tcp_conn *unsent_next, **unsent_link; /* link NULL: all it sent has left the host */
    uint16_t duplicate_acks;
    uint8_t frto;      /* enum tcp_frto */
    bool partial_seen; /* RFC 6582: this recovery has had a partial ACK */
};

/* Those that were given back wait here for the next burst. */
enum { TCP_SENDING_SPARES = 32 };
struct tcp_sending_pool {
    uint32_t count;
    struct tcp_sending *spares[TCP_SENDING_SPARES];
};
void tcp_sending_pool_free(struct tcp_sending_pool *pool);

/* What conn->sending points to in a connection that has nothing under way: zeros, read as any other and written never
 * (it is constant). */
extern const struct tcp_sending tcp_nothing_under_way;

/* See tcp_sending_begin and tcp_sending_end in tcp_conn.h: it has not begun; it has. */
int tcp_sending_start(struct tcp_conn *conn);
void tcp_sending_stop(struct tcp_conn *conn);
/* tcp_sending_end, now that all has arrived, if no question about it is left. */
void tcp_sending_settle(struct tcp_conn *conn);

#endif
