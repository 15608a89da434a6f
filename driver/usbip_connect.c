/* From "HOST:PORT/BUSID" to a connected socket, and bytes over it while it still blocks.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/usbip_internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_S = 5 };

/* ---- HOST[:PORT][/BUSID] ---- */

static bool place_copy(char *to, size_t room, const char *from, size_t len)
{
    if (len >= room)
        return false;
    memcpy(to, from, len);
    to[len] = '\0';
    return true;
}

static bool port_is_good(const char *port)
{
    char *end;
    unsigned long value = strtoul(port, &end, 10);

    return port[0] >= '0' && port[0] <= '9' && !*end && value >= 1 && value <= 65535;
}

bool usbip_place_read(struct usbip_place *place, const char *where)
{
    const char *slash = strchr(where, '/');
    size_t len = slash ? (size_t)(slash - where) : strlen(where);
    const char *host_end = where[0] == '[' ? memchr(where, ']', len) : memchr(where, ':', len);
    const char *colon = where[0] == '[' && host_end ? host_end + 1 : host_end;
    bool bracket = where[0] == '[';

    *place = (struct usbip_place){.host = "localhost", .port = "3240"};
    if (slash && (!slash[1] ||
                  !place_copy(place->busid, sizeof(place->busid), slash + 1, strlen(slash + 1))))
        return false;
    if (bracket && !host_end)
        return false;
    if (!host_end)
        host_end = where + len;
    if (host_end > where + bracket && !place_copy(place->host, sizeof(place->host), where + bracket,
                                                  (size_t)(host_end - where) - bracket))
        return false;
    if (!colon || colon == where + len)
        return true;
    return *colon == ':' &&
           place_copy(place->port, sizeof(place->port), colon + 1,
                      (size_t)(where + len - colon) - 1) &&
           port_is_good(place->port);
}

/* ---- the connection ---- */

static void socket_prepare(int fd)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* Returns a descriptor, or a negative errno. */
static int address_connect(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol),
        reason;

    if (fd < 0)
        return -errno;
    socket_prepare(fd);
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return fd;
    reason = errno == EINPROGRESS ? ETIMEDOUT : errno;
    close(fd);
    return -reason;
}

int usbip_connect(const struct usbip_place *place, struct usbip_report report)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found, *at;
    int code = getaddrinfo(place->host, place->port, &hints, &found), fd = -EHOSTUNREACH;

    if (code) {
        snprintf(report.text, report.len, "usbip: '%s': %s", place->host, gai_strerror(code));
        return -EHOSTUNREACH;
    }
    for (at = found; at && fd < 0; at = at->ai_next)
        fd = address_connect(at);
    freeaddrinfo(found);
    if (fd < 0)
        snprintf(report.text, report.len,
                 "usbip: no connection to %s port %s: %s; is a server (ferrite sim) running there?",
                 place->host, place->port, strerror(-fd));
    return fd;
}

int usbip_bytes_send(int fd, const uint8_t *bytes, size_t len)
{
    while (len) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN ? -ETIMEDOUT : -errno;
        bytes += sent;
        len -= (size_t)sent;
    }
    return 0;
}

int usbip_bytes_read(int fd, uint8_t *bytes, size_t len)
{
    while (len) {
        ssize_t got = recv(fd, bytes, len, 0);
        if (got == 0)
            return -ECONNRESET;
        if (got < 0)
            return errno == EAGAIN ? -ETIMEDOUT : -errno;
        bytes += got;
        len -= (size_t)got;
    }
    return 0;
}
