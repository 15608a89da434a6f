/* libslirp behind the wire: DHCP, ARP, the host's loopback, and when time may jump.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "sim/wire/slirp_datagram.h"
#include "tests/unit/slirp_frames.h"

/* Runs for ms of the wire's time or until want frames came. */
static void run_ms(struct wire_board *board, uint32_t ms, uint32_t want)
{
    uint64_t until_ns = board->now_ns + ms * 1000000u;

    while (board->now_ns < until_ns && board->count < want) {
        wire_poll(board->wire, board->now_ns);
        wire_board_idle(board, 1000);
        usleep(10); /* the host's kernel lives in real time */
    }
}

static int listen_on_loopback(int type, unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void open_slirp(struct wire_board *board)
{
    wire_board_open(board, &(struct wire_config){.start_ns = 5000000000u});
}

static void offers_an_address_by_dhcp(void **state)
{
    struct wire_board board;
    const uint8_t *message;

    (void)state;
    open_slirp(&board);
    slirp_send_discover(&board);
    run_ms(&board, 50, 1);
    assert_int_equal(board.count, 1);
    assert_true(board.frames[0].good_fcs && board.frames[0].good_preamble);
    message = board.frames[0].bytes + 42;
    assert_int_equal(slirp_get_16(board.frames[0].bytes + 36), 68);
    assert_memory_equal(message + 4, "\xDE\xAD\xBE\xEF", 4);
    assert_memory_equal(message + 16, "\x0A\0\2\x0F", 4);
    assert_memory_equal(message + 236, "\x63\x82\x53\x63\x35\1\2", 7);
    assert_false(wire_host_busy(board.wire));
    wire_board_close(&board);
}

static void answers_who_has_10_0_2_2(void **state)
{
    struct wire_board board;

    (void)state;
    open_slirp(&board);
    slirp_send_arp(&board, "10.0.2.2");
    run_ms(&board, 50, 1);
    assert_int_equal(board.count, 1);
    assert_memory_equal(board.frames[0].bytes, SLIRP_MAC, 6);
    assert_int_equal(slirp_get_16(board.frames[0].bytes + 20), 2);
    assert_memory_equal(board.frames[0].bytes + 28, "\x0A\0\2\2", 4);
    wire_board_close(&board);
}

static void carries_datagrams_to_the_hosts_loopback_and_back(void **state)
{
    struct wire_board board;
    struct sockaddr_in from;
    socklen_t from_len = sizeof(from);
    uint8_t data[16];
    unsigned port;
    int fd = listen_on_loopback(SOCK_DGRAM, &port);

    (void)state;
    open_slirp(&board);
    slirp_send_arp(&board, "10.0.2.2"); /* teaches libslirp our address */
    run_ms(&board, 50, 1);
    slirp_send_udp(&board, "10.0.2.15", "10.0.2.2", 5000, port, (const uint8_t *)"hello", 5);
    wire_poll(board.wire, board.now_ns);
    assert_true(wire_host_busy(board.wire));
    assert_int_equal(recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &from_len), 5);
    assert_memory_equal(data, "hello", 5);
    assert_int_equal(sendto(fd, "world", 5, 0, (struct sockaddr *)&from, from_len), 5);
    run_ms(&board, 500, 2);
    assert_int_equal(board.count, 2);
    assert_memory_equal(board.frames[1].bytes + 42, "world", 5);
    assert_false(wire_host_busy(board.wire)); /* answered: the socket alone holds nobody up */
    close(fd);
    wire_board_close(&board);
}

static void gives_up_on_a_datagram_that_nobody_answers(void **state)
{
    struct wire_board board;
    unsigned port;
    int fd = listen_on_loopback(SOCK_DGRAM, &port);

    (void)state;
    open_slirp(&board);
    slirp_send_udp(&board, "10.0.2.15", "10.0.2.2", 5000, port, (const uint8_t *)"hello", 5);
    wire_poll(board.wire, board.now_ns);
    assert_true(wire_host_busy(board.wire));
    board.now_ns += 3000000000u;
    wire_poll(board.wire, board.now_ns);
    assert_false(wire_host_busy(board.wire));
    close(fd);
    wire_board_close(&board);
}

static void datagrams_and_pings_of_ipv6_keep_it_busy_and_discovery_does_not(void **state)
{
    struct wire_board board;

    (void)state;
    open_slirp(&board);
    slirp_send_v6(&board, 58, 135); /* neighbour solicitation */
    assert_false(wire_host_busy(board.wire));
    slirp_send_v6(&board, 58, 128); /* echo request */
    assert_true(wire_host_busy(board.wire));
    board.now_ns += 3000000000u;
    wire_poll(board.wire, board.now_ns);
    assert_false(wire_host_busy(board.wire));
    slirp_send_v6(&board, 17, 0);
    assert_true(wire_host_busy(board.wire));
    wire_board_close(&board);
}

/* Each prefix of a frame is a block of its own, so that a read past its end is seen. */
static void a_frame_that_is_cut_anywhere_is_no_datagram(void **state)
{
    static const uint8_t whole[2][58] = {{[12] = 8, 0, 0x40, [23] = 17},
                                         {[12] = 0x86, 0xdd, 0x60, [20] = 17}};

    (void)state;
    for (int v6 = 0; v6 < 2; v6++)
        for (size_t len = 1; len <= sizeof whole[0]; len++) {
            uint8_t *cut = malloc(len);

            memcpy(cut, whole[v6], len);
            assert_int_equal(slirp_datagram(cut, len, true), len >= (v6 ? 58 : 34));
            free(cut);
        }
}

static void is_busy_while_a_connection_to_the_host_is_open(void **state)
{
    struct wire_board board;
    struct pollfd fds[8];
    unsigned port;
    const uint8_t *tcp;
    int listener = listen_on_loopback(SOCK_STREAM, &port), fd;

    (void)state;
    open_slirp(&board);
    slirp_send_arp(&board, "10.0.2.2");
    run_ms(&board, 50, 1);
    assert_false(wire_host_busy(board.wire));
    assert_int_equal(wire_fds(board.wire, fds, 8), 0);
    assert_true(wire_deadline(board.wire) > board.now_ns);
    slirp_send_tcp(&board, port, 1000, 0, 0x02);
    run_ms(&board, 500, 2);
    assert_int_equal(board.count, 2);
    tcp = board.frames[1].bytes + 34;
    assert_int_equal(tcp[13], 0x12); /* SYN and ACK */
    assert_true(wire_host_busy(board.wire));
    fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    slirp_send_tcp(&board, port, 1001,
                   ((uint32_t)slirp_get_16(tcp + 4) << 16 | slirp_get_16(tcp + 6)) + 1, 0x10);
    wire_poll(board.wire, board.now_ns);
    assert_int_equal(wire_fds(board.wire, fds, 8), 1);
    assert_true(fds[0].events & POLLIN);
    assert_int_equal(wire_fds(board.wire, fds, 0), 0);
    slirp_send_tcp(&board, port, 1001, 0, 0x04); /* RST */
    wire_poll(board.wire, board.now_ns);
    assert_false(wire_host_busy(board.wire));
    close(fd);
    close(listener);
    wire_board_close(&board);
}

static void refuses_a_connection_where_nobody_listens(void **state)
{
    struct wire_board board;
    unsigned port;
    int listener = listen_on_loopback(SOCK_STREAM, &port);

    (void)state;
    close(listener);
    open_slirp(&board);
    slirp_send_arp(&board, "10.0.2.2");
    run_ms(&board, 50, 1);
    slirp_send_tcp(&board, port, 1000, 0, 0x02);
    run_ms(&board, 500, 2);
    assert_int_equal(board.count, 2);
    assert_true(board.frames[1].bytes[47] & 0x04);
    assert_false(wire_host_busy(board.wire));
    wire_board_close(&board);
}

static void survives_frames_of_garbage(void **state)
{
    struct wire_board board;
    uint32_t random = 1;

    (void)state;
    open_slirp(&board);
    for (int n = 0; n < 2000; n++) {
        uint8_t frame[300];
        size_t len = 60 + (size_t)n % 240;
        for (size_t i = 0; i < len; i++) {
            random = random * 1664525 + 1013904223;
            frame[i] = (uint8_t)(random >> 24);
        }
        memcpy(frame, "\x52\x55\x0A\0\2\2\2\0\0\0\0\1\x08", 13);
        frame[13] = (uint8_t)(n % 2 ? 0x06 : 0x00);
        if (n % 3)
            frame[14] = 0x45;
        frame[23] = (uint8_t)(n % 5 ? 1 : random >> 16); /* no datagrams to the machine's network */
        if (frame[23] == 17 || frame[23] == 6)
            frame[23] = 2;
        memcpy(frame + 30, "\x0A\0\2\2", 4);
        wire_board_send(&board, frame, len, (struct wire_board_fault){0});
        wire_board_idle(&board, 12);
        wire_poll(board.wire, board.now_ns);
        board.count = 0;
    }
    wire_board_close(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_an_address_by_dhcp),
        cmocka_unit_test(answers_who_has_10_0_2_2),
        cmocka_unit_test(carries_datagrams_to_the_hosts_loopback_and_back),
        cmocka_unit_test(gives_up_on_a_datagram_that_nobody_answers),
        cmocka_unit_test(datagrams_and_pings_of_ipv6_keep_it_busy_and_discovery_does_not),
        cmocka_unit_test(a_frame_that_is_cut_anywhere_is_no_datagram),
        cmocka_unit_test(is_busy_while_a_connection_to_the_host_is_open),
        cmocka_unit_test(refuses_a_connection_where_nobody_listens),
        cmocka_unit_test(survives_frames_of_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
