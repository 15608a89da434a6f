/* IPv4 packets out: fragments, the board's checksum, identifications, our own packets to ourselves.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/ip_internal.h"
#include "tests/unit/udp_sink.h"

static void a_large_datagram_leaves_in_fragments_that_fit(void **state)
{
    struct net net;
    struct udp_sink received;
    struct udp_socket *socket;
    struct endpoint to = {address_v4(NET_PEER), 9};
    struct net_packet packet;
    static uint8_t data[4000], whole[4008];
    size_t at = 0;
    uint16_t id = 0;

    (void)state;
    net_start(&net);
    socket = udp_sink_open(&net, &received, 7000);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
    assert_int_equal(udp_send(socket, &to, data, sizeof data, net.now_ns), 0);
    for (int i = 0; i < 3; i++) {
        assert_true(net_take_packet(&net, &packet));
        assert_int_equal(packet.fragment, at / 8 | (i < 2 ? 0x2000 : 0));
        assert_true(packet.length <= 1480 && at + packet.length <= sizeof whole);
        assert_true(i == 0 || packet.id == id);
        id = packet.id;
        memcpy(whole + at, packet.payload, packet.length);
        at += packet.length;
    }
    assert_int_equal(at, sizeof whole);
    assert_memory_equal(whole + 8, data, sizeof data);
    assert_int_equal(net_sum(0x0a00 + 0x020f + 0x0a00 + 0x0202 + 17 + 4008, whole, sizeof whole),
                     0);
    assert_false(net_take_packet(&net, &packet));
    assert_int_equal(udp_send(socket, &to, data, 65508, net.now_ns), -EMSGSIZE);
    udp_close(socket);
    net_stop(&net);
}

static void a_packet_that_must_not_be_cut_is_refused(void **state)
{
    struct net net;
    struct packet packet = {.destination = address_v4(NET_PEER),
                            .protocol = 200,
                            .dont_fragment = true,
                            .length = 1481};

    (void)state;
    net_start(&net);
    assert_int_equal(ip_payload_room(net.stack, &packet.destination), 1480);
    assert_int_equal(ip_begin(net.stack, &packet), -EMSGSIZE);
    packet.dont_fragment = false;
    packet.length = 65516;
    assert_int_equal(ip_begin(net.stack, &packet), -EMSGSIZE);
    packet.destination = address_v4(0);
    assert_int_equal(ip_begin(net.stack, &packet), -ENETUNREACH);
    assert_int_equal(ip_payload_room(net.stack, &packet.destination), 0);
    net_stop(&net);
}

static void without_room_in_the_device_the_sender_is_told(void **state)
{
    struct net net;
    struct udp_sink received;
    struct udp_socket *socket;
    struct endpoint to = {address_v4(NET_PEER), 9};

    (void)state;
    net_start(&net);
    net_arp_in(&net, 1, NET_PEER, NET_PEER_MAC, NET_ADDRESS);
    socket = udp_sink_open(&net, &received, 7000);
    net.no_room = true;
    assert_int_equal(udp_send(socket, &to, "x", 1, net.now_ns), -EAGAIN);
    net.no_room = false;
    assert_int_equal(udp_send(socket, &to, "x", 1, net.now_ns), 0);
    udp_close(socket);
    net_stop(&net);
}

static void a_board_that_sums_gets_the_pseudo_header_only(void **state)
{
    struct net net;
    struct stack_config config = net_config(&net);
    struct udp_sink received;
    struct udp_socket *socket;
    struct endpoint to = {address_v4(NET_PEER), 9};
    const struct net_frame *frame;

    (void)state;
    config.device.features = DEVICE_CSUM_SEND;
    net_start_with(&net, &config);
    net_run(&net, 20 * NET_S);
    net.answer_arp = true;
    net_forget(&net);
    socket = udp_sink_open(&net, &received, 7000);
    assert_int_equal(udp_send(socket, &to, "abc", 3, net.now_ns), 0);
    frame = net_take(&net);
    assert_non_null(frame);
    assert_int_equal(frame->vnet.flags, VNET_NEEDS_CSUM);
    assert_int_equal(frame->vnet.csum_start, 34);
    assert_int_equal(frame->vnet.csum_offset, 6);
    assert_int_equal(get16(frame->bytes + 40),
                     (uint16_t)~net_sum(0x0a00 + 0x020f + 0x0a00 + 0x0202 + 17 + 11, NULL, 0));
    udp_close(socket);
    net_stop(&net);
}

static void packets_to_ourselves_arrive_and_never_leave(void **state)
{
    static const uint32_t own[] = {NET_ADDRESS, 0x7f000001};
    struct net net;
    static struct udp_sink received;
    struct udp_socket *socket;
    static uint8_t data[3000];

    (void)state;
    net_start(&net);
    socket = udp_sink_open(&net, &received, 7000);
    for (size_t i = 0; i < 2; i++) {
        struct endpoint to = {address_v4(own[i]), 7000};

        assert_int_equal(udp_send(socket, &to, data, sizeof data, net.now_ns), 0);
        assert_int_equal(received.count, i);
        net_run(&net, 0);
        assert_int_equal(received.count, i + 1);
        assert_int_equal(received.len, sizeof data);
        assert_int_equal(address_to_v4(&received.from.address), own[i]);
    }
    assert_null(net_take(&net));
    udp_close(socket);
    net_stop(&net);
}

static void identifications_to_one_destination_count(void **state)
{
    struct net net;
    struct udp_sink received;
    struct udp_socket *socket;
    struct endpoint to = {address_v4(NET_PEER), 9};
    struct net_packet first, second;

    (void)state;
    net_start(&net);
    socket = udp_sink_open(&net, &received, 7000);
    assert_int_equal(udp_send(socket, &to, "x", 1, net.now_ns), 0);
    assert_int_equal(udp_send(socket, &to, "x", 1, net.now_ns), 0);
    assert_true(net_take_packet(&net, &first) && net_take_packet(&net, &second));
    assert_int_equal((uint16_t)(first.id + 1), second.id);
    udp_close(socket);
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_datagram_leaves_in_fragments_that_fit),
        cmocka_unit_test(a_packet_that_must_not_be_cut_is_refused),
        cmocka_unit_test(without_room_in_the_device_the_sender_is_told),
        cmocka_unit_test(a_board_that_sums_gets_the_pseudo_header_only),
        cmocka_unit_test(packets_to_ourselves_arrive_and_never_leave),
        cmocka_unit_test(identifications_to_one_destination_count),
    };

    return cmocka_run_group_tests_name("ipv4_send", tests, NULL, NULL);
}
