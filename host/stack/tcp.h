/* TCP connections, as their owner (the engine, or a test) sees them. RFC 9293.
 *
 * SPDX-License-Identifier: MIT
 *
 * A struct tcp_conn is made by tcp_open or handed out by tcp_accept and belongs to its owner until
 * tcp_close or tcp_abort; after these the stack finishes the conversation (FIN, retransmissions,
 * TIME_WAIT) by itself, and no event follows but FIN_ACKED and GONE.
 */
#ifndef HOST_STACK_TCP_H
#define HOST_STACK_TCP_H

#include <sys/uio.h>

#include "host/stack/stack.h"

enum tcp_state {
    TCP_CLOSED,
    TCP_LISTEN,
    TCP_SYN_SENT,
    TCP_SYN_RECEIVED,
    TCP_ESTABLISHED,
    TCP_FIN_WAIT_1,
    TCP_FIN_WAIT_2,
    TCP_CLOSE_WAIT,
    TCP_CLOSING,
    TCP_LAST_ACK,
    TCP_TIME_WAIT,
};
/* "ESTABLISHED", "FIN-WAIT-1" …: as in RFC 9293. */
const char *tcp_state_name(enum tcp_state state);

/* Bits of an event. */
enum {
    TCP_EVENT_CONNECTED = 1,  /* the handshake is complete */
    TCP_EVENT_READABLE = 2,   /* new data in the receive buffer */
    TCP_EVENT_WRITABLE = 4,   /* room in the send buffer again */
    TCP_EVENT_END = 8,        /* the peer's FIN has come and all its data is in the buffer */
    TCP_EVENT_ACCEPT = 16,    /* on a listener: tcp_accept has something */
    TCP_EVENT_ERROR = 32,     /* the connection is over: tcp_error says why */
    TCP_EVENT_FIN_ACKED = 64, /* our FIN has been acknowledged */
    TCP_EVENT_GONE = 128,     /* after tcp_close: the stack erases conn (the pointer is dead) */
};

struct tcp_conn;

/* Called from inside the stack's doors; may call any function of this header but tcp_close and
 * tcp_abort on another connection. */
typedef void tcp_event_fn(void *user, struct tcp_conn *conn, unsigned events);

/* A connection in CLOSED. Returns 0, -ENOMEM or -ENFILE (max_connections). */
int tcp_open(struct stack *stack, struct tcp_conn **out, tcp_event_fn *event, void *user);
void tcp_set_owner(struct tcp_conn *conn, tcp_event_fn *event, void *user);

/* Local address and port; port 0 leaves the choice to tcp_connect or tcp_listen. -EADDRINUSE,
 * -EADDRNOTAVAIL, -EINVAL. */
int tcp_bind(struct tcp_conn *conn, const struct endpoint *local);
/* Passive open; backlog is the number of connections that wait for tcp_accept. -EADDRINUSE,
 * -EINVAL. */
int tcp_listen(struct tcp_conn *conn, int backlog);
/* The next established connection of a listener, or -EAGAIN. Events that say what has happened to
 * it so far follow from the next stack_poll: set its owner now. */
int tcp_accept(struct tcp_conn *listener, struct tcp_conn **out);
/* Active open: sends SYN (RFC 6056 port, RFC 6528 ISN). CONNECTED or ERROR follows. -EISCONN,
 * -ENETUNREACH, -EADDRINUSE … */
int tcp_connect(struct tcp_conn *conn, const struct endpoint *remote, uint64_t now_ns);

/* Whether tcp_writable would give room. */
bool tcp_may_write(const struct tcp_conn *conn);
/* Free room of the send buffer as up to two pieces, to be filled in place; then
 * tcp_produce(count) hands the bytes to TCP, or gives the memory back if count is 0 and nothing else is
 * in it. Returns the number of pieces, 0 if full; -EPIPE after tcp_shutdown, -ENOTCONN, -ENOMEM, or
 * the connection's error. */
int tcp_writable(struct tcp_conn *conn, struct iovec out[2]);
void tcp_produce(struct tcp_conn *conn, size_t count, uint64_t now_ns);
/* Received bytes as up to two pieces; then tcp_consume(count) frees them and lets the window open.
 * Returns the number of pieces, 0 if nothing is there. These, and those of tcp_writable, hold until the next call into the
 * stack: a buffer may grow in it, and move. */
int tcp_readable(struct tcp_conn *conn, struct iovec out[2]);
void tcp_consume(struct tcp_conn *conn, size_t count, uint64_t now_ns);
bool tcp_at_end(const struct tcp_conn *conn); /* the peer's FIN has come and the buffer is empty */
/* 0, -ECONNREFUSED, -ECONNRESET, -ETIMEDOUT, -EHOSTUNREACH … */
int tcp_error(const struct tcp_conn *conn);

/* No more data from us: FIN behind what is queued. */
void tcp_shutdown(struct tcp_conn *conn, uint64_t now_ns);
/* Gives conn back: FIN, or RST where received data was not read (RFC 2525, 2.17). GONE comes at
 * the end if the owner's event function is still set (tcp_set_owner(conn, NULL, NULL) before, if
 * not wanted). */
void tcp_close(struct tcp_conn *conn, uint64_t now_ns);
void tcp_abort(struct tcp_conn *conn, uint64_t now_ns); /* RST; conn is dead at once */

/* What setsockopt sets, by the names of its options. Connections that a listener accepts begin with
 * the listener's. */
struct tcp_settings {
    uint32_t
        user_timeout_ms; /* TCP_USER_TIMEOUT (RFC 9293, 3.8.3; RFC 5482): -ETIMEDOUT if what was
                                 sent is not acknowledged for so long; 0: after 15 retransmissions */
    /* SO_LINGER. -1: tcp_close leaves it to the stack to send what waits; 0: tcp_close sends RST;
     * else the stack does, if what waits is not acknowledged after so many seconds. */
    int32_t linger_s;
    uint32_t max_pacing_rate;              /* SO_MAX_PACING_RATE, bytes a second; 0: none */
    uint16_t max_segment;                  /* TCP_MAXSEG, 0: as the path allows */
    uint16_t keep_idle_s, keep_interval_s; /* TCP_KEEPIDLE, TCP_KEEPINTVL */
    uint8_t keep_count;                    /* TCP_KEEPCNT: unanswered probes until -ETIMEDOUT */
    bool keepalive : 1;                    /* SO_KEEPALIVE (RFC 9293, 3.8.4) */
    bool nodelay : 1;                      /* TCP_NODELAY: Nagle off */
    bool v6only : 1; /* IPV6_V6ONLY (RFC 3493, 5.3): bound to ::, it takes nothing of IPv4 */
};
void tcp_set_nodelay(struct tcp_conn *conn, bool on);
const struct tcp_settings *tcp_settings(const struct tcp_conn *conn);
/* -EINVAL: a value out of range, or v6only changed after a port was bound; -EISCONN: max_segment changed after the
 * handshake began. */
int tcp_settings_set(struct tcp_conn *conn, const struct tcp_settings *settings, uint64_t now_ns);
/* SO_SNDBUF, SO_RCVBUF: bytes, brought into TCP_BUFFER_LEAST … TCP_BUFFER_MOST, of which the buffer is from then on, whatever the
 * path would ask for; 0 leaves one as it is. Those accepted from a listener have the listener's. -EISCONN after the handshake began. */
enum { TCP_BUFFER_LEAST = 4096, TCP_BUFFER_MOST = 16 << 20 };
int tcp_set_buffers(struct tcp_conn *conn, size_t send_bytes, size_t receive_bytes);
/* Another congestion control, by its name: "cubic", "newreno", "vegas", "westwood", "bic". What is
 * under way stays; those accepted from a listener have the listener's. -ENOENT. */
int tcp_set_congestion(struct tcp_conn *conn, const char *name);

/* What `ss` shows. */
struct tcp_info {
    enum tcp_state state;
    struct endpoint local, remote;
    uint32_t receive_queue; /* bytes not read by the owner; of a listener, connections that wait */
    uint32_t send_queue;    /* bytes not acknowledged or not sent */
    uint32_t unacked_bytes; /* sent and not acknowledged */
    uint32_t snd_wnd, rcv_wnd, cwnd, ssthresh, mss, backlog;
    uint32_t rcv_mss, advertised_mss; /* the largest segment received; our MSS option */
    uint32_t send_buffer, receive_buffer;
    uint64_t pacing_rate;              /* bytes a second; 0: it is not paced */
    uint32_t rcv_space;                /* the most that was read in a round trip; 0: nothing yet */
    uint64_t rcv_rtt_ns;               /* the receiver's estimate of it; 0: none yet */
    uint32_t timeouts, probes;         /* in a row, without an answer */
    uint64_t heard_ns;                 /* time of the last segment received; 0: never */
    uint32_t lost_bytes, sacked_bytes; /* of unacked_bytes */
    const char *recovery;              /* "open", "recovery", "after-timeout" */
    uint64_t min_rtt_ns;               /* the least of the last five minutes; 0: none yet */
    bool reordering;                   /* the path has been seen to reorder */
    bool ecn;                          /* both ends use ECN (RFC 3168) */
    bool scales, sack, timestamps;     /* options that both ends have agreed to */
    uint8_t snd_scale, rcv_scale;      /* of the windows that come and go */
    uint64_t srtt_ns, rttvar_ns, rto_ns;
    uint64_t last_send_ns;  /* time of the last segment sent; 0: never */
    const char *congestion; /* name of its congestion control */
    const char *timer;      /* "retransmit", "persist", "delack", "time-wait", "" */
    uint64_t timer_ns;      /* when it is due; UINT64_MAX: none */
    uint64_t bytes_sent, bytes_received, segments_sent, segments_received;
    uint64_t acks_received, retransmissions;
    uint64_t handshake_ns; /* from SYN to established; 0: not yet */
};
void tcp_info(const struct tcp_conn *conn, struct tcp_info *out);
/* Calls each, which must only look, for every connection and listener, also those that their owner has closed; in any
 * order. */
void tcp_each(struct stack *stack, void (*each)(void *user, struct tcp_conn *conn), void *user);

#endif
