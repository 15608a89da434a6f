/* Tests of host/engine/stream.c and of host/socket: TCP between two engines, by
 * plain descriptors.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/two_engines.h"

/* What at most may lie between a writer and a reader that does not read: a socket pair at each end, and buffers as large as they
 * grow (stack.h). */
enum { MOST_HELD = 16 << 20 };

static struct two two;

static int start(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    two_start(&two);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    two_stop(&two);
    return 0;
}

static void a_server_echoes_what_a_client_sends(void **state)
{
    int client, server;
    char text[16] = "";

    (void)state;
    two_join(&two, &client, &server);
    assert_int_equal(write(client, "hello", 5), 5);
    assert_int_equal(read(server, text, sizeof text), 5);
    assert_int_equal(write(server, text, 5), 5);
    memset(text, 0, sizeof text);
    assert_int_equal(read(client, text, sizeof text), 5);
    assert_string_equal(text, "hello");
    close(client);
    assert_int_equal(read(server, text, sizeof text), 0);
    on(&two, 1);
    assert_int_equal(fe_error(server), 0);
    close(server);
}

static void names_are_those_of_both_ends(void **state)
{
    struct sockaddr_in near, far;
    socklen_t near_len = sizeof near, far_len = sizeof far;
    int client, server;

    (void)state;
    two_join(&two, &client, &server);
    assert_int_equal(fe_getpeername(client, (struct sockaddr *)&far, &far_len), 0);
    assert_int_equal(far.sin_addr.s_addr, htonl(0x0a000002));
    assert_int_equal(ntohs(far.sin_port), 80);
    assert_int_equal(fe_getsockname(client, (struct sockaddr *)&near, &near_len), 0);
    assert_int_equal(near.sin_addr.s_addr, htonl(0x0a000001));
    on(&two, 1);
    assert_int_equal(fe_getpeername(server, (struct sockaddr *)&far, &far_len), 0);
    assert_int_equal(far.sin_port, near.sin_port);
    close(client);
    close(server);
}

static void *write_megabyte(void *fd)
{
    write_pattern(*(int *)fd, 1000000);
    assert_int_equal(shutdown(*(int *)fd, SHUT_WR), 0);
    return NULL;
}

static void a_megabyte_each_way_arrives_whole_through_half_closed_connections(void **state)
{
    int client, server;
    pthread_t up, down;

    (void)state;
    two_join(&two, &client, &server);
    pthread_create(&up, NULL, write_megabyte, &client);
    assert_int_equal(read_pattern(server), 1000000);
    pthread_join(up, NULL);
    pthread_create(&down, NULL, write_megabyte, &server); /* the other direction is still open */
    assert_int_equal(read_pattern(client), 1000000);
    pthread_join(down, NULL);
    assert_int_equal(fe_error(client), 0);
    close(client);
    close(server);
}

static void a_reader_that_does_not_read_stops_the_writer(void **state)
{
    int client, server;
    char block[4096] = "";
    size_t sent = 0;

    (void)state;
    two_join(&two, &client, &server);
    fcntl(client, F_SETFL, O_NONBLOCK);
    while (sent <= MOST_HELD && waits_for(client, POLLOUT, sent < 65535 ? PATIENCE_MS : 500)) {
        ssize_t put = write(client, block, sizeof block);
        sent += put > 0 ? (size_t)put : 0;
    }
    assert_in_range(sent, 65535, MOST_HELD);
    for (size_t got = 0; got < sent;)
        got += (size_t)read(server, block, sizeof block);
    assert_true(comes(client, POLLOUT));
    close(client);
    close(server);
}

static void a_refused_connection_says_so(void **state)
{
    struct sockaddr_in in = address_of(1, 81);
    char text[160];
    int fd = fe_socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(fe_connect(fd, SOCKADDR(in)), -ECONNREFUSED);
    assert_int_equal(fe_error_text(fd, text, sizeof text), -ECONNREFUSED);
    assert_string_equal(text, "connect to 10.0.0.2:81: Connection refused");
    assert_int_equal(read(fd, text, 1), 0);
    assert_int_equal(write(fd, text, 1), -1);
    assert_int_equal(fe_connect(fd, SOCKADDR(in)), -ECONNREFUSED);
    close(fd);
}

static void a_connect_that_does_not_wait_becomes_writable(void **state)
{
    struct sockaddr_in in = address_of(1, 80);
    int listener = two_listen(&two, 80), fd = fe_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int server;

    (void)state;
    assert_false(waits_for(fd, POLLOUT, 0)); /* not connected, not writable */
    assert_int_equal(write(fd, "x", 1), -1);
    assert_int_equal(fe_connect(fd, SOCKADDR(in)), -EINPROGRESS);
    assert_true(comes(fd, POLLOUT));
    assert_int_equal(fe_error(fd), 0);
    assert_int_equal(fe_connect(fd, SOCKADDR(in)), -EISCONN);
    assert_int_equal(write(fd, "y", 1), 1);
    server = fe_accept(listener, NULL, NULL);
    char byte;
    assert_int_equal(read(server, &byte, 1), 1);
    assert_int_equal(byte, 'y');
    close(fd);
    close(server);
    close(listener);
}

static void a_connect_that_does_not_wait_and_fails_hangs_up(void **state)
{
    struct sockaddr_in in = address_of(1, 81);
    int fd = fe_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    (void)state;
    assert_int_equal(fe_connect(fd, SOCKADDR(in)), -EINPROGRESS);
    assert_true(comes(fd, POLLHUP));
    assert_int_equal(fe_error(fd), -ECONNREFUSED);
    close(fd);
}

static void options_are_known_or_refused(void **state)
{
    int fd = fe_socket(AF_INET, SOCK_STREAM, 0), one = 1;

    (void)state;
    assert_int_equal(fe_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
    assert_int_equal(fe_setsockopt(fd, IPPROTO_TCP, TCP_CORK, &one, sizeof one), -ENOPROTOOPT);
    assert_int_equal(fe_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, 1), -EINVAL);
    assert_int_equal(fe_socket(AF_INET6, SOCK_STREAM, 0), -EAFNOSUPPORT);
    assert_int_equal(fe_socket(AF_INET, SOCK_RAW, 0), -EPROTONOSUPPORT);
    assert_int_equal(fe_error(0), -EBADF);
    close(fd);
}

static void a_socket_is_in_the_table_from_its_making_on(void **state)
{
    int fd = fe_socket(AF_INET, SOCK_STREAM, 0), udp = fe_socket(AF_INET, SOCK_DGRAM, 0);

    (void)state;
    assert_true(report_has(&two, 0, "sockets",
                           "\"protocol\":\"tcp\",\"state\":\"CLOSED\",\"local\":\"0.0.0.0:*\""));
    assert_true(report_has(&two, 0, "sockets", "\"protocol\":\"udp\""));
    assert_true(report_has(&two, 0, "sockets", "\"program\":\"engine_stream_t\""));
    close(fd);
    close(udp);
    EVENTUALLY(report_has(&two, 0, "sockets", "{\"sockets\":[]}"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_server_echoes_what_a_client_sends),
        T(names_are_those_of_both_ends),
        T(a_megabyte_each_way_arrives_whole_through_half_closed_connections),
        T(a_reader_that_does_not_read_stops_the_writer),
        T(a_refused_connection_says_so),
        T(a_connect_that_does_not_wait_becomes_writable),
        T(a_connect_that_does_not_wait_and_fails_hangs_up),
        T(options_are_known_or_refused),
        T(a_socket_is_in_the_table_from_its_making_on),
    };

    return cmocka_run_group_tests_name("engine_stream", tests, NULL, NULL);
}
