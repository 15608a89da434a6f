/* An echo server: gives each client on PORT back what it sends, one client after the other.
 * SPDX-License-Identifier: MIT */
#include <netinet/in.h>
#include <signal.h>
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
    struct sockaddr_in at = {.sin_family = AF_INET};
    int listener, client, error;
    char block[4096];
    ssize_t got;

    signal(SIGPIPE, SIG_IGN); /* a client may leave while we write */
    if ((listener = fe_socket(AF_INET, SOCK_STREAM, 0)) < 0)
        return fail("socket", listener);
    at.sin_port = htons((uint16_t)atoi(argc > 1 ? argv[1] : "7"));
    if ((error = fe_bind(listener, (struct sockaddr *)&at, sizeof at)) < 0 ||
        (error = fe_listen(listener, 8)) < 0)
        return fail("listen", error);
    while ((client = fe_accept(listener, NULL, NULL)) >= 0) {
        while ((got = read(client, block, sizeof block)) > 0 &&
               write(client, block, (size_t)got) == got)
            continue;
        if ((error = fe_error(client)) < 0)
            fail("client", error);
        close(client);
    }
    return fail("accept", client);
}
