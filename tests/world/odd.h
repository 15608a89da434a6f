/* What the files of the odd host share: a scripted peer that keeps to the letter of RFC 9293 and to nothing else.
 *
 * SPDX-License-Identifier: MIT
 *
 *     odd_host.c     the host: frames, sockets, time
 *     odd_segment.c  what it sends: data cut anywhere, twice, out of order, beyond the window; windows that shrink; urgent
 *                    data; options that nobody knows
 *     odd_packet.c   the packets around that: extension headers, fragments
 *     odd_input.c    what it makes of what it hears: data in order only
 */
#ifndef TESTS_WORLD_ODD_H
#define TESTS_WORLD_ODD_H

#include "tests/world/world.h"

enum { ODD_BUFFER = 20000, ODD_AHEAD = 30000, ODD_SOCKETS = WORLD_CONNECTIONS * 2 };

/* Numbers count from the SYN's, as in watch.h. It keeps no data to send: end_data has it. */
struct odd_socket {
    struct end *end; /* NULL: the place is free */
    bool in_use;     /* the end has not given it back */
    bool listens, reset;
    bool v6;
    uint32_t remote;     /* over IPv4 */
    uint8_t remote6[16]; /* over IPv6 */
    uint16_t port, remote_port;
    uint32_t iss, sent, acked, edge; /* its own numbers; the peer's window ends at edge */
    bool syn_out, established, fin_queued;
    uint32_t end_number;     /* of its FIN, once fin_queued */
    uint32_t peer_iss, next; /* of the peer's */
    bool peer_known, peer_fin;
    uint32_t mss;               /* that the peer takes */
    uint16_t mss_option;        /* that it offers; 0: none */
    uint8_t buffer[ODD_BUFFER]; /* what has come and is not read */
    uint32_t filled;
    uint64_t due_ns, wait_ns; /* when it sends again what is not acknowledged; the time between */
    unsigned tries;           /* in vain */
    bool owes_ack;
};

struct odd {
    struct host *host;
    struct odd_socket sockets[ODD_SOCKETS];
    struct chance chance;
};

/* odd_segment.c */
void odd_send_syn(struct odd *odd, struct odd_socket *socket);
void odd_send_ack(struct odd *odd, struct odd_socket *socket);
void odd_send_reset(struct odd *odd, struct odd_socket *socket);
/* New data, and the FIN behind it, as far as the window goes. */
void odd_send_data(struct odd *odd, struct odd_socket *socket);
/* All that is not acknowledged, from there on or from a little before. */
void odd_send_again(struct odd *odd, struct odd_socket *socket);

/* odd_packet.c: an IP header in front of a segment, whose sum it makes. */
void odd_send_packet(struct odd *odd, const struct odd_socket *socket, const uint8_t *segment,
                     uint32_t bytes);

/* odd_input.c */
void odd_input(struct odd *odd, const struct segment *segment);

#endif
