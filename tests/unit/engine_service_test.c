/* Tests of host/engine/service.c, control.c, request.c, report.c and loop.c: programs, good and
 * bad, at the engine's Unix socket.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/socket/call.h"
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

static int dial(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof to.sun_path, "%s", engine_path(two.engines[0]));
    assert_int_equal(connect(fd, SOCKADDR(to)), 0);
    return fd;
}

static void a_program_that_dies_leaves_nothing_behind(void **state)
{
    int listener = two_listen(&two, 80), server, status;
    pid_t child = fork();
    char text[8];

    (void)state;
    if (child == 0) {
        int fd = two_connect(&two, 80);
        fe_socket(AF_INET, SOCK_DGRAM, 0);
        kill(getpid(), write(fd, "alive", 5) == 5 ? SIGKILL : SIGTERM);
    }
    assert_true(child > 0);
    server = fe_accept(listener, NULL, NULL);
    waitpid(child, &status, 0);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_int_equal(read(server, text, sizeof text), 5);
    assert_int_equal(read(server, text, sizeof text), 0);
    close(server);
    close(listener);
    EVENTUALLY(report_has(&two, 0, "counters", "\"descriptors\":0,"));
}

static void who_gives_up_a_connect_is_not_told_of_its_end(void **state)
{
    struct sockaddr_in in = address_of(1, 81);
    int listener, fd, status, error = 0;
    pid_t child;

    (void)state;
    listener = two_listen(&two, 80);
    close(two_connect(&two, 80)); /* they know each other's MAC address then */
    fd = fe_socket(AF_INET, SOCK_STREAM, 0);
    fake_wire_cut(two.wire, true);
    child = fork();
    if (child == 0)
        _exit(fe_connect(fd, SOCKADDR(in)) != 0);
    EVENTUALLY(report_has(&two, 0, "sockets", "SYN-SENT"));
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    fake_wire_cut(two.wire, false);
    EVENTUALLY((error = fe_error(fd)) != 0);
    assert_int_equal(error, -ECONNREFUSED);
    close(fd);
    close(listener);
}

static void two_programs_share_the_board_and_the_table_names_both(void **state)
{
    int ready[2], fd = fe_socket(AF_INET, SOCK_STREAM, 0), status;
    char pid[32], byte;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        int mine = fe_socket(AF_INET, SOCK_DGRAM, 0);
        _exit(write(ready[1], "x", 1) == 1 && pause() && mine);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    snprintf(pid, sizeof pid, "\"pid\":%d}", (int)child);
    assert_true(report_has(&two, 0, "sockets", pid));
    snprintf(pid, sizeof pid, "\"pid\":%d}", (int)getpid());
    assert_true(report_has(&two, 0, "sockets", pid));
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
    close(ready[0]);
    close(ready[1]);
    close(fd);
}

static void a_descriptor_answers_to_its_holder_only(void **state)
{
    int fd = fe_socket(AF_INET, SOCK_STREAM, 0), pipes[2];

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(fe_error(pipes[0]), -EBADF);
    on(&two, 1);
    assert_int_equal(fe_error(fd), -EBADF); /* the other engine has never seen it */
    on(&two, 0);
    assert_int_equal(fe_error(fd), 0);
    assert_int_equal(fe_error(-1), -EBADF);
    close(pipes[0]);
    close(pipes[1]);
    close(fd);
}

static void messages_that_are_no_requests_close_their_connection_only(void **state)
{
    struct fe_request request = {.mark = FE_PROTOCOL_MARK, .operation = FE_OP_READY};
    uint8_t noise[2048];
    char byte;

    (void)state;
    memset(noise, 0xa5, sizeof noise);
    for (size_t len = 1; len <= sizeof noise; len = len * 2 + 1) {
        int fd = dial();
        assert_int_equal(write(fd, noise, len), len);
        assert_true(read(fd, &byte, 1) <= 0);
        close(fd);
    }
    int fd = dial();
    assert_int_equal(write(fd, &request, sizeof request - 1), sizeof request - 1);
    assert_true(read(fd, &byte, 1) <= 0);
    close(fd);
    assert_int_equal(fe_ready(AF_UNSPEC, NULL, 0), 0);
}

static void requests_with_wild_numbers_get_an_error(void **state)
{
    struct fe_reply reply;
    int given, tcp = fe_socket(AF_INET, SOCK_STREAM, 0), udp = fe_socket(AF_INET, SOCK_DGRAM, 0);

    (void)state;
    for (uint32_t operation = 0; operation < FE_OPERATIONS + 3; operation++)
        for (int i = 0; i < 3; i++) {
            struct fe_request request = {.operation = operation, .option = -1, .value = INT64_MIN};
            memset(&request.endpoint, 0xff, sizeof request.endpoint);
            memset(request.name, 'x', sizeof request.name); /* without an end */
            int error = call_engine(&request, i == 0 ? -1 : i == 1 ? tcp : udp, &reply, &given);
            if (given >= 0)
                close(given);
            assert_true(error <= 0 && error != -ENETDOWN);
        }
    assert_int_equal(fe_error(tcp), 0);
    close(tcp);
    close(udp);
}

static void a_crowd_of_idle_connections_does_not_shut_others_out_for_good(void **state)
{
    int crowd[300]; /* more than are served at a time, fewer than those and the backlog */

    (void)state;
    for (int i = 0; i < 300; i++)
        crowd[i] = dial();
    for (int i = 0; i < 300; i++)
        close(crowd[i]);
    assert_int_equal(fe_ready(AF_UNSPEC, NULL, 0), 0);
}

static void running_out_of_descriptors_is_an_error_and_no_more(void **state)
{
    struct engine_config config = two_config(&two);
    int fds[4];

    (void)state;
    config.max_descriptors = 3;
    two_start_with(&two, &config);
    for (int i = 0; i < 3; i++)
        assert_true((fds[i] = fe_socket(AF_INET, i ? SOCK_STREAM : SOCK_DGRAM, 0)) >= 0);
    assert_int_equal(fe_socket(AF_INET, SOCK_STREAM, 0), -ENFILE);
    close(fds[0]);
    EVENTUALLY((fds[3] = fe_socket(AF_INET, SOCK_STREAM, 0)) != -ENFILE);
    assert_true(fds[3] >= 0);
    for (int i = 1; i < 4; i++)
        close(fds[i]);
    two_stop(&two);
}

static void every_report_is_json_with_what_the_header_says(void **state)
{
    static const struct {
        const char *what, *keys[9];
    } cases[] = {
        {"sockets", {"sockets"}},
        {"addresses",
         {"state", "link", "mac", "mtu", "address", "prefix_len", "source", "routes", "neighbors"}},
        {"counters", {"stack", "driver", "engine"}},
        {"device",
         {"board", "serial", "transport", "version", "features", "max_frame", "clock_hz", "mac",
          "speed"}},
    };
    int server, client;
    char *json;

    (void)state;
    two_join(&two, &client, &server);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(fe_query(cases[i].what, &json), 0);
        struct json_object *report = json_tokener_parse(json), *value;
        assert_non_null(report);
        for (int k = 0; k < 9 && cases[i].keys[k]; k++)
            assert_true(json_object_object_get_ex(report, cases[i].keys[k], &value));
        json_object_put(report);
        free(json);
    }
    assert_int_equal(fe_query("nonsense", &json), -ENOENT);
    assert_true(report_has(&two, 0, "sockets", "\"state\":\"ESTABLISHED\""));
    assert_true(report_has(&two, 0, "sockets", "\"remote\":\"10.0.0.2:80\""));
    assert_true(report_has(&two, 0, "addresses",
                           "\"address\":\"10.0.0.1\",\"prefix_len\":24,\"source\":\"static\""));
    assert_true(report_has(&two, 0, "addresses", "\"state\":\"reachable\""));
    close(client);
    close(server);
}

static void registers_are_read_and_refused_where_there_are_none(void **state)
{
    uint32_t value;

    (void)state;
    assert_int_equal(fe_register_read(0, &value), 0);
    assert_int_equal(value, 0x31524546);
    assert_int_equal(fe_register_read(2, &value), -EINVAL);
    assert_int_equal(fe_register_write(0x10000, 1), -EINVAL);
}

static void without_a_link_a_connect_is_told_so_after_a_while(void **state)
{
    struct engine_config config = two_config(&two);
    struct sockaddr_in in = address_of(1, 80);
    char why[160];

    (void)state;
    config.link_patience_ns = 300000000;
    fake_wire_link(two.wire, 0, false);
    two_start_with(&two, &config);
    int fd = fe_socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(fe_connect(fd, SOCKADDR(in)), -ENETDOWN);
    assert_int_equal(fe_ready(AF_UNSPEC, why, sizeof why), -ENETDOWN);
    assert_non_null(strstr(why, "no link"));
    fake_wire_link(two.wire, 0, true);
    EVENTUALLY(fe_ready(AF_UNSPEC, why, sizeof why) == 0);
    close(fd);
    two_stop(&two);
}

static void a_connect_waits_for_the_link_that_comes(void **state)
{
    struct engine_config config = two_config(&two);

    (void)state;
    fake_wire_link(two.wire, 0, false);
    two_start_with(&two, &config);
    int listener = two_listen(&two, 80), status;
    pid_t child = fork();
    if (child == 0)
        _exit(two_connect(&two, 80) < 0);
    usleep(200000);
    fake_wire_link(two.wire, 0, true);
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    close(listener);
    two_stop(&two);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_program_that_dies_leaves_nothing_behind),
        T(who_gives_up_a_connect_is_not_told_of_its_end),
        T(two_programs_share_the_board_and_the_table_names_both),
        T(a_descriptor_answers_to_its_holder_only),
        T(messages_that_are_no_requests_close_their_connection_only),
        T(requests_with_wild_numbers_get_an_error),
        T(a_crowd_of_idle_connections_does_not_shut_others_out_for_good),
        cmocka_unit_test(running_out_of_descriptors_is_an_error_and_no_more),
        T(every_report_is_json_with_what_the_header_says),
        T(registers_are_read_and_refused_where_there_are_none),
        cmocka_unit_test(without_a_link_a_connect_is_told_so_after_a_while),
        cmocka_unit_test(a_connect_waits_for_the_link_that_comes),
    };

    return cmocka_run_group_tests_name("engine_service", tests, NULL, NULL);
}
