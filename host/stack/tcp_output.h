/* A connection's way out, for the files host/stack/tcp*.c only: what is sent, in which segments and with which
 * options.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_TCP_OUTPUT_H
#define HOST_STACK_TCP_OUTPUT_H

#include "host/stack/tcp_conn.h"

/* tcp_output.c */
void tcp_output(struct tcp_conn *conn, uint64_t now_ns); /* sends what may be sent */
void tcp_probe(struct tcp_conn *conn, uint64_t now_ns);  /* the persist timer's segment */
/* tcp_wait.c: the line of those that the device had no room for */
void tcp_wait_for_room(struct tcp_conn *conn);
void tcp_wait_end(struct tcp_conn *conn);
void tcp_serve_waiting(struct tcp *tcp, uint64_t now_ns);

/* tcp_batch.c. Whether conn, which a segment has come for, is answered when the batch ends. */
bool tcp_batch_takes(struct tcp_conn *conn);
void tcp_batch_leave(struct tcp_conn *conn);
/* tcp_sent.c: what has left the host. A ticket of 0 has at once. */
void tcp_sent_watch(struct tcp_conn *conn, uint64_t ticket);
void tcp_sent_forget(struct tcp_conn *conn);
static inline bool tcp_all_has_left(const struct tcp_conn *conn)
{
    return conn->sending->ticket <= conn->stack->sent_ticket;
}

/* tcp_transmit.c */
/* Makes and sends one segment with len bytes of the send buffer from seq on; with more than mss
 * bytes a super-segment, which the board cuts (ip_bulk_room allows it). Returns 0 or
 * -EAGAIN (no room now), -EMSGSIZE (the path's MTU has shrunk; conn->mss follows); what else the
 * IP layer says counts as a loss on the way: 0. */
int tcp_transmit(struct tcp_conn *conn, uint8_t flags, uint32_t seq, uint32_t len, uint64_t now_ns);
/* Sends a segment without data that belongs to no connection. Returns 0 or ip_begin's error. */
int tcp_send_alone(struct stack *stack, const struct tcp_segment *segment, uint64_t now_ns);
/* RST in answer to a segment that belongs to nothing (RFC 9293, 3.10.7.1). */
void tcp_refuse(struct stack *stack, const struct tcp_segment *segment, uint64_t now_ns);
/* Our MSS option to peer: what the device takes (RFC 6691), or less if the owner says so. */
uint16_t tcp_conn_mss_offer(const struct tcp_conn *conn, const struct address *peer);
/* Sets mss from the peer's option (0: it sent none) and the path. */
void tcp_conn_mss_choose(struct tcp_conn *conn, uint32_t offered);
void tcp_conn_mss_limit(struct tcp_conn *conn, uint32_t mss);

/* tcp_agree.c: the options of a handshake. */
/* What our SYN or SYN,ACK offers: a SYN,ACK nothing that the peer's SYN has not. */
void tcp_options_offer(const struct tcp_conn *conn, uint8_t flags, struct tcp_options *out,
                       uint64_t now_ns);
/* The peer's SYN or SYN,ACK has come: what both know is used from now on. */
void tcp_options_agree(struct tcp_conn *conn, const struct tcp_segment *syn, uint64_t now_ns);
/* How many bytes of options every segment with data has: they reduce what it carries (RFC 6691). */
static inline uint32_t tcp_options_steady(const struct tcp_conn *conn)
{
    return conn->timestamps ? TCP_TIMESTAMPS_BYTES : 0;
}

/* tcp_ecn.c: RFC 3168. */
uint8_t tcp_ecn_syn_flags(const struct tcp_conn *conn, uint8_t flags); /* of our SYN or SYN,ACK */
void tcp_ecn_agree(struct tcp_conn *conn, const struct tcp_segment *syn);
void tcp_ecn_received(struct tcp_conn *conn, const struct tcp_segment *segment);
/* How much of len bytes of new data one packet may carry. */
uint32_t tcp_ecn_most(const struct tcp_conn *conn, uint32_t len);
/* Puts flags into a segment of ours. Returns the codepoint for its IP header. */
uint8_t tcp_ecn_mark(struct tcp_conn *conn, struct tcp_segment *segment, bool again);

/* tcp_timestamps.c: RFC 7323, 3 to 5. */
uint32_t tcp_timestamp(const struct tcp_conn *conn, uint64_t now_ns); /* TSval */
/* How long ago, to the millisecond, the segment went out whose timestamp the peer returns. */
uint64_t tcp_timestamp_age_ns(const struct tcp_conn *conn, uint32_t echo, uint64_t now_ns);
/* The peer's timestamp is older than one that we have seen: it is an old duplicate (PAWS). */
bool tcp_timestamp_is_old(const struct tcp_conn *conn, uint32_t value, uint64_t now_ns);
/* It comes with a segment that begins at seq, which is acceptable. */
void tcp_timestamp_take(struct tcp_conn *conn, uint32_t seq, uint32_t value, uint64_t now_ns);

#endif
