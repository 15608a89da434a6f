/* A TCP connection from the inside, for the files host/stack/tcp*.c only. RFC 9293, 3.3.1.
 *
 * SPDX-License-Identifier: MIT
 *
 * Where to read on: tcp_input.c takes a segment to its connection, tcp_steps.c and tcp_ack.c are
 * the eight steps of RFC 9293, 3.10.7.4, tcp_output.c decides what to send, tcp_transmit.c makes
 * segments, tcp_timer.c says when. A door (a function of tcp.h or ip.h) notes events on connections
 * and calls the owners at its end, when nothing is half done.
 */
#ifndef HOST_STACK_TCP_CONN_H
#define HOST_STACK_TCP_CONN_H

#include "host/stack/seqnum.h"
#include "host/stack/stack_internal.h"
#include "host/stack/tcp.h"
#include "host/stack/tcp_buffer.h"
#include "host/stack/tcp_congestion.h"
#include "host/stack/tcp_reassembly.h"
#include "host/stack/tcp_rtt.h"
#include "host/stack/tcp_segment.h"
#include "host/stack/tcp_tune.h"
#include "host/stack/tcp_sending.h"

enum tcp_timer_kind {
    TIMER_RETRANSMIT,
    TIMER_PERSIST,
    TIMER_DELACK,
    TIMER_KEEPALIVE,
    TIMER_PACE,
    TIMER_END,
    TIMER_COUNT
};
/* Where one of a slot runs, the others do not: what waits to be acknowledged needs no probe, what is being sent or ends
 * anyway need not be kept alive, and what ends is not paced. */
enum { TIMER_SLOTS = 3 };
static inline int tcp_timer_slot(enum tcp_timer_kind kind)
{
    return kind <= TIMER_PERSIST ? 0 : kind == TIMER_DELACK ? 1 : 2;
}
enum tcp_table_kind { TABLE_NONE, TABLE_BOUND, TABLE_CONNECTED };

#define TCP_SETTINGS_DEFAULT                                                                     \
    (struct tcp_settings)                                                                        \
    {                                                                                            \
        .linger_s = -1, .keep_idle_s = 7200, .keep_interval_s = 75, .keep_count = 9 /* Linux' */ \
    }

enum {
    TCP_DUPLICATE_ACKS = 3, /* tell of a loss (RFC 5681, 3.2) */
    TCP_SYN_RETRIES = 5,    /* as Linux: about 63 s */
    TCP_DATA_RETRIES = 15,  /* R2 of RFC 9293, 3.8.3; as Linux */
    TCP_MIN_HALF_OPEN =
        16, /* a listener keeps as many in SYN-RECEIVED as its backlog says, and at least these */
    TCP_MIN_MSS = 48,       /* whatever a peer or a router says, as in Linux */
    TCP_CHALLENGE_MS = 500, /* least time between two challenge ACKs of a connection */
    TCP_CONN_SPARES = 64,   /* whose memory is kept when they are erased */
    TCP_BATCH_MOST = 64,    /* connections that are answered at a batch's end; more are at once */
};
#define TCP_DELAYED_ACK_NS UINT64_C(40000000) /* RFC 9293, 3.8.6.3 allows 500 ms; Linux' least */

/* A listener's two queues; its memory comes with tcp_listen. */
struct tcp_listener {
    struct tcp_conn *conn; /* whose it is */
    int backlog, ready_count, half_open;
    struct tcp_conn *ready, **ready_end; /* established, first come first, linked by next */
};

enum tcp_timer_for { TIMER_FOR_TIMEOUT, TIMER_FOR_TAIL, TIMER_FOR_REORDERING };

/* As small as it can be, for there may be many: what only a burst needs is in struct tcp_sending. Members stand in the order
 * of their sizes. */
struct tcp_conn {
    struct stack *stack;
    tcp_event_fn *event;
    void *user;
    struct tcp_sending *sending; /* never NULL: tcp_nothing_under_way */
    struct tcp_listener
        *listener;         /* its own; or that of the listener whose tcp_accept it waits for */
    struct tcp_conn *next; /* in the listener's queue; once accepted, among those with events */
    struct tcp_conn *hash_next; /* in its table */
    struct tcp_conn *wait_next;
    struct tcp_reassembly *reassembly; /* NULL while nothing is missing */
    struct tcp_buffer send, receive;   /* send begins at snd_una, receive ends at rcv_nxt */
    struct tcp_congestion congestion;

    union {
        uint64_t due[TIMER_SLOTS];         /* UINT64_MAX: none runs there */
        struct tcp_time_wait {             /* in TIME-WAIT, where none runs: tcp_time_wait.c */
            struct tcp_conn *next, **link; /* in the line of those that wait */
            uint64_t until_ns;
        } time_wait;
    };
    uint64_t last_send_ns;
    uint64_t heard_ns; /* when the peer's last segment came */
    uint64_t bytes_sent, bytes_received;

    uint32_t index; /* in tcp->conns */
    uint32_t hash;  /* of both ends, while it is among tcp->connected */
    struct tcp_rtt rtt;
    struct tcp_path path;
    struct tcp_tune tune;
    uint32_t ts_offset, ts_recent; /* RFC 7323, 3 and 4.3: tcp_timestamps.c */
    uint32_t ts_recent_s;          /* the second in which ts_recent came */
    uint32_t ecn_recover; /* cwnd does not fall again for marks before this is acknowledged */
    uint32_t iss, snd_una;
    uint32_t snd_max; /* behind the last byte ever sent */
    uint32_t snd_wnd, snd_wl1, snd_wl2, max_snd_wnd;
    uint32_t irs, rcv_nxt;
    uint32_t rcv_adv; /* right edge of the window that we have told the peer */
    uint32_t peer_fin_seq;
    uint32_t ack_sent;     /* the last acknowledgement that went out */
    uint32_t mss;          /* of what we send */
    uint16_t rcv_mss;      /* the largest segment received */
    uint16_t offered_mss;  /* by the peer's SYN; 0: it had none */
    uint32_t recover;      /* RFC 6582: snd_max when the last loss was noticed */
    uint32_t handshake_us; /* from SYN to established; 0: not yet */
    uint32_t stalled_ms;   /* while retries is not 0: since when nothing has been acknowledged */
    uint32_t challenge_ms; /* when the last challenge ACK went; 0: none has */
    uint32_t segments_sent, segments_received, acks_received, retransmissions;
    struct tcp_settings settings;

    struct endpoint local, remote;
    int16_t error, soft_error;
    uint16_t retries, probes;    /* timeouts and window probes in a row */
    uint8_t timers[TIMER_SLOTS]; /* enum tcp_timer_kind: which one runs; TIMER_COUNT: none */
    uint8_t keep_probes;         /* keepalive probes without an answer */
    uint8_t state;               /* enum tcp_state */
    uint8_t recovery;            /* enum tcp_recovery */
    uint8_t events;              /* noted, not yet told */
    uint8_t snd_scale,
        rcv_scale; /* RFC 7323, 2: of the windows that come and go; 0 if not agreed to */

    uint8_t timer_for : 2; /* enum tcp_timer_for: what TIMER_RETRANSMIT waits for */
    uint8_t table : 2;     /* enum tcp_table_kind: which of the two it is in */
    bool owned : 1;        /* its owner has not closed it */
    bool event_queued : 1;
    bool waiting : 1; /* in the list of those that the device had no room for */
    bool batched : 1; /* in the list of those that are answered at the batch's end */
    /* Ours: tcp_shutdown was called, it was sent, it was acknowledged. */
    bool fin_queued : 1, fin_sent : 1, fin_acked : 1;
    /* The peer's: its place is known, rcv_nxt is behind it. */
    bool peer_fin_known : 1, peer_fin_taken : 1;
    bool ack_now : 1; /* an ACK is owed at once */
    /* The SYN, or the first lost segment whatever cwnd says, is to be sent (again). */
    bool resend : 1;
    bool syn_lost : 1; /* our SYN had to be sent again */
    bool ecn : 1;      /* both ends know RFC 3168: tcp_ecn.c */
    /* The network has marked what the peer sent: we tell it until it answers. */
    bool ecn_echo : 1;
    bool ecn_cwr : 1; /* our answer to that is due with the next new data */
    bool scales : 1, sack : 1, timestamps : 1; /* options that both ends have agreed to */
    bool send_fixed : 1, receive_fixed : 1;    /* the owner has said how large the buffer is */
};
/* With its places in the table and among tcp->conns, and malloc's part, it must stay below 512 bytes. */
_Static_assert(sizeof(struct tcp_conn) <= 472, "an idle connection is small");

/* All of a stack's TCP. */
struct tcp {
    struct stack *stack;
    uint64_t secret[2];  /* of the keyed hash: initial sequence numbers, ports, table */
    uint32_t count, max; /* connections */
    uint32_t send_bytes, receive_bytes, send_most, receive_most; /* buffers, as in stack_config */
    uint64_t growth, growth_most; /* how much larger than that they are now, and may be */
    uint8_t rcv_scale;            /* of a window that may become receive_most */
    uint64_t time_wait_ns;
    uint32_t next_port;
    struct tcp_conn **conns;                       /* all, those with timers first: tcp_heap.c */
    uint32_t timed;                                /* how many have timers */
    struct tcp_conn *time_waits, **time_waits_end; /* in TIME-WAIT, first come first */
    uint32_t spare_count;        /* erased connections whose memory waits for new ones, */
    struct tcp_conn *spares;     /* linked by next */
    struct tcp_conn **connected; /* by address and port of both ends */
    uint32_t connected_mask;
    struct tcp_hashed { /* what was hashed last for them */
        struct endpoint local, remote;
        uint64_t hash;
    } hashed, towards;          /* by tcp_table_hash; by tcp_port_choose */
    struct tcp_conn *found;     /* by the last search among them, or put there since */
    struct tcp_conn *bound[64]; /* by local port: bound ones and listeners */
    struct tcp_conn *waiting, **waiting_end;
    struct tcp_conn *unsent, **unsent_end; /* by watched ticket */
    uint64_t last_ticket;
    struct tcp_conn *batch[TCP_BATCH_MOST]; /* tcp_batch.c */
    uint32_t batch_count;
    bool batching;
    struct tcp_conn *events, **events_end;
    bool telling; /* owners are being called */
    struct tcp_pool pool;
    struct tcp_sending_pool sendings;
    uint64_t cookies_until_ns; /* cookies that were sent may come back so long */
};

/* Something is missing before what has arrived. */
static inline bool tcp_has_gap(const struct tcp_conn *conn)
{
    return conn->reassembly && conn->reassembly->count;
}

/* Nobody has accepted it yet. */
static inline bool tcp_awaits_accept(const struct tcp_conn *conn)
{
    return conn->listener && conn->listener->conn != conn;
}

static inline struct tcp *conn_tcp(const struct tcp_conn *conn)
{
    return conn->stack->tcp;
}

/* Something is to be sent from snd_una on. Returns 0, also if there is some already, or -ENOMEM. */
static inline int tcp_sending_begin(struct tcp_conn *conn)
{
    return conn->sending == &tcp_nothing_under_way ? tcp_sending_start(conn) : 0;
}
/* Nothing is to be known any more of what was sent. */
static inline void tcp_sending_end(struct tcp_conn *conn)
{
    if (conn->sending != &tcp_nothing_under_way)
        tcp_sending_stop(conn);
}

/* tcp_life.c: making and ending. A connection is freed in tcp_poll (when TIMER_END finds it
 * CLOSED, or its TIME-WAIT has passed, without an owner) and by the calls of its owner, so no other code needs to fear
 * that the connection it works on goes away. */
int tcp_conn_create(struct stack *stack, struct tcp_conn **out); /* 0, -ENOMEM or -ENFILE */
void tcp_conn_erase(struct tcp_conn *conn);                      /* frees it */
/* Nobody owns it, and there is nothing left to do: erases it, and tells who still listens. */
void tcp_conn_over(struct tcp_conn *conn, uint64_t now_ns);
void tcp_conn_spares_free(struct tcp *tcp);
void tcp_conn_ends_known(struct tcp_conn *conn); /* local and remote are set */
/* The handshake is complete with the peer's segment: starts congestion control, tells the owner. */
void tcp_conn_establish(struct tcp_conn *conn, const struct tcp_segment *segment, uint64_t now_ns);
void tcp_conn_enter(struct tcp_conn *conn, enum tcp_state state, uint64_t now_ns);
/* It is over, with error (0: in order): CLOSED, and to be erased if it has no owner. */
void tcp_conn_end(struct tcp_conn *conn, int error, uint64_t now_ns);
/* RST to the peer, if it knows of the connection, then conn_end. */
void tcp_conn_reset(struct tcp_conn *conn, int error, uint64_t now_ns);
void tcp_conn_time_wait(struct tcp_conn *conn, uint64_t now_ns); /* begins it, or begins it again */
/* FIN-WAIT-2 without an owner does not wait for ever for the peer's FIN: as long as TIME-WAIT
 * takes. */
void tcp_conn_limit_fin_wait(struct tcp_conn *conn, uint64_t now_ns);

/* tcp_event.c */
void tcp_conn_note(struct tcp_conn *conn, unsigned events);
void tcp_conn_forget_events(struct tcp_conn *conn);
void tcp_tell_events(struct tcp *tcp);
static inline void tcp_tell_owners(struct tcp *tcp)
{
    if (tcp->events)
        tcp_tell_events(tcp);
}

/* tcp_table.c */
int tcp_table_create(struct tcp *tcp);
void tcp_table_destroy(struct tcp *tcp);
void tcp_table_bind(struct tcp_conn *conn);
void tcp_table_connect(struct tcp_conn *conn);
void tcp_table_remove(struct tcp_conn *conn);
struct tcp_conn *tcp_table_find(struct tcp *tcp, const struct endpoint *local,
                                const struct endpoint *remote);
struct tcp_conn *tcp_table_find_listener(struct tcp *tcp, const struct endpoint *local);
/* Whether another than except has local already, as except would have it (v6only; NULL: of both families). */
bool tcp_table_port_bound(struct tcp *tcp, const struct endpoint *local,
                          const struct tcp_conn *except);

/* tcp_tuple_hash, or what it was if it was asked for the same ends last time. */
uint64_t tcp_hash_again(struct tcp *tcp, struct tcp_hashed *last, uint8_t purpose,
                        const struct endpoint *local, const struct endpoint *remote);
/* What connections between both ends are found by, and begin with; of the keyed hash. */
uint64_t tcp_table_hash(struct tcp *tcp, const struct endpoint *local,
                        const struct endpoint *remote);

/* tcp_port.c: a port for local, RFC 6056. remote NULL: for a listener. Returns 0 or -EADDRINUSE. */
int tcp_port_choose(struct tcp *tcp, struct endpoint *local, const struct endpoint *remote);

/* tcp_isn.c */
uint64_t tcp_siphash(const uint64_t key[2], const void *data, size_t len);
uint64_t tcp_tuple_hash(const struct tcp *tcp, uint8_t purpose, const struct endpoint *local,
                        const struct endpoint *remote);
uint32_t tcp_isn_choose(struct tcp *tcp, const struct endpoint *local,
                        const struct endpoint *remote, uint64_t now_ns);

/* Our FIN waits to be sent, or to be acknowledged. */
static inline bool tcp_fin_under_way(const struct tcp_conn *conn)
{
    return conn->state == TCP_FIN_WAIT_1 || conn->state == TCP_CLOSING ||
           conn->state == TCP_LAST_ACK;
}

static inline bool tcp_telling(const struct tcp_conn *conn)
{
    return journal_wants(conn->stack->config.journal, JOURNAL_EVENT);
}
/* tcp_tell.c: ":49152 > :8080 …" into the journal; way is '>' for what we send, '<' for what we
 * receive, '-' for neither. A macro, so that nothing is made ready for nobody. */
#define tcp_tell(conn, now_ns, way, ...)                   \
    do {                                                   \
        if (tcp_telling(conn))                             \
            tcp_tell_line(conn, now_ns, way, __VA_ARGS__); \
    } while (0)
__attribute__((format(printf, 4, 5))) void
tcp_tell_line(const struct tcp_conn *conn, uint64_t now_ns, char way, const char *format, ...);
/* "MSS 1460, scale 0, SACK, timestamps" into text; returns text. */
enum { TCP_OPTIONS_TEXT_BYTES = 64 };
const char *tcp_tell_options(const struct tcp_options *options, char *text);
/* A SYN that opens a connection, ours or the peer's, with both ends in full. */
void tcp_tell_first_syn(const struct tcp_conn *conn, char way, const struct tcp_segment *segment,
                        const char *prefix, uint64_t now_ns);
/* A segment of ours, as it goes out; again: it is a retransmission. */
void tcp_tell_sent(const struct tcp_conn *conn, const struct tcp_segment *segment, bool again,
                   uint64_t now_ns);

#endif
