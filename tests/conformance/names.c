/* The numbers behind the names that scripts use; those of the host, which the script never sees.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/conformance/script.h"

struct name {
    const char *text;
    int64_t number;
};

#define NAME(x) \
    {           \
#x, x   \
    }
static const struct name errors[] = {
    NAME(EAGAIN),       NAME(EWOULDBLOCK),   NAME(EINPROGRESS),  NAME(EALREADY),
    NAME(EISCONN),      NAME(ENOTCONN),      NAME(ECONNREFUSED), NAME(ECONNRESET),
    NAME(ECONNABORTED), NAME(ETIMEDOUT),     NAME(EHOSTUNREACH), NAME(ENETUNREACH),
    NAME(EPIPE),        NAME(EINVAL),        NAME(EBADF),        NAME(EADDRINUSE),
    NAME(EPROTO),       NAME(EADDRNOTAVAIL), NAME(EMSGSIZE),     NAME(EDESTADDRREQ),
    NAME(EOPNOTSUPP),   NAME(ENOPROTOOPT),   NAME(ENOENT),       NAME(ENOTSOCK),
    NAME(EACCES),       NAME(ENETDOWN),      NAME(ENOBUFS),      NAME(EMFILE),
    NAME(ENOMEM),       NAME(ENFILE),        NAME(EINTR),        NAME(EFAULT),
};

static const struct name names[] = {
    NAME(AF_INET),
    NAME(AF_INET6),
    NAME(PF_INET),
    NAME(SOCK_STREAM),
    NAME(SOCK_DGRAM),
    NAME(SOCK_NONBLOCK),
    NAME(IPPROTO_TCP),
    NAME(IPPROTO_UDP),
    NAME(IPPROTO_IP),
    NAME(SOL_SOCKET),
    NAME(SOL_TCP),
    NAME(SO_REUSEADDR),
    NAME(SO_ERROR),
    NAME(SO_LINGER),
    NAME(SO_KEEPALIVE),
    NAME(SO_MAX_PACING_RATE),
    NAME(SO_SNDBUF),
    NAME(SO_RCVBUF),
    NAME(SO_TYPE),
    NAME(SO_ACCEPTCONN),
    NAME(TCP_NODELAY),
    NAME(TCP_MAXSEG),
    NAME(TCP_KEEPIDLE),
    NAME(TCP_KEEPINTVL),
    NAME(TCP_KEEPCNT),
    NAME(TCP_CONGESTION),
    NAME(TCP_USER_TIMEOUT),
    NAME(SHUT_RD),
    NAME(SHUT_WR),
    NAME(SHUT_RDWR),
    NAME(F_GETFL),
    NAME(F_SETFL),
    NAME(O_RDWR),
    NAME(O_NONBLOCK),
    NAME(MSG_DONTWAIT),
    NAME(MSG_PEEK),
    NAME(MSG_NOSIGNAL),
    NAME(POLLIN),
    NAME(POLLOUT),
    NAME(POLLERR),
    NAME(POLLHUP),
    NAME(POLLRDHUP),
    NAME(TCP_ESTABLISHED),
    NAME(TCP_SYN_SENT),
    NAME(TCP_SYN_RECV),
    NAME(TCP_FIN_WAIT1),
    NAME(TCP_FIN_WAIT2),
    NAME(TCP_TIME_WAIT),
    NAME(TCP_CLOSE),
    NAME(TCP_CLOSE_WAIT),
    NAME(TCP_LAST_ACK),
    NAME(TCP_LISTEN),
    NAME(TCP_CLOSING),
    NAME(INADDR_ANY),
    NAME(TCPI_OPT_TIMESTAMPS),
    NAME(TCPI_OPT_SACK),
    NAME(TCPI_OPT_WSCALE),
};

static bool search(const struct name *list, size_t count, const char *name, size_t length,
                   int64_t *number)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i].text) == length && !memcmp(list[i].text, name, length)) {
            *number = list[i].number;
            return true;
        }
    return false;
}

bool name_find(const char *name, size_t length, int64_t *number)
{
    return search(names, sizeof names / sizeof names[0], name, length, number) ||
           search(errors, sizeof errors / sizeof errors[0], name, length, number);
}

const char *name_of_error(int error)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].number == error)
            return errors[i].text;
    return "?";
}
