/* IPv6 packets in and out: headers, ICMPv6, path MTU, sockets. RFC 8200, RFC 4443, RFC 8201.
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
#include "host/stack/tcp.h"
#include "tests/unit/net6_heard.h"

enum { TCP = 6, UDP = 17, ICMPV6 = 58 };

static void echo_requests_are_answered_with_their_data(void **state)
{
    struct net net;
    struct net6_packet answer;
    uint8_t request[64] = {128, 0, 0, 0, 0x12, 0x34, 0, 7};

    (void)state;
    struct heard *heard = heard_start(&net);
    for (size_t i = 8; i < sizeof request; i++)
        request[i] = (uint8_t)i;
    struct net6_packet packet = heard_from_peer(&net, ICMPV6, request, sizeof request);
    net6_in(&net, &packet, NET_NO_CSUM);
    assert_int_equal(stack_counters(net.stack)->icmp_in_errors, 1);
    net6_in(&net, &packet, 2);
    assert_true(net6_take(&net, &answer));
    assert_int_equal(answer.payload[0], 129);
    assert_true(address_equal(&answer.destination, &NET6_PEER));
    assert_true(address_equal(&answer.source, &packet.destination));
    assert_memory_equal(answer.payload + 4, request + 4, sizeof request - 4);
    heard_stop(&net, heard);
}

static void headers_that_lie_are_dropped(void **state)
{
    struct net net;
    uint8_t frame[128];

    (void)state;
    struct heard *heard = heard_start(&net);
    struct net6_packet packet = heard_from_peer(&net, UDP, HEARD_DATAGRAM, sizeof HEARD_DATAGRAM);
    size_t len = net6_build(&packet, 6, frame);
    for (size_t cut = 14; cut < len; cut++)
        net_frame_in(&net, frame, cut);
    assert_int_equal(stack_counters(net.stack)->ip_in_hdr_errors, len - 14);
    frame[14] = 0x40;
    net_frame_in(&net, frame, len);
    assert_int_equal(stack_counters(net.stack)->ip_in_hdr_errors, len - 14 + 1);
    frame[14] = 0x60;
    assert_int_equal(heard->count, 0);
    net_frame_in(&net, frame, len + 10); /* Ethernet pads */
    assert_int_equal(heard->count, 1);
    assert_int_equal(heard->len, 4);
    heard_stop(&net, heard);
}

static void impossible_sources_are_not_heard(void **state)
{
    struct net net;
    static const char *const texts[] = {"ff02::1", "::1"};

    (void)state;
    struct heard *heard = heard_start(&net);
    struct net6_packet packet = heard_from_peer(&net, UDP, HEARD_DATAGRAM, sizeof HEARD_DATAGRAM);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(address_parse(texts[i], &packet.source), 0);
        net6_in(&net, &packet, 6);
    }
    packet.source = address_v4(NET_PEER); /* ::ffff:10.0.2.2 on the wire */
    net6_in(&net, &packet, 6);
    packet.source = packet.destination;
    net6_in(&net, &packet, 6);
    packet.source = (struct address){{0}};
    net6_in(&net, &packet, 6);
    assert_int_equal(stack_counters(net.stack)->ip_in_addr_errors, 5);
    assert_int_equal(heard->count, 0);
    heard_stop(&net, heard);
}

static void a_datagram_without_a_checksum_is_dropped(void **state)
{
    struct net net;

    (void)state;
    struct heard *heard = heard_start(&net);
    struct net6_packet packet = heard_from_peer(&net, UDP, HEARD_DATAGRAM, sizeof HEARD_DATAGRAM);
    net6_in(&net, &packet, NET_NO_CSUM);
    assert_int_equal(stack_counters(net.stack)->udp_in_errors, 1);
    net6_in(&net, &packet, 6);
    assert_int_equal(heard->count, 1);
    heard_stop(&net, heard);
}

static void a_datagram_to_no_port_is_told_so_but_never_an_error_or_a_group(void **state)
{
    struct net net;
    struct net6_packet answer;
    uint8_t datagram[2000] = {0, 7, 0, 99, 1400 >> 8, 1400 & 255};

    (void)state;
    struct heard *heard = heard_start(&net);
    struct net6_packet packet = heard_from_peer(&net, UDP, datagram, 1400);
    net6_in(&net, &packet, 6);
    assert_true(net6_take(&net, &answer));
    assert_int_equal(answer.payload[0], 1);
    assert_int_equal(answer.payload[1], 4);
    assert_int_equal(answer.length, 1280 - 40); /* as much as always arrives */
    assert_memory_equal(answer.payload + 16, NET6_PEER.bytes, 16);
    packet.destination = NET6_ALL_NODES;
    net6_in(&net, &packet, 6);
    uint8_t error[60] = {1, 4, [8] = 0x60, [14] = 99};
    packet = heard_from_peer(&net, ICMPV6, error, sizeof error);
    net6_in(&net, &packet, 2);
    assert_null(net_take(&net));
    heard_stop(&net, heard);
}

static void a_smaller_path_is_believed_but_none_below_1280(void **state)
{
    struct net net;
    uint8_t message[8 + 40 + 8] = {2, 0, 0, 0, 0, 0, 1400 >> 8, 1400 & 255, 0x60};

    (void)state;
    struct heard *heard = heard_start(&net);
    struct address own = net6_own(&net, ADDRESS6_AUTOCONF).address;
    message[14] = UDP;
    memcpy(message + 16, own.bytes, 16);
    memcpy(message + 32, NET6_PEER.bytes, 16);
    put16(message + 48, HEARD_PORT);
    put16(message + 50, 7);
    struct net6_packet packet = heard_from_peer(&net, ICMPV6, message, sizeof message);
    net6_in(&net, &packet, 2);
    assert_int_equal(ip_payload_room(net.stack, &NET6_PEER), 1400 - 40);
    assert_int_equal(heard->error, -EMSGSIZE);
    heard->error = 0;
    put16(message + 6, 1279); /* RFC 8201, 4: to be dropped */
    net6_in(&net, &packet, 2);
    put16(message + 6, 1300);
    put16(message + 48, HEARD_PORT + 1); /* nobody sends from there */
    net6_in(&net, &packet, 2);
    put16(message + 48, HEARD_PORT);
    message[8 + 8 + 15] ^= 1; /* about a packet of somebody else */
    net6_in(&net, &packet, 2);
    assert_int_equal(heard->error, 0);
    assert_int_equal(ip_payload_room(net.stack, &NET6_PEER), 1400 - 40);
    heard_stop(&net, heard);
}

static void port_unreachable_reaches_the_socket(void **state)
{
    struct net net;
    struct net6_packet sent;
    uint8_t message[8 + 40 + 12] = {1, 4};

    (void)state;
    struct heard *heard = heard_start(&net);
    udp_send(heard->socket, &(struct endpoint){NET6_PEER, 7}, "data", 4, net.now_ns);
    assert_true(net6_take(&net, &sent));
    memcpy(message + 8, sent.header, 52);
    struct net6_packet packet = heard_from_peer(&net, ICMPV6, message, sizeof message);
    net6_in(&net, &packet, 2);
    assert_int_equal(heard->error, -ECONNREFUSED);
    heard_stop(&net, heard);
}

static void a_socket_on_all_addresses_hears_both_families(void **state)
{
    struct net net;
    struct address v4 = address_v4(NET_PEER);
    uint8_t datagram[12];

    (void)state;
    struct heard *heard = heard_start(&net);
    struct net6_packet packet = heard_from_peer(&net, UDP, HEARD_DATAGRAM, sizeof HEARD_DATAGRAM);
    net6_in(&net, &packet, 6);
    assert_true(address_equal(&heard->from.address, &NET6_PEER));
    memcpy(datagram, HEARD_DATAGRAM, sizeof datagram);
    net_packet_in(&net, NET_PEER, UDP, datagram, sizeof datagram, 6);
    assert_int_equal(heard->count, 2);
    assert_true(address_equal(&heard->from.address, &v4));
    heard_stop(&net, heard);
}

/* No header has one address of each family (RFC 4942, 2.2). */
static void a_socket_on_one_address_speaks_its_family_alone(void **state)
{
    const struct udp_handler nobody = {NULL, NULL, NULL};
    const struct endpoint old = {address_v4(NET_PEER), 7}, new = {NET6_PEER, 7};
    struct udp_socket *socket;
    struct net net;

    (void)state;
    struct heard *heard = heard_start(&net);
    struct endpoint own = {net6_own(&net, ADDRESS6_AUTOCONF).address, 500};
    assert_int_equal(udp_open(net.stack, &socket, &nobody), 0);
    assert_int_equal(udp_bind(socket, &own), 0);
    assert_int_equal(udp_send(socket, &old, "data", 4, net.now_ns), -EAFNOSUPPORT);
    assert_int_equal(udp_connect(socket, &old), -EAFNOSUPPORT);
    assert_int_equal(udp_send(socket, &new, "data", 4, net.now_ns), 0);
    udp_close(socket);
    own.address = address_v4(NET_ADDRESS);
    assert_int_equal(udp_open(net.stack, &socket, &nobody), 0);
    assert_int_equal(udp_bind(socket, &own), 0);
    net_forget(&net);
    assert_int_equal(udp_send(socket, &new, "data", 4, net.now_ns), -EAFNOSUPPORT);
    assert_null(net_take(&net));
    udp_close(socket);
    heard_stop(&net, heard);
}

static void tcp_happens(void *user, struct tcp_conn *conn, unsigned events)
{
    (void)conn;
    *(unsigned *)user |= events;
}

static void tcp_connects_and_cuts_its_data_for_ipv6(void **state)
{
    struct net net;
    struct net6_packet packet;
    struct tcp_conn *conn;
    struct iovec room[2];
    unsigned events = 0;
    /* SYN, ACK with a jumbo frame's MSS */
    uint8_t answer[24] = {0,    80,   0,    0,    0, 0, 0, 99, 0, 0, 0,         0,
                          0x60, 0x12, 0xff, 0xff, 0, 0, 0, 0,  2, 4, 8960 >> 8, 8960 & 255};

    (void)state;
    struct heard *heard = heard_start(&net);
    assert_int_equal(tcp_open(net.stack, &conn, tcp_happens, &events), 0);
    assert_int_equal(tcp_connect(conn, &(struct endpoint){NET6_PEER, 80}, net.now_ns), 0);
    assert_true(net6_take(&net, &packet));
    assert_int_equal(packet.next, TCP);
    assert_int_equal(get16(packet.payload + 22), 1440); /* its MSS option */
    uint32_t flow = packet.flow;
    memcpy(answer + 2, packet.payload, 2);
    put32(answer + 8, get32(packet.payload + 4) + 1);
    packet = heard_from_peer(&net, TCP, answer, sizeof answer);
    net6_in(&net, &packet, 16);
    assert_true(events & TCP_EVENT_CONNECTED);
    assert_true(net6_take(&net, &packet));
    assert_true(tcp_writable(conn, room) > 0 && room[0].iov_len >= 3000);
    memset(room[0].iov_base, 7, 3000);
    tcp_produce(conn, 3000, net.now_ns);
    assert_true(net6_take(&net, &packet));
    assert_int_equal(packet.length, 1460);
    assert_int_equal(packet.flow, flow);
    assert_int_not_equal(flow, 0);
    tcp_abort(conn, net.now_ns);
    heard_stop(&net, heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echo_requests_are_answered_with_their_data),
        cmocka_unit_test(headers_that_lie_are_dropped),
        cmocka_unit_test(impossible_sources_are_not_heard),
        cmocka_unit_test(a_datagram_without_a_checksum_is_dropped),
        cmocka_unit_test(a_datagram_to_no_port_is_told_so_but_never_an_error_or_a_group),
        cmocka_unit_test(a_smaller_path_is_believed_but_none_below_1280),
        cmocka_unit_test(port_unreachable_reaches_the_socket),
        cmocka_unit_test(a_socket_on_all_addresses_hears_both_families),
        cmocka_unit_test(a_socket_on_one_address_speaks_its_family_alone),
        cmocka_unit_test(tcp_connects_and_cuts_its_data_for_ipv6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
