/* Tests of host/engine/listener.c: ports, accepting, and what nobody accepts.
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
#include <signal.h>
#include <unistd.h>

#include "tests/unit/two_engines.h"

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

static void a_port_in_use_cannot_be_bound(void **state)
{
    struct sockaddr_in in = address_of(0, 7), elsewhere = address_of(7, 7);
    int first = fe_socket(AF_INET, SOCK_STREAM, 0), second = fe_socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(fe_bind(first, SOCKADDR(in)), 0);
    assert_int_equal(fe_listen(first, 1), 0);
    assert_int_equal(fe_bind(second, SOCKADDR(in)), -EADDRINUSE);
    assert_int_equal(fe_bind(second, SOCKADDR(elsewhere)), -EADDRNOTAVAIL);
    assert_int_equal(fe_getpeername(first, NULL, NULL), -ENOTCONN);
    close(first);
    close(second);
}

static void an_accept_that_does_not_wait_says_that_nothing_is_there(void **state)
{
    int listener = two_listen(&two, 80);

    (void)state;
    fcntl(listener, F_SETFL, O_NONBLOCK);
    assert_int_equal(fe_accept(listener, NULL, NULL), -EAGAIN);
    close(listener);
}

static void connections_that_nobody_accepts_end_with_their_listener(void **state)
{
    int listener = two_listen(&two, 80), client = two_connect(&two, 80);
    char byte;

    (void)state;
    assert_int_equal(write(client, "x", 1), 1);
    assert_true(comes(listener, POLLIN));
    close(listener);
    assert_int_equal(read(client, &byte, 1), 0);
    assert_true(fe_error(client) == 0 || fe_error(client) == -ECONNRESET);
    close(client);
}

static void a_hundred_connections_wait_for_a_program_that_is_slow_to_accept(void **state)
{
    struct sockaddr_in in = address_of(1, 80);
    int listener, clients[100], fd;

    (void)state;
    on(&two, 1);
    listener = fe_socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(fe_bind(listener, SOCKADDR(in)), 0);
    assert_int_equal(fe_listen(listener, 128), 0);
    for (int i = 0; i < 100; i++)
        clients[i] = two_connect(&two, 80); /* more than fit into the listener's pair */
    for (int i = 0; i < 100; i++) {
        assert_true(comes(listener, POLLIN));
        fd = fe_accept(listener, NULL, NULL);
        assert_true(fd >= 0);
        close(fd);
    }
    for (int i = 0; i < 100; i++)
        close(clients[i]);
    close(listener);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_port_in_use_cannot_be_bound),
        T(an_accept_that_does_not_wait_says_that_nothing_is_there),
        T(connections_that_nobody_accepts_end_with_their_listener),
        T(a_hundred_connections_wait_for_a_program_that_is_slow_to_accept),
    };

    return cmocka_run_group_tests_name("engine_listener", tests, NULL, NULL);
}
