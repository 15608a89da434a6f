/* Tests of host/engine/option.c and host/socket/option.c: setsockopt and getsockopt by their names.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
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

static int set_int(int fd, int level, int option, int value)
{
    return fe_setsockopt(fd, level, option, &value, sizeof value);
}

static int get_int(int fd, int level, int option)
{
    int value = -1;
    socklen_t length = sizeof value;

    assert_int_equal(fe_getsockopt(fd, level, option, &value, &length), 0);
    assert_int_equal(length, sizeof value);
    return value;
}

static void numbers_come_back_as_they_were_set(void **state)
{
    static const struct {
        int level, option, first, value;
    } rows[] = {
        {IPPROTO_TCP, TCP_NODELAY, 0, 1},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, 0, 30000},
        {IPPROTO_TCP, TCP_KEEPIDLE, 7200, 60},
        {IPPROTO_TCP, TCP_KEEPINTVL, 75, 5},
        {IPPROTO_TCP, TCP_KEEPCNT, 9, 3},
        {SOL_SOCKET, SO_KEEPALIVE, 0, 1},
        {SOL_SOCKET, SO_SNDBUF, 65535, 32768},
        {SOL_SOCKET, SO_RCVBUF, 65535, 16384},
        {SOL_SOCKET, SO_REUSEADDR, 1, 1},
        {SOL_SOCKET, SO_OOBINLINE, 1, 1},
        {SOL_SOCKET, SO_MAX_PACING_RATE, -1, 125000},
    };
    int fd = fe_socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(get_int(fd, rows[i].level, rows[i].option), rows[i].first);
        assert_int_equal(set_int(fd, rows[i].level, rows[i].option, rows[i].value), 0);
        assert_int_equal(get_int(fd, rows[i].level, rows[i].option), rows[i].value);
    }
    close(fd);
}

static void lingering_is_told_as_a_struct(void **state)
{
    int fd = fe_socket(AF_INET, SOCK_STREAM, 0);
    struct linger linger = {.l_onoff = 1, .l_linger = -1}, got = {.l_onoff = 1};
    socklen_t length = sizeof got;

    (void)state;
    assert_int_equal(fe_getsockopt(fd, SOL_SOCKET, SO_LINGER, &got, &length), 0);
    assert_int_equal(got.l_onoff, 0);
    assert_int_equal(fe_setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), -EINVAL);
    linger.l_linger = 4;
    assert_int_equal(fe_setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    assert_int_equal(fe_getsockopt(fd, SOL_SOCKET, SO_LINGER, &got, &length), 0);
    assert_memory_equal(&got, &linger, sizeof got);
    close(fd);
}

static void congestion_control_has_a_name(void **state)
{
    int fd = fe_socket(AF_INET, SOCK_STREAM, 0);
    char name[16];
    socklen_t length = sizeof name;

    (void)state;
    assert_int_equal(fe_getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length), 0);
    assert_string_equal(name, "cubic");
    assert_int_equal(fe_setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "westwood", 8), 0);
    assert_int_equal(fe_setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "bbr", 3), -ENOENT);
    length = sizeof name;
    assert_int_equal(fe_getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length), 0);
    assert_string_equal(name, "westwood");
    close(fd);
}

static void what_cannot_be_is_refused(void **state)
{
    int fd = fe_socket(AF_INET, SOCK_STREAM, 0), udp = fe_socket(AF_INET, SOCK_DGRAM, 0);
    int value;
    socklen_t length = sizeof value;

    (void)state;
    assert_int_equal(set_int(fd, IPPROTO_TCP, TCP_CORK, 1), -ENOPROTOOPT);
    assert_int_equal(set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, 0), -EINVAL);
    assert_int_equal(set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, 256), -EINVAL);
    assert_int_equal(set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, 65536 + 60), -EINVAL);
    assert_int_equal(set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, -1), -EINVAL);
    assert_int_equal(set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 40), -EINVAL);
    assert_int_equal(set_int(fd, SOL_SOCKET, SO_RCVBUF, 0), -EINVAL);
    assert_int_equal(set_int(fd, SOL_SOCKET, SO_OOBINLINE, 0), -EOPNOTSUPP);
    assert_int_equal(set_int(fd, SOL_SOCKET, SO_ERROR, 0), -ENOPROTOOPT);
    assert_int_equal(set_int(fd, SOL_SOCKET, SO_TYPE, 0), -ENOPROTOOPT);
    assert_int_equal(set_int(udp, IPPROTO_TCP, TCP_NODELAY, 1), -ENOPROTOOPT);
    assert_int_equal(set_int(udp, IPPROTO_IP, IP_TTL, 256), -EINVAL);
    assert_int_equal(set_int(udp, IPPROTO_IP, IP_TTL, 2), 0);
    assert_int_equal(fe_getsockopt(0, SOL_SOCKET, SO_TYPE, &value, &length), -EBADF);
    length = 2;
    assert_int_equal(fe_getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length), -EINVAL);
    assert_int_equal(fe_getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, NULL, NULL), -EINVAL);
    close(fd);
    close(udp);
}

static void buffers_are_brought_into_what_is_allowed(void **state)
{
    int fd = fe_socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(set_int(fd, SOL_SOCKET, SO_SNDBUF, 1), 0);
    assert_int_equal(get_int(fd, SOL_SOCKET, SO_SNDBUF), 4096);
    assert_int_equal(set_int(fd, SOL_SOCKET, SO_SNDBUF, 1 << 30), 0);
    assert_int_equal(get_int(fd, SOL_SOCKET, SO_SNDBUF), 16 << 20);
    close(fd);
}

static void a_socket_tells_its_type_and_whether_it_listens(void **state)
{
    int fd = fe_socket(AF_INET, SOCK_STREAM, 0), udp = fe_socket(AF_INET, SOCK_DGRAM, 0);
    int listener = two_listen(&two, 80);

    (void)state;
    on(&two, 1);
    assert_int_equal(get_int(listener, SOL_SOCKET, SO_ACCEPTCONN), 1);
    on(&two, 0);
    assert_int_equal(get_int(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    assert_int_equal(get_int(udp, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
    assert_int_equal(get_int(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
    assert_int_equal(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
    close(fd);
    close(udp);
    close(listener);
}

static void what_is_accepted_has_the_listeners_options_and_tells_tcp_info(void **state)
{
    int listener = two_listen(&two, 80), client, server;
    struct tcp_info info;
    socklen_t length = sizeof info;

    (void)state;
    on(&two, 1);
    assert_int_equal(set_int(listener, IPPROTO_TCP, TCP_MAXSEG, 700), 0);
    assert_int_equal(set_int(listener, SOL_SOCKET, SO_RCVBUF, 20000), 0);
    assert_int_equal(set_int(listener, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
    client = two_connect(&two, 80);
    on(&two, 1);
    server = fe_accept(listener, NULL, NULL);
    assert_int_equal(get_int(server, IPPROTO_TCP, TCP_MAXSEG), 700);
    assert_int_equal(get_int(server, SOL_SOCKET, SO_RCVBUF), 20000);
    assert_int_equal(get_int(server, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(set_int(server, IPPROTO_TCP, TCP_MAXSEG, 600), -EISCONN);
    assert_int_equal(set_int(server, SOL_SOCKET, SO_RCVBUF, 30000), -EISCONN);
    assert_int_equal(fe_getsockopt(server, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
    assert_int_equal(length, sizeof info);
    assert_int_equal(info.tcpi_state, TCP_ESTABLISHED);
    assert_int_equal(info.tcpi_snd_mss, 700);
    assert_int_equal(info.tcpi_advmss, 700);
    assert_int_equal(info.tcpi_snd_cwnd, 10);
    assert_int_equal(info.tcpi_unacked, 0);
    assert_true(info.tcpi_rtt > 0 && info.tcpi_rto >= 200000);
    close(client);
    close(server);
    close(listener);
}

static void a_reset_connection_tells_its_error(void **state)
{
    struct linger at_once = {.l_onoff = 1};
    int client, server;

    (void)state;
    two_join(&two, &client, &server);
    on(&two, 1);
    assert_int_equal(fe_setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    close(server);
    on(&two, 0);
    assert_true(comes(client, POLLIN | POLLHUP));
    assert_int_equal(get_int(client, SOL_SOCKET, SO_ERROR), ECONNRESET);
    close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_come_back_as_they_were_set, start, stop),
        cmocka_unit_test_setup_teardown(lingering_is_told_as_a_struct, start, stop),
        cmocka_unit_test_setup_teardown(congestion_control_has_a_name, start, stop),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(buffers_are_brought_into_what_is_allowed, start, stop),
        cmocka_unit_test_setup_teardown(a_socket_tells_its_type_and_whether_it_listens, start,
                                        stop),
        cmocka_unit_test_setup_teardown(
            what_is_accepted_has_the_listeners_options_and_tells_tcp_info, start, stop),
        cmocka_unit_test_setup_teardown(a_reset_connection_tells_its_error, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
