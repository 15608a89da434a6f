/* ferrite nc: standard input and output joined to a TCP connection or UDP datagrams.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/cli/commands.h"
#include "host/cli/host.h"
#include "host/cli/session.h"
#include "host/socket/ferrite.h"

enum { BLOCK = 65507, UDP_LINGER_MS = 1000, NAME_BYTES = HOST_TEXT_BYTES + 16 };

struct nc {
    struct options common;
    bool udp, listen;
    double wait;      /* -w; 0: for ever */
    const char *host; /* NULL: any, with -l */
    unsigned long port;
    bool knows_peer; /* a listener for datagrams cannot send before it knows to whom */
    uint8_t block[BLOCK];
    uint8_t input[BLOCK]; /* read from standard input; bytes start to end are not sent yet */
    size_t start, end;
    int broken; /* why standard input or output failed, a negative errno; 0: neither did */
};

static void help(void)
{
    puts("usage: ferrite nc [options] HOST PORT\n"
         "       ferrite nc -l [options] [ADDRESS] PORT\n"
         "HOST and ADDRESS are names or addresses, IPv4 or IPv6; without ADDRESS -l takes both.\n"
         "Sends standard input, prints what comes. The end of input is passed on as FIN.\n\n"
         "  -u      UDP: each read of input is a datagram\n"
         "  -l      wait for a connection (or, with -u, a first datagram)\n"
         "  -w S    end after S seconds without traffic\n"
         "Exit 1 if the connection failed or was reset, or standard input or output failed.\n");
}

static int take(void *user, int option, const char *value)
{
    struct nc *nc = user;

    switch (option) {
    case 'u': nc->udp = true; return 0;
    case 'l': nc->listen = true; return 0;
    case 'w': return options_seconds("-w", value, &nc->wait);
    default: return -EINVAL;
    }
}

static int complain(const char *what, int error)
{
    fprintf(stderr, "ferrite: nc: %s: %s\n", what, strerror(-error));
    return EXIT_FAILED;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
    while (len) {
        ssize_t count = write(fd, data, len);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        data += count;
        len -= (size_t)count;
    }
    return 0;
}

/* Complains here: the connection itself is well. */
static int broken(struct nc *nc, const char *what, int error)
{
    nc->broken = error;
    complain(what, error);
    return error;
}

/* Reads input once; datagrams go out at once. Returns 0 at its end, 1, or a negative errno. */
static int from_input(struct nc *nc, int fd)
{
    ssize_t count = read(STDIN_FILENO, nc->input, sizeof nc->input);

    if (count < 0)
        return broken(nc, "standard input", -errno);
    if (count == 0) {
        if (!nc->udp)
            shutdown(fd, SHUT_WR);
        return 0;
    }
    if (nc->udp) {
        count = fe_sendto(fd, nc->input, (size_t)count, NULL, 0);
        return count < 0 ? (int)count : 1;
    }
    nc->start = 0;
    nc->end = (size_t)count;
    return 1;
}

/* Sends as much as the connection takes now: waiting here would leave what comes unread, and a peer that waits for us
 * to read would wait for ever. */
static int to_connection(struct nc *nc, int fd)
{
    ssize_t count = send(fd, nc->input + nc->start, nc->end - nc->start, MSG_DONTWAIT);

    if (count < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : -errno;
    nc->start += (size_t)count;
    return 1;
}

/* Prints what has come. Returns 0 at the end, 1, or a negative errno. */
static int to_output(struct nc *nc, int fd)
{
    struct fe_datagram info;
    ssize_t count = nc->udp ? fe_recvfrom(fd, nc->block, sizeof nc->block, &info)
                            : read(fd, nc->block, sizeof nc->block);
    int error;

    if (count < 0)
        return nc->udp ? (int)count : -errno;
    if (count == 0 && !nc->udp)
        return 0;
    if (!nc->knows_peer)
        fe_connect(fd, (struct sockaddr *)&info.from, host_length(&info.from));
    nc->knows_peer = true;
    error = write_all(STDOUT_FILENO, nc->block, (size_t)count);
    return error ? broken(nc, "standard output", error) : 1;
}

/* Moves bytes both ways until both directions have ended, or something has failed. */
static int converse(struct nc *nc, int fd)
{
    struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};
    int input = 1, output = 1;

    while (input > 0 || output > 0) {
        int patience = nc->udp && input <= 0 ? UDP_LINGER_MS
                       : nc->wait > 0        ? (int)(nc->wait * 1000)
                                             : -1;

        bool unsent = input > 0 && nc->start < nc->end;

        fds[0].fd = input > 0 && !unsent && nc->knows_peer ? STDIN_FILENO : -1;
        fds[1].fd = output > 0 || unsent ? fd : -1;
        fds[1].events = (short)((output > 0 ? POLLIN : 0) | (unsent ? POLLOUT : 0));
        if (poll(fds, 2, patience) == 0)
            break;
        if (fds[0].fd >= 0 && fds[0].revents)
            input = from_input(nc, fd);
        if (unsent && fds[1].revents & (POLLOUT | POLLERR | POLLHUP))
            input = to_connection(nc, fd);
        if (output > 0 && fds[1].revents & (POLLIN | POLLERR | POLLHUP))
            output = to_output(nc, fd);
        if (nc->broken)
            return 0;
        if (nc->udp && (input < 0 || output < 0))
            return input < 0 ? input : output;
        if (output <= 0 && fe_error(fd))
            break;
    }
    return nc->udp ? 0 : fe_error(fd);
}

/* Checks the operands before a board is asked for. Returns 0 or -EINVAL after a message. */
static int parse_operands(struct nc *nc, int count, char **words)
{
    if (count < 1 || count > 2 || (count == 1 && !nc->listen)) {
        fprintf(stderr, "ferrite: nc: give %s; try 'ferrite nc --help'\n",
                nc->listen ? "a port" : "a host and a port");
        return -EINVAL;
    }
    if (options_number("port", words[count - 1], 1, 65535, &nc->port))
        return -EINVAL;
    nc->host = count == 2 ? words[0] : NULL;
    return 0;
}

static void name_port(const struct sockaddr_storage *address, char text[NAME_BYTES])
{
    char host[HOST_TEXT_BYTES];

    snprintf(text, NAME_BYTES, "%s port %u", host_format((const struct sockaddr *)address, host),
             host_port(address));
}

/* Binds or connects a socket to one address. Returns it or a negative errno. */
static int open_at(const struct nc *nc, struct sockaddr_storage *address)
{
    int fd = fe_socket(address->ss_family, nc->udp ? SOCK_DGRAM : SOCK_STREAM, 0), error;

    if (fd < 0)
        return fd;
    host_set_port(address, nc->port);
    error =
        (nc->listen ? fe_bind : fe_connect)(fd, (struct sockaddr *)address, host_length(address));
    if (!error)
        return fd;
    close(fd);
    return error;
}

/* The host's addresses are tried in turn. text gets the one that it is, or that failed last. Returns a descriptor, or a
 * negative errno, -ENOENT after a message. */
static int open_socket(struct nc *nc, char text[NAME_BYTES])
{
    struct sockaddr_storage found[HOST_ADDRESSES];
    int count = 1, fd = -ENOENT, error;

    if (nc->host)
        count = host_resolve("nc", nc->host, nc->common.family, found, HOST_ADDRESSES);
    else
        fd = host_bind_any(nc->common.family, nc->udp ? SOCK_DGRAM : SOCK_STREAM, nc->port, found);
    for (int i = 0; nc->host && i < count && fd < 0; i++) {
        fd = open_at(nc, &found[i]);
        found[0] = found[i];
    }
    if (count > 0)
        name_port(&found[0], text);
    error = fd >= 0 && nc->listen && !nc->udp ? fe_listen(fd, 1) : 0;
    if (!error)
        return fd;
    close(fd);
    return error;
}

static int run(struct nc *nc)
{
    char text[NAME_BYTES] = "";
    int fd = open_socket(nc, text), error;

    if (fd < 0)
        return *text ? complain(text, fd) : EXIT_FAILED;
    if (nc->listen && nc->common.verbose)
        fprintf(stderr, "ferrite: nc: listening on %s\n", text);
    nc->knows_peer = !(nc->listen && nc->udp);
    if (nc->listen && !nc->udp) {
        int listener = fd;

        fd = fe_accept(listener, NULL, NULL);
        close(listener);
        if (fd < 0)
            return complain(text, fd);
    }
    error = converse(nc, fd);
    close(fd);
    if (error)
        complain(text, error);
    return error || nc->broken ? EXIT_FAILED : EXIT_OK;
}

int command_nc(int argc, char **argv)
{
    static struct nc nc;
    struct command_options command = {"ulw:", NULL, take, &nc, help};
    struct session session;
    int first, code;

    nc = (struct nc){0};
    code = options_parse(argc, argv, &nc.common, &command, &first);
    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (parse_operands(&nc, argc - first, argv + first) || session_start(&session, &nc.common))
        return EXIT_USAGE;
    code = run(&nc);
    return session_end(&session) ? EXIT_USAGE : code;
}
