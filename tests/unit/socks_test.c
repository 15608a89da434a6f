/* Tests of host/engine/socks.c: SOCKS5 (RFC 1928) clients, libcurl among them, and those who
 * mean no good.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/name_server.h"

static struct two two;
static struct name_server *server;
static const uint8_t GREETING[] = {5, 1, 0};

static int start(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    two_start(&two);
    server = name_server_start(&two);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    name_server_stop(server);
    two_stop(&two);
    return 0;
}

static int dial(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = fe_socks_socket();

    assert_true(fd >= 0);
    snprintf(to.sun_path, sizeof to.sun_path, "%s", engine_socks_path(two.engines[0]));
    assert_int_equal(connect(fd, SOCKADDR(to)), 0);
    return fd;
}

static void say(int fd, const void *bytes, size_t len)
{
    assert_int_equal(write(fd, bytes, len), len);
}

/* Says who it wants; returns the reply's code, or -1 if the connection was closed without one. */
static int ask(int fd, const char *name, uint16_t port)
{
    uint8_t request[300] = {5, 1, 0, 3, (uint8_t)strlen(name)}, reply[10];
    size_t len = 5 + strlen(name);

    say(fd, GREETING, sizeof GREETING);
    assert_int_equal(read(fd, reply, 2), 2);
    assert_int_equal(reply[1], 0);
    memcpy(request + 5, name, strlen(name));
    request[len] = (uint8_t)(port >> 8);
    request[len + 1] = (uint8_t)port;
    say(fd, request, len + 2);
    return recv(fd, reply, sizeof reply, MSG_WAITALL) == sizeof reply ? reply[1] : -1;
}

static void a_client_reaches_a_name_and_its_socket_is_the_stream(void **state)
{
    int listener = two_listen(&two, 80), client = dial(), peer;

    (void)state;
    assert_int_equal(ask(client, "www.test", 80), 0);
    peer = fe_accept(listener, NULL, NULL);
    write_pattern(client, 1000);
    shutdown(client, SHUT_WR);
    assert_int_equal(read_pattern(peer), 1000);
    write_pattern(peer, 3000);
    close(peer);
    assert_int_equal(read_pattern(client), 3000);
    assert_int_equal(fe_error(client), 0);
    close(client);
    close(listener);
}

static void an_address_that_is_dead_is_followed_by_the_next(void **state)
{
    int listener = two_listen(&two, 80), client = dial();

    (void)state;
    assert_int_equal(ask(client, "two.test", 80), 0); /* 10.0.0.77 answers no ARP */
    close(client);
    close(listener);
}

static void failures_have_their_code_and_their_exact_error(void **state)
{
    static const struct {
        const char *name;
        uint16_t port;
        int code, error;
        const char *text;
    } cases[] = {
        {"www.test", 81, 5, -ECONNREFUSED, "connect to 10.0.0.2:81: Connection refused"},
        {"nosuch.test", 80, 4, -ENOENT, "lookup nosuch.test: no such name"},
        {"192.0.2.1", 80, 3, -ENETUNREACH, "connect to 192.0.2.1:80: Network is unreachable"},
        {"10.0.0.77", 80, 4, -EHOSTUNREACH, "connect to 10.0.0.77:80: No route to host"},
        {"broken.test", 80, 1, -EAGAIN, NULL},
    };
    char text[160];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = dial();
        assert_int_equal(ask(fd, cases[i].name, cases[i].port), cases[i].code);
        assert_int_equal(fe_error_text(fd, text, sizeof text), cases[i].error);
        if (cases[i].text)
            assert_string_equal(text, cases[i].text);
        close(fd);
    }
}

static void a_reset_is_told_to_who_asks(void **state)
{
    int listener = two_listen(&two, 80), client = dial(), peer;
    char byte;

    (void)state;
    assert_int_equal(ask(client, "10.0.0.2", 80), 0);
    peer = fe_accept(listener, NULL, NULL);
    say(client, "x", 1);
    assert_true(comes(peer, POLLIN));
    close(peer); /* with a byte unread */
    assert_int_equal(read(client, &byte, 1), 0);
    assert_int_equal(fe_error(client), -ECONNRESET);
    close(client);
    close(listener);
}

static void what_is_no_socks5_is_closed_or_refused(void **state)
{
    static const struct {
        size_t len;
        uint8_t bytes[12];
        int answer;
    } cases[] = {
        {4, {4, 1, 0, 80}, -1}, /* SOCKS4 */
        {3, {5, 1, 1}, 0xff},   /* GSSAPI only */
        {2, {5, 0}, 0xff},      /* no method at all */
        {10, {'G', 'E', 'T', ' ', '/', ' ', 'H', 'T', 'T', 'P'}, -1},
    };
    uint8_t reply[2];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = dial();
        say(fd, cases[i].bytes, cases[i].len);
        if (cases[i].answer >= 0) {
            assert_int_equal(read(fd, reply, 2), 2);
            assert_int_equal(reply[1], cases[i].answer);
        }
        assert_true(read(fd, reply, 1) <= 0);
        close(fd);
    }
}

static void requests_of_other_kinds_are_refused(void **state)
{
    static const struct {
        uint8_t bytes[22], len, code;
    } cases[] = {
        {{5, 2, 0, 1, 10, 0, 0, 2, 0, 80}, 10, 7}, /* BIND */
        {{5, 1, 0, 4, 0x20, 1}, 22, 8},            /* IPv6 */
        {{5, 1, 0, 9, 0}, 5, 8},                   /* no such type */
        {{5, 1, 0, 3, 0, 0, 80}, 7, 8},            /* an empty name */
    };
    uint8_t reply[10];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = dial();
        say(fd, GREETING, sizeof GREETING);
        assert_int_equal(read(fd, reply, 2), 2);
        say(fd, cases[i].bytes, cases[i].len);
        assert_int_equal(recv(fd, reply, sizeof reply, MSG_WAITALL), sizeof reply);
        assert_int_equal(reply[1], cases[i].code);
        close(fd);
    }
}

static void a_client_that_leaves_while_it_waits_is_forgotten(void **state)
{
    uint8_t reply[2],
        request[] = {5, 1, 0, 3, 11, 's', 'i', 'l', 'e', 'n', 't', '.', 't', 'e', 's', 't', 0, 80};

    (void)state;
    for (int i = 0; i < 2; i++) {
        int fd = dial();
        say(fd, GREETING, sizeof GREETING);
        assert_int_equal(read(fd, reply, 2), 2);
        say(fd, request,
            i ? sizeof request : 9); /* in the middle of its request, or of the lookup */
        close(fd);
    }
    EVENTUALLY(report_has(&two, 0, "counters", "\"requests\":1,")); /* the question itself */
}

/* A web server for one request. */
static void *serve(void *listener)
{
    static const char reply[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    int fd = fe_accept(*(int *)listener, NULL, NULL);
    char request[2000];

    if (read(fd, request, sizeof request) > 0 && write(fd, reply, sizeof reply - 1) < 0)
        perror("serve");
    shutdown(fd, SHUT_WR);
    while (read(fd, request, sizeof request) > 0)
        continue;
    close(fd);
    return NULL;
}

static size_t keep(char *bytes, size_t size, size_t count, void *user)
{
    strncat(user, bytes, size * count);
    return size * count;
}

static CURLcode fetch(const char *url, char *page, long *proxy_error)
{
    char proxy[200];
    CURL *curl = curl_easy_init();
    CURLcode code;

    snprintf(proxy, sizeof proxy, "socks5h://localhost%s", engine_socks_path(two.engines[0]));
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROXY, proxy);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, page);
    code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_PROXY_ERROR, proxy_error);
    curl_easy_cleanup(curl);
    return code;
}

static void libcurl_fetches_a_page(void **state)
{
    int listener = two_listen(&two, 80);
    char page[64] = "";
    pthread_t thread;
    long proxy_error;

    (void)state;
    pthread_create(&thread, NULL, serve, &listener);
    assert_int_equal(fetch("http://www.test/", page, &proxy_error), CURLE_OK);
    assert_string_equal(page, "hello");
    pthread_join(thread, NULL);
    assert_int_equal(fetch("http://www.test:81/", page, &proxy_error), CURLE_PROXY);
    assert_int_equal(proxy_error, CURLPX_REPLY_CONNECTION_REFUSED);
    close(listener);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_client_reaches_a_name_and_its_socket_is_the_stream),
        T(an_address_that_is_dead_is_followed_by_the_next),
        T(failures_have_their_code_and_their_exact_error),
        T(a_reset_is_told_to_who_asks),
        T(what_is_no_socks5_is_closed_or_refused),
        T(requests_of_other_kinds_are_refused),
        T(a_client_that_leaves_while_it_waits_is_forgotten),
        T(libcurl_fetches_a_page),
    };

    return cmocka_run_group_tests_name("socks", tests, NULL, NULL);
}
