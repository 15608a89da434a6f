/* Ferrite's sockets: ordinary descriptors whose other end is a TCP/IP stack in user space.
 *
 * SPDX-License-Identifier: MIT
 *
 * fe_socket asks the engine (the process that drives the board) for a descriptor. On it the
 * system's own calls work as they are: read, write, poll, close, shutdown(SHUT_WR),
 * fcntl(O_NONBLOCK), sendfile, dup, inheritance by a child. What the system cannot know of
 * (addresses, connect, options, errors) is asked through the functions below.
 *
 * Every function returns 0, a count or a descriptor on success and a negative errno on failure,
 * and leaves errno alone. All of them may also return -ENETDOWN (no engine answers at its path,
 * or it has ended) and -EBADF (fd is not one of its descriptors). They keep no state, so
 * threads and forked children may use them freely.
 */
#ifndef HOST_SOCKET_FERRITE_H
#define HOST_SOCKET_FERRITE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

enum { FE_PATH_BYTES = 108 };

/* The engine's Unix socket that this process asks: $FERRITE_ENGINE, else
 * $XDG_RUNTIME_DIR/ferrite.sock, else /run/ferrite.sock. fe_engine_use sets $FERRITE_ENGINE
 * (children inherit it); call it before threads are made. fe_engine_path writes the path to
 * path, which has FE_PATH_BYTES. Both return 0 or -ENAMETOOLONG. */
int fe_engine_use(const char *path);
int fe_engine_path(char *path);
/* 1 if an engine answers at the path, 0 if not. */
int fe_engine_answers(void);

/* A descriptor. domain AF_INET or AF_INET6; type SOCK_STREAM (TCP), SOCK_DGRAM (UDP) or, with IPPROTO_ICMP or
 * IPPROTO_ICMPV6 as domain has it, SOCK_DGRAM for echo requests; SOCK_NONBLOCK and SOCK_CLOEXEC may be added to type.
 * A socket of AF_INET6 speaks IPv4 too, whose addresses it has as mapped ones (::ffff:10.0.2.2, RFC 3493, 3.7), unless
 * IPV6_V6ONLY says no; no such address is ever on the wire.
 * -EAFNOSUPPORT, -EPROTONOSUPPORT, -ENFILE, -ENODEV (board gone). */
int fe_socket(int domain, int type, int protocol);

/* A board has one link, so link-local addresses have one zone (RFC 4007, 6): sin6_scope_id is this where we tell one;
 * given, 0 means the same, and another is -ENODEV. */
enum { FE_SCOPE_LINK = 1 };

/* As bind(2): -EADDRINUSE, -EADDRNOTAVAIL, -EINVAL, -EAFNOSUPPORT (address is not of the socket's domain). */
int fe_bind(int fd, const struct sockaddr *address, socklen_t length);
/* As listen(2). poll says readable when fe_accept has something. */
int fe_listen(int fd, int backlog);
/* The next connection; address and length as in accept(2), or NULL. Close-on-exec, blocking.
 * -EAGAIN with O_NONBLOCK. */
int fe_accept(int fd, struct sockaddr *address, socklen_t *length);

/* As connect(2). The engine first waits for its own address where that is still being asked for
 * (-ENETDOWN: no link). With O_NONBLOCK it does not (-ENETUNREACH; see fe_ready), and returns
 * -EINPROGRESS: poll says writable once it is connected and hang-up once it has failed, fe_error
 * why. -ECONNREFUSED, -ETIMEDOUT, -EHOSTUNREACH, -ENETUNREACH, -ECONNRESET, -EADDRINUSE,
 * -EISCONN, -EALREADY. After a failure only close is left. */
int fe_connect(int fd, const struct sockaddr *address, socklen_t length);

/* How the connection stands, or how it ended: 0 (well, so far), -ECONNRESET, -ETIMEDOUT,
 * -ENODEV (board unplugged) … Ask after every end of file: a reset looks like one. It may be
 * asked again and again until fd is closed. */
int fe_error(int fd);
/* The same, with one line for a person ("connect 10.0.2.2:81: Connection refused"), or "" if
 * all is well. */
int fe_error_text(int fd, char *text, size_t len);

/* As getsockname(2), getpeername(2): -ENOTCONN. */
int fe_getsockname(int fd, struct sockaddr *address, socklen_t *length);
int fe_getpeername(int fd, struct sockaddr *address, socklen_t *length);

/* Options, with the values that they have in setsockopt(2), tcp(7) and ip(7); an int where nothing
 * else is said. Those of a listener pass to what it accepts.
 *   IPPROTO_TCP  TCP_NODELAY; TCP_MAXSEG (before connect or listen); TCP_CONGESTION (text: cubic,
 *                newreno, vegas, westwood, bic); TCP_USER_TIMEOUT (ms); TCP_KEEPIDLE, TCP_KEEPINTVL
 *                (s), TCP_KEEPCNT; get only: TCP_INFO (struct tcp_info of <netinet/tcp.h>; fields
 *                that Ferrite does not know are 0)
 *   SOL_SOCKET   SO_KEEPALIVE; SO_LINGER (struct linger: l_linger 0 resets at close; else close returns at
 *                once, since it is the kernel's own, and the connection is reset if what waits is
 *                not acknowledged in that time); SO_SNDBUF, SO_RCVBUF (bytes of TCP's buffers, not
 *                doubled, brought into what Ferrite allows; before connect or listen; they stay
 *                so, where others grow with the path); SO_MAX_PACING_RATE (bytes a second; -1: no
 *                bound); SO_OOBINLINE (always 1, -EOPNOTSUPP for 0: urgent data comes in line, RFC
 *                6093); SO_REUSEADDR
 *                (changes nothing: a port whose old connections linger can always be bound again);
 *                get only: SO_ERROR (as fe_error, positive), SO_TYPE, SO_ACCEPTCONN
 *   IPPROTO_IP   IP_TTL (datagrams, 1 to 255; set only)
 *   IPPROTO_IPV6 IPV6_UNICAST_HOPS (datagrams, 1 to 255, -1: the default; set only); IPV6_V6ONLY (before bind, connect
 *                or listen; 0 at first). Both of AF_INET6 only
 * -ENOPROTOOPT, -EINVAL, -EISCONN (too late), -ENOENT (no such congestion control). */
int fe_setsockopt(int fd, int level, int option, const void *value, socklen_t length);
/* Writes at most *length bytes and sets *length to what it wrote. */
int fe_getsockopt(int fd, int level, int option, void *value, socklen_t *length);

/* Datagrams. Each message on the descriptor is led by this header (so an empty datagram is no
 * end of file), in the machine's byte order; fe_sendto and fe_recvfrom put it on and take it
 * off. poll works as usual. */
struct fe_datagram_header {
    /* To or from; IPv4 stands behind ::ffff:0:0/96. All zero when sending: the connected peer. */
    uint8_t address[16];
    uint16_t port;
    uint16_t
        family; /* 4 or 6: of the socket, from AF_INET or AF_INET6; 0 when sending: the connected peer */
    /* The rest is for received ones; 0 when sending. */
    int32_t error;        /* an ICMP error about a datagram to that address; no data follows */
    uint64_t received_ns; /* when, in the engine's time */
    uint64_t sent_ns;     /* of an echo reply: when its request left; 0: unknown */
};

/* to may be NULL on a connected descriptor. Returns len. -EMSGSIZE (over 65,507),
 * -EDESTADDRREQ, -EAGAIN with O_NONBLOCK. Whether it reached the wire is not known yet: errors,
 * also -ENETUNREACH, come from fe_recvfrom. */
ssize_t fe_sendto(int fd, const void *data, size_t len, const struct sockaddr *to,
                  socklen_t to_len);

struct fe_datagram {
    struct sockaddr_storage from;  /* the sender, or the address that error is about */
    uint64_t received_ns, sent_ns; /* as in the header: their difference is a ping's round trip */
};
/* Returns the datagram's bytes (cut to len); for an echo socket data is the ICMP message. info
 * may be NULL. -EAGAIN with O_NONBLOCK, -ECONNREFUSED, -EHOSTUNREACH, -ENETUNREACH, -EMSGSIZE
 * (an ICMP error, or our own, about a datagram sent to info->from), -ENODEV (board gone). */
ssize_t fe_recvfrom(int fd, void *data, size_t len, struct fe_datagram *info);

/* The addresses of name (or a written address) as struct sockaddr_in and sockaddr_in6 with port 0, at most max; family
 * AF_INET or AF_INET6 for one kind, AF_UNSPEC for both. The best to try comes first (RFC 6724, 6). Returns how many.
 * -ENOENT no such name, -ENODATA a name without such an address, -ETIMEDOUT
 * no name server answers, -EAGAIN a name server failed, -ENETUNREACH none is known, -EINVAL not
 * a name. */
int fe_lookup(const char *name, int family, struct sockaddr_storage *out, int max);

/* Waits until the engine has an address of family; AF_UNSPEC: as far as addresses of both kinds are to be had soon.
 * Returns 0; -ENETDOWN no link, -EADDRINUSE the address given is another station's, -EADDRNOTAVAIL there will be none of
 * family, -ENODEV board gone. why
 * gets one line: the reason of a failure, or a warning ("no DHCP server answered; using
 * 169.254.7.9"), or "". */
int fe_ready(int family, char *why, size_t len);

/* A socket for libcurl's CURLOPT_OPENSOCKETFUNCTION where its proxy is the engine's SOCKS5
 * listener: an unconnected Unix stream socket that carries a name, so that fe_error and
 * fe_error_text work on it. Close-on-exec. */
int fe_socks_socket(void);

/* What the engine tells about itself, as JSON text (an object) in *json, which the caller
 * frees. what is one of
 *   "sockets"   {"sockets":[{protocol,state,local,remote,receive_queue,send_queue,unacked,
 *               since_send_ms,timeout_ms,timer,timer_ms,srtt_ms,rttvar_ms,cwnd,ssthresh,mss,
 *               rcv_mss,advertised_mss,congestion,snd_wnd,rcv_wnd,send_buffer,
 *               receive_buffer,backlog,bytes_sent,bytes_received,segments_sent,
 *               segments_received,since_receive_ms,timeouts,probes,retransmissions,
 *               handshake_ms,program,pid}…]}; numbers that do not apply are null
 *   "addresses" {"state","link":{up,speed_mbps,full_duplex},"mac","mtu","address","prefix_len",
 *               "source":"dhcp"|"static"|"link-local","ipv6":{"state","addresses":[{address,prefix_len,
 *               scope:"link"|"global",state,source,preferred_ms,valid_ms}],"routers":[{address,expires_ms}],
 *               "prefixes":[{prefix,prefix_len,expires_ms}],"dns":[…]} (times null: for ever),"routes":[{prefix,prefix_len,gateway}],
 *               "neighbors":[{address,mac,state,age_ms}],"lease":null|{server,gateway,dns:[…],
 *               obtained_ms_ago,renew_ms,rebind_ms,expires_ms}}; address null while none
 *   "counters"  {"stack":{name:number…},"driver":{name:number…},"engine":{name:number…}}
 *   "device"    {board,serial,transport,version,features,max_frame,clock_hz,mac,speed,
 *               error:null|text}
 * -ENOENT: another word. */
int fe_query(const char *what, char **json);

/* Registers of the board (driver/registers.h). -EINVAL: not a multiple of 4 below 0x10000;
 * -ENODEV. */
int fe_register_read(uint32_t address, uint32_t *value);
int fe_register_write(uint32_t address, uint32_t value);

#endif
