/* Two wires joined by a stream socket: frames arrive whole and in order, whatever happens to the stream.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "driver/transport.h"
#include "sim/wire/backend.h"

enum { KEPT = 4096, SECOND_NS = 1000000000 };

/* A backend and the frames that it gave. */
struct end {
    struct backend *backend;
    bool full;
    unsigned count;
    size_t lengths[KEPT];
    uint8_t first[KEPT], last[KEPT]; /* bytes of each frame */
};

static char folder[] = "/tmp/ferrite-wire-XXXXXX", path[64];

static int start(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/wire", folder);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return rmdir(folder); /* a socket left behind would keep it */
}

static void take(void *user, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct end *end = user;

    (void)now_ns;
    assert_true(end->count < KEPT);
    end->lengths[end->count] = len;
    end->first[end->count] = bytes[0];
    end->last[end->count++] = bytes[len - 1];
}

static bool has_room(void *user)
{
    return !((struct end *)user)->full;
}

static void join(struct end *end, const char *how)
{
    struct backend_port port = {take, has_room, end};
    char name[128], error[256] = "";

    memset(end, 0, sizeof *end);
    snprintf(name, sizeof name, "%s:%s", how, path);
    assert_int_equal(backend_open(&end->backend, name, &port, 0, error, sizeof error), 0);
}

static void leave(struct end *end)
{
    end->backend->ops->close(end->backend);
}

static void work(struct end *end, uint64_t now_ns)
{
    end->backend->ops->poll(end->backend, now_ns);
}

static bool put(struct end *end, uint8_t mark, size_t len)
{
    uint8_t bytes[2000];

    memset(bytes, mark, len);
    return end->backend->ops->send(end->backend, bytes, len, 0);
}

static void frames_pass_both_ways(void **state)
{
    struct end a, b;

    (void)state;
    join(&a, "listen");
    join(&b, "connect");
    work(&a, 0);
    for (unsigned i = 0; i < 100; i++) {
        assert_true(put(&a, (uint8_t)i, 60 + i));
        assert_true(put(&b, (uint8_t)(200 - i), 1514 - i));
        work(&a, 0);
    }
    work(&b, 0);
    assert_int_equal(a.count, 100);
    assert_int_equal(b.count, 100);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(b.lengths[i], 60 + i);
        assert_int_equal(b.last[i], i);
        assert_int_equal(a.lengths[i], 1514 - i);
        assert_int_equal(a.first[i], 200 - i);
    }
    leave(&b);
    leave(&a);
}

/* Nothing is lost: the sender is refused, and the refused frame goes when the reader reads again. */
static void a_peer_that_does_not_read_holds_the_sender(void **state)
{
    struct end a, b;
    unsigned sent = 0;

    (void)state;
    join(&a, "listen");
    join(&b, "connect");
    work(&a, 0);
    b.full = true;
    while (put(&a, (uint8_t)sent, 1500) && sent < KEPT)
        sent++;
    assert_in_range(sent, 20, KEPT - 1);
    work(&b, 0);
    assert_int_equal(b.count, 0);
    b.full = false;
    for (int i = 0; i < 100; i++) {
        work(&b, 0);
        work(&a, 0);
    }
    assert_int_equal(b.count, sent);
    for (unsigned i = 0; i < sent; i++)
        assert_int_equal(b.first[i], (uint8_t)i);
    assert_true(put(&a, 1, 60));
    leave(&b);
    leave(&a);
}

static int dial(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void a_frame_may_come_in_pieces(void **state)
{
    static const uint8_t bytes[] = {0, 0, 0, 3, 7, 8, 9, 0, 0, 0, 1, 5};
    struct end a;
    int fd;

    (void)state;
    join(&a, "listen");
    fd = dial();
    for (size_t i = 0; i < sizeof bytes; i++) {
        assert_int_equal(write(fd, bytes + i, 1), 1);
        work(&a, 0);
        assert_int_equal(a.count, (i >= 6) + (i >= 11));
    }
    assert_int_equal(a.lengths[0], 3);
    assert_int_equal(a.last[0], 9);
    assert_int_equal(a.first[1], 5);
    close(fd);
    leave(&a);
}

static void who_does_not_speak_the_framing_is_hung_up_on(void **state)
{
    struct end a;
    char byte;
    int fd;

    (void)state;
    join(&a, "listen");
    fd = dial();
    assert_int_equal(write(fd, "GET / HTTP/1.1\r\n", 16), 16);
    work(&a, 0);
    assert_int_equal(a.count, 0);
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
    close(fd);
    leave(&a);
}

static void a_listener_takes_the_next_peer(void **state)
{
    struct end a, b;

    (void)state;
    join(&a, "listen");
    for (uint8_t i = 0; i < 3; i++) {
        join(&b, "connect");
        work(&a, 0);
        assert_true(put(&b, i, 60));
        work(&a, 0);
        assert_int_equal(a.count, i + 1);
        leave(&b);
        work(&a, 0);
    }
    assert_true(put(&a, 1, 60)); /* nobody is there: lost, not held */
    leave(&a);
}

static void who_connects_comes_back_to_a_listener_that_comes_back(void **state)
{
    struct end a, b;

    (void)state;
    join(&a, "listen");
    join(&b, "connect");
    work(&a, 0);
    leave(&a);
    work(&b, 0);
    assert_int_equal(b.backend->ops->deadline(b.backend, 0), SECOND_NS);
    work(&b, SECOND_NS); /* nobody yet */
    join(&a, "listen");
    work(&b, 2 * (uint64_t)SECOND_NS);
    work(&a, 0);
    assert_true(put(&b, 1, 60));
    work(&b, 2 * (uint64_t)SECOND_NS);
    assert_true(put(&b, 2, 60));
    work(&a, 0);
    assert_true(a.count >= 1);
    assert_int_equal(a.first[a.count - 1], 2);
    leave(&b);
    leave(&a);
}

static void a_socket_that_a_killed_program_left_is_replaced(void **state)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct end a;

    (void)state;
    snprintf(where.sun_path, sizeof where.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&where, sizeof where), 0);
    close(fd);
    join(&a, "listen");
    leave(&a);
}

static void refused(const char *name, int code, const char *why)
{
    struct end end = {0};
    struct backend_port port = {take, has_room, &end};
    char error[256] = "";

    assert_int_equal(backend_open(&end.backend, name, &port, 0, error, sizeof error), code);
    if (!strstr(error, why))
        fail_msg("'%s' is not in: %s", why, error);
}

static void bad_places_are_quoted(void **state)
{
    struct end a;
    char name[128];

    (void)state;
    refused("listen:", -EINVAL, "'' is no place: give a path with a slash");
    refused("connect:7000", -EINVAL, "'7000' is no place");
    refused("connect:localhost:no-such-service", -ENOENT, "port 'no-such-service'");
    refused("listen:/nonexistent/folder/wire", -ENOENT,
            "listen:/nonexistent/folder/wire: No such file");
    snprintf(name, sizeof name, "connect:%s", path);
    refused(name, -ENOENT, "nobody listens there: start the other end first");
    join(&a, "listen");
    snprintf(name, sizeof name, "listen:%s", path);
    refused(name, -EADDRINUSE, "another program listens there");
    leave(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_pass_both_ways),
        cmocka_unit_test(a_peer_that_does_not_read_holds_the_sender),
        cmocka_unit_test(a_frame_may_come_in_pieces),
        cmocka_unit_test(who_does_not_speak_the_framing_is_hung_up_on),
        cmocka_unit_test(a_listener_takes_the_next_peer),
        cmocka_unit_test(who_connects_comes_back_to_a_listener_that_comes_back),
        cmocka_unit_test(a_socket_that_a_killed_program_left_is_replaced),
        cmocka_unit_test(bad_places_are_quoted),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
