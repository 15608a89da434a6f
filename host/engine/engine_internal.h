/* The engine's own structures, for the files of host/engine only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_ENGINE_ENGINE_INTERNAL_H
#define HOST_ENGINE_ENGINE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "host/engine/engine.h"
#include "host/socket/protocol.h"
#include "host/stack/tcp.h"
#include "host/stack/udp.h"

enum {
    PAIR_BYTES = 16384,     /* a stream's SO_SNDBUF: what may lie between program and stack */
    DATAGRAM_BYTES = 65507, /* the largest (RFC 768 over IPv4) */
    DATAGRAM_PAIR_BYTES = 262144,
    ENDED_MAX = 1024, /* ends that are remembered for programs which still hold the descriptor */
    ECHO_TIMES = 64,  /* echo requests whose time of sending is remembered, of each socket */
    TRANSPORT_FDS = 32,
    SOCKS_NAME_BYTES = 16,
};

struct engine;

/* ---- loop.c: what poll waits for ------------------------------------------------------------- */

struct source {
    int fd;
    short events; /* what to wait for; with none, a hang-up is still told, once */
    bool hung_up; /* it has been told */
    int slot;
    void (*ready)(struct engine *engine, struct source *source, short revents);
};
/* Both may be called from within ready. Adding returns 0 or -ENFILE. */
int source_add(struct engine *engine, struct source *source);
void source_remove(struct engine *engine, struct source *source);
/* source takes old's place. */
void source_replace(struct engine *engine, struct source *old, struct source *source);
/* One turn: driver, stack, sockets, then sleep until something happens. */
void engine_turn(struct engine *engine);

/* ---- descriptor.c: the descriptors that programs hold ---------------------------------------- */

/* Who asked: from the Unix socket's credentials. */
struct owner {
    pid_t pid;
    char program[32];
};
void owner_read(int fd, struct owner *out);

enum descriptor_kind { KIND_STREAM, KIND_LISTENER, KIND_DATAGRAM };

struct descriptor {
    struct source source; /* our end of the pair */
    struct engine *engine;
    struct descriptor *next, **link; /* all of them */
    struct descriptor *work_next;    /* those with something to do */
    bool working;
    enum descriptor_kind kind;
    unsigned number; /* by which the journal calls it */
    uint64_t cookie; /* of the program's end (SO_COOKIE); 0: it came through SOCKS */
    char socks_name[SOCKS_NAME_BYTES]; /* abstract name of a SOCKS client's socket, or "" */
    struct owner owner;
    struct tcp_conn *conn;
    struct udp_socket *udp;
    uint32_t family;          /* enum fe_family: of the program's socket, or of SOCKS' peer */
    bool v6only;              /* IPV6_V6ONLY */
    int error;                /* why the connection is over */
    char text[FE_TEXT_BYTES]; /* the same for a person */

    /* Streams */
    unsigned events; /* TCP's, not yet looked at */
    size_t filling;  /* bytes of ours in the pair that keep it unwritable until established */
    struct endpoint remote; /* asked for in connect */
    bool connecting, established;
    bool program_done; /* the program has shut down its sending side */
    bool fin_asked;    /* and TCP knows */
    bool left_unread;  /* the program has closed without reading everything */
    bool end_told;     /* we have: the peer's FIN */
    bool blocked;      /* the program does not read now */
    bool over;         /* TCP has ended; what it received is still handed on */
    void (*connected)(struct engine *engine, void *user, int error); /* once, or NULL */
    void *connected_user;

    /* Datagrams */
    bool icmp;
    struct {
        uint16_t sequence;
        uint64_t sent_ns;
    } echo[ECHO_TIMES];
};

/* Returns a descriptor without a pair, or NULL (max_descriptors, memory). */
struct descriptor *descriptor_create(struct engine *engine, enum descriptor_kind kind,
                                     const struct owner *owner);
/* Makes the pair; *theirs is the program's end, to be given away and closed. Returns 0 or a
 * negative errno. */
int descriptor_pair(struct descriptor *d, int type, int bytes, int *theirs);
/* Forgets it, closes our end; conn and udp must have been given back. */
void descriptor_free(struct descriptor *d);
/* d has something to do before the engine sleeps again. */
void descriptor_work(struct descriptor *d);
void descriptors_turn(struct engine *engine);
/* The board is gone: all end with this error. */
void descriptors_end(struct engine *engine, int error);
/* The descriptor whose other end fd is, or NULL. */
struct descriptor *descriptor_find(struct engine *engine, int fd);

/* How a connection ended that a program still holds a descriptor of. */
struct ended {
    uint64_t cookie;
    char socks_name[SOCKS_NAME_BYTES];
    int error;
    char text[FE_TEXT_BYTES];
};
void ended_remember(struct engine *engine, uint64_t cookie, const char *socks_name, int error,
                    const char *text);
const struct ended *ended_find(struct engine *engine, int fd);
/* The abstract name of a Unix socket or of its peer; "" if it has none. */
void socks_name_read(int fd, bool peer, char *name);

/* ---- stream.c, listener.c, datagram.c -------------------------------------------------------- */

int stream_open(struct descriptor *d); /* its tcp_conn, by its family; 0, -ENOMEM, -ENFILE */
void stream_own(struct descriptor *d,
                struct tcp_conn *conn);            /* an established one, from tcp_accept */
int stream_fill(struct descriptor *d, int theirs); /* keeps the pair unwritable */
int stream_connect(struct descriptor *d, const struct endpoint *remote);
void stream_establish(struct descriptor *d);
void stream_ready(struct engine *engine, struct source *source, short revents);
void stream_turn(struct descriptor *d);
void stream_fail(struct descriptor *d, int error); /* ends it, handing on what was received */
/* Gives the connection back (abort: by RST) and frees d. A program that still holds the other
 * end finds an end of file there; held: how it ended is remembered for it. */
void stream_bury(struct descriptor *d, bool abort, bool held);

int listener_start(struct descriptor *d, int backlog);
void listener_turn(struct descriptor *d);

int datagram_open(struct descriptor *d, bool icmp);
int datagram_connect(struct descriptor *d, const struct endpoint *remote);
void datagram_ready(struct engine *engine, struct source *source, short revents);
void datagram_turn(struct descriptor *d);
void datagram_end(struct descriptor *d, int error);

/* ---- lookup.c: names ------------------------------------------------------------------------- */

struct lookup;
struct lookup_result {
    int error; /* 0 or as fe_lookup */
    unsigned count;
    struct address addresses[FE_ADDRESSES];
    char text[FE_TEXT_BYTES];
};
/* The addresses of family, the best first (FE_FAMILY_ANY: of those that we have addresses of our own of). done is called
 * once, from engine_turn, unless the lookup is cancelled before. Returns 0 or a negative errno. */
int lookup_start(struct engine *engine, const char *name, uint32_t family,
                 void (*done)(struct engine *engine, void *user,
                              const struct lookup_result *result),
                 void *user, struct lookup **out);
void lookup_cancel(struct lookup *lookup);
void lookups_turn(struct engine *engine);
/* Wall time in ns until a name server's time is up; UINT64_MAX for none. */
uint64_t lookups_timeout(const struct engine *engine);

/* ---- race.c (race.h): connections to names --------------------------------------------------- */

void races_turn(struct engine *engine);
/* When races_turn has something to do, in the engine's time; TIME_NEVER: nothing. */
uint64_t races_deadline(const struct engine *engine);

/* ---- service.c, request.c, socks.c, report.c ------------------------------------------------- */

struct control; /* a connection of the socket library */
struct socks;   /* a SOCKS5 handshake */

/* Stops or starts to accept, by how many requests there are. */
void service_limit(struct engine *engine);
int service_listen(struct engine *engine, char *error, size_t error_len);
void service_close(struct engine *engine);
/* Requests that wait for an own address go on if it has come, or will not. */
void service_settled(struct engine *engine);
void control_accept(struct engine *engine, int fd);
void controls_settled(struct engine *engine);
void controls_close(struct engine *engine);
void socks_accept(struct engine *engine, int fd);
void socks_settled(struct engine *engine);
void socks_close(struct engine *engine);

/* settle.c. 0 an address of family is configured (FE_FAMILY_ANY: all that are to be had soon), -EINPROGRESS not yet,
 * -EADDRNOTAVAIL there will be none, -EADDRINUSE, -ENETDOWN no link, or why the board is gone; text for a person. */
int engine_settled(const struct engine *engine, uint32_t family, char *text);
/* Whether we have an address of that family by which to reach more than the link. */
bool engine_speaks(const struct engine *engine, uint32_t family);
/* In the engine's time: when the answer changes though nothing happens. TIME_NEVER: then it does not. */
uint64_t engine_settle_deadline(const struct engine *engine);
/* Only timers run that one must sit out: whether addresses are free. */
bool engine_probes(const struct engine *engine);
/* Called in each turn: notes how long routers and servers have been asked. */
void engine_settle_note(struct engine *engine);

/* A memory file with the JSON text for fe_query, its length in *len; or a negative errno. */
int report_make(struct engine *engine, const char *what, uint32_t *len);
struct json_object;
struct json_object *report_sockets(struct engine *engine);

/* ---- the engine ------------------------------------------------------------------------------ */

struct engine {
    struct engine_config config;
    struct journal quiet, *journal;
    struct transport *transport;
    struct lan *lan;
    struct stack *stack;
    uint64_t now_ns, started_ns;
    int gone; /* why the board was lost; 0 while it is there */
    uint64_t gone_wall_ns;
    bool away;               /* unplugged, and looked for: lan and transport are the old ones */
    int replug_code;         /* how the last attempt ended */
    uint64_t replug_at_ns;   /* of the next, by the wall clock */
    uint64_t tickets_before; /* of the boards before this one */
    uint64_t replugs;
    bool room; /* the device has room again: tell datagrams */
    uint64_t no_link_since_ns;
    uint64_t routers_asked_ns,
        servers_asked_ns; /* (of DHCP) since when, without an answer; 0: not */

    char directory[64]; /* made for the private path, or "" */
    char path[108], socks_path[108];
    struct source service, socks_service, wake;

    struct source **sources;
    int source_count, source_max;
    struct pollfd *fds;

    struct descriptor *descriptors, *work;
    unsigned descriptor_count, request_count, number;
    struct control *controls;
    struct socks *handshakes;
    struct lookup *lookups;
    struct race *races;
    struct ended ended[ENDED_MAX];
    unsigned ended_next;

    uint64_t datagrams_dropped, connections_refused;
    uint8_t message[DATAGRAM_BYTES + 64]; /* one datagram on its way */

    pthread_t thread;
    bool threaded;
    atomic_int stop;   /* 1: leave engine_run */
    atomic_int finish; /* an enum engine_finish plus 1, once engine_thread_finish has asked */
    uint64_t finish_patience_ns, finish_deadline_ns, finish_wall_ns;
};

/* secret.c: of this machine, the same at every start; where it has none, of random. */
void secret_make(uint64_t secret[2], uint64_t (*random)(void *user), void *user);

/* device.c */
int device_open(struct engine *engine, char *error, size_t error_len);
/* Brings a board up whose handler is the engine. */
int device_lan_open(struct engine *engine, struct transport *transport,
                    const struct lan_config *config, struct lan **out, char *error,
                    size_t error_len);

/* replug.c: only with config.replug. */
void replug_begin(struct engine *engine, int error);
void replug_turn(struct engine *engine);
int replug_fds(const struct engine *engine, struct pollfd *fds, int max);
/* Wall time in ns until the next attempt; TIME_NEVER while the board is there. */
uint64_t replug_timeout(const struct engine *engine);
uint16_t device_mtu(const struct engine *engine);
uint64_t wall_clock_ns(void);

#endif
