/* Tests of host/engine/stream.c and of host/socket: how connections between two engines end, and engines with them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
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

static void a_close_with_data_unread_is_a_reset(void **state)
{
    int client, server;
    char byte;

    (void)state;
    two_join(&two, &client, &server);
    assert_int_equal(write(client, "unread", 6), 6);
    assert_true(comes(server, POLLIN));
    close(server);
    assert_true(comes(client, POLLHUP));
    assert_int_equal(read(client, &byte, 1), 0); /* looks like an end */
    assert_int_equal(fe_error(client), -ECONNRESET);
    close(client);
}

/* The end of file behind the unread bytes has been handed on before the program closes. */
static void a_close_with_data_unread_is_a_reset_behind_the_peers_fin_too(void **state)
{
    int client, server;
    char text[16];

    (void)state;
    two_join(&two, &client, &server);
    assert_int_equal(write(client, "unread", 6), 6);
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    assert_true(comes(server, POLLRDHUP));
    close(server);
    assert_int_equal(read(client, text, sizeof text), 0);
    on(&two, 0);
    assert_int_equal(fe_error(client), -ECONNRESET);
    close(client);
}

/* More than there may be at a time: each leaves one in TIME-WAIT, and those make room. */
static void connections_one_after_the_other_leave_no_descriptor_behind(void **state)
{
    int server_listens = two_listen(&two, 80);
    char ours[32];

    (void)state;
    for (int i = 0; i < 2100; i++) {
        int client = two_connect(&two, 80), server;
        char byte;

        on(&two, 1);
        server = fe_accept(server_listens, NULL, NULL);
        assert_true(client >= 0 && server >= 0);
        assert_int_equal(write(client, "x", 1), 1);
        assert_int_equal(read(server, &byte, 1), 1);
        close(i % 2 ? client : server);
        assert_int_equal(read(i % 2 ? server : client, &byte, 1), 0);
        close(i % 2 ? server : client);
    }
    close(server_listens);
    snprintf(ours, sizeof ours, "\"pid\":%d", (int)getpid());
    for (int side = 0; side < 2; side++)
        EVENTUALLY(!report_has(&two, side, "sockets", ours));
}

static void data_before_a_close_arrives_although_the_program_is_gone(void **state)
{
    int client, server;

    (void)state;
    two_join(&two, &client, &server);
    write_pattern(client, 20000);
    close(client);
    assert_int_equal(read_pattern(server), 20000);
    on(&two, 1);
    assert_int_equal(fe_error(server), 0);
    close(server);
}

static void an_unplugged_board_ends_every_socket(void **state)
{
    int client, server, idle = fe_socket(AF_INET, SOCK_STREAM, 0),
                        udp = fe_socket(AF_INET, SOCK_DGRAM, 0);
    char byte;

    (void)state;
    two_join(&two, &client, &server);
    fake_wire_unplug(two.wire, 0);
    assert_int_equal(read(client, &byte, 1), 0);
    assert_int_equal(fe_error(client), -ENODEV);
    assert_int_equal(read(idle, &byte, 1), 0);
    assert_int_equal(fe_error(idle), -ENODEV);
    assert_int_equal(fe_recvfrom(udp, &byte, 1, NULL), -ENODEV);
    assert_int_equal(fe_recvfrom(udp, &byte, 1, NULL), -ENODEV);
    assert_int_equal(fe_socket(AF_INET, SOCK_STREAM, 0), -ENODEV);
    assert_int_equal(fe_ready(AF_UNSPEC, NULL, 0), -ENODEV);
    assert_int_equal(two_finish(&two, 0, ENGINE_FIN_ACKED).gone, -ENODEV);
    close(client);
    close(server);
    close(idle);
    close(udp);
}

static void an_engine_ends_when_its_fin_is_acknowledged(void **state)
{
    struct engine_report report;
    int client, server;

    (void)state;
    two_join(&two, &client, &server);
    write_pattern(client, 50000);
    close(client);
    report = two_finish(&two, 0, ENGINE_FIN_ACKED);
    assert_int_equal(report.not_acked, 0);
    assert_int_equal(report.gone, 0);
    assert_true(report.stack.tcp_out_data_segs >= 50000 / 1460);
    assert_int_equal(read_pattern(server), 50000);
    close(server);
}

static void an_engine_that_has_ended_never_looks_like_a_clean_end(void **state)
{
    int client, server;
    char byte;

    (void)state;
    two_join(&two, &client, &server);
    two_finish(&two, 0, ENGINE_NOW);
    engine_destroy(two.engines[0]);
    two.engines[0] = NULL;
    assert_true(read(client, &byte, 1) <= 0);
    assert_int_equal(fe_error(client), -ENETDOWN);
    assert_int_equal(fe_engine_answers(), 0);
    close(client);
    close(server);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_close_with_data_unread_is_a_reset),
        T(a_close_with_data_unread_is_a_reset_behind_the_peers_fin_too),
        T(connections_one_after_the_other_leave_no_descriptor_behind),
        T(data_before_a_close_arrives_although_the_program_is_gone),
        T(an_unplugged_board_ends_every_socket),
        T(an_engine_ends_when_its_fin_is_acknowledged),
        T(an_engine_that_has_ended_never_looks_like_a_clean_end),
    };

    return cmocka_run_group_tests_name("engine_end", tests, NULL, NULL);
}
