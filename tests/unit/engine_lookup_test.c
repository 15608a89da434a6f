/* Tests of host/engine/lookup.c and dns_socket.c: names, asked over our own UDP and TCP.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/name_server.h"

static struct two two;
static struct name_server *server;

static int start(void **state)
{
    (void)state;
    two_start(&two);
    server = name_server_start(&two);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (server)
        name_server_stop(server);
    two_stop(&two);
    return 0;
}

static uint32_t lookup_one(const char *name)
{
    struct sockaddr_storage found[1];

    assert_int_equal(fe_lookup(name, AF_INET, found, 1), 1);
    assert_int_equal(((struct sockaddr_in *)found)->sin_family, AF_INET);
    return ntohl(((struct sockaddr_in *)found)->sin_addr.s_addr);
}

static void finds_the_address_of_a_name(void **state)
{
    (void)state;
    assert_int_equal(lookup_one("www.test"), 0x0a000002);
    two_finish(&two, 0, ENGINE_NOW);
    assert_non_null(strstr(two.text, " 10.0.0.2:5300 over UDP"));
    assert_non_null(strstr(two.text, "dns: www.test is 10.0.0.2, after "));
}

static void takes_a_written_address_as_it_is(void **state)
{
    (void)state;
    assert_int_equal(lookup_one("192.0.2.7"), 0xc0000207);
}

static void gives_several_addresses_but_no_more_than_there_is_room_for(void **state)
{
    struct sockaddr_storage found[16];

    (void)state;
    assert_int_equal(fe_lookup("two.test", AF_INET, found, 16), 2);
    assert_int_equal(fe_lookup("two.test", AF_INET, found, 1), 1);
}

static void asks_again_over_tcp_when_the_answer_was_cut_off(void **state)
{
    struct sockaddr_storage found[16];

    (void)state;
    assert_int_equal(fe_lookup("big.test", AF_INET, found, 16), 12);
    assert_int_equal(name_server_stop(server), 1);
    server = NULL;
}

static void tells_why_there_is_no_address(void **state)
{
    struct sockaddr_storage found[1];

    (void)state;
    assert_int_equal(fe_lookup("nosuch.test", AF_INET, found, 1), -ENOENT);
    assert_int_equal(fe_lookup("bare.test", AF_INET, found, 1), -ENODATA);
    assert_int_equal(fe_lookup("broken.test", AF_INET, found, 1), -EAGAIN);
    assert_int_equal(fe_lookup("a..b", AF_INET, found, 1), -EINVAL);
    assert_int_equal(fe_lookup("", AF_INET, found, 1), -EINVAL);
}

static void an_answer_whose_lengths_lie_is_no_answer(void **state)
{
    struct sockaddr_storage found[1];

    (void)state;
    assert_true(fe_lookup("lies.test", AF_INET, found, 1) < 0);
    assert_int_equal(lookup_one("www.test"), 0x0a000002);
}

static void a_name_server_that_nobody_runs_is_told_at_once(void **state)
{
    struct sockaddr_storage found[1];

    (void)state;
    name_server_stop(server); /* the port is unreachable now */
    server = NULL;
    assert_int_equal(fe_lookup("www.test", AF_INET, found, 1), -EAGAIN);
}

static void *pull_the_plug(void *user)
{
    (void)user;
    usleep(200000);
    fake_wire_unplug(two.wire, 0);
    return NULL;
}

static void a_lookup_ends_when_the_board_is_unplugged(void **state)
{
    struct sockaddr_storage found[1];
    pthread_t thread;

    (void)state;
    pthread_create(&thread, NULL, pull_the_plug, NULL);
    assert_int_equal(fe_lookup("silent.test", AF_INET, found, 1), -ENODEV);
    pthread_join(thread, NULL);
}

static void without_a_name_server_only_addresses_are_known(void **state)
{
    struct engine_config config = two_config(&two);
    struct sockaddr_storage found[1];

    (void)state;
    config.stack.dns[0] = (struct endpoint){{{0}}, 0};
    two_start_with(&two, &config);
    assert_int_equal(fe_lookup("www.test", AF_INET, found, 1), -ENETUNREACH);
    assert_int_equal(fe_lookup("10.1.2.3", AF_INET, found, 1), 1);
    two_stop(&two);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(finds_the_address_of_a_name),
        T(takes_a_written_address_as_it_is),
        T(gives_several_addresses_but_no_more_than_there_is_room_for),
        T(asks_again_over_tcp_when_the_answer_was_cut_off),
        T(tells_why_there_is_no_address),
        T(an_answer_whose_lengths_lie_is_no_answer),
        T(a_name_server_that_nobody_runs_is_told_at_once),
        T(a_lookup_ends_when_the_board_is_unplugged),
        cmocka_unit_test(without_a_name_server_only_addresses_are_known),
    };

    return cmocka_run_group_tests_name("engine_lookup", tests, NULL, NULL);
}
