/* Tests of host/engine/datagram.c and host/socket/datagram.c: UDP and ICMP echo between two
 * engines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/socket/protocol.h"
#include "tests/unit/two_engines.h"

static struct two two;

static int start(void **state)
{
    (void)state;
    two_start(&two);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    two_stop(&two);
    return 0;
}

static int bound(int side, uint16_t port)
{
    struct sockaddr_in in = address_of(side, port);
    int fd;

    on(&two, side);
    fd = fe_socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(fe_bind(fd, SOCKADDR(in)), 0);
    on(&two, 0);
    return fd;
}

static void datagrams_keep_their_bounds_and_their_senders(void **state)
{
    int client = bound(0, 1000), server = bound(1, 2000);
    struct sockaddr_in to = address_of(1, 2000);
    struct fe_datagram info;
    const struct sockaddr_in *from = (const void *)&info.from;
    char data[64];

    (void)state;
    assert_int_equal(fe_sendto(client, "first", 5, SOCKADDR(to)), 5);
    assert_int_equal(fe_sendto(client, "second", 6, SOCKADDR(to)), 6);
    assert_int_equal(fe_recvfrom(server, data, sizeof data, &info), 5);
    assert_int_equal(from->sin_addr.s_addr, htonl(0x0a000001));
    assert_int_equal(ntohs(from->sin_port), 1000);
    assert_true(info.received_ns > 0);
    assert_int_equal(fe_recvfrom(server, data, sizeof data, NULL), 6);
    assert_memory_equal(data, "second", 6);
    close(client);
    close(server);
}

static void an_empty_datagram_is_no_end_of_file(void **state)
{
    int client = bound(0, 1000), server = bound(1, 2000);
    struct sockaddr_in to = address_of(1, 2000);
    char byte;

    (void)state;
    assert_int_equal(fe_sendto(client, NULL, 0, SOCKADDR(to)), 0);
    assert_int_equal(fe_sendto(client, "x", 1, SOCKADDR(to)), 1);
    assert_int_equal(fe_recvfrom(server, &byte, 1, NULL), 0);
    assert_int_equal(fe_recvfrom(server, &byte, 1, NULL), 1);
    close(client);
    close(server);
}

static void a_connected_socket_needs_no_address(void **state)
{
    int client = bound(0, 1000), server = bound(1, 2000);
    struct sockaddr_in to = address_of(1, 2000);
    char data[8];

    (void)state;
    assert_int_equal(fe_sendto(client, "x", 1, NULL, 0), 1);
    assert_int_equal(fe_recvfrom(client, data, sizeof data, NULL), -EDESTADDRREQ);
    assert_int_equal(fe_connect(client, SOCKADDR(to)), 0);
    assert_int_equal(fe_sendto(client, "y", 1, NULL, 0), 1);
    assert_int_equal(fe_recvfrom(server, data, sizeof data, NULL), 1);
    assert_int_equal(data[0], 'y');
    close(client);
    close(server);
}

static void a_port_that_nobody_has_is_refused(void **state)
{
    int client = bound(0, 1000);
    struct sockaddr_in to = address_of(1, 2001);
    struct fe_datagram info;
    char byte;

    (void)state;
    assert_int_equal(fe_connect(client, SOCKADDR(to)), 0);
    assert_int_equal(fe_sendto(client, "x", 1, NULL, 0), 1);
    assert_int_equal(fe_recvfrom(client, &byte, 1, &info), -ECONNREFUSED);
    assert_int_equal(ntohs(((struct sockaddr_in *)&info.from)->sin_port), 2001);
    close(client);
}

static void the_largest_datagram_passes_and_a_larger_one_does_not(void **state)
{
    static char data[65536];
    int client = bound(0, 1000), server = bound(1, 2000);
    struct sockaddr_in to = address_of(1, 2000);

    (void)state;
    memset(data, 'a', sizeof data);
    assert_int_equal(fe_sendto(client, data, 65508, SOCKADDR(to)), -EMSGSIZE);
    assert_int_equal(fe_sendto(client, data, 65507, SOCKADDR(to)), 65507);
    assert_int_equal(fe_recvfrom(server, data, sizeof data, NULL), 65507);
    close(client);
    close(server);
}

static void a_ping_comes_back_with_the_times_of_both_ways(void **state)
{
    const unsigned char request[12] = {8, 0, 0, 0, 0, 0, 0x12, 0x34, 'd', 'a', 't', 'a'};
    unsigned char reply[64];
    int fd = fe_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    struct sockaddr_in to = address_of(1, 0);
    struct fe_datagram info;

    (void)state;
    assert_int_equal(fe_sendto(fd, request, sizeof request, SOCKADDR(to)), sizeof request);
    assert_int_equal(fe_recvfrom(fd, reply, sizeof reply, &info), sizeof request);
    assert_int_equal(reply[0], 0);
    assert_memory_equal(reply + 6, request + 6, 6);
    assert_true(info.sent_ns > 0 && info.received_ns >= info.sent_ns);
    close(fd);
}

/* What an engine had no room for in its programs' descriptors. */
static int dropped(int side)
{
    static const char name[] = "\"datagrams_dropped\":";
    char *json, *at;
    int count;

    on(&two, side);
    assert_int_equal(fe_query("counters", &json), 0);
    on(&two, 0);
    at = strstr(json, name);
    assert_non_null(at);
    count = (int)strtol(at + strlen(name), NULL, 10);
    free(json);
    return count;
}

static void a_board_without_room_makes_the_sender_wait_and_loses_nothing(void **state)
{
    static char data[1400], got[2000];
    int client = bound(0, 1000), server = bound(1, 2000), sent = 0, received = 0;
    struct sockaddr_in to = address_of(1, 2000);
    ssize_t result;

    (void)state;
    assert_int_equal(fe_sendto(client, "hello", 5, SOCKADDR(to)),
                     5); /* the neighbour is known then */
    assert_int_equal(fe_recvfrom(server, got, sizeof got, NULL), 5);
    fake_wire_stall(two.wire, true);
    fcntl(client, F_SETFL, O_NONBLOCK);
    while ((result = fe_sendto(client, data, sizeof data, SOCKADDR(to))) == sizeof data ||
           waits_for(client, POLLOUT, 100))
        sent += result > 0;
    assert_int_equal(result, -EAGAIN);
    assert_in_range(sent, 40, 400); /* what four transfers and the pair hold */
    fake_wire_stall(two.wire, false);
    while (received + dropped(1) < sent && comes(server, POLLIN)) {
        assert_int_equal(fe_recvfrom(server, got, sizeof got, NULL), sizeof data);
        received++;
    }
    assert_int_equal(received + dropped(1), sent); /* a reader that is late loses some, as UDP's */
    assert_true(received > 40);
    assert_false(waits_for(server, POLLIN, 50));
    close(client);
    close(server);
}

static void messages_without_a_header_are_answered_with_an_error(void **state)
{
    struct fe_datagram_header header = {0};
    int fd = bound(0, 1000);
    char byte;

    (void)state;
    assert_int_equal(write(fd, "short", 5), 5);
    assert_int_equal(fe_recvfrom(fd, &byte, 1, NULL), -EINVAL);
    memset(&header, 0xff, sizeof header);
    assert_int_equal(write(fd, &header, sizeof header), sizeof header);
    assert_true(fe_recvfrom(fd, &byte, 1, NULL) < 0);
    assert_int_equal(write(fd, "", 0), 0); /* an empty message, and no end either */
    assert_int_equal(fe_error(fd), 0);
    close(fd);
}

static void a_closed_socket_gives_its_port_back(void **state)
{
    struct sockaddr_in in = address_of(0, 1000);
    int fd = bound(0, 1000), other = fe_socket(AF_INET, SOCK_DGRAM, 0);

    (void)state;
    assert_int_equal(fe_bind(other, SOCKADDR(in)), -EADDRINUSE);
    close(fd);
    EVENTUALLY(fe_bind(other, SOCKADDR(in)) == 0);
    close(other);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(datagrams_keep_their_bounds_and_their_senders),
        T(an_empty_datagram_is_no_end_of_file),
        T(a_connected_socket_needs_no_address),
        T(a_port_that_nobody_has_is_refused),
        T(the_largest_datagram_passes_and_a_larger_one_does_not),
        T(a_ping_comes_back_with_the_times_of_both_ways),
        T(a_board_without_room_makes_the_sender_wait_and_loses_nothing),
        T(messages_without_a_header_are_answered_with_an_error),
        T(a_closed_socket_gives_its_port_back),
    };

    return cmocka_run_group_tests_name("engine_datagram", tests, NULL, NULL);
}
