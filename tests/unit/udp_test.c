/* UDP and echo sockets: ports, who gets a datagram, what is refused.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/udp.h"
#include "tests/unit/stack_net.h"

struct received {
    int count, errors;
    int error;
    size_t len;
    uint8_t bytes[2000];
    struct endpoint from;
};

static void note(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                 uint64_t now_ns)
{
    struct received *received = user;

    (void)now_ns;
    received->count++;
    received->len = len;
    received->from = *from;
    memcpy(received->bytes, data, len);
}

static void note_error(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    struct received *received = user;

    (void)to, (void)now_ns;
    received->errors++;
    received->error = error;
}

static struct udp_socket *open_socket(struct net *net, struct received *received)
{
    struct udp_handler handler = {note, note_error, received};
    struct udp_socket *socket;

    memset(received, 0, sizeof *received);
    assert_int_equal(udp_open(net->stack, &socket, &handler), 0);
    return socket;
}

static int bind_to(struct udp_socket *socket, uint32_t address, uint16_t port)
{
    struct endpoint local = {address_v4(address), port};

    return udp_bind(socket, &local);
}

static void datagram_in(struct net *net, uint32_t source, uint16_t from, uint16_t to,
                        const char *text)
{
    uint8_t datagram[64];
    size_t len = 8 + strlen(text);

    put16(datagram, from);
    put16(datagram + 2, to);
    put16(datagram + 4, (uint16_t)len);
    memcpy(datagram + 8, text, strlen(text));
    net_packet_in(net, source, PROTOCOL_UDP, datagram, len, 6);
}

static void a_datagram_goes_out_and_its_answer_comes_in(void **state)
{
    struct net net;
    struct received received;
    struct udp_socket *socket;
    struct endpoint to = {address_v4(NET_PEER), 53};
    struct net_packet packet;
    struct udp_info info;

    (void)state;
    net_start(&net);
    socket = open_socket(&net, &received);
    assert_int_equal(udp_send(socket, &to, "question", 8, net.now_ns), 0);
    assert_true(net_take_packet(&net, &packet));
    assert_int_equal(packet.protocol, PROTOCOL_UDP);
    assert_int_equal(packet.length, 16);
    assert_int_equal(get16(packet.payload + 2), 53);
    assert_int_equal(get16(packet.payload + 4), 16);
    assert_memory_equal(packet.payload + 8, "question", 8);
    assert_true(get16(packet.payload) >= 49152);
    datagram_in(&net, NET_PEER, 53, get16(packet.payload), "answer");
    assert_int_equal(received.count, 1);
    assert_int_equal(received.len, 6);
    assert_memory_equal(received.bytes, "answer", 6);
    assert_int_equal(received.from.port, 53);
    udp_info(socket, &info);
    assert_int_equal(info.datagrams_sent, 1);
    assert_int_equal(info.datagrams_received, 1);
    assert_int_equal(info.last_send_ns, net.now_ns);
    udp_close(socket);
    net_stop(&net);
}

static void lies_about_length_and_checksum_are_counted(void **state)
{
    static const uint8_t good[12] = {0, 9, 0x1b, 0x58, 0, 12, 0, 0, 1, 2, 3, 4};
    struct net net;
    struct received received;
    struct udp_socket *socket;
    uint8_t bad[12];

    (void)state;
    net_start(&net);
    socket = open_socket(&net, &received);
    assert_int_equal(bind_to(socket, 0, 7000), 0);
    for (size_t len = 0; len < 12; len++)
        net_packet_in(&net, NET_PEER, PROTOCOL_UDP, good, len, NET_NO_CSUM);
    memcpy(bad, good, 12);
    bad[5] = 7;
    net_packet_in(&net, NET_PEER, PROTOCOL_UDP, bad, 12, NET_NO_CSUM);
    bad[5] = 13;
    net_packet_in(&net, NET_PEER, PROTOCOL_UDP, bad, 12, NET_NO_CSUM);
    bad[5] = 12;
    bad[7] = 1;
    net_packet_in(&net, NET_PEER, PROTOCOL_UDP, bad, 12, NET_NO_CSUM);
    assert_int_equal(stack_counters(net.stack)->udp_in_errors, 15);
    assert_int_equal(received.count, 0);
    net_packet_in(&net, NET_PEER, PROTOCOL_UDP, good, 12, NET_NO_CSUM);
    assert_int_equal(received.count, 1);
    udp_close(socket);
    net_stop(&net);
}

static void the_closest_match_gets_the_datagram(void **state)
{
    struct net net;
    struct received any, connected;
    struct udp_socket *first, *second;
    struct endpoint remote = {address_v4(NET_PEER), 53};

    (void)state;
    net_start(&net);
    first = open_socket(&net, &any);
    second = open_socket(&net, &connected);
    assert_int_equal(bind_to(first, 0, 7000), 0);
    assert_int_equal(bind_to(second, NET_ADDRESS, 7001), 0);
    assert_int_equal(udp_connect(second, &remote), 0);
    datagram_in(&net, NET_PEER, 53, 7000, "a");
    datagram_in(&net, NET_PEER, 53, 7001, "b");
    datagram_in(&net, NET_PEER, 54, 7001, "not from the peer's port");
    datagram_in(&net, 0x0a000203, 53, 7001, "not from the peer");
    assert_int_equal(any.count, 1);
    assert_int_equal(connected.count, 1);
    assert_int_equal(stack_counters(net.stack)->udp_no_ports, 2);
    udp_close(first);
    udp_close(second);
    datagram_in(&net, NET_PEER, 53, 7000, "closed");
    assert_int_equal(any.count, 1);
    net_stop(&net);
}

static void a_port_is_given_once(void **state)
{
    struct net net;
    struct received received;
    struct udp_socket *a, *b;

    (void)state;
    net_start(&net);
    a = open_socket(&net, &received);
    b = open_socket(&net, &received);
    assert_int_equal(bind_to(a, NET_ADDRESS, 7000), 0);
    assert_int_equal(bind_to(b, 0, 7000), -EADDRINUSE);
    assert_int_equal(bind_to(b, 0x0a000263, 7001), -EADDRNOTAVAIL);
    assert_int_equal(bind_to(b, 0x7f000001, 7000), 0);
    assert_int_equal(bind_to(b, 0, 7002), -EINVAL);
    udp_close(a);
    a = open_socket(&net, &received);
    assert_int_equal(bind_to(a, NET_ADDRESS, 7000), 0);
    udp_close(a);
    udp_close(b);
    net_stop(&net);
}

static void ports_are_chosen_at_random_and_run_out_in_the_end(void **state)
{
    struct net net;
    struct stack_config config = net_config(&net);
    struct received received;
    struct udp_socket *socket;
    static struct udp_socket *all[16384];
    struct udp_info first, second;

    (void)state;
    config.max_datagram_sockets = 16385;
    net_start_with(&net, &config);
    for (int i = 0; i < 16384; i++) {
        all[i] = open_socket(&net, &received);
        assert_int_equal(bind_to(all[i], 0, 0), 0);
    }
    udp_info(all[0], &first);
    udp_info(all[1], &second);
    assert_int_not_equal(first.local.port + 1, second.local.port);
    socket = open_socket(&net, &received);
    assert_int_equal(bind_to(socket, 0, 0), -EADDRINUSE);
    assert_int_equal(udp_open(net.stack, &socket, &(struct udp_handler){0}), -ENFILE);
    for (int i = 0; i < 16384; i++)
        udp_close(all[i]);
    udp_close(socket);
    net_stop(&net);
}

static void what_cannot_be_sent_is_refused(void **state)
{
    struct net net;
    struct received received;
    struct udp_socket *socket;
    static uint8_t data[65508];
    struct endpoint to = {address_v4(NET_PEER), 9}, all = {address_v4(0xffffffff), 9},
                    subnet = {address_v4(0x0a0002ff), 9};

    (void)state;
    net_start(&net);
    socket = open_socket(&net, &received);
    assert_int_equal(udp_send(socket, NULL, "x", 1, net.now_ns), -EDESTADDRREQ);
    assert_int_equal(udp_send(socket, &to, data, sizeof data, net.now_ns), -EMSGSIZE);
    assert_int_equal(udp_send(socket, &all, "x", 1, net.now_ns), -EACCES);
    assert_int_equal(udp_send(socket, &subnet, "x", 1, net.now_ns), -EACCES);
    assert_int_equal(udp_send(socket, &to, data, 65507, net.now_ns), 0);
    assert_int_equal(udp_connect(socket, &to), 0);
    assert_int_equal(udp_send(socket, NULL, NULL, 0, net.now_ns), 0);
    udp_close(socket);
    net_stop(&net);
}

static void an_echo_socket_sends_with_its_identifier_and_gets_the_reply(void **state)
{
    static const uint8_t request[12] = {8, 0, 0xaa, 0xaa, 0xff, 0xff, 0, 1, 'd', 'a', 't', 'a'};
    struct net net;
    struct received received = {0};
    struct udp_handler handler = {note, note_error, &received};
    struct udp_socket *socket;
    struct endpoint local = {address_v4(0), 0x1234}, to = {address_v4(NET_PEER), 0};
    struct net_packet packet;
    uint8_t reply[12];

    (void)state;
    net_start(&net);
    assert_int_equal(icmp_open(net.stack, &socket, &handler), 0);
    assert_int_equal(udp_bind(socket, &local), 0);
    udp_set_ttl(socket, 3);
    assert_int_equal(udp_send(socket, &to, request, sizeof request, net.now_ns), 0);
    assert_true(net_take_packet(&net, &packet));
    assert_int_equal(packet.protocol, PROTOCOL_ICMP);
    assert_int_equal(packet.ttl, 3);
    assert_int_equal(get16(packet.payload + 4), 0x1234);
    assert_memory_equal(packet.payload + 6, request + 6, 6);
    memcpy(reply, packet.payload, sizeof reply);
    reply[0] = 0;
    net_packet_in(&net, NET_PEER, PROTOCOL_ICMP, reply, sizeof reply, 2);
    assert_int_equal(received.count, 1);
    assert_int_equal(received.len, sizeof reply);
    assert_int_equal(received.bytes[0], 0);
    reply[5] ^= 1;
    net_packet_in(&net, NET_PEER, PROTOCOL_ICMP, reply, sizeof reply, 2);
    assert_int_equal(received.count, 1);
    assert_int_equal(udp_send(socket, &to, request, 7, net.now_ns), -EINVAL);
    assert_int_equal(udp_send(socket, &to, reply, 12, net.now_ns), -EINVAL);
    net.answer_arp = false;
    to.address = address_v4(0x0a000263);
    assert_int_equal(udp_send(socket, &to, request, sizeof request, net.now_ns), 0);
    net_run(&net, 3 * NET_S);
    assert_int_equal(received.errors, 1);
    assert_int_equal(received.error, -EHOSTUNREACH);
    udp_close(socket);
    net_stop(&net);
}

static void count(void *user, struct udp_socket *socket)
{
    (void)socket;
    ++*(int *)user;
}

static void every_open_socket_is_listed(void **state)
{
    struct net net;
    struct received received;
    struct udp_socket *a, *b;
    int sockets = 0;

    (void)state;
    net_start(&net);
    a = open_socket(&net, &received);
    b = open_socket(&net, &received);
    udp_close(a);
    udp_each(net.stack, count, &sockets);
    assert_int_equal(sockets, 1);
    udp_close(b);
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_datagram_goes_out_and_its_answer_comes_in),
        cmocka_unit_test(lies_about_length_and_checksum_are_counted),
        cmocka_unit_test(the_closest_match_gets_the_datagram),
        cmocka_unit_test(a_port_is_given_once),
        cmocka_unit_test(ports_are_chosen_at_random_and_run_out_in_the_end),
        cmocka_unit_test(what_cannot_be_sent_is_refused),
        cmocka_unit_test(an_echo_socket_sends_with_its_identifier_and_gets_the_reply),
        cmocka_unit_test(every_open_socket_is_listed),
    };

    return cmocka_run_group_tests_name("udp", tests, NULL, NULL);
}
