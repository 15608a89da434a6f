/* The sender's way through losses, for the files host/stack/tcp*.c: what an ACK tells, what follows
 * from it, what is sent again.
 *
 * SPDX-License-Identifier: MIT
 *
 * The data's way: tcp_ack.c reads an ACK into a struct tcp_news (tcp_sacked.c the SACK part of it);
 * tcp_recovery.c has losses detected (tcp_rack.c, or by counting duplicate ACKs), which only marks
 * bytes in conn->sending->flight, and moves between the states below; tcp_prr.c and congestion control set
 * cwnd; tcp_undo.c and tcp_frto.c find out that nothing was lost after all; tcp_output.c then sends
 * what is marked as lost before anything new, as far as cwnd, the peer's window and the device let it.
 */
#ifndef HOST_STACK_TCP_LOSS_H
#define HOST_STACK_TCP_LOSS_H

#include "host/stack/tcp_conn.h"

/* What one ACK tells. */
struct tcp_news {
    const struct tcp_segment *segment;
    uint32_t acked;  /* bytes that its ACK field newly acknowledges */
    uint32_t flight; /* bytes sent and not acknowledged, before it */
    bool duplicate;  /* RFC 5681, 2 */
    bool dsack;      /* its first SACK block tells what came twice (RFC 2883) */
    struct tcp_arrival arrival;
    uint64_t rtt_ns; /* 0: no sample */
    uint64_t now_ns;
};

static inline uint32_t tcp_us(uint64_t now_ns)
{
    return (uint32_t)(now_ns / 1000);
}

/* Bytes that the network holds, as far as we know: RFC 6675's pipe. */
static inline uint32_t tcp_pipe(const struct tcp_conn *conn)
{
    return conn->snd_max - conn->snd_una - conn->sending->flight.lost -
           conn->sending->flight.sacked;
}

/* tcp_sacked.c */
void tcp_sack_read(struct tcp_conn *conn, struct tcp_news *news);

/* tcp_recovery.c */
void tcp_recovery_ack(struct tcp_conn *conn, const struct tcp_news *news);
void tcp_recovery_timed_out(struct tcp_conn *conn, uint64_t now_ns);
void tcp_recovery_reordering_over(struct tcp_conn *conn, uint64_t now_ns); /* RACK's timer */

/* tcp_prr.c: RFC 6937. */
void tcp_prr_start(struct tcp_conn *conn, uint32_t flight);
/* Sets cwnd after delivered bytes have arrived; safe: the ACK moved snd_una and told of no loss. */
void tcp_prr_ack(struct tcp_conn *conn, uint32_t delivered, bool safe);

/* tcp_undo.c: losses that were none. */
void tcp_undo_prepare(struct tcp_conn *conn); /* a recovery begins */
void tcp_undo_sent_again(struct tcp_conn *conn, uint32_t bytes, uint64_t now_ns);
/* Looks for signs in an ACK that all was sent again in vain, and if so takes the recovery back.
 * Returns whether it has. */
bool tcp_undo_try(struct tcp_conn *conn, const struct tcp_news *news);
void tcp_undo(struct tcp_conn *conn, const char *sign, uint64_t now_ns);
void tcp_undo_forget(struct tcp_conn *conn);

/* tcp_frto.c: RFC 5682. */
void tcp_frto_start(struct tcp_conn *conn);
/* After a timeout. Returns whether the timeout is undone. */
bool tcp_frto_ack(struct tcp_conn *conn, const struct tcp_news *news);

/* tcp_ecn.c: reduces cwnd if the ACK tells of a mark. */
void tcp_ecn_ack(struct tcp_conn *conn, const struct tcp_news *news);

/* tcp_tail.c: RFC 8985, 7. */
/* When the timer should ask for an ACK of the tail; UINT64_MAX: it should not. */
uint64_t tcp_tail_timeout(const struct tcp_conn *conn);
void tcp_tail_expired(struct tcp_conn *conn, uint64_t now_ns);
/* Returns whether the probe has shown that one segment was lost. */
bool tcp_tail_ack(struct tcp_conn *conn, const struct tcp_news *news);

/* tcp_output.c: one segment, also beyond cwnd. Returns what tcp_transmit does. */
int tcp_send_range(struct tcp_conn *conn, uint32_t seq, uint32_t len, bool fin, uint64_t now_ns);

#endif
