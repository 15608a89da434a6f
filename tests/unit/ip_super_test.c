/* Super-frames: to whom they may go, and which identifications they take. What the stack gives to the device is looked at.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "host/stack/tcp.h"
#include "tests/unit/stack_net.h"

enum { HEADER = 20, MSS = 1460, LONGEST = 65593, MOST = 1480, OWN_BYTES = 100000 };

/* Its neighbours are asked for, and answer if told to. */
static void start(struct net *net)
{
    struct stack_config config = net_config(net);

    config.device.features = DEVICE_CSUM_SEND | DEVICE_TSO4;
    config.device.max_frame = LONGEST;
    net_start_with(net, &config);
    net_run(net, 20 * NET_S);
    net_forget(net);
}

static struct packet super_packet(uint32_t destination, size_t data)
{
    return (struct packet){
        .destination = address_v4(destination),
        .protocol = PROTOCOL_TCP,
        .segment_bytes = MSS,
        .header_bytes = HEADER,
        .length = HEADER + data,
    };
}

static void send_packet(struct net *net, struct packet packet)
{
    assert_int_equal(ip_begin(net->stack, &packet), 0);
    memset(packet.payload, 0, packet.length);
    ip_send(net->stack, &packet, 16, net->now_ns);
    net_run(net, 0);
}

/* What a bulk sender is told about a destination. */
static void expect_single_frames(struct net *net, uint32_t destination)
{
    const struct address address = address_v4(destination);
    struct packet packet = super_packet(destination, 2 * MSS);
    bool cuts = true;

    assert_int_equal(ip_bulk_room(net->stack, &address, &cuts), MOST);
    assert_false(cuts);
    assert_int_equal(ip_begin(net->stack, &packet), -EMSGSIZE);
}

static void none_goes_to_our_own_addresses(void **state)
{
    struct net net;

    (void)state;
    start(&net);
    net.answer_arp = true;
    expect_single_frames(&net, NET_ADDRESS);
    expect_single_frames(&net, 0x7f000001);
    net_run(&net, NET_S);
    assert_null(net_take(&net));
    net_stop(&net);
}

static void none_waits_for_a_neighbour_that_is_being_asked_for(void **state)
{
    const struct address peer = address_v4(NET_PEER);
    struct packet one = super_packet(NET_PEER, 100), many = super_packet(NET_PEER, 40 * MSS);
    bool cuts = false;
    struct net net;

    (void)state;
    start(&net);
    expect_single_frames(&net, NET_PEER);
    one.segment_bytes = 0;
    send_packet(&net, one);
    assert_non_null(net_take(&net)); /* the question */
    expect_single_frames(&net, NET_PEER);
    net_arp_in(&net, 2, NET_PEER, NET_PEER_MAC, NET_ADDRESS);
    assert_int_equal(net_take(&net)->len, 34 + HEADER + 100);
    assert_int_equal(ip_bulk_room(net.stack, &peer, &cuts), 65515);
    assert_true(cuts);
    send_packet(&net, many);
    const struct net_frame *frame = net_take(&net);
    assert_int_equal(frame->len, 34 + HEADER + 40 * MSS);
    assert_int_equal(frame->vnet.gso_type, VNET_GSO_TCPV4);
    assert_int_equal(frame->vnet.gso_size, MSS);
    net_stop(&net);
}

static uint16_t sent_id(struct net *net)
{
    const struct net_frame *frame = net_take(net);

    assert_non_null(frame);
    return (uint16_t)(frame->bytes[18] << 8 | frame->bytes[19]);
}

/* The board counts on from the super-frame's own, one a segment. */
static void each_segment_has_an_identification_that_no_later_packet_takes(void **state)
{
    static const struct {
        size_t data;
        uint16_t segments;
    } supers[] = {{1, 1},        {MSS, 1},           {MSS + 1, 2},
                  {2 * MSS, 2},  {10 * MSS - 1, 10}, {10 * MSS + 1, 11},
                  {44 * MSS, 44}};
    struct packet single = super_packet(NET_PEER, 10);
    struct net net;

    (void)state;
    start(&net);
    net.answer_arp = true;
    single.segment_bytes = 0;
    send_packet(&net, single);
    uint16_t next = (uint16_t)(sent_id(&net) + 1);
    for (int round = 0; round < 1000; round++) { /* so that they wrap */
        for (size_t i = 0; i < sizeof supers / sizeof *supers; i++) {
            send_packet(&net, super_packet(NET_PEER, supers[i].data));
            assert_int_equal(sent_id(&net), next);
            next = (uint16_t)(next + supers[i].segments);
        }
        send_packet(&net, single);
        assert_int_equal(sent_id(&net), next++);
        net_forget(&net);
    }
    net_stop(&net);
}

/* ---- a connection of ours with ourselves, though the board could cut ---- */

struct own {
    struct net net;
    struct tcp_conn *server;
    size_t received;
};

static void own_event(void *user, struct tcp_conn *conn, unsigned events)
{
    struct own *own = user;
    struct iovec pieces[2];

    if (events & TCP_EVENT_ACCEPT) {
        assert_int_equal(tcp_accept(conn, &own->server), 0);
        tcp_set_owner(own->server, own_event, own);
    }
    for (int i = 0, count = conn == own->server ? tcp_readable(conn, pieces) : 0; i < count; i++) {
        own->received += pieces[i].iov_len;
        tcp_consume(conn, pieces[i].iov_len, own->net.now_ns);
    }
}

static void a_stream_to_ourselves_arrives_in_single_frames(void **state)
{
    const struct endpoint here = {address_v4(NET_ADDRESS), 80};
    struct tcp_conn *listener, *client;
    struct iovec pieces[2];
    struct own own = {0};
    size_t sent = 0;

    (void)state;
    start(&own.net);
    assert_int_equal(tcp_open(own.net.stack, &listener, own_event, &own), 0);
    assert_int_equal(tcp_bind(listener, &here), 0);
    assert_int_equal(tcp_listen(listener, 1), 0);
    assert_int_equal(tcp_open(own.net.stack, &client, own_event, &own), 0);
    assert_int_equal(tcp_connect(client, &here, own.net.now_ns), 0);
    net_run(&own.net, NET_S);
    for (int i = 0; i < 1000 && own.received < OWN_BYTES; i++) {
        if (sent < OWN_BYTES && tcp_writable(client, pieces) > 0) {
            memset(pieces[0].iov_base, 'x', pieces[0].iov_len);
            sent += pieces[0].iov_len;
            tcp_produce(client, pieces[0].iov_len, own.net.now_ns);
        }
        net_run(&own.net, NET_S);
    }
    assert_true(own.received >= OWN_BYTES);
    assert_int_equal(own.net.count, 0); /* nothing of it left for the wire */
    tcp_abort(client, own.net.now_ns);
    tcp_close(own.server, own.net.now_ns);
    tcp_close(listener, own.net.now_ns);
    net_stop(&own.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_goes_to_our_own_addresses),
        cmocka_unit_test(none_waits_for_a_neighbour_that_is_being_asked_for),
        cmocka_unit_test(each_segment_has_an_identification_that_no_later_packet_takes),
        cmocka_unit_test(a_stream_to_ourselves_arrives_in_single_frames),
    };
    return cmocka_run_group_tests_name("ip_super", tests, NULL, NULL);
}
