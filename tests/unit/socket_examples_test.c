/* Runs tests/examples/: the echo server on one engine, the client on the other, each in a
 * process of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#undef fail /* the examples have a function of that name */

#include <sys/wait.h>

#include "tests/unit/two_engines.h"

int client_main(int argc, char **argv);
int echo_server_main(int argc, char **argv);

#define main client_main
#define fail client_fail
#include "tests/examples/client.c"
#undef main
#undef fail
#define main echo_server_main
#define fail echo_server_fail
#include "tests/examples/echo_server.c"
#undef main
#undef fail /* cmocka's */

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

static pid_t spawn_server(void)
{
    char *arguments[] = {"echo_server", "7", NULL};
    pid_t child;

    on(&two, 1);
    child = fork();
    if (child == 0)
        _exit(echo_server_main(2, arguments));
    on(&two, 0);
    EVENTUALLY(report_has(&two, 1, "sockets", "\"LISTEN\""));
    return child;
}

/* The client with in and out as its standard input and output. */
static pid_t spawn_client(int in, int out, char *port)
{
    char *arguments[] = {"client", "10.0.0.2", port, NULL};
    pid_t child = fork();

    if (child != 0)
        return child;
    dup2(in, 0);
    dup2(out, 1);
    int code = client_main(3, arguments);
    fflush(stdout);
    _exit(code);
}

static void the_client_gets_back_what_it_sends(void **state)
{
    pid_t server = spawn_server(), client;
    int out[2], status;
    FILE *in = tmpfile();

    (void)state;
    write_pattern(fileno(in),
                  20000); /* it sends all before it reads, so not more than the windows hold */
    rewind(in);
    assert_int_equal(pipe(out), 0);
    client = spawn_client(fileno(in), out[1], "7");
    close(out[1]);
    assert_int_equal(read_pattern(out[0]), 20000);
    waitpid(client, &status, 0);
    assert_int_equal(status, 0);
    kill(server, SIGKILL);
    waitpid(server, &status, 0);
    close(out[0]);
    fclose(in);
}

static void the_client_tells_that_nobody_listens(void **state)
{
    int status, errors[2];
    char text[64] = "";
    pid_t client;

    (void)state;
    assert_int_equal(pipe(errors), 0);
    fflush(stdout);
    int kept = dup(2);
    dup2(errors[1], 2);
    client = spawn_client(0, 1, "8");
    dup2(kept, 2);
    close(errors[1]);
    waitpid(client, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_true(read(errors[0], text, sizeof text - 1) > 0);
    assert_string_equal(text, "connect: Connection refused\n");
    close(errors[0]);
    close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_client_gets_back_what_it_sends, start, stop),
        cmocka_unit_test_setup_teardown(the_client_tells_that_nobody_listens, start, stop),
    };

    return cmocka_run_group_tests_name("socket_examples", tests, NULL, NULL);
}
