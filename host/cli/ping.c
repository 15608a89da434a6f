/* ferrite ping: echo requests and their round trips, in the engine's time.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/commands.h"
#include "host/cli/host.h"
#include "host/cli/session.h"
#include "host/socket/ferrite.h"

enum {
    ICMP_HEADER_BYTES = 8,
    MAX_SIZE = 65507 - ICMP_HEADER_BYTES,
    TYPE_ECHO_REPLY = 0,
    TYPE_ECHO = 8,
    TYPE6_ECHO = 128,
    TYPE6_ECHO_REPLY = 129
};

struct ping {
    struct options common;
    unsigned long count, size, ttl; /* count 0: until interrupted */
    double interval, patience;
    bool quiet;
    const char *host;
    bool v6;
    int fd;
    unsigned long sent, received, errors;
    double sum_ms, square_ms, min_ms, max_ms;
    uint8_t packet[ICMP_HEADER_BYTES + MAX_SIZE];
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* Ctrl-C ends with the summary. An engine of our own may have blocked it (interrupt.h). */
static void take_interrupts(void)
{
    sigset_t set;

    signal(SIGINT, interrupt);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void help(void)
{
    puts("usage: ferrite ping [options] HOST\n"
         "Sends ICMP echo requests and times the replies. Exit 0 if any came, 1 if none, 2 on "
         "other errors.\n\n"
         "  -c COUNT    end after COUNT requests (else with Ctrl-C)\n"
         "  -i S        seconds between requests (1)\n"
         "  -s BYTES    of data in each request (56)\n"
         "  -t TTL      time to live, IPv6's hop limit (64)\n"
         "  -W S        wait S seconds for the last reply (1)\n"
         "  -q          only the summary\n");
}

static int take(void *user, int option, const char *value)
{
    struct ping *ping = user;

    switch (option) {
    case 'c': return options_number("-c", value, 1, 1000000000, &ping->count);
    case 's': return options_number("-s", value, 0, MAX_SIZE, &ping->size);
    case 't': return options_number("-t", value, 1, 255, &ping->ttl);
    case 'i': return options_seconds("-i", value, &ping->interval);
    case 'W': return options_seconds("-W", value, &ping->patience);
    case 'q': ping->quiet = true; return 0;
    default: return -EINVAL;
    }
}

static void send_request(struct ping *ping)
{
    unsigned long sequence = ++ping->sent;
    ssize_t done;

    memset(ping->packet, 0, ICMP_HEADER_BYTES);
    ping->packet[0] = ping->v6 ? TYPE6_ECHO : TYPE_ECHO;
    ping->packet[6] = (uint8_t)(sequence >> 8);
    ping->packet[7] = (uint8_t)sequence;
    for (unsigned long i = 0; i < ping->size; i++)
        ping->packet[ICMP_HEADER_BYTES + i] = (uint8_t)i;
    done = fe_sendto(ping->fd, ping->packet, ICMP_HEADER_BYTES + ping->size, NULL, 0);
    if (done < 0) {
        ping->errors++;
        fprintf(stderr, "ferrite: ping: cannot send request %lu: %s\n", sequence,
                strerror((int)-done));
    }
}

static void count_reply(struct ping *ping, double ms)
{
    ping->min_ms = ping->received && ping->min_ms < ms ? ping->min_ms : ms;
    ping->max_ms = ping->received && ping->max_ms > ms ? ping->max_ms : ms;
    ping->received++;
    ping->sum_ms += ms;
    ping->square_ms += ms * ms;
}

/* Takes one message. Returns 0, or -ENODEV when the board is gone. */
static int take_reply(struct ping *ping)
{
    struct fe_datagram info;
    ssize_t got = fe_recvfrom(ping->fd, ping->packet, sizeof ping->packet, &info);
    char from[HOST_TEXT_BYTES];
    double ms;

    if (got == -ENODEV || got == -ENETDOWN || got == -EBADF)
        return -ENODEV;
    if (got < 0) {
        ping->errors++;
        fprintf(stderr, "ferrite: ping: %s: %s\n", ping->host, strerror((int)-got));
        return 0;
    }
    if (got < ICMP_HEADER_BYTES ||
        ping->packet[0] != (ping->v6 ? TYPE6_ECHO_REPLY : TYPE_ECHO_REPLY))
        return 0;
    ms = (double)(info.received_ns - info.sent_ns) / 1e6;
    count_reply(ping, ms);
    if (!ping->quiet)
        printf("%zd bytes from %s: icmp_seq=%u time=%.3f ms\n", got,
               host_format((struct sockaddr *)&info.from, from),
               ping->packet[6] << 8 | ping->packet[7], ms);
    fflush(stdout);
    return 0;
}

/* Takes replies until the wall clock reaches until_ns, or nothing is awaited any more. */
static int take_replies(struct ping *ping, uint64_t until_ns, bool last)
{
    for (;;) {
        uint64_t now = session_wall_ns();
        struct pollfd wait = {.fd = ping->fd, .events = POLLIN};
        int ready;

        if (interrupted || now >= until_ns || (last && ping->received + ping->errors >= ping->sent))
            return 0;
        ready = poll(&wait, 1, (int)((until_ns - now + 999999) / 1000000));
        if (ready > 0 && take_reply(ping))
            return -ENODEV;
    }
}

static int run(struct ping *ping)
{
    for (;;) {
        uint64_t start = session_wall_ns();
        bool last = ping->count && ping->sent + 1 == ping->count;
        double wait = last ? ping->patience : ping->interval;

        send_request(ping);
        if (take_replies(ping, start + (uint64_t)(wait * 1e9), last))
            return -ENODEV;
        if (last || interrupted)
            return 0;
    }
}

static void summary(const struct ping *ping)
{
    double n = (double)ping->received, mean = n > 0 ? ping->sum_ms / n : 0;
    double variance = n > 0 ? ping->square_ms / n - mean * mean : 0;

    printf("\n--- %s ping statistics ---\n", ping->host);
    printf("%lu packets transmitted, %lu received", ping->sent, ping->received);
    if (ping->errors)
        printf(", +%lu errors", ping->errors);
    printf(", %.4g%% packet loss\n",
           100.0 * (double)(ping->sent - ping->received) / (double)ping->sent);
    if (ping->received)
        printf("rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms\n", ping->min_ms, mean, ping->max_ms,
               sqrt(variance > 0 ? variance : 0));
}

/* A connected echo socket with the hop limit that was asked for, or a negative errno. */
static int open_socket(const struct ping *ping, const struct sockaddr_storage *to)
{
    int fd = ping->v6 ? fe_socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6)
                      : fe_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    int ttl = (int)ping->ttl;
    int error = fd < 0 ? fd : fe_connect(fd, (const struct sockaddr *)to, host_length(to));

    if (!error && ttl)
        error = ping->v6 ? fe_setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof ttl)
                         : fe_setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
    if (error && fd >= 0)
        close(fd);
    return error ? error : fd;
}

static int ping_host(struct ping *ping)
{
    struct sockaddr_storage to;
    char text[HOST_TEXT_BYTES];
    int error;

    if (host_resolve("ping", ping->host, ping->common.family, &to, 1) < 0)
        return EXIT_USAGE;
    ping->v6 = to.ss_family == AF_INET6;
    ping->fd = open_socket(ping, &to);
    if (ping->fd < 0) {
        fprintf(stderr, "ferrite: ping: %s: %s\n", ping->host, strerror(-ping->fd));
        return EXIT_USAGE;
    }
    printf("PING %s (%s) %lu bytes of data\n", ping->host,
           host_format((struct sockaddr *)&to, text), ping->size);
    error = run(ping);
    close(ping->fd);
    summary(ping);
    return error ? EXIT_USAGE : ping->received ? EXIT_OK : EXIT_FAILED;
}

int command_ping(int argc, char **argv)
{
    static struct ping ping;
    struct command_options command = {"c:s:t:i:W:q", NULL, take, &ping, help};
    struct session session;
    int first, code;

    ping = (struct ping){.size = 56, .interval = 1, .patience = 1};
    code = options_parse(argc, argv, &ping.common, &command, &first);
    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (argc - first != 1) {
        fprintf(stderr, "ferrite: ping: give one host; try 'ferrite ping --help'\n");
        return EXIT_USAGE;
    }
    ping.host = argv[first];
    if (session_start(&session, &ping.common))
        return EXIT_USAGE;
    take_interrupts();
    code = ping_host(&ping);
    return session_end(&session) ? EXIT_USAGE : code;
}
