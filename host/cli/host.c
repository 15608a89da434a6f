/* Hosts as commands take and show them. See host.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/cli/host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/socket/ferrite.h"

static const char *reason(int error, int family)
{
    switch (error) {
    case -ENOENT: return "no such name";
    case -ENODATA:
        return family == AF_INET    ? "it has no IPv4 address: leave -4 out"
               : family == AF_INET6 ? "it has no IPv6 address: leave -6 out"
                                    : "the name has no address";
    case -ETIMEDOUT: return "no name server answers";
    case -EAGAIN: return "the name server failed";
    case -ENETUNREACH: return "no name server is known: give one with --dns";
    case -EINVAL: return "this is not a name";
    default: return strerror(-error);
    }
}

int host_resolve(const char *command, const char *host, int family, struct sockaddr_storage *out,
                 int max)
{
    int count = fe_lookup(host, family, out, max);

    if (count > 0)
        return count;
    count = count ? count : -ENODATA;
    fprintf(stderr, "ferrite: %s: %s: %s\n", command, host, reason(count, family));
    return count;
}

void host_set_port(struct sockaddr_storage *address, unsigned long port)
{
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
}

unsigned host_port(const struct sockaddr_storage *address)
{
    return ntohs(address->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)address)->sin6_port
                                                : ((const struct sockaddr_in *)address)->sin_port);
}

const char *host_format(const struct sockaddr *address, char text[HOST_TEXT_BYTES])
{
    const struct sockaddr_in6 *in6 = (const void *)address;
    const struct sockaddr_in *in = (const void *)address;

    if (address->sa_family == AF_INET)
        return inet_ntop(AF_INET, &in->sin_addr, text, HOST_TEXT_BYTES);
    if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
        return inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, text, HOST_TEXT_BYTES);
    return inet_ntop(AF_INET6, &in6->sin6_addr, text, HOST_TEXT_BYTES);
}

socklen_t host_length(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                          : sizeof(struct sockaddr_in);
}

int host_bind_any(int family, int type, unsigned long port, struct sockaddr_storage *any)
{
    int alone = family == AF_INET6, error = 0;
    int fd = fe_socket(family == AF_INET ? AF_INET : AF_INET6, type, 0);
    bool v4 = family == AF_INET || (family == AF_UNSPEC && fd == -EAFNOSUPPORT);

    if (v4 && fd == -EAFNOSUPPORT) /* the service does without IPv6 */
        fd = fe_socket(AF_INET, type, 0);
    memset(any, 0, sizeof *any);
    any->ss_family = v4 ? AF_INET : AF_INET6;
    host_set_port(any, port);
    if (fd < 0)
        return fd;
    if (alone)
        error = fe_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &alone, sizeof alone);
    if (!error)
        error = fe_bind(fd, (struct sockaddr *)any, host_length(any));
    if (!error)
        return fd;
    close(fd);
    return error;
}
