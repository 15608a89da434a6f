/* Two stacks on one wire in virtual time, for tests of TCP: the wire loses, repeats, delays and
 * reorders what the test wants, and lists every segment that was sent.
 *
 * SPDX-License-Identifier: MIT
 *
 * Station 0 is 10.0.0.1 and usually the client, station 1 is 10.0.0.2 and listens. Only TCP is
 * spoiled; ARP passes at once. The headers are read here by code of our own.
 */
#ifndef TESTS_UNIT_TCP_NET_H
#define TESTS_UNIT_TCP_NET_H

#include "host/stack/stack.h"
#include "host/stack/tcp.h"

#define TCP_MS UINT64_C(1000000)
#define TCP_S  UINT64_C(1000000000)

enum {
    FLAG_FIN = 1,
    FLAG_SYN = 2,
    FLAG_RST = 4,
    FLAG_PSH = 8,
    FLAG_ACK = 16,
    FLAG_ECE = 64,
    FLAG_CWR = 128
};
enum { SERVER_PORT = 80 };

/* A segment that was sent, as the wire saw it. */
struct wire_segment {
    uint64_t sent_ns;
    int from; /* station */
    uint16_t source_port, destination_port;
    uint32_t seq, ack, window;
    uint8_t flags;
    uint8_t ecn;  /* codepoint in the IP header */
    uint16_t mss; /* option; 0: none */
    struct wire_options {
        bool has_scale, sack_permitted, has_timestamps;
        uint8_t scale, sack_count;
        uint32_t ts_value, ts_echo;
        uint32_t sacks[4][2]; /* start and end */
    } options;
    uint32_t length; /* of the data */
    uint32_t number; /* 0 for the first of all */
    bool lost;
};

/* What a program does with its connection: sends a pattern, reads everything, closes when told. */
struct tcp_app {
    struct tcp_net *net;
    struct tcp_conn *conn; /* NULL after it was closed */
    uint8_t salt;          /* of the pattern that is sent */
    size_t to_send, sent;
    bool shuts_down;    /* when all is sent */
    bool closes_at_end; /* when the peer's FIN has been read and all is sent */
    bool does_not_read;
    uint8_t *received;
    size_t received_count, received_room;
    unsigned events; /* all that have come */
    int event_count;
    int error; /* of the ERROR event */
};

struct tcp_station {
    struct tcp_net *net;
    struct stack *stack;
    struct tcp_app *listener_app; /* what the next accepted connection belongs to */
    struct tcp_conn *listener;
    uint8_t *reserved;
    size_t reserved_len;
    bool no_room;
    size_t supers, longest; /* super-segments that came, and the most data in one */
    size_t bulk_room;       /* what the device says to bulk senders; 0: there is no bound */
    bool holds;             /* what is committed waits until tcp_net_release */
    uint64_t tickets;
    uint64_t seed;
};

struct tcp_net {
    struct tcp_station stations[2];
    uint64_t now_ns, seed;
    /* The wire: chances in 1/1000, the time a segment takes, more of it for a reordered one. */
    unsigned loss, repeat, reorder;
    uint64_t delay_ns, reorder_ns;
    uint64_t rate_bps, line_free_ns; /* of the line from station 0, behind a queue; 0: no bound */
    bool (*loses)(void *user, const struct wire_segment *segment); /* the test's own choice */
    void *user;
    struct wire_frame *flying;
    struct wire_segment *segments; /* all that were sent, */
    bool unlisted;                 /* but those of a long run, of which only the latest stays */
    size_t count, room;
    struct journal journal;
    char *text; /* the client's journal, if wanted */
    size_t text_len, text_room;
};

/* What station holds leaves now. */
void tcp_net_release(struct tcp_net *net, int station);

/* Two stacks of the default configuration; then other ones, with wish's MTU and capabilities: the
 * wire's board cuts and sums as asked. The clock starts at start_ns. */
void tcp_net_start(struct tcp_net *net);
void tcp_net_start_with(struct tcp_net *net, const struct stack_config *wish, uint64_t start_ns);
void tcp_net_stop(struct tcp_net *net);
/* Lets time pass. */
void tcp_net_run(struct tcp_net *net, uint64_t ns);
/* Runs until the wire is empty and no timer is due within quiet_ns. */
void tcp_net_settle(struct tcp_net *net, uint64_t quiet_ns);

/* Station 1 listens, station 0 connects; app is given the connection. */
void tcp_net_listen(struct tcp_net *net, struct tcp_app *app, int backlog);
/* app NULL: a connection waits in the backlog until this takes it. */
void tcp_net_accept(struct tcp_net *net, struct tcp_app *app);
void tcp_net_connect(struct tcp_net *net, struct tcp_app *app);
/* Both, and lets the handshake end. */
void tcp_net_join(struct tcp_net *net, struct tcp_app *client, struct tcp_app *server);
/* Without a listener: a connection of station from its port to the other station's port. */
int tcp_net_open(struct tcp_net *net, int station, uint16_t port, uint16_t to, struct tcp_app *app);

/* Sends count more bytes of the app's pattern; reads all; closes. */
void tcp_app_send(struct tcp_app *app, size_t count);
void tcp_app_read(struct tcp_app *app, size_t most);
void tcp_app_close(struct tcp_app *app);
enum tcp_state tcp_app_state(const struct tcp_app *app);
struct tcp_info tcp_app_info(const struct tcp_app *app);
/* Ends the test if app has not received the first count bytes of the pattern of salt. */
void tcp_app_has(const struct tcp_app *app, uint8_t salt, size_t count);
void tcp_app_free(struct tcp_app *app);

/* How many segments from station there are with all of flags and none of the others of SYN, FIN,
 * RST; data > 0 means with data only, data < 0 without. */
size_t tcp_net_count(const struct tcp_net *net, int from, uint8_t flags, int data);
/* A segment of data to, as if station from had sent it, straight into the other stack. */
void tcp_net_inject(struct tcp_net *net, int from, const struct wire_segment *segment,
                    const uint8_t *data);

/* The usual test: two stacks, a client that salts its pattern with 1 and a server with 2. */
struct tcp_pair {
    struct tcp_net net;
    struct tcp_app client, server;
};
struct tcp_pair *tcp_pair_start(struct tcp_pair *pair); /* returns pair */
struct tcp_pair *tcp_pair_start_with(struct tcp_pair *pair, const struct stack_config *wish);
void tcp_pair_stop(struct tcp_pair *pair);

uint64_t tcp_net_random(struct tcp_net *net);
uint8_t tcp_pattern(uint8_t salt, size_t index);

#endif
