/* Two engines joined by a wire.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/two_engines.h"

static void journal_line(void *user, uint64_t now_ns, enum journal_level level, const char *layer,
                         const char *text)
{
    struct two *two = user;

    (void)now_ns;
    (void)level;
    if (two->text_len + strlen(layer) + strlen(text) + 4 < sizeof two->text)
        two->text_len += (size_t)sprintf(two->text + two->text_len, "%s: %s\n", layer, text);
}

static void side_dual(struct engine_config *config, int side)
{
    config->stack.ipv6 = true;
    config->stack.static6[0] =
        (struct stack_static6){{.bytes = {0xfd, [15] = (uint8_t)(1 + side)}}, 64};
}

static struct engine_config side_config(struct two *two, int side)
{
    struct engine_config config = {.transport = fake_wire_board(two->wire, side)};

    config.stack.source = ADDRESS_STATIC;
    config.stack.address = address_v4(0x0a000001u + (uint32_t)side);
    config.stack.prefix_len = 24;
    config.stack.skip_probing = true;
    if (two->dual)
        side_dual(&config, side);
    return config;
}

struct engine_config two_config(struct two *two)
{
    struct engine_config config;

    memset(two, 0, sizeof *two);
    two->wire = fake_wire_make();
    two->journal = (struct journal){journal_line, two, JOURNAL_EVENT};
    config = side_config(two, 0);
    config.journal = &two->journal;
    config.stack.dns[0] = (struct endpoint){address_v4(0x0a000002), 5300};
    return config;
}

void two_start_with(struct two *two, const struct engine_config *config)
{
    const struct engine_config other = side_config(two, 1);
    char error[256] = "";

    for (int side = 0; side < 2; side++) {
        if (engine_create(&two->engines[side], side ? &other : config, error, sizeof error))
            fail_msg("engine %d: %s", side, error);
        assert_int_equal(engine_thread_start(two->engines[side]), 0);
    }
    on(two, 0);
}

void two_start(struct two *two)
{
    struct engine_config config = two_config(two);

    two_start_with(two, &config);
}

void two_start_dual(struct two *two)
{
    struct engine_config config = two_config(two);

    two->dual = true;
    side_dual(&config, 0);
    two_start_with(two, &config);
}

struct engine_report two_finish(struct two *two, int side, enum engine_finish until)
{
    struct engine_report report;

    engine_thread_finish(two->engines[side], until, PATIENCE_MS * 1000000ull, &report);
    two->finished[side] = true;
    return report;
}

void two_stop(struct two *two)
{
    for (int side = 0; side < 2; side++) {
        if (!two->finished[side])
            two_finish(two, side, ENGINE_NOW);
        engine_destroy(two->engines[side]);
    }
    fake_wire_free(two->wire);
}

void on(const struct two *two, int side)
{
    assert_int_equal(fe_engine_use(engine_path(two->engines[side])), 0);
}

struct sockaddr_in address_of(int side, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};

    in.sin_addr.s_addr = htonl(0x0a000001u + (uint32_t)side);
    return in;
}

struct sockaddr_in6 address6_of(int side, uint16_t port)
{
    struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

    in.sin6_addr.s6_addr[0] = 0xfd;
    in.sin6_addr.s6_addr[15] = (uint8_t)(1 + side);
    return in;
}

int two_listen(const struct two *two, uint16_t port)
{
    struct sockaddr_in in = address_of(1, port);
    int fd;

    on(two, 1);
    fd = fe_socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(fe_bind(fd, SOCKADDR(in)), 0);
    assert_int_equal(fe_listen(fd, 8), 0);
    on(two, 0);
    return fd;
}

int two_connect(const struct two *two, uint16_t port)
{
    struct sockaddr_in in = address_of(1, port);
    int fd;

    on(two, 0);
    fd = fe_socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(fe_connect(fd, SOCKADDR(in)), 0);
    return fd;
}

void two_join(const struct two *two, int *client, int *server)
{
    int listener = two_listen(two, 80);

    *client = two_connect(two, 80);
    *server = fe_accept(listener, NULL, NULL);
    assert_true(*server >= 0);
    close(listener);
}

int comes(int fd, short events)
{
    return waits_for(fd, events, PATIENCE_MS);
}

int waits_for(int fd, short events, int ms)
{
    struct pollfd look = {fd, events, 0};

    return poll(&look, 1, ms) == 1 && (look.revents & events);
}

void ask_later(int asked, const char *condition)
{
    if (asked >= PATIENCE_MS / 10)
        fail_msg("not within %d ms: %s", PATIENCE_MS, condition);
    poll(NULL, 0, 10);
}

static uint8_t pattern(size_t index)
{
    return (uint8_t)(index * 31 + (index >> 8) * 7);
}

void write_pattern(int fd, size_t count)
{
    uint8_t bytes[5000];

    for (size_t at = 0; at < count;) {
        size_t len = count - at < sizeof bytes ? count - at : sizeof bytes;
        ssize_t put;
        for (size_t i = 0; i < len; i++)
            bytes[i] = pattern(at + i);
        put = write(fd, bytes, len);
        assert_true(put > 0);
        at += (size_t)put;
    }
}

size_t read_pattern(int fd)
{
    uint8_t bytes[7000];
    size_t at = 0;
    ssize_t got;

    while ((got = read(fd, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < got; i++, at++)
            assert_int_equal(bytes[i], pattern(at));
    assert_int_equal(got, 0);
    return at;
}

int report_has(const struct two *two, int side, const char *what, const char *text)
{
    char *json;
    int has;

    on(two, side);
    assert_int_equal(fe_query(what, &json), 0);
    has = strstr(json, text) != NULL;
    free(json);
    on(two, 0);
    return has;
}
