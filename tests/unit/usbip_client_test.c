/* The USB/IP client against a server in a thread: an honest one, and ones that split, lie, stall and hang up.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "driver/usbip.h"

enum behaviour {
    HONEST,
    BYTE_BY_BYTE,    /* every answer in pieces */
    HANG_UP_IN_DATA, /* at the first bulk IN, in the middle of its data */
    WRONG_SEQNUM,    /* … answers a number that nobody asked with */
    TOO_MUCH,        /* … says that it gives more than was asked for */
    UNKNOWN_COMMAND,
    STALLS,           /* answers each bulk transfer with -EPIPE */
    NEVER_ANSWERS,    /* bulk IN pends until it is unlinked */
    ANSWERS_TOO_LATE, /* … and answered when the unlink comes, and then the unlink with 0 */
    TWO_WITHOUT_END,  /* the device list claims 4,000,000,000 devices */
    REFUSES_IMPORT,
    NO_BOARD, /* exports another device only */
    HANGS_UP_AT_ONCE,
};

struct server {
    enum behaviour behaviour;
    int listener;
    unsigned port;
    pthread_t thread;
    atomic_int zero_packets, out_bytes, unlinks, configured;
    uint32_t pending; /* seqnum of a bulk IN that waits */
};

/* ---- the server ---- */

static void put_32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int read_all(int fd, void *bytes, size_t len)
{
    return recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

static void write_all(const struct server *server, int fd, const uint8_t *bytes, size_t len)
{
    size_t step = server->behaviour == BYTE_BY_BYTE ? 7 : len;

    for (size_t at = 0; at < len; at += step)
        if (send(fd, bytes + at, len - at < step ? len - at : step, MSG_NOSIGNAL) < 0)
            return;
}

static void device_block(const struct server *server, uint8_t at[312])
{
    memset(at, 0, 312);
    strcpy((char *)at + 256, "3-7");
    put_32(at + 288, 3);
    put_32(at + 292, 9);
    put_32(at + 296, 3);
    put_32(at + 300, server->behaviour == NO_BOARD ? 0x04661234 : 0x12090001);
    at[311] = 1;
}

static void ret_submit(const struct server *server, int fd, uint32_t seqnum, int32_t status,
                       uint32_t actual, const uint8_t *data, size_t len)
{
    uint8_t message[48 + 70000] = {0};

    put_32(message, 3);
    put_32(message + 4, seqnum);
    put_32(message + 20, (uint32_t)status);
    put_32(message + 24, actual);
    if (len)
        memcpy(message + 48, data, len);
    write_all(server, fd, message, 48 + len);
}

static void ret_unlink(const struct server *server, int fd, uint32_t seqnum, int32_t status)
{
    uint8_t message[48] = {0};

    put_32(message, 4);
    put_32(message + 4, seqnum);
    put_32(message + 20, (uint32_t)status);
    write_all(server, fd, message, 48);
}

static void serve_control(struct server *server, int fd, const uint8_t *header)
{
    static const uint8_t descriptor[18] = {18,   1, 0, 2, 0, 0, 0, 64, 9,
                                           0x12, 1, 0, 0, 1, 1, 2, 3,  1};
    static const uint8_t serial[10] = {10, 3, 'A', 0, '7', 0, 0xE9, 0, 'x', 0};
    const uint8_t *setup = header + 40;
    uint32_t seqnum = get_32(header + 4);

    if (setup[1] == 9)
        server->configured = setup[2];
    if (setup[1] == 6 && setup[3] == 1)
        ret_submit(server, fd, seqnum, 0, 18, descriptor, 18);
    else if (setup[1] == 6 && setup[3] == 3)
        ret_submit(server, fd, seqnum, 0, 10, serial, 10);
    else if (setup[1] == 9)
        ret_submit(server, fd, seqnum, 0, 0, NULL, 0);
    else if (setup[0] == 0xC0)
        ret_submit(server, fd, seqnum, 0, 4, (const uint8_t *)"FERR", 4);
    else
        ret_submit(server, fd, seqnum, -32, 0, NULL, 0);
}

/* Returns 0 to hang up. */
static int serve_in(struct server *server, int fd, uint32_t seqnum, uint32_t length)
{
    static uint8_t data[65536];

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 3 + i / 256);
    switch (server->behaviour) {
    case HANG_UP_IN_DATA: ret_submit(server, fd, seqnum, 0, length, data, length / 2); return 0;
    case WRONG_SEQNUM: ret_submit(server, fd, seqnum + 77, 0, length, data, length); return 1;
    case TOO_MUCH: ret_submit(server, fd, seqnum, 0, length + 1, data, length + 1); return 1;
    case STALLS: ret_submit(server, fd, seqnum, -32, 0, NULL, 0); return 1;
    case UNKNOWN_COMMAND: data[0] = 0, put_32(data, 99), write_all(server, fd, data, 48); return 1;
    case NEVER_ANSWERS:
    case ANSWERS_TOO_LATE: server->pending = seqnum; return 1;
    default: ret_submit(server, fd, seqnum, 0, length - 3, data, length - 3); return 1;
    }
}

static void serve_unlink(struct server *server, int fd, const uint8_t *header)
{
    server->unlinks++;
    if (server->behaviour == ANSWERS_TOO_LATE) {
        ret_submit(server, fd, get_32(header + 20), -104, 5, (const uint8_t *)"bytes", 5);
        ret_unlink(server, fd, get_32(header + 4), 0);
    } else {
        ret_unlink(server, fd, get_32(header + 4),
                   server->pending == get_32(header + 20) ? -104 : 0);
    }
}

static int serve_out(struct server *server, int fd, const uint8_t *header)
{
    static uint8_t data[1 << 20];
    uint32_t length = get_32(header + 24);

    if (length > sizeof(data) || !read_all(fd, data, length))
        return 0;
    for (uint32_t i = 0; i < length; i++)
        if (data[i] != (uint8_t)(i * 5 + i / 256))
            return 0;
    server->out_bytes += (int)length;
    server->zero_packets += get_32(header + 20) == 0x40;
    ret_submit(server, fd, get_32(header + 4), server->behaviour == STALLS ? -32 : 0,
               server->behaviour == STALLS ? 0 : length, NULL, 0);
    return 1;
}

static void serve_urbs(struct server *server, int fd)
{
    uint8_t header[48];
    int more = 1;

    while (more && read_all(fd, header, sizeof(header))) {
        if (get_32(header) == 2)
            serve_unlink(server, fd, header);
        else if (get_32(header) != 1 || get_32(header + 8) != 0x00030009)
            more = 0;
        else if (get_32(header + 16) == 0)
            serve_control(server, fd, header);
        else if (get_32(header + 12) == 1)
            more = serve_in(server, fd, get_32(header + 4), get_32(header + 24));
        else
            more = serve_out(server, fd, header);
    }
}

static void serve_list(const struct server *server, int fd)
{
    uint8_t answer[8 + 4 + 312 + 4] = {1, 0x11, 0, 5};

    put_32(answer + 8, server->behaviour == TWO_WITHOUT_END ? 4000000000u : 1);
    device_block(server, answer + 12);
    write_all(server, fd, answer, sizeof(answer));
}

static void serve_import(struct server *server, int fd)
{
    uint8_t answer[8 + 312] = {1, 0x11, 0, 3}, busid[32];

    if (!read_all(fd, busid, sizeof(busid)))
        return;
    if (server->behaviour == REFUSES_IMPORT || strcmp((char *)busid, "3-7")) {
        put_32(answer + 4, 1);
        write_all(server, fd, answer, 8);
        return;
    }
    device_block(server, answer + 8);
    write_all(server, fd, answer, sizeof(answer));
    serve_urbs(server, fd);
}

static void *serve(void *user)
{
    struct server *server = user;
    uint8_t request[8];
    int fd, on = 1;

    while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (server->behaviour != HANGS_UP_AT_ONCE && read_all(fd, request, sizeof(request))) {
            if (get_32(request) == 0x01118005)
                serve_list(server, fd);
            else if (get_32(request) == 0x01118003)
                serve_import(server, fd);
        }
        close(fd);
    }
    return NULL;
}

static void server_start(struct server *server, enum behaviour behaviour)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    memset(server, 0, sizeof(*server));
    server->behaviour = behaviour;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server->listener, 4), 0);
    getsockname(server->listener, (struct sockaddr *)&address, &len);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_stop(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

/* ---- the client's side ---- */

static int open_at(struct server *server, struct transport **out, const char *busid, char *error,
                   size_t error_len)
{
    char where[64];

    snprintf(where, sizeof(where), "127.0.0.1:%u%s", server->port, busid);
    return usbip_open(out, where, error, error_len);
}

static struct transport *start(struct server *server, enum behaviour behaviour)
{
    struct transport *transport = NULL;
    char error[300] = "";

    server_start(server, behaviour);
    if (open_at(server, &transport, "", error, sizeof(error)))
        fail_msg("%s", error);
    return transport;
}

static void stop(struct server *server, struct transport *transport)
{
    transport->ops->close(transport);
    server_stop(server);
}

static void count_done(struct transfer *transfer)
{
    ++*(int *)transfer->user;
}

/* Runs the transport until count transfers are done; gives up in the end. */
static void run_until(struct transport *transport, const int *done, int count)
{
    for (int i = 0; i < 50000 && *done < count; i++) {
        struct pollfd fds[4];
        int n = transport->ops->fds(transport, fds, 4);
        poll(fds, (nfds_t)n, transport->ops->deadline(transport) == TIME_NEVER ? 10 : 0);
        transport->ops->poll(transport, (uint64_t)i, TIME_NEVER);
    }
    assert_int_equal(*done, count);
}

static void opens_the_first_board_and_reads_its_serial(void **state)
{
    struct server server;
    struct transport *transport = start(&server, HONEST);

    (void)state;
    assert_int_equal(transport->speed, SPEED_HIGH);
    assert_string_equal(transport->serial, "A7?x");
    assert_non_null(strstr(transport->name, "3-7"));
    assert_int_equal(server.configured, 1);
    stop(&server, transport);
}

static void carries_transfers_both_ways(void **state)
{
    static const enum behaviour behaviours[] = {HONEST, BYTE_BY_BYTE};
    static uint8_t out[1 << 20], in[4][65536], reg[4];

    (void)state;
    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = (uint8_t)(i * 5 + i / 256);
    for (int b = 0; b < 2; b++) {
        struct server server;
        struct transport *transport = start(&server, behaviours[b]);
        int done = 0;
        struct transfer transfers[7] = {
            {.endpoint = 0x81, .data = in[0], .length = 65536},
            {.endpoint = 1, .data = out, .length = sizeof(out)},
            {.endpoint = 0x81, .data = in[1], .length = 512},
            {.endpoint = 1, .data = out, .length = 512, .zero_packet = true},
            {.endpoint = 0x82, .data = in[2], .length = 8},
            {.setup = {0xC0, 1, 0, 0, 0, 0, 4}, .data = reg, .length = 4},
            {.setup = {0x40, 9, 0, 0, 0, 0, 0}},
        };
        for (int i = 0; i < 7; i++) {
            transfers[i].done = count_done;
            transfers[i].user = &done;
            assert_int_equal(transport->ops->submit(transport, &transfers[i]), 0);
        }
        run_until(transport, &done, 7);
        assert_int_equal(transfers[0].status, 0);
        assert_int_equal(transfers[0].actual, 65533);
        for (uint32_t i = 0; i < 65533; i++)
            assert_int_equal(in[0][i], (uint8_t)(i * 3 + i / 256));
        assert_int_equal(transfers[1].actual, sizeof(out));
        assert_int_equal(transfers[2].actual, 509);
        assert_int_equal(transfers[4].actual, 5);
        assert_memory_equal(reg, "FERR", 4);
        assert_int_equal(transfers[6].status, 0);
        assert_int_equal(server.out_bytes, (1 << 20) + 512);
        assert_int_equal(server.zero_packets, 1);
        stop(&server, transport);
    }
}

static void tells_stalls_apart_from_failures(void **state)
{
    struct server server;
    struct transport *transport = start(&server, STALLS);
    uint8_t data[512] = {0};
    int done = 0;
    struct transfer in = {
        .endpoint = 0x81, .data = data, .length = 512, .done = count_done, .user = &done};
    struct transfer control = {.setup = {0x42, 7}, .done = count_done, .user = &done};

    (void)state;
    assert_int_equal(transport->ops->submit(transport, &in), 0);
    assert_int_equal(transport->ops->submit(transport, &control), 0);
    run_until(transport, &done, 2);
    assert_int_equal(in.status, -EPIPE);
    assert_int_equal(control.status, -EPIPE);
    stop(&server, transport);
}

static void cancels_with_and_without_bytes(void **state)
{
    static const enum behaviour behaviours[] = {NEVER_ANSWERS, ANSWERS_TOO_LATE};

    (void)state;
    for (int b = 0; b < 2; b++) {
        struct server server;
        struct transport *transport = start(&server, behaviours[b]);
        uint8_t data[512], reg[4];
        int done = 0;
        struct transfer in = {
            .endpoint = 0x81, .data = data, .length = 512, .done = count_done, .user = &done};
        struct transfer after = {
            .setup = {0xC0, 1}, .data = reg, .length = 4, .done = count_done, .user = &done};
        assert_int_equal(transport->ops->submit(transport, &in), 0);
        transport->ops->cancel(transport, &in);
        transport->ops->cancel(transport, &in); /* twice is once */
        assert_int_equal(done, 0);              /* done comes from poll only */
        run_until(transport, &done, 1);
        assert_int_equal(in.status, -ECANCELED);
        assert_int_equal(in.actual, behaviours[b] == ANSWERS_TOO_LATE ? 5 : 0);
        assert_int_equal(transport->ops->submit(transport, &after),
                         0); /* the connection is good still */
        run_until(transport, &done, 2);
        assert_int_equal(after.status, 0);
        assert_int_equal(server.unlinks, 1);
        stop(&server, transport);
    }
}

static void a_server_that_breaks_the_protocol_is_a_board_unplugged(void **state)
{
    static const enum behaviour behaviours[] = {HANG_UP_IN_DATA, WRONG_SEQNUM, TOO_MUCH,
                                                UNKNOWN_COMMAND};

    (void)state;
    for (int b = 0; b < 4; b++) {
        struct server server;
        struct transport *transport = start(&server, behaviours[b]);
        uint8_t data[2][512];
        struct pollfd fds[1];
        int done = 0;
        struct transfer first = {
            .endpoint = 0x81, .data = data[0], .length = 512, .done = count_done, .user = &done};
        struct transfer second = {
            .endpoint = 0x82, .data = data[1], .length = 8, .done = count_done, .user = &done};
        assert_int_equal(transport->ops->submit(transport, &first), 0);
        assert_int_equal(transport->ops->submit(transport, &second), 0);
        run_until(transport, &done, 2);
        assert_int_equal(first.status, -ENODEV);
        assert_int_equal(second.status, -ENODEV);
        assert_int_equal(transport->ops->submit(transport, &first), -ENODEV);
        assert_int_equal(transport->ops->fds(transport, fds, 1), 0);
        stop(&server, transport);
    }
}

static void closing_ends_what_is_in_flight(void **state)
{
    struct server server;
    struct transport *transport = start(&server, NEVER_ANSWERS);
    uint8_t data[512];
    int done = 0;
    struct transfer in = {
        .endpoint = 0x81, .data = data, .length = 512, .done = count_done, .user = &done};

    (void)state;
    assert_int_equal(transport->ops->submit(transport, &in), 0);
    stop(&server, transport);
    assert_int_equal(done, 1);
    assert_int_equal(in.status, -ECANCELED);
}

static void says_what_is_wrong_when_it_cannot_open(void **state)
{
    static const struct {
        enum behaviour behaviour;
        const char *busid;
        int code;
        const char *said;
    } cases[] = {
        {REFUSES_IMPORT, "", -EBUSY, "another client"}, {HONEST, "/9-9", -EBUSY, "9-9"},
        {NO_BOARD, "", -ENODEV, "1209:0001"},           {TWO_WITHOUT_END, "", -EPROTO, "list"},
        {HANGS_UP_AT_ONCE, "", -ECONNRESET, "list"},
    };
    struct transport *transport;
    char error[300];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct server server;
        server_start(&server, cases[i].behaviour);
        assert_int_equal(open_at(&server, &transport, cases[i].busid, error, sizeof(error)),
                         cases[i].code);
        if (!strstr(error, cases[i].said))
            fail_msg("'%s' does not say '%s'", error, cases[i].said);
        server_stop(&server);
        if (i == 0) {
            assert_int_equal(open_at(&server, &transport, "", error, sizeof(error)), -ECONNREFUSED);
            assert_non_null(strstr(error, "ferrite sim"));
        }
    }
}

static void refuses_places_that_are_none(void **state)
{
    static const char *places[] = {
        "host:", "host:0", "host:65536", "host:12x", "host:-1",
        "host/", "[::1",   "[::1]x",     "a:1:2",    "h/1234567890123456789012345678901234567890"};
    struct transport *transport;
    char error[300];

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        assert_int_equal(usbip_open(&transport, places[i], error, sizeof(error)), -EINVAL);
        assert_non_null(strstr(error, places[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_the_first_board_and_reads_its_serial),
        cmocka_unit_test(carries_transfers_both_ways),
        cmocka_unit_test(tells_stalls_apart_from_failures),
        cmocka_unit_test(cancels_with_and_without_bytes),
        cmocka_unit_test(a_server_that_breaks_the_protocol_is_a_board_unplugged),
        cmocka_unit_test(closing_ends_what_is_in_flight),
        cmocka_unit_test(says_what_is_wrong_when_it_cannot_open),
        cmocka_unit_test(refuses_places_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
