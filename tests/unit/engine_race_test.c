/* Tests of host/engine/race.c and lookup.c: names with addresses of both families, and connections to them (RFC 8305).
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/name_server.h"

static struct two two;
static struct name_server *server;
static int listener;

static int start(void **state)
{
    const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(80)};

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    two_start_dual(&two);
    server = name_server_start(&two);
    on(&two, 1);
    listener = fe_socket(AF_INET6, SOCK_STREAM, 0);
    assert_int_equal(fe_bind(listener, SOCKADDR(any)), 0);
    assert_int_equal(fe_listen(listener, 8), 0);
    on(&two, 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    close(listener);
    name_server_stop(server);
    two_stop(&two);
    return 0;
}

static void say(int fd, const void *bytes, size_t len)
{
    assert_int_equal(write(fd, bytes, len), len);
}

static void hear(int fd, uint8_t *bytes, size_t len)
{
    assert_int_equal(recv(fd, bytes, len, MSG_WAITALL), len);
}

static int dial(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = fe_socks_socket();

    snprintf(to.sun_path, sizeof to.sun_path, "%s", engine_socks_path(two.engines[0]));
    assert_int_equal(connect(fd, SOCKADDR(to)), 0);
    return fd;
}

/* Asks for name's port 80, as user unless that is NULL; returns the reply's code. */
static int ask(int fd, const char *user, const char *name)
{
    uint8_t message[300] = {5, 1, user ? 2 : 0}, reply[22];

    say(fd, message, 3);
    hear(fd, reply, 2);
    assert_int_equal(reply[1], user ? 2 : 0);
    if (user) {
        int len = snprintf((char *)message, sizeof message, "\1%c%s\1-", (char)strlen(user), user);
        say(fd, message, (size_t)len);
        hear(fd, reply, 2);
        assert_int_equal(reply[1], 0);
    }
    memcpy(message, (uint8_t[5]){5, 1, 0, 3, (uint8_t)strlen(name)}, 5);
    memcpy(message + 5, name, strlen(name));
    memcpy(message + 5 + strlen(name), (uint8_t[2]){0, 80}, 2);
    say(fd, message, 7 + strlen(name));
    hear(fd, reply, 4);
    hear(fd, reply + 4, reply[3] == 4 ? 18 : 6);
    return reply[1];
}

/* Says hello without a name and sends the request. */
static void request(int fd, const uint8_t *bytes, size_t len)
{
    const uint8_t greeting[3] = {5, 1, 0};
    uint8_t reply[2];

    say(fd, greeting, sizeof greeting);
    hear(fd, reply, sizeof reply);
    say(fd, bytes, len);
}

/* Connects to name; true if it came over IPv6. */
static bool came_over_ipv6(const char *user, const char *name)
{
    struct sockaddr_in6 from;
    socklen_t length = sizeof from;
    int fd = dial(), peer;

    assert_int_equal(ask(fd, user, name), 0);
    peer = fe_accept(listener, (struct sockaddr *)&from, &length);
    assert_true(peer >= 0);
    write_pattern(fd, 1000);
    shutdown(fd, SHUT_WR);
    assert_int_equal(read_pattern(peer), 1000);
    close(peer);
    close(fd);
    return !IN6_IS_ADDR_V4MAPPED(&from.sin6_addr);
}

static void both_kinds_of_address_are_looked_up_and_the_better_comes_first(void **state)
{
    struct sockaddr_storage found[4];

    (void)state;
    assert_int_equal(fe_lookup("both.test", AF_UNSPEC, found, 4), 2);
    assert_int_equal(found[0].ss_family, AF_INET); /* RFC 6724, 2.1: fc00::/7 stands behind IPv4 */
    assert_int_equal(found[1].ss_family, AF_INET6);
    assert_int_equal(fe_lookup("both.test", AF_INET6, found, 4), 1);
    assert_int_equal(found[0].ss_family, AF_INET6);
    assert_int_equal(fe_lookup("both.test", AF_INET, found, 4), 1);
    assert_int_equal(fe_lookup("www.test", AF_INET6, found, 4), -ENODATA);
    assert_int_equal(fe_lookup("fe80::1%7", AF_UNSPEC, found, 4), 1);
    assert_int_equal(fe_lookup("fd00::9", AF_INET, found, 4), -ENODATA);
    assert_int_equal(fe_lookup("x", AF_UNIX, found, 4), -EAFNOSUPPORT);
}

static void a_name_with_one_family_is_reached_by_it(void **state)
{
    (void)state;
    assert_false(came_over_ipv6(NULL, "www.test"));
    assert_true(came_over_ipv6(NULL, "six.test"));
}

static void nobody_waits_for_the_answer_about_the_other_family(void **state)
{
    (void)state;
    assert_true(came_over_ipv6(NULL, "half.test"));
    assert_false(came_over_ipv6(NULL, "slow.test"));
}

static void a_dead_address_does_not_keep_the_other_family_waiting(void **state)
{
    (void)state;
    assert_false(came_over_ipv6(NULL, "dark.test"));
}

static void the_families_take_turns(void **state)
{
    const char *ipv4, *second; /* of IPv6 */

    (void)state;
    assert_false(came_over_ipv6(NULL, "many.test"));
    two_finish(&two, 0, ENGINE_NOW);
    ipv4 = strstr(two.text, "> 10.0.0.2:80 SYN");
    second = strstr(two.text, "> [fd00::4e]:80 SYN");
    assert_true(ipv4 && (!second || ipv4 < second));
}

static void a_user_name_says_which_family(void **state)
{
    (void)state;
    assert_false(came_over_ipv6("ipv4", "both.test"));
    assert_true(came_over_ipv6("ipv6", "both.test"));
    came_over_ipv6("anybody", "both.test");
}

static void a_written_address_of_the_other_family_is_refused(void **state)
{
    char text[160];
    int fd = dial();

    (void)state;
    assert_int_equal(ask(fd, "ipv6", "10.0.0.2"), 4);
    assert_int_equal(fe_error_text(fd, text, sizeof text), -ENODATA);
    assert_string_equal(text, "lookup 10.0.0.2: this is an IPv4 address, and IPv6 is asked for");
    close(fd);
}

static void a_socks_client_may_ask_for_an_address_of_ipv6(void **state)
{
    const uint8_t asked[22] = {5, 1, 0, 4, 0xfd, [19] = 2, 0, 80};
    struct sockaddr_in6 peer = {.sin6_family = AF_UNSPEC};
    socklen_t length = sizeof peer;
    uint8_t reply[22];
    int fd = dial();

    (void)state;
    request(fd, asked, sizeof asked);
    hear(fd, reply, sizeof reply);
    assert_int_equal(reply[1], 0);
    assert_int_equal(reply[3], 4);
    assert_int_equal(reply[4], 0xfd);
    assert_int_equal(reply[19], 1);
    assert_int_equal(fe_getpeername(fd, (struct sockaddr *)&peer, &length), 0);
    assert_int_equal(peer.sin6_family, AF_INET6);
    assert_memory_equal(&peer.sin6_addr, asked + 4, 16);
    close(fd);
}

static void the_last_failure_is_told(void **state)
{
    char text[160];
    int fd = dial();

    (void)state;
    close(listener);
    assert_int_equal(ask(fd, NULL, "both.test"), 5);
    assert_int_equal(fe_error_text(fd, text, sizeof text), -ECONNREFUSED);
    close(fd);
    fd = dial();
    assert_int_equal(ask(fd, NULL, "nosuch.test"), 4);
    assert_int_equal(fe_error(fd), -ENOENT);
    close(fd);
    listener = -1;
}

static void a_client_that_leaves_ends_its_race(void **state)
{
    const uint8_t asked[] = {5, 1, 0, 3, 9, 'd', 'a', 'r', 'k', '.', 't', 'e', 's', 't', 0, 80};
    int fd = dial();

    (void)state;
    request(fd, asked, sizeof asked);
    close(fd);
    for (int i = 0; i < 500 && !report_has(&two, 0, "counters", "\"requests\":1,"); i++)
        usleep(10000);
    assert_true(report_has(&two, 0, "counters", "\"requests\":1,")); /* the question itself */
    assert_false(report_has(&two, 0, "sockets", "SYN-SENT"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(both_kinds_of_address_are_looked_up_and_the_better_comes_first),
        T(a_name_with_one_family_is_reached_by_it),
        T(nobody_waits_for_the_answer_about_the_other_family),
        T(a_dead_address_does_not_keep_the_other_family_waiting),
        T(the_families_take_turns),
        T(a_user_name_says_which_family),
        T(a_written_address_of_the_other_family_is_refused),
        T(a_socks_client_may_ask_for_an_address_of_ipv6),
        T(the_last_failure_is_told),
        T(a_client_that_leaves_ends_its_race),
    };

    return cmocka_run_group_tests_name("engine_race", tests, NULL, NULL);
}
