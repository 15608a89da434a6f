/* The USB/IP client against a server in a thread: an honest one, and ones that split, lie, stall and hang up.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "driver/usbip.h"
#include "tests/unit/usbip_fake.h"

static int open_at(struct usbip_fake *server, struct transport **out, const char *busid,
                   char *error, size_t error_len)
{
    char where[64];

    snprintf(where, sizeof(where), "127.0.0.1:%u%s", server->port, busid);
    return usbip_open(out, where, error, error_len);
}

static struct transport *start(struct usbip_fake *server, enum usbip_fake_behaviour behaviour)
{
    struct transport *transport = NULL;
    char error[300] = "";

    usbip_fake_start(server, behaviour);
    if (open_at(server, &transport, "", error, sizeof(error)))
        fail_msg("%s", error);
    return transport;
}

static void stop(struct usbip_fake *server, struct transport *transport)
{
    transport->ops->close(transport);
    usbip_fake_stop(server);
}

static void count_done(struct transfer *transfer)
{
    ++*(int *)transfer->user;
}

/* Runs the transport until count transfers are done; gives up in the end. */
static void run_until(struct transport *transport, const int *done, int count)
{
    for (int i = 0; i < 50000 && *done < count; i++) {
        struct pollfd fds[4];
        int n = transport->ops->fds(transport, fds, 4);
        poll(fds, (nfds_t)n, transport->ops->deadline(transport) == TIME_NEVER ? 10 : 0);
        transport->ops->poll(transport, (uint64_t)i, TIME_NEVER);
    }
    assert_int_equal(*done, count);
}

static void opens_the_first_board_and_reads_its_serial(void **state)
{
    struct usbip_fake server;
    struct transport *transport = start(&server, HONEST);

    (void)state;
    assert_int_equal(transport->speed, SPEED_HIGH);
    assert_string_equal(transport->serial, "A7?x");
    assert_non_null(strstr(transport->name, "3-7"));
    assert_int_equal(server.configured, 1);
    stop(&server, transport);
}

static void carries_transfers_both_ways(void **state)
{
    static const enum usbip_fake_behaviour behaviours[] = {HONEST, BYTE_BY_BYTE};
    static uint8_t out[1 << 20], in[4][65536], reg[4];

    (void)state;
    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = (uint8_t)(i * 5 + i / 256);
    for (int b = 0; b < 2; b++) {
        struct usbip_fake server;
        struct transport *transport = start(&server, behaviours[b]);
        int done = 0;
        struct transfer transfers[7] = {
            {.endpoint = 0x81, .data = in[0], .length = 65536},
            {.endpoint = 1, .data = out, .length = sizeof(out)},
            {.endpoint = 0x81, .data = in[1], .length = 512},
            {.endpoint = 1, .data = out, .length = 512, .zero_packet = true},
            {.endpoint = 0x82, .data = in[2], .length = 8},
            {.setup = {0xC0, 1, 0, 0, 0, 0, 4}, .data = reg, .length = 4},
            {.setup = {0x40, 9, 0, 0, 0, 0, 0}},
        };
        for (int i = 0; i < 7; i++) {
            transfers[i].done = count_done;
            transfers[i].user = &done;
            assert_int_equal(transport->ops->submit(transport, &transfers[i]), 0);
        }
        run_until(transport, &done, 7);
        assert_int_equal(transfers[0].status, 0);
        assert_int_equal(transfers[0].actual, 65533);
        for (uint32_t i = 0; i < 65533; i++)
            assert_int_equal(in[0][i], (uint8_t)(i * 3 + i / 256));
        assert_int_equal(transfers[1].actual, sizeof(out));
        assert_int_equal(transfers[2].actual, 509);
        assert_int_equal(transfers[4].actual, 5);
        assert_memory_equal(reg, "FERR", 4);
        assert_int_equal(transfers[6].status, 0);
        assert_int_equal(server.out_bytes, (1 << 20) + 512);
        assert_int_equal(server.zero_packets, 1);
        stop(&server, transport);
    }
}

static void tells_stalls_apart_from_failures(void **state)
{
    struct usbip_fake server;
    struct transport *transport = start(&server, STALLS);
    uint8_t data[512] = {0};
    int done = 0;
    struct transfer in = {
        .endpoint = 0x81, .data = data, .length = 512, .done = count_done, .user = &done};
    struct transfer control = {.setup = {0x42, 7}, .done = count_done, .user = &done};

    (void)state;
    assert_int_equal(transport->ops->submit(transport, &in), 0);
    assert_int_equal(transport->ops->submit(transport, &control), 0);
    run_until(transport, &done, 2);
    assert_int_equal(in.status, -EPIPE);
    assert_int_equal(control.status, -EPIPE);
    stop(&server, transport);
}

static void cancels_with_and_without_bytes(void **state)
{
    static const enum usbip_fake_behaviour behaviours[] = {NEVER_ANSWERS, ANSWERS_TOO_LATE};

    (void)state;
    for (int b = 0; b < 2; b++) {
        struct usbip_fake server;
        struct transport *transport = start(&server, behaviours[b]);
        uint8_t data[512], reg[4];
        int done = 0;
        struct transfer in = {
            .endpoint = 0x81, .data = data, .length = 512, .done = count_done, .user = &done};
        struct transfer after = {
            .setup = {0xC0, 1}, .data = reg, .length = 4, .done = count_done, .user = &done};
        assert_int_equal(transport->ops->submit(transport, &in), 0);
        transport->ops->cancel(transport, &in);
        transport->ops->cancel(transport, &in); /* twice is once */
        assert_int_equal(done, 0);              /* done comes from poll only */
        run_until(transport, &done, 1);
        assert_int_equal(in.status, -ECANCELED);
        assert_int_equal(in.actual, behaviours[b] == ANSWERS_TOO_LATE ? 5 : 0);
        assert_int_equal(transport->ops->submit(transport, &after),
                         0); /* the connection is good still */
        run_until(transport, &done, 2);
        assert_int_equal(after.status, 0);
        assert_int_equal(server.unlinks, 1);
        stop(&server, transport);
    }
}

static void a_server_that_breaks_the_protocol_is_a_board_unplugged(void **state)
{
    static const enum usbip_fake_behaviour behaviours[] = {HANG_UP_IN_DATA, WRONG_SEQNUM, TOO_MUCH,
                                                           UNKNOWN_COMMAND};

    (void)state;
    for (int b = 0; b < 4; b++) {
        struct usbip_fake server;
        struct transport *transport = start(&server, behaviours[b]);
        uint8_t data[2][512];
        struct pollfd fds[1];
        int done = 0;
        struct transfer first = {
            .endpoint = 0x81, .data = data[0], .length = 512, .done = count_done, .user = &done};
        struct transfer second = {
            .endpoint = 0x82, .data = data[1], .length = 8, .done = count_done, .user = &done};
        assert_int_equal(transport->ops->submit(transport, &first), 0);
        assert_int_equal(transport->ops->submit(transport, &second), 0);
        run_until(transport, &done, 2);
        assert_int_equal(first.status, -ENODEV);
        assert_int_equal(second.status, -ENODEV);
        assert_int_equal(transport->ops->submit(transport, &first), -ENODEV);
        assert_int_equal(transport->ops->fds(transport, fds, 1), 0);
        stop(&server, transport);
    }
}

static void closing_ends_what_is_in_flight(void **state)
{
    struct usbip_fake server;
    struct transport *transport = start(&server, NEVER_ANSWERS);
    uint8_t data[512];
    int done = 0;
    struct transfer in = {
        .endpoint = 0x81, .data = data, .length = 512, .done = count_done, .user = &done};

    (void)state;
    assert_int_equal(transport->ops->submit(transport, &in), 0);
    stop(&server, transport);
    assert_int_equal(done, 1);
    assert_int_equal(in.status, -ECANCELED);
}

static void says_what_is_wrong_when_it_cannot_open(void **state)
{
    static const struct {
        enum usbip_fake_behaviour behaviour;
        const char *busid;
        int code;
        const char *said;
    } cases[] = {
        {REFUSES_IMPORT, "", -EBUSY, "another client"}, {HONEST, "/9-9", -EBUSY, "9-9"},
        {NO_BOARD, "", -ENODEV, "1209:0001"},           {TWO_WITHOUT_END, "", -EPROTO, "list"},
        {HANGS_UP_AT_ONCE, "", -ECONNRESET, "list"},
    };
    struct transport *transport;
    char error[300];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct usbip_fake server;
        usbip_fake_start(&server, cases[i].behaviour);
        assert_int_equal(open_at(&server, &transport, cases[i].busid, error, sizeof(error)),
                         cases[i].code);
        if (!strstr(error, cases[i].said))
            fail_msg("'%s' does not say '%s'", error, cases[i].said);
        usbip_fake_stop(&server);
        if (i == 0) {
            assert_int_equal(open_at(&server, &transport, "", error, sizeof(error)), -ECONNREFUSED);
            assert_non_null(strstr(error, "ferrite sim"));
        }
    }
}

static void refuses_places_that_are_none(void **state)
{
    static const char *places[] = {
        "host:", "host:0", "host:65536", "host:12x", "host:-1",
        "host/", "[::1",   "[::1]x",     "a:1:2",    "h/1234567890123456789012345678901234567890"};
    struct transport *transport;
    char error[300];

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        assert_int_equal(usbip_open(&transport, places[i], error, sizeof(error)), -EINVAL);
        assert_non_null(strstr(error, places[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_the_first_board_and_reads_its_serial),
        cmocka_unit_test(carries_transfers_both_ways),
        cmocka_unit_test(tells_stalls_apart_from_failures),
        cmocka_unit_test(cancels_with_and_without_bytes),
        cmocka_unit_test(a_server_that_breaks_the_protocol_is_a_board_unplugged),
        cmocka_unit_test(closing_ends_what_is_in_flight),
        cmocka_unit_test(says_what_is_wrong_when_it_cannot_open),
        cmocka_unit_test(refuses_places_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
