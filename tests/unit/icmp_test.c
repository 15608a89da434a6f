/* ICMP: echo answered, errors sent as RFC 1122 allows, errors received told to whom they concern.
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
#include "host/stack/icmp.h"
#include "host/stack/udp.h"
#include "tests/unit/stack_net.h"

enum { ROUTER = 0x0a000201, FAR = 0x08080808 };

static void echo_requests_are_answered_with_their_data(void **state)
{
    struct net net;
    struct net_packet packet;
    uint8_t request[64] = {8, 0, 0, 0, 0x12, 0x34, 0, 7};

    (void)state;
    net_start(&net);
    for (size_t i = 8; i < sizeof request; i++)
        request[i] = (uint8_t)i;
    net_packet_in(&net, NET_PEER, PROTOCOL_ICMP, request, sizeof request, 2);
    assert_true(net_take_packet(&net, &packet));
    assert_int_equal(packet.destination, NET_PEER);
    assert_int_equal(packet.length, sizeof request);
    assert_int_equal(packet.payload[0], 0);
    assert_memory_equal(packet.payload + 4, request + 4, sizeof request - 4);
    net_stop(&net);
}

static void spoiled_and_broadcast_requests_are_not_answered(void **state)
{
    struct net net;
    uint8_t request[8] = {8}, frame[42];

    (void)state;
    net_start(&net);
    net_packet_in(&net, NET_PEER, PROTOCOL_ICMP, request, sizeof request, NET_NO_CSUM);
    for (size_t len = 0; len < 8; len++)
        net_packet_in(&net, NET_PEER, PROTOCOL_ICMP, request, len, len >= 4 ? 2 : NET_NO_CSUM);
    assert_int_equal(stack_counters(net.stack)->icmp_in_errors, 9);
    net_headers(frame, NET_PEER, 0x0a0002ff, PROTOCOL_ICMP, 8);
    memcpy(frame + 34, (uint8_t[]){8, 0, 0xf7, 0xff, 0, 0, 0, 0}, 8);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(stack_counters(net.stack)->icmp_in_echos, 1);
    assert_null(net_take(&net));
    net_stop(&net);
}

static void a_datagram_to_no_port_is_told_so(void **state)
{
    struct net net;
    struct net_packet packet;
    static const uint8_t datagram[12] = {0, 9, 0x1b, 0x58, 0, 12, 0, 0, 1, 2, 3, 4};

    (void)state;
    net_start(&net);
    net_packet_in(&net, NET_PEER, PROTOCOL_UDP, datagram, sizeof datagram, 6);
    assert_true(net_take_packet(&net, &packet));
    assert_int_equal(packet.protocol, PROTOCOL_ICMP);
    assert_int_equal(packet.payload[0], 3);
    assert_int_equal(packet.payload[1], 3);
    assert_int_equal(get32(packet.payload + 4), 0);
    assert_int_equal(get32(packet.payload + 8 + 12), NET_PEER);
    assert_memory_equal(packet.payload + 28, datagram, 6);
    net_stop(&net);
}

static void a_packet_of_an_unknown_protocol_is_told_so(void **state)
{
    struct net net;
    struct net_packet packet;
    static uint8_t payload[1400];

    (void)state;
    net_start(&net);
    net_packet_in(&net, NET_PEER, 200, payload, sizeof payload, NET_NO_CSUM);
    assert_true(net_take_packet(&net, &packet));
    assert_int_equal(packet.payload[0], 3);
    assert_int_equal(packet.payload[1], 2);
    assert_int_equal(packet.length, 556);
    assert_int_equal(stack_counters(net.stack)->ip_in_unknown_protos, 1);
    net_stop(&net);
}

static void no_error_is_sent_about_errors_broadcasts_or_later_fragments(void **state)
{
    static const uint8_t datagram[12] = {0, 9, 0x1b, 0x58, 0, 12};
    struct net net;
    uint8_t frame[46], error[36] = {3, 3};

    (void)state;
    net_start(&net);
    net_headers(frame, NET_PEER, 0xffffffff, PROTOCOL_UDP, 12);
    memcpy(frame + 34, datagram, 12);
    net_frame_in(&net, frame, sizeof frame);
    net_headers(frame, NET_PEER, 0xe0000001, 200, 12);
    net_frame_in(&net, frame, sizeof frame);
    net_packet_in(&net, NET_PEER, PROTOCOL_ICMP, error, sizeof error, 2);
    assert_null(net_take(&net));
    net_stop(&net);
}

static void errors_are_limited_in_their_rate(void **state)
{
    static const uint8_t datagram[12] = {0, 9, 0x1b, 0x58, 0, 12};
    struct net net;
    struct net_packet packet;
    int sent = 0;

    (void)state;
    net_start(&net);
    for (int i = 0; i < 200; i++)
        net_packet_in(&net, NET_PEER, PROTOCOL_UDP, datagram, sizeof datagram, NET_NO_CSUM);
    while (net_take_packet(&net, &packet))
        sent++;
    assert_int_equal(sent, 50);
    assert_int_equal(stack_counters(net.stack)->icmp_out_ratelimited, 150);
    net_run(&net, 20 * NET_MS);
    net_packet_in(&net, NET_PEER, PROTOCOL_UDP, datagram, sizeof datagram, NET_NO_CSUM);
    assert_true(net_take_packet(&net, &packet));
    net_stop(&net);
}

struct failure {
    int count, error;
    struct endpoint to;
};

static void note(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    struct failure *failure = user;

    (void)now_ns;
    failure->count++;
    failure->error = error;
    failure->to = *to;
}

/* Sends a datagram to FAR and gives the packet back. */
static struct net_packet sent_packet(struct net *net, struct udp_socket *socket)
{
    static uint8_t data[600];
    struct endpoint to = {address_v4(FAR), 53};
    struct net_packet packet;

    assert_int_equal(udp_send(socket, &to, data, sizeof data, net->now_ns), 0);
    assert_true(net_take_packet(net, &packet));
    return packet;
}

static void quote(struct net *net, uint8_t type, uint8_t code, uint16_t mtu,
                  const struct net_packet *packet, size_t len)
{
    uint8_t message[8 + 28] = {type, code};

    put16(message + 6, mtu);
    memcpy(message + 8, packet->header, len);
    net_packet_in(net, ROUTER, PROTOCOL_ICMP, message, 8 + len, 2);
}

static void errors_reach_the_socket_whose_packet_they_quote(void **state)
{
    static const struct {
        uint8_t type, code;
        int error;
    } kinds[] = {{3, 0, -ENETUNREACH},  {3, 1, -EHOSTUNREACH},  {3, 2, -EPROTO},
                 {3, 3, -ECONNREFUSED}, {3, 13, -EHOSTUNREACH}, {11, 0, -EHOSTUNREACH},
                 {12, 0, -EPROTO}};
    struct net net;
    struct failure failure = {0};
    struct udp_handler handler = {.error = note, .user = &failure};
    struct udp_socket *socket;
    struct net_packet packet;

    (void)state;
    net_start(&net);
    assert_int_equal(udp_open(net.stack, &socket, &handler), 0);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        packet = sent_packet(&net, socket);
        quote(&net, kinds[i].type, kinds[i].code, 0, &packet, 28);
        assert_int_equal(failure.count, i + 1);
        assert_int_equal(failure.error, kinds[i].error);
        assert_int_equal(address_to_v4(&failure.to.address), FAR);
        assert_int_equal(failure.to.port, 53);
    }
    udp_close(socket);
    net_stop(&net);
}

static void fragmentation_needed_lowers_the_path_mtu(void **state)
{
    struct net net;
    struct failure failure = {0};
    struct udp_handler handler = {.error = note, .user = &failure};
    struct udp_socket *socket;
    struct net_packet packet;
    struct address far = address_v4(FAR), near = address_v4(NET_PEER);

    (void)state;
    net_start(&net);
    assert_int_equal(udp_open(net.stack, &socket, &handler), 0);
    packet = sent_packet(&net, socket);
    quote(&net, 3, 4, 576, &packet, 28);
    assert_int_equal(failure.error, -EMSGSIZE);
    assert_int_equal(ip_payload_room(net.stack, &far), 556);
    assert_int_equal(ip_payload_room(net.stack, &near), 1480);
    packet = sent_packet(&net, socket);
    assert_int_equal(packet.fragment, 0x2000);
    assert_int_equal(packet.length, 552);
    net_run(&net, 600 * NET_S);
    assert_int_equal(ip_payload_room(net.stack, &far), 1480);
    udp_close(socket);
    net_stop(&net);
}

static void a_quote_that_we_cannot_have_sent_is_not_believed(void **state)
{
    struct net net;
    struct failure failure = {0};
    struct udp_handler handler = {.error = note, .user = &failure};
    struct udp_socket *socket;
    struct net_packet packet, forged;
    struct address far = address_v4(FAR);
    uint8_t header[28];

    (void)state;
    net_start(&net);
    assert_int_equal(udp_open(net.stack, &socket, &handler), 0);
    packet = forged = sent_packet(&net, socket);
    forged.header = header;
    for (size_t len = 0; len < 28; len++)
        quote(&net, 3, 3, 0, &packet, len);
    memcpy(header, packet.header, 28);
    put32(header + 12, NET_PEER);
    quote(&net, 3, 4, 600, &forged, 28);
    memcpy(header, packet.header, 28);
    put16(header + 20, 1);
    quote(&net, 3, 3, 0, &forged, 28);
    quote(&net, 3, 4, 600, &forged, 28);
    memcpy(header, packet.header, 28);
    header[0] = 0x4f;
    quote(&net, 3, 3, 0, &forged, 28);
    assert_int_equal(failure.count, 0);
    assert_int_equal(ip_payload_room(net.stack, &far), 1480);
    udp_close(socket);
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echo_requests_are_answered_with_their_data),
        cmocka_unit_test(spoiled_and_broadcast_requests_are_not_answered),
        cmocka_unit_test(a_datagram_to_no_port_is_told_so),
        cmocka_unit_test(a_packet_of_an_unknown_protocol_is_told_so),
        cmocka_unit_test(no_error_is_sent_about_errors_broadcasts_or_later_fragments),
        cmocka_unit_test(errors_are_limited_in_their_rate),
        cmocka_unit_test(errors_reach_the_socket_whose_packet_they_quote),
        cmocka_unit_test(fragmentation_needed_lowers_the_path_mtu),
        cmocka_unit_test(a_quote_that_we_cannot_have_sent_is_not_believed),
    };

    return cmocka_run_group_tests_name("icmp", tests, NULL, NULL);
}
