/* The engine: one board, one stack, and the event loop that serves them to programs.
 *
 * SPDX-License-Identifier: MIT
 *
 * It takes an open transport (which one is the caller's affair), brings up driver and stack
 * over it and listens on two Unix sockets: PATH for the socket library (host/socket/ferrite.h)
 * and PATH.socks, a SOCKS5 proxy for programs that speak that. `ferrite up` calls engine_run; a
 * command without a service runs the same engine in a thread and talks to it through the same
 * sockets at a private path.
 *
 *     engine_create(&engine, &config, error, sizeof error);
 *     engine_thread_start(engine);
 *     fe_engine_use(engine_path(engine));
 *     ... fe_socket, fe_connect; libcurl with CURLOPT_PROXY "socks5h://localhost" + the SOCKS path
 *     engine_thread_finish(engine, ENGINE_FIN_ACKED, 10000000000, &report);
 *     engine_destroy(engine);
 *     transport->ops->close(transport);
 */
#ifndef HOST_ENGINE_ENGINE_H
#define HOST_ENGINE_ENGINE_H

#include "driver/lan.h"
#include "host/stack/stack.h"

struct engine;

/* Where an engine looks for its board once that was unplugged. */
struct replug {
    /* Opens the board if it is there; the transport is the engine's then. Asked once a second, and behind news. Returns
     * 0, or a negative errno with a message. */
    int (*open)(void *user, struct transport **out, char *error, size_t error_len);
    /* Descriptors to wait for, as in struct transport_ops. May be NULL, and news too. */
    int (*fds)(void *user, struct pollfd *fds, int max);
    /* Takes what these have without blocking; true: a board was plugged in. */
    bool (*news)(void *user);
    /* The board is away (code -ENODEV at first), or an attempt ended otherwise than the one before: 0 and the new
     * transport's name, or why the board cannot be had. */
    void (*told)(void *user, int code, const char *text);
    void *user;
};

struct engine_config {
    struct transport *transport; /* open; stays the caller's, to be closed after engine_destroy */
    /* With it an unplugged board is a link that is down until it is back. NULL: it is the end. Not for a board in this
     * process: its time is another one's. */
    const struct replug *replug;
    struct lan_config lan; /* all zero will do; its journal is set by the engine */
    /* Addresses, name servers, sizes; all zero: DHCP, no IPv6. The engine sets device, journal and, if they are
     * zero, random and stable_secret (of /etc/machine-id). */
    struct stack_config stack;
    struct journal *journal;   /* may be NULL; called from the engine's thread */
    const char *path;          /* NULL: in a new directory of mode 0700 under $TMPDIR or /tmp */
    uint32_t mode;             /* of the Unix sockets; 0: 0600 */
    uint64_t link_patience_ns; /* a connect waits that long for a link; 0: 5 s */
    uint32_t max_descriptors;  /* that programs may hold at a time; 0: 1,024 */
    uint32_t max_requests;     /* control connections and SOCKS handshakes at a time; 0: 256 */
};

/* Opens the driver (blocks for its control transfers), makes the stack, listens. A stale Unix
 * socket at path is replaced. Returns 0 or a negative errno and a message: -EADDRINUSE another
 * engine serves path; lan_open's errors. */
int engine_create(struct engine **out, const struct engine_config *config, char *error,
                  size_t error_len);
/* Ends what is open (connections are reset without a word on the wire) and removes the Unix
 * sockets. Not while it runs. */
void engine_destroy(struct engine *engine);

/* File descriptors that an engine of this configuration holds at most, its transport's included: what
 * RLIMIT_NOFILE must leave it. */
uint32_t engine_files(const struct engine_config *config);

const char *engine_path(const struct engine *engine);
const char *engine_socks_path(const struct engine *engine);

/* Serves until engine_stop (returns 0), or until the board is gone and then no descriptor is
 * held any more, 2 s at most (-ENODEV, -EPROTO, -EIO). */
int engine_run(struct engine *engine);
/* From any thread or a signal handler; works also before engine_run. */
void engine_stop(struct engine *engine);

/* Runs the engine in a thread of its own. Returns 0 or a negative errno. There a lost board
 * ends every socket with -ENODEV and the engine goes on answering. */
int engine_thread_start(struct engine *engine);

/* What must be over before the thread ends. */
enum engine_finish {
    ENGINE_NOW,       /* nothing */
    ENGINE_FIN_ACKED, /* the peer has acknowledged our FIN of every connection that was closed */
    ENGINE_TIME_WAIT, /* and every connection is erased; a simulated board's time jumps there */
};
struct engine_report {
    int gone;           /* 0, or why the board was lost */
    unsigned cut_short; /* connections whose wait for the peer's FIN or in TIME_WAIT this ends */
    unsigned not_acked; /* connections whose FIN was not acknowledged in time */
    uint64_t now_ns;    /* the engine's time at the end, and when it began */
    uint64_t started_ns;
    struct stack_counters stack;
    struct lan_counters driver;
};
/* Waits at most patience_ns of the engine's time and as much of wall time (TIME_WAIT: of wall
 * time only), then ends and joins the thread. The descriptors must have been closed before.
 * report may be NULL. */
void engine_thread_finish(struct engine *engine, enum engine_finish until, uint64_t patience_ns,
                          struct engine_report *report);

#endif
