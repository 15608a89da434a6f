/* Tests of the engine's paths (host/engine/engine.c, service.c): who may take one, what is left of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
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

static void one_path_has_one_engine_and_a_dead_ones_socket_is_replaced(void **state)
{
    struct engine_config config = {.transport = fake_wire_board(two.wire, 1)};
    struct engine *second;
    char error[256], path[64];

    (void)state;
    config.path = engine_path(two.engines[0]);
    assert_int_equal(engine_create(&second, &config, error, sizeof error), -EADDRINUSE);
    assert_non_null(strstr(error, "another engine serves /"));
    assert_int_equal(fe_engine_answers(), 1); /* and its socket is still there */

    snprintf(path, sizeof path, "/tmp/ferrite-file-%d", (int)getpid());
    config.path = path;
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(engine_create(&second, &config, error, sizeof error), -EEXIST);
    assert_int_equal(unlink(path), 0);

    struct sockaddr_un in = {.sun_family = AF_UNIX};
    int dead = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    snprintf(in.sun_path, sizeof in.sun_path, "%s", path);
    assert_int_equal(bind(dead, SOCKADDR(in)), 0);
    close(dead);
    two_finish(&two, 1, ENGINE_NOW);
    engine_destroy(two.engines[1]);
    assert_int_equal(engine_create(&two.engines[1], &config, error, sizeof error), 0);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(engine_thread_start(two.engines[1]), 0);
    two.finished[1] = false;
}

static void an_engine_leaves_no_file_behind(void **state)
{
    char path[FE_PATH_BYTES];

    (void)state;
    two_start(&two);
    snprintf(path, sizeof path, "%s", engine_path(two.engines[0]));
    assert_int_equal(access(path, F_OK), 0);
    two_stop(&two);
    assert_int_equal(access(path, F_OK), -1);
    *strrchr(path, '/') = '\0';
    assert_int_equal(access(path, F_OK), -1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(one_path_has_one_engine_and_a_dead_ones_socket_is_replaced),
        cmocka_unit_test(an_engine_leaves_no_file_behind),
    };

    return cmocka_run_group_tests_name("engine_path", tests, NULL, NULL);
}
