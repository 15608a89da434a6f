/* UDP and ICMP echo sockets, as their owner sees them. RFC 768, RFC 792, RFC 1122 (4.1).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_UDP_H
#define HOST_STACK_UDP_H

#include "host/stack/stack.h"

struct udp_socket;

struct udp_handler {
    /* A datagram; data is valid during the call. For an ICMP socket data is the echo reply's (or
     * the error's) ICMP message. */
    void (*receive)(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                    uint64_t now_ns);
    /* An ICMP error about a datagram to `to`: -ECONNREFUSED, -EHOSTUNREACH, -ENETUNREACH … */
    void (*error)(void *user, const struct endpoint *to, int error, uint64_t now_ns);
    void *user;
};

/* Returns 0, -ENOMEM or -ENFILE. */
int udp_open(struct stack *stack, struct udp_socket **out, const struct udp_handler *handler);
/* The same for ICMP echo, as Linux' ping sockets: what is sent is an ICMP echo request whose
 * identifier the stack sets (bind: to the port's number) and whose checksum it fills in; replies
 * with that identifier are received. */
int icmp_open(struct stack *stack, struct udp_socket **out, const struct udp_handler *handler);
void udp_close(struct udp_socket *socket);

/* Port 0 takes a free one (RFC 6056). -EADDRINUSE, -EADDRNOTAVAIL. */
int udp_bind(struct udp_socket *socket, const struct endpoint *local);
/* Default destination; only its datagrams and errors are received then. -EAFNOSUPPORT as udp_send. */
int udp_connect(struct udp_socket *socket, const struct endpoint *remote);
/* to may be NULL if connected. Returns 0, -EDESTADDRREQ, -EMSGSIZE (over 65,507), -ENETUNREACH,
 * -EAGAIN (no room now: try again after the device has room), -EACCES (broadcast: DHCP only), -EAFNOSUPPORT (bound to an
 * address of the other family). */
int udp_send(struct udp_socket *socket, const struct endpoint *to, const void *data, size_t len,
             uint64_t now_ns);
void udp_set_ttl(struct udp_socket *socket, uint8_t ttl);
/* Bound to ::, it takes nothing of IPv4 (RFC 3493, 5.3). -EINVAL: it is bound already. */
int udp_set_v6only(struct udp_socket *socket, bool on);

struct udp_info {
    bool icmp;
    struct endpoint local, remote;
    uint64_t last_send_ns, datagrams_sent, datagrams_received;
};
void udp_info(const struct udp_socket *socket, struct udp_info *out);
void udp_each(struct stack *stack, void (*each)(void *user, struct udp_socket *socket), void *user);

#endif
