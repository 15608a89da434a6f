/* A name server for tests (RFC 1035), on engine 1's UDP and TCP.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/socket/protocol.h"
#include "tests/unit/name_server.h"

enum {
    SERVER_PORT = 5300,
    HEADER = 12,
    NAME_ERROR = 3,
    SERVER_FAILURE = 2,
    TRUNCATED = 0x02,
    TYPE_AAAA = 28
};

struct name_server {
    pthread_t thread;
    int udp, listener, stop[2], tcp_questions;
};

/* The name as text, its end in *end. */
static void question_name(const uint8_t *query, size_t len, char *text, size_t *end)
{
    size_t at = HEADER, out = 0;

    while (at < len && query[at] && at + query[at] < len && out + query[at] < 250) {
        memcpy(text + out, query + at + 1, query[at]);
        out += query[at];
        text[out++] = '.';
        at += 1u + query[at];
    }
    text[out ? out - 1 : 0] = '\0';
    *end = at + 5;
}

static size_t put_address(uint8_t *at, uint32_t address)
{
    const uint8_t record[16] = {0xc0,
                                HEADER,
                                0,
                                1,
                                0,
                                1,
                                0,
                                0,
                                0,
                                60,
                                0,
                                4,
                                (uint8_t)(address >> 24),
                                (uint8_t)(address >> 16),
                                (uint8_t)(address >> 8),
                                (uint8_t)address};

    memcpy(at, record, sizeof record);
    return sizeof record;
}

static size_t put_address6(uint8_t *at, uint8_t host)
{
    const uint8_t record[28] = {0xc0, HEADER, 0,  TYPE_AAAA, 0,  1,    0,
                                0,    0,      60, 0,         16, 0xfd, [27] = host};

    memcpy(at, record, sizeof record);
    return sizeof record;
}

/* The same for a question for IPv6 addresses, which stand in fd00::/64. Returns its length, 0 for none, or len if the name
 * is one that has none. */
static size_t answer6(uint8_t *message, const char *name, size_t len)
{
    uint8_t host =
        !strcmp(name, "both.test") || !strcmp(name, "six.test") || !strcmp(name, "half.test") ? 2
        : !strcmp(name, "dark.test") || !strcmp(name, "many.test")                            ? 77
                                                                                              : 0;

    if (!strcmp(name, "slow.test"))
        return 0;
    if (!host)
        return len;
    message[7] = 1;
    len += put_address6(message + len, host);
    if (strcmp(name, "many.test"))
        return len;
    message[7] = 2;
    return len + put_address6(message + len, host + 1);
}

/* Writes the answer behind the question; returns its length, 0 for none. */
static size_t answer(uint8_t *message, size_t len, bool tcp)
{
    char name[256];
    size_t end;
    int count = 0, first = 0;

    question_name(message, len, name, &end);
    message[2] = 0x84 | (message[2] & 1);
    message[3] = 0x80;
    memset(message + 6, 0, 6);
    if (!strcmp(name, "silent.test"))
        return 0;
    if (message[end - 3] == TYPE_AAAA && strcmp(name, "nosuch.test") && strcmp(name, "broken.test"))
        return answer6(message, name, end);
    if (!strcmp(name, "half.test"))
        return 0;
    if (!strcmp(name, "www.test") || !strcmp(name, "both.test") || !strcmp(name, "dark.test") ||
        !strcmp(name, "many.test") || !strcmp(name, "slow.test"))
        count = 1;
    else if (!strcmp(name, "two.test"))
        count = 2, first = 75;
    else if (!strcmp(name, "big.test") && !tcp)
        message[2] |= TRUNCATED;
    else if (!strcmp(name, "big.test"))
        count = 12, first = 200;
    else if (!strcmp(name, "broken.test"))
        message[3] |= SERVER_FAILURE;
    else if (!strcmp(name, "lies.test"))
        message[7] = 200; /* and none follows */
    else if (strcmp(name, "bare.test") && strcmp(name, "six.test"))
        message[3] |= NAME_ERROR;
    for (int i = 0; i < count; i++)
        end += put_address(message + end, 0x0a000002u + (uint32_t)(i == count - 1 ? 0 : first + i));
    if (count)
        message[7] = (uint8_t)count;
    return end;
}

static void serve_datagram(struct name_server *server)
{
    uint8_t message[2048];
    const size_t head =
        sizeof(struct fe_datagram_header); /* it goes back as it came: to the sender */
    ssize_t got = read(server->udp, message, 512);
    size_t len =
        got > (ssize_t)(head + HEADER) ? answer(message + head, (size_t)got - head, false) : 0;

    if (len && write(server->udp, message, head + len) < 0)
        abort();
}

static void serve_stream(struct name_server *server)
{
    uint8_t message[2048];
    int fd = fe_accept(server->listener, NULL, NULL);
    ssize_t got = 0, more;
    size_t len;

    while (got < 2 + HEADER && (more = read(fd, message + got, 512)) > 0)
        got += more;
    server->tcp_questions++;
    len = got > 2 + HEADER ? answer(message + 2, (size_t)got - 2, true) : 0;
    message[0] = (uint8_t)(len >> 8);
    message[1] = (uint8_t)len;
    if (len && write(fd, message, 2 + len) < 0)
        abort();
    while (read(fd, message, sizeof message) > 0)
        continue;
    close(fd);
}

static void *server_main(void *user)
{
    struct name_server *server = user;
    struct pollfd fds[3] = {
        {server->stop[0], POLLIN, 0}, {server->udp, POLLIN, 0}, {server->listener, POLLIN, 0}};

    while (poll(fds, 3, -1) > 0 && !fds[0].revents) {
        if (fds[1].revents)
            serve_datagram(server);
        if (fds[2].revents)
            serve_stream(server);
    }
    return NULL;
}

struct name_server *name_server_start(const struct two *two)
{
    struct name_server *server = calloc(1, sizeof *server);
    struct sockaddr_in in = address_of(1, SERVER_PORT);

    server->listener = two_listen(two, SERVER_PORT);
    on(two, 1);
    server->udp = fe_socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(fe_bind(server->udp, SOCKADDR(in)), 0);
    on(two, 0);
    assert_int_equal(pipe(server->stop), 0);
    pthread_create(&server->thread, NULL, server_main, server);
    return server;
}

int name_server_stop(struct name_server *server)
{
    int questions;

    close(server->stop[1]);
    pthread_join(server->thread, NULL);
    close(server->stop[0]);
    close(server->udp);
    close(server->listener);
    questions = server->tcp_questions;
    free(server);
    return questions;
}
