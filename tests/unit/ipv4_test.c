/* IPv4 packets in and out: hostile headers, addresses, fragments, the board's checksum, our own
 * packets to ourselves.
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
#include "host/stack/udp.h"
#include "tests/unit/stack_net.h"

struct received {
    int count;
    size_t len;
    uint8_t bytes[65536];
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

static struct udp_socket *listen_on(struct net *net, struct received *received, uint16_t port)
{
    struct udp_handler handler = {.receive = note, .user = received};
    struct endpoint local = {address_v4(0), port};
    struct udp_socket *socket;

    received->count = 0;
    assert_int_equal(udp_open(net->stack, &socket, &handler), 0);
    assert_int_equal(udp_bind(socket, &local), 0);
    return socket;
}

/* A datagram of 4 bytes to port 7000. */
static void datagram(uint8_t *frame, uint32_t source, uint32_t destination)
{
    net_headers(frame, source, destination, PROTOCOL_UDP, 12);
    memcpy(frame + 34, (uint8_t[]){0, 9, 0x1b, 0x58, 0, 12, 0, 0, 'd', 'a', 't', 'a'}, 12);
}

static void a_header_that_lies_is_counted_and_dropped(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } lies[] = {{14, 0x65}, {14, 0x44}, {14, 0x4f}, {16, 0xff}, {17, 19}, {17, 33}, {17, 0}};
    struct net net;
    struct received received;
    struct udp_socket *socket;
    uint8_t frame[46];

    (void)state;
    net_start(&net);
    socket = listen_on(&net, &received, 7000);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        datagram(frame, NET_PEER, NET_ADDRESS);
        frame[lies[i].at] = lies[i].value;
        put16(frame + 24, 0);
        put16(frame + 24, net_sum(0, frame + 14, 20));
        net_frame_in(&net, frame, sizeof frame);
    }
    datagram(frame, NET_PEER, NET_ADDRESS);
    frame[24] ^= 1;
    net_frame_in(&net, frame, sizeof frame);
    datagram(frame, NET_PEER, NET_ADDRESS);
    for (size_t len = 14; len < sizeof frame; len++)
        net_frame_in(&net, frame, len);
    assert_int_equal(stack_counters(net.stack)->ip_in_hdr_errors,
                     sizeof lies / sizeof *lies + 1 + 32);
    assert_int_equal(received.count, 0);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 1);
    udp_close(socket);
    net_stop(&net);
}

static void options_and_padding_are_stepped_over(void **state)
{
    struct net net;
    struct received received;
    struct udp_socket *socket;
    uint8_t frame[80] = {0};

    (void)state;
    net_start(&net);
    socket = listen_on(&net, &received, 7000);
    datagram(frame, NET_PEER, NET_ADDRESS);
    memmove(frame + 42, frame + 34, 12);
    memcpy(frame + 34, (uint8_t[]){7, 7, 4, 0, 0, 0, 0, 0}, 8);
    frame[14] = 0x47;
    put16(frame + 16, 40);
    net_header_sum(frame);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 1);
    assert_int_equal(received.len, 4);
    assert_memory_equal(received.bytes, "data", 4);
    udp_close(socket);
    net_stop(&net);
}

static void impossible_sources_and_foreign_destinations_are_dropped(void **state)
{
    static const struct {
        uint32_t source, destination;
    } pairs[] = {{0xe0000001, NET_ADDRESS}, {0xffffffff, NET_ADDRESS},  {0x7f000001, NET_ADDRESS},
                 {0x0a0002ff, NET_ADDRESS}, {NET_ADDRESS, NET_ADDRESS}, {0, NET_ADDRESS},
                 {NET_PEER, 0x0a000210},    {NET_PEER, 0x7f000001}};
    struct net net;
    struct received received;
    struct udp_socket *socket;
    uint8_t frame[46];

    (void)state;
    net_start(&net);
    socket = listen_on(&net, &received, 7000);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        datagram(frame, pairs[i].source, pairs[i].destination);
        net_frame_in(&net, frame, sizeof frame);
    }
    datagram(frame, NET_PEER, NET_ADDRESS);
    memset(frame, 0xff, 6); /* a link broadcast must carry an IP broadcast */
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 0);
    assert_int_equal(stack_counters(net.stack)->ip_in_addr_errors,
                     sizeof pairs / sizeof *pairs + 1);
    datagram(frame, NET_PEER, 0x0a0002ff);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 1);
    assert_null(net_take(&net));
    udp_close(socket);
    net_stop(&net);
}

static void a_large_datagram_leaves_in_fragments_that_fit(void **state)
{
    struct net net;
    struct received received;
    struct udp_socket *socket;
    struct endpoint to = {address_v4(NET_PEER), 9};
    struct net_packet packet;
    static uint8_t data[4000], whole[4008];
    size_t at = 0;
    uint16_t id = 0;

    (void)state;
    net_start(&net);
    socket = listen_on(&net, &received, 7000);
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
    struct received received;
    struct udp_socket *socket;
    struct endpoint to = {address_v4(NET_PEER), 9};

    (void)state;
    net_start(&net);
    net_arp_in(&net, 1, NET_PEER, NET_PEER_MAC, NET_ADDRESS);
    socket = listen_on(&net, &received, 7000);
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
    struct received received;
    struct udp_socket *socket;
    struct endpoint to = {address_v4(NET_PEER), 9};
    const struct net_frame *frame;

    (void)state;
    config.device.features = DEVICE_CSUM_SEND;
    net_start_with(&net, &config);
    net_run(&net, 20 * NET_S);
    net.answer_arp = true;
    net_forget(&net);
    socket = listen_on(&net, &received, 7000);
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
    static struct received received;
    struct udp_socket *socket;
    static uint8_t data[3000];

    (void)state;
    net_start(&net);
    socket = listen_on(&net, &received, 7000);
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
    struct received received;
    struct udp_socket *socket;
    struct endpoint to = {address_v4(NET_PEER), 9};
    struct net_packet first, second;

    (void)state;
    net_start(&net);
    socket = listen_on(&net, &received, 7000);
    assert_int_equal(udp_send(socket, &to, "x", 1, net.now_ns), 0);
    assert_int_equal(udp_send(socket, &to, "x", 1, net.now_ns), 0);
    assert_true(net_take_packet(&net, &first) && net_take_packet(&net, &second));
    assert_int_equal((uint16_t)(first.id + 1), second.id);
    udp_close(socket);
    net_stop(&net);
}

static void addresses_that_were_good_are_looked_at_again_when_ours_or_the_links_change(void **state)
{
    struct net net;
    struct received received;
    struct udp_socket *socket;
    uint8_t frame[46];

    (void)state;
    net_start(&net);
    socket = listen_on(&net, &received, 7000);
    datagram(frame, NET_PEER, NET_ADDRESS);
    net_frame_in(&net, frame, sizeof frame);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 2);
    memset(frame, 0xff, 6); /* to all stations of the link, but to one address */
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 2);
    memcpy(frame, NET_MAC, 6);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 3);
    ip_unconfigure(net.stack);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 3);
    udp_close(socket);
    net_stop(&net);
}

static void a_packet_from_nobody_to_nobody_is_dropped_before_any_other_has_come(void **state)
{
    struct net net;
    struct received received;
    struct udp_socket *socket;
    uint8_t frame[46];

    (void)state;
    net_start(&net);
    socket = listen_on(&net, &received, 7000);
    datagram(frame, 0, 0);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 0);
    assert_int_equal(stack_counters(net.stack)->ip_in_addr_errors, 1);
    udp_close(socket);
    net_stop(&net);
}

static void the_boards_mark_covers_the_headers_sum(void **state)
{
    struct net net;
    struct received received;
    struct udp_socket *socket;
    uint8_t frame[46];

    (void)state;
    for (int marked = 0; marked < 2; marked++) {
        struct stack_config config = net_config(&net);

        config.device.features = DEVICE_CSUM_RECEIVE;
        config.skip_probing = true;
        net_start_with(&net, &config);
        net_run(&net, NET_S);
        socket = listen_on(&net, &received, 7000);
        datagram(frame, NET_PEER, NET_ADDRESS);
        frame[24] ^= 1;
        net.vnet_flags = marked ? VNET_DATA_VALID : 0;
        net_frame_in(&net, frame, sizeof frame);
        assert_int_equal(received.count, marked);
        udp_close(socket);
        net_stop(&net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_that_lies_is_counted_and_dropped),
        cmocka_unit_test(options_and_padding_are_stepped_over),
        cmocka_unit_test(impossible_sources_and_foreign_destinations_are_dropped),
        cmocka_unit_test(a_large_datagram_leaves_in_fragments_that_fit),
        cmocka_unit_test(a_packet_that_must_not_be_cut_is_refused),
        cmocka_unit_test(without_room_in_the_device_the_sender_is_told),
        cmocka_unit_test(a_board_that_sums_gets_the_pseudo_header_only),
        cmocka_unit_test(packets_to_ourselves_arrive_and_never_leave),
        cmocka_unit_test(identifications_to_one_destination_count),
        cmocka_unit_test(
            addresses_that_were_good_are_looked_at_again_when_ours_or_the_links_change),
        cmocka_unit_test(a_packet_from_nobody_to_nobody_is_dropped_before_any_other_has_come),
        cmocka_unit_test(the_boards_mark_covers_the_headers_sum),
    };

    return cmocka_run_group_tests_name("ipv4", tests, NULL, NULL);
}
