/* How large a connection's buffers are: as the path asks for it, unless the owner has said it. What the receive buffer
 * holds bounds the peer's window, what the send buffer holds bounds ours.
 *
 * SPDX-License-Identifier: MIT
 *
 * The receive buffer must hold what the owner reads in a round trip, twice, since a sender in slow start sends twice as
 * much in the next: Feng, Fisk, Gardner, Weigle: "Dynamic Right-Sizing", LANL 2002. An owner that leaves half of it
 * unread does not make it grow: the window is not what it waits for. Who only receives learns of the round trip by the
 * time that a window's worth takes to come, of which the least counts, or by its timestamps. The send buffer must hold
 * what cwnd and the peer's window let be under way, and as much again that can be sent meanwhile.
 *
 * Sizes double, so that all the copying that growth costs is less than the last size; and none fall while a buffer is in
 * use. What all have grown by has a bound (stack_config).
 */
#ifndef HOST_STACK_TCP_TUNE_H
#define HOST_STACK_TCP_TUNE_H

#include <stdint.h>

struct tcp_conn;

/* What a receive buffer's growth goes by. Times are microseconds that wrap. */
struct tcp_tune {
    uint32_t rtt_us;    /* the receiver's estimate of the round trip; 0: none yet */
    uint32_t round_end; /* a round trip ends when this has been received, */
    union {
        uint32_t round_us; /* and began then */
        uint32_t echo;     /* with timestamps: the last of ours that the peer returned with data */
    };
    uint32_t space;    /* the most that the owner read in a round trip; 0: nothing has come yet */
    uint32_t read_seq; /* how far it had read */
    uint32_t read_us;  /* when the measurement under way began */
};

/* The handshake tells a round trip; data may come. */
void tcp_tune_start(struct tcp_conn *conn);
/* All before round_end has come. */
void tcp_tune_round_ended(struct tcp_conn *conn, uint64_t now_ns);
/* A segment with data has come that returns our timestamp echo. */
void tcp_tune_echoed(struct tcp_conn *conn, uint32_t echo, uint64_t now_ns);
void tcp_tune_read(struct tcp_conn *conn, uint64_t now_ns); /* the owner has read: may grow */
/* The owner waits for room to write, and ACKs have come: may grow. */
void tcp_tune_acked(struct tcp_conn *conn);
/* The buffer is not needed any more: what is in it goes, and its size is again what it began with. */
void tcp_tune_send_done(struct tcp_conn *conn);
void tcp_tune_receive_done(struct tcp_conn *conn);

#endif
