/* Datagram sockets from inside, for udp*.c, icmp*.c and dhcp*.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_UDP_INTERNAL_H
#define HOST_STACK_UDP_INTERNAL_H

#include "host/stack/ip.h"
#include "host/stack/udp.h"

enum { UDP_HEADER_BYTES = 8, UDP_MAX_DATA = 65507, UDP_BUCKETS = 256 };

struct udp_socket {
    struct stack *stack;
    struct udp_socket *next; /* in its bucket, or among the free ones */
    bool used, bound, connected, v6only;
    struct udp_handler handler;
    struct udp_info info; /* local, remote; what the owner sees */
    uint8_t ttl;          /* 0: the default */
};

struct udp {
    struct udp_socket *sockets; /* max_datagram_sockets of them */
    uint32_t count;
    struct udp_socket *free;
    struct udp_socket *buckets[UDP_BUCKETS];
};

int udp_create(struct stack *stack, struct udp **out);
void udp_destroy(struct udp *udp);

/* The socket that a datagram from remote to local belongs to: a connected one before one bound to
 * our address before one bound to any; NULL if nobody has the port. */
struct udp_socket *udp_find(const struct udp *udp, bool icmp, const struct endpoint *local,
                            const struct endpoint *remote);
/* Binds to a free port if the socket has none. Returns 0, -EADDRINUSE, or -EAFNOSUPPORT: bound to an address that does not
 * speak peer's family. */
int udp_ensure_bound(struct udp_socket *socket, const struct address *peer);

/* Sends data from port to port in a packet that ip_begin has made; its length counts data and the header. */
void udp_send_begun(struct stack *stack, struct packet *packet, uint16_t from, uint16_t to,
                    const void *data, uint64_t now_ns);

/* Echo replies, and errors about echo requests (udp_echo.c). */
void echo_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns);
bool echo_icmp_believed(const struct stack *stack, const struct icmp_error *error);
void echo_icmp_error(struct stack *stack, const struct icmp_error *error, uint64_t now_ns);
int echo_send(struct udp_socket *socket, const struct endpoint *to, const void *data, size_t len,
              uint64_t now_ns);

#endif
