/* libslirp behind the wire: DHCP, ARP, the host's loopback, and when time may jump.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/wire_board.h"

static const struct wire_board_fault GOOD = {0};
static const uint8_t MAC[6] = {2, 0, 0, 0, 0, 1};

static void put_16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static unsigned get_16(const uint8_t *at)
{
    return (unsigned)(at[0] << 8 | at[1]);
}

static unsigned sum_of(const uint8_t *bytes, size_t len, uint32_t sum)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += get_16(bytes + i);
    if (len % 2)
        sum += (uint32_t)bytes[len - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return ~sum & 0xFFFF;
}

static void ethernet_write(uint8_t *frame, const char *to, unsigned type)
{
    memcpy(frame, to, 6);
    memcpy(frame + 6, MAC, 6);
    put_16(frame + 12, type);
}

/* An IPv4 header for len bytes of payload behind it. */
static void ip_write(uint8_t *ip, uint8_t protocol, const char *from, const char *to, size_t len)
{
    memset(ip, 0, 20);
    ip[0] = 0x45;
    put_16(ip + 2, (unsigned)len + 20);
    ip[8] = 64;
    ip[9] = protocol;
    inet_pton(AF_INET, from, ip + 12);
    inet_pton(AF_INET, to, ip + 16);
    put_16(ip + 10, sum_of(ip, 20, 0));
}

static void send_udp(struct wire_board *board, const char *from, const char *to, unsigned from_port,
                     unsigned to_port, const uint8_t *data, size_t len)
{
    uint8_t frame[600] = {0}, *udp = frame + 34;

    ethernet_write(frame, "\xFF\xFF\xFF\xFF\xFF\xFF", 0x0800);
    ip_write(frame + 14, 17, from, to, len + 8);
    put_16(udp, from_port);
    put_16(udp + 2, to_port);
    put_16(udp + 4, (unsigned)len + 8); /* checksum 0: none */
    memcpy(udp + 8, data, len);
    wire_board_send(board, frame, len + 42 < 60 ? 60 : len + 42, GOOD);
    wire_board_idle(board, 12);
}

static void send_arp(struct wire_board *board, const char *target)
{
    uint8_t frame[60] = {0};

    ethernet_write(frame, "\xFF\xFF\xFF\xFF\xFF\xFF", 0x0806);
    memcpy(frame + 14, "\0\1\x08\0\6\4\0\1", 8);
    memcpy(frame + 22, MAC, 6);
    inet_pton(AF_INET, "10.0.2.15", frame + 28);
    inet_pton(AF_INET, target, frame + 38);
    wire_board_send(board, frame, sizeof(frame), GOOD);
    wire_board_idle(board, 12);
}

/* A SYN, or with other flags what follows it. */
static void send_tcp(struct wire_board *board, unsigned port, uint32_t seq, uint32_t ack,
                     uint8_t flags)
{
    uint8_t frame[60] = {0}, *ip = frame + 14, *tcp = frame + 34;

    ethernet_write(frame, "\x52\x55\x0A\0\2\2", 0x0800);
    ip_write(ip, 6, "10.0.2.15", "10.0.2.2", 20);
    put_16(tcp, 40000);
    put_16(tcp + 2, port);
    put_16(tcp + 4, seq >> 16);
    put_16(tcp + 6, seq & 0xFFFF);
    put_16(tcp + 8, ack >> 16);
    put_16(tcp + 10, ack & 0xFFFF);
    tcp[12] = 0x50;
    tcp[13] = flags;
    put_16(tcp + 14, 8192);
    put_16(tcp + 16, sum_of(tcp, 20,
                            (uint32_t)(6 + 20 + get_16(ip + 12) + get_16(ip + 14) +
                                       get_16(ip + 16) + get_16(ip + 18))));
    wire_board_send(board, frame, sizeof(frame), GOOD);
    wire_board_idle(board, 12);
}

/* A DHCPDISCOVER from nobody. */
static void send_discover(struct wire_board *board)
{
    uint8_t message[300] = {1, 1, 6, 0, 0xDE, 0xAD, 0xBE, 0xEF};

    memcpy(message + 28, MAC, 6);
    memcpy(message + 236, "\x63\x82\x53\x63\x35\1\1\xFF", 8);
    send_udp(board, "0.0.0.0", "255.255.255.255", 68, 67, message, sizeof(message));
}

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
    send_discover(&board);
    run_ms(&board, 50, 1);
    assert_int_equal(board.count, 1);
    assert_true(board.frames[0].good_fcs && board.frames[0].good_preamble);
    message = board.frames[0].bytes + 42;
    assert_int_equal(get_16(board.frames[0].bytes + 36), 68);
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
    send_arp(&board, "10.0.2.2");
    run_ms(&board, 50, 1);
    assert_int_equal(board.count, 1);
    assert_memory_equal(board.frames[0].bytes, MAC, 6);
    assert_int_equal(get_16(board.frames[0].bytes + 20), 2);
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
    send_arp(&board, "10.0.2.2"); /* teaches libslirp our address */
    run_ms(&board, 50, 1);
    send_udp(&board, "10.0.2.15", "10.0.2.2", 5000, port, (const uint8_t *)"hello", 5);
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
    send_udp(&board, "10.0.2.15", "10.0.2.2", 5000, port, (const uint8_t *)"hello", 5);
    wire_poll(board.wire, board.now_ns);
    assert_true(wire_host_busy(board.wire));
    board.now_ns += 3000000000u;
    wire_poll(board.wire, board.now_ns);
    assert_false(wire_host_busy(board.wire));
    close(fd);
    wire_board_close(&board);
}

/* To fd00::2, with 24 bytes of next; no checksum, so libslirp drops it. */
static void send_v6(struct wire_board *board, uint8_t next, uint8_t first)
{
    uint8_t frame[14 + 40 + 24] = {0}, *ip = frame + 14;

    ethernet_write(frame, "\x52\x56\0\0\0\2", 0x86dd);
    ip[0] = 0x60;
    put_16(ip + 4, 24);
    ip[6] = next;
    ip[7] = 255;
    inet_pton(AF_INET6, "fd00::15", ip + 8);
    inet_pton(AF_INET6, "fd00::2", ip + 24);
    ip[40] = first;
    wire_board_send(board, frame, sizeof frame, GOOD);
    wire_board_idle(board, 12);
    wire_poll(board->wire, board->now_ns);
}

static void datagrams_and_pings_of_ipv6_keep_it_busy_and_discovery_does_not(void **state)
{
    struct wire_board board;

    (void)state;
    open_slirp(&board);
    send_v6(&board, 58, 135); /* neighbour solicitation */
    assert_false(wire_host_busy(board.wire));
    send_v6(&board, 58, 128); /* echo request */
    assert_true(wire_host_busy(board.wire));
    board.now_ns += 3000000000u;
    wire_poll(board.wire, board.now_ns);
    assert_false(wire_host_busy(board.wire));
    send_v6(&board, 17, 0);
    assert_true(wire_host_busy(board.wire));
    wire_board_close(&board);
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
    send_arp(&board, "10.0.2.2");
    run_ms(&board, 50, 1);
    assert_false(wire_host_busy(board.wire));
    assert_int_equal(wire_fds(board.wire, fds, 8), 0);
    assert_true(wire_deadline(board.wire) > board.now_ns);
    send_tcp(&board, port, 1000, 0, 0x02);
    run_ms(&board, 500, 2);
    assert_int_equal(board.count, 2);
    tcp = board.frames[1].bytes + 34;
    assert_int_equal(tcp[13], 0x12); /* SYN and ACK */
    assert_true(wire_host_busy(board.wire));
    fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    send_tcp(&board, port, 1001, ((uint32_t)get_16(tcp + 4) << 16 | get_16(tcp + 6)) + 1, 0x10);
    wire_poll(board.wire, board.now_ns);
    assert_int_equal(wire_fds(board.wire, fds, 8), 1);
    assert_true(fds[0].events & POLLIN);
    assert_int_equal(wire_fds(board.wire, fds, 0), 0);
    send_tcp(&board, port, 1001, 0, 0x04); /* RST */
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
    send_arp(&board, "10.0.2.2");
    run_ms(&board, 50, 1);
    send_tcp(&board, port, 1000, 0, 0x02);
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
        wire_board_send(&board, frame, len, GOOD);
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
        cmocka_unit_test(is_busy_while_a_connection_to_the_host_is_open),
        cmocka_unit_test(refuses_a_connection_where_nobody_listens),
        cmocka_unit_test(survives_frames_of_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
