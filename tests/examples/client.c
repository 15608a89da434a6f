/* A client: sends what it reads to HOST PORT and prints what comes back.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/socket/ferrite.h"

static int fail(const char *what, int error)
{
    fprintf(stderr, "%s: %s\n", what, strerror(-error));
    return 1;
}

int main(int argc, char **argv)
{
    struct sockaddr_storage to;
    char block[4096];
    int fd, error;
    ssize_t got;

    if (argc != 3 || (error = fe_lookup(argv[1], AF_UNSPEC, &to, 1)) < 0)
        return fail("client HOST PORT", argc != 3 ? -EINVAL : error);
    ((struct sockaddr_in *)&to)->sin_port =
        htons((uint16_t)atoi(argv[2])); /* sin6_port is there too */
    if ((fd = fe_socket(to.ss_family, SOCK_STREAM, 0)) < 0)
        return fail("socket", fd);
    if ((error = fe_connect(fd, (struct sockaddr *)&to, sizeof to)) < 0)
        return fail("connect", error);
    while ((got = read(0, block, sizeof block)) > 0)
        if (write(fd, block, (size_t)got) != got)
            return fail("write", fe_error(fd));
    shutdown(fd, SHUT_WR); /* sends FIN; we still read */
    while ((got = read(fd, block, sizeof block)) > 0)
        fwrite(block, 1, (size_t)got, stdout);
    error = fe_error(fd); /* a reset looks like an end of file, until one asks */
    return error ? fail("read", error) : close(fd);
}
