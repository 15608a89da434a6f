/* What the socket library and the engine say to each other over the engine's Unix socket
 * (SOCK_SEQPACKET).
 *
 * SPDX-License-Identifier: MIT
 *
 * A request is one message: struct fe_request, with the descriptor that it is about passed
 * along (SCM_RIGHTS), so that nobody can ask about a descriptor which he does not hold. The
 * answer is one struct fe_reply, with a descriptor where one is given out. A connection carries
 * one request after the other; closing it gives the request up. Both ends are on one machine,
 * so numbers are in its byte order.
 */
#ifndef HOST_SOCKET_PROTOCOL_H
#define HOST_SOCKET_PROTOCOL_H

#include <stdint.h>

#include "host/stack/address.h"

enum { FE_PROTOCOL_MARK = 0xFE550004, FE_NAME_BYTES = 256, FE_TEXT_BYTES = 160, FE_ADDRESSES = 16 };

/* Which of the two kinds of address: of a socket (AF_INET, AF_INET6), of an endpoint as the program gave it, or asked
 * for. A socket of IPv6 has IPv4's addresses as mapped ones (RFC 3493, 3.7); struct endpoint shows no difference. */
enum fe_family { FE_FAMILY_ANY = 0, FE_FAMILY_IPV4 = 4, FE_FAMILY_IPV6 = 6 };

enum fe_operation {
    FE_OP_SOCKET = 1, /* family; value: IPPROTO_TCP, _UDP, _ICMP or _ICMPV6; reply: descriptor */
    FE_OP_BIND,       /* endpoint, its family */
    FE_OP_LISTEN,     /* value: backlog */
    FE_OP_CONNECT,    /* endpoint, its family; value: 1 does not wait (-EINPROGRESS) */
    FE_OP_ERROR,      /* reply: value, text */
    FE_OP_NAMES, /* reply: the socket's family, endpoints[0] local, [1] remote (port 0: none) */
    FE_OP_OPTION_SET, /* option: an enum fe_option; value, or name */
    FE_OP_OPTION_GET, /* option: an enum fe_option; reply: value, text or tcp */
    FE_OP_LOOKUP,     /* name, family; reply: count, endpoints */
    FE_OP_READY,      /* family; reply: text */
    FE_OP_QUERY,      /* name; reply: descriptor of a memory file with the text, count: its bytes */
    FE_OP_REGISTER_READ,  /* option: address; reply: value */
    FE_OP_REGISTER_WRITE, /* option: address, value */
    FE_OPERATIONS
};

/* Not the system's numbers, which differ from one system to the next. */
enum fe_option {
    FE_OPTION_NODELAY = 1,
    FE_OPTION_TTL,
    FE_OPTION_MAXSEG,
    FE_OPTION_CONGESTION,   /* text */
    FE_OPTION_USER_TIMEOUT, /* ms */
    FE_OPTION_KEEPALIVE,
    FE_OPTION_KEEPIDLE,  /* s */
    FE_OPTION_KEEPINTVL, /* s */
    FE_OPTION_KEEPCNT,
    FE_OPTION_LINGER,    /* s; -1: off */
    FE_OPTION_RCVBUF,    /* bytes */
    FE_OPTION_SNDBUF,    /* bytes */
    FE_OPTION_LISTENING, /* get only */
    FE_OPTION_INFO,      /* get only: tcp */
    FE_OPTION_PACING,    /* bytes a second at most; -1: no bound */
    FE_OPTION_HOPS,      /* of sockets of IPv6, as FE_OPTION_TTL; -1: the default */
    FE_OPTION_V6ONLY,
};

/* What TCP_INFO tells; times in us. */
struct fe_tcp_info {
    uint32_t state; /* as the kernel numbers them: 1 ESTABLISHED … 11 CLOSING */
    uint32_t retransmits, probes, backoff;
    uint32_t rto, rtt, rttvar;
    uint32_t snd_mss, rcv_mss, advmss;
    uint32_t unacked, snd_cwnd, snd_ssthresh; /* segments */
    uint32_t rcv_rtt, rcv_space, total_retrans;
    uint32_t last_data_sent_ms, last_ack_recv_ms;
};

struct fe_request {
    uint32_t mark; /* FE_PROTOCOL_MARK; changes with the layout */
    uint32_t operation;
    int32_t option;
    uint32_t family; /* enum fe_family */
    int64_t value;
    struct endpoint endpoint;
    char name[FE_NAME_BYTES]; /* ended by a zero */
};

struct fe_reply {
    uint32_t mark;
    int32_t error; /* 0 or a negative errno */
    int64_t value;
    uint32_t count;
    uint32_t family; /* enum fe_family */
    struct endpoint endpoints[FE_ADDRESSES];
    char text[FE_TEXT_BYTES];
    struct fe_tcp_info tcp;
};

/* A listener's descriptor carries one of these, with a descriptor, for each connection. */
struct fe_accepted {
    uint32_t mark;
    uint32_t family; /* of the listener: enum fe_family */
    struct endpoint remote;
};

#endif
