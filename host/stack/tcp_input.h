/* A segment's way in, for the files host/stack/tcp*.c only: the eight steps, listeners, and what the peer is told of
 * what has come.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_TCP_INPUT_H
#define HOST_STACK_TCP_INPUT_H

#include "host/stack/tcp_conn.h"

/* tcp_sack.c: what we tell the peer has arrived beyond rcv_nxt. RFC 2018, 2883. */
/* The connection's reassembly, made if it is not there; NULL without memory. */
struct tcp_reassembly *tcp_reassembly_of(struct tcp_conn *conn);
void tcp_reassembly_release(struct tcp_conn *conn);
void tcp_reassembly_settle(struct tcp_conn *conn); /* released if it says nothing any more */
/* The bytes from start to end have come again: the next ACK says so. */
void tcp_sack_came_twice(struct tcp_conn *conn, uint32_t start, uint32_t end);
/* Fills in the SACK blocks that fit room bytes of options. */
void tcp_sack_write(const struct tcp_conn *conn, size_t room, struct tcp_options *out);
void tcp_sack_went_out(struct tcp_conn *conn); /* an ACK with such blocks */

/* tcp_window.c: the receive side's window. */
uint8_t tcp_window_scale_for(uint32_t buffer_bytes);
/* By which conn's window is told: of the largest that its buffer may become. */
uint8_t tcp_window_scale(const struct tcp_conn *conn);
/* In bytes, as the header can express it. */
uint32_t tcp_window_to_offer(const struct tcp_conn *conn);
uint32_t tcp_window_offered(const struct tcp_conn *conn); /* what the peer may still send */
bool tcp_window_update_due(const struct tcp_conn *conn);

/* What a step says about its segment. */
enum tcp_verdict {
    SEGMENT_GOES_ON = 0, /* to the next step */
    SEGMENT_DONE,        /* nothing more is to be done with it */
};
typedef enum tcp_verdict tcp_step(struct tcp_conn *conn, struct tcp_segment *segment,
                                  uint64_t now_ns);
/* tcp_steps.c, tcp_ack.c (step 5), tcp_receive.c (7 and 8) */
tcp_step tcp_step_1_sequence, tcp_step_5_ack, tcp_step_7_text, tcp_step_8_fin;
tcp_step tcp_reset_came, tcp_syn_came, tcp_urgent_came;
static inline enum tcp_verdict tcp_step_2_reset(struct tcp_conn *conn, struct tcp_segment *segment,
                                                uint64_t now_ns)
{
    return segment->flags & TCP_RST ? tcp_reset_came(conn, segment, now_ns) : SEGMENT_GOES_ON;
}
/* Security compartments (RFC 9293, A.1) are not used. */
static inline enum tcp_verdict tcp_step_3_security(struct tcp_conn *conn,
                                                   struct tcp_segment *segment, uint64_t now_ns)
{
    (void)conn, (void)segment, (void)now_ns;
    return SEGMENT_GOES_ON;
}
static inline enum tcp_verdict tcp_step_4_syn(struct tcp_conn *conn, struct tcp_segment *segment,
                                              uint64_t now_ns)
{
    return segment->flags & TCP_SYN ? tcp_syn_came(conn, segment, now_ns) : SEGMENT_GOES_ON;
}
static inline enum tcp_verdict tcp_step_6_urgent(struct tcp_conn *conn, struct tcp_segment *segment,
                                                 uint64_t now_ns)
{
    return segment->flags & TCP_URG ? tcp_urgent_came(conn, segment, now_ns) : SEGMENT_GOES_ON;
}
/* tcp_handshake.c */
tcp_step tcp_input_syn_sent;
/* A segment for a listener. isn_floor: the connection's sequence numbers must begin behind it
 * (0: anywhere). */
void tcp_input_listen(struct tcp_conn *listener, struct tcp_segment *segment, uint32_t isn_floor,
                      uint64_t now_ns);
/* A connection of listener is established: it waits for tcp_accept now. */
void tcp_listener_ready(struct tcp_conn *conn);
/* A connection in SYN-RECEIVED for the peer's syn, with our initial sequence number; NULL and counted
 * if there is no room for it. */
struct tcp_conn *tcp_listener_open(struct tcp_conn *listener, const struct tcp_segment *syn,
                                   uint32_t isn, uint64_t now_ns);
/* tcp_cookie.c: answers a SYN without keeping anything. Whether ack brings such an answer back; *out is
 * then the connection, or NULL if there is no room: the peer will send again. */
void tcp_cookie_send(struct tcp_conn *listener, const struct tcp_segment *syn, uint64_t now_ns);
bool tcp_cookie_returned(struct tcp_conn *listener, const struct tcp_segment *ack,
                         struct tcp_conn **out, uint64_t now_ns);
void tcp_listener_forget(struct tcp_conn *conn);            /* conn leaves its listener's queues */
void tcp_challenge(struct tcp_conn *conn, uint64_t now_ns); /* RFC 5961: an ACK, not too often */

#endif
