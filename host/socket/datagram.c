/* Datagrams: puts the header with the peer's address in front of each message and takes it off.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "host/socket/call.h"
#include "host/socket/ferrite.h"

enum { DATAGRAM_MAX = 65507 };

ssize_t fe_sendto(int fd, const void *data, size_t len, const struct sockaddr *to, socklen_t to_len)
{
    struct fe_datagram_header header = {0};
    struct endpoint endpoint = {0};
    struct iovec pieces[2] = {{&header, sizeof header}, {(void *)data, len}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
    uint32_t family = FE_FAMILY_ANY;
    int saved = errno, error = to ? endpoint_from_sockaddr(to, to_len, &endpoint, &family) : 0;
    ssize_t sent;

    if (error)
        return error;
    if (len > DATAGRAM_MAX)
        return -EMSGSIZE;
    memcpy(header.address, endpoint.address.bytes, sizeof header.address);
    header.port = endpoint.port;
    header.family = (uint16_t)family;
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    error = sent < 0 ? -errno : 0;
    errno = saved;
    if (error == -EPIPE || error == -ECONNRESET) /* the engine has let go of it: say why */
        return fe_error(fd) ? fe_error(fd) : -EPIPE;
    return error ? error : (ssize_t)len;
}

static ssize_t datagram_take(const struct fe_datagram_header *header, ssize_t len,
                             struct fe_datagram *info)
{
    struct endpoint from = {.port = header->port};
    socklen_t room = sizeof info->from;

    memcpy(from.address.bytes, header->address, sizeof from.address.bytes);
    if (info) {
        memset(info, 0, sizeof *info);
        endpoint_to_sockaddr(&from, header->family, (struct sockaddr *)&info->from, &room);
        info->received_ns = header->received_ns;
        info->sent_ns = header->sent_ns;
    }
    return header->error ? header->error : len;
}

ssize_t fe_recvfrom(int fd, void *data, size_t len, struct fe_datagram *info)
{
    struct fe_datagram_header header;
    struct iovec pieces[2] = {{&header, sizeof header}, {data, len}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
    int saved = errno, error;
    ssize_t got;

    do
        got = recvmsg(fd, &message, 0);
    while (got < 0 && errno == EINTR);
    error = got < 0 ? -errno : 0;
    errno = saved;
    if (got >= (ssize_t)sizeof header)
        return datagram_take(&header, got - (ssize_t)sizeof header, info);
    if (error && error != -ECONNRESET)
        return error;
    error = fe_error(fd);
    return error ? error : -ENETDOWN;
}
