/* Neighbour discovery: RFC 4861, RFC 8106.
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
#include "host/stack/udp.h"
#include "tests/unit/net6.h"

enum { NS = 135, NA = 136, RA = 134, ICMPV6 = 58 };

static const struct udp_handler NOBODY;

static struct address address_of(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static void send_to(struct net *net, const struct address *to)
{
    static struct udp_socket *socket;
    struct endpoint endpoint = {*to, 9};

    assert_int_equal(udp_open(net->stack, &socket, &NOBODY), 0);
    assert_int_equal(udp_send(socket, &endpoint, "x", 1, net->now_ns), 0);
    udp_close(socket);
}

static void answers_who_asks_for_its_address(void **state)
{
    struct net net;
    struct net6_packet answer;
    struct address own;

    (void)state;
    net6_start(&net);
    own = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    uint8_t body[28] = {[20] = 1, 1};
    memcpy(body + 4, own.bytes, 16);
    memcpy(body + 22, NET_PEER_MAC, 6);
    struct address group = {{0xff, 2, [11] = 1, 0xff, own.bytes[13], own.bytes[14], own.bytes[15]}};
    net6_discovery(&net, &NET6_ROUTER, &group, NS, body, sizeof body);
    assert_true(net6_take(&net, &answer));
    assert_int_equal(answer.payload[0], NA);
    assert_int_equal(answer.payload[4], 0x60); /* solicited, override */
    assert_true(address_equal(&answer.destination, &NET6_ROUTER));
    assert_memory_equal(answer.mac, NET_PEER_MAC, 6);
    assert_memory_equal(answer.payload + 24, ((uint8_t[]){2, 1}), 2);
    assert_memory_equal(answer.payload + 26, NET_MAC, 6);
    net_stop(&net);
}

static void holds_its_address_against_who_asks_whether_it_is_free(void **state)
{
    struct net net;
    struct net6_packet answer;
    static const struct address nowhere;
    struct address own;

    (void)state;
    net6_start(&net);
    own = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    uint8_t body[20] = {0};
    memcpy(body + 4, own.bytes, 16);
    struct address group = {{0xff, 2, [11] = 1, 0xff, own.bytes[13], own.bytes[14], own.bytes[15]}};
    net6_discovery(&net, &nowhere, &group, NS, body, sizeof body);
    assert_true(net6_take(&net, &answer));
    assert_true(address_equal(&answer.destination, &NET6_ALL_NODES));
    assert_int_equal(answer.payload[4], 0x20); /* nobody can be answered alone */
    net_stop(&net);
}

static void believes_nothing_from_beyond_the_link(void **state)
{
    struct net net;
    uint8_t message[56] = {RA, [4] = 64, [6] = 7, 8};
    struct net6_packet packet = {.source = NET6_ROUTER,
                                 .destination = NET6_ALL_NODES,
                                 .next = ICMPV6,
                                 .hop_limit = 254,
                                 .payload = message,
                                 .length = 16};
    struct stack_route routes[16];

    (void)state;
    net6_start(&net);
    int before = stack_routes(net.stack, routes, 16);
    net6_in(&net, &packet, 2);
    packet.hop_limit = 255;
    packet.source = NET6_PEER; /* not link-local */
    net6_in(&net, &packet, 2);
    packet.source = NET6_ROUTER;
    packet.length = 15;
    net6_in(&net, &packet, 2);
    packet.length = 24; /* an option of length 0 */
    message[16] = 1;
    net6_in(&net, &packet, 2);
    message[17] = 2; /* one that ends behind the packet */
    net6_in(&net, &packet, 2);
    assert_int_equal(stack_counters(net.stack)->ndp_in_bad, 5);
    assert_int_equal(stack_routes(net.stack, routes, 16), before);
    message[17] = 1;
    net6_in(&net, &packet, 2);
    assert_int_equal(stack_routes(net.stack, routes, 16), before + 1);
    net_stop(&net);
}

static void sends_by_the_router_until_it_says_good_bye(void **state)
{
    struct net net;
    struct net6_packet packet;
    struct address far = address_of("2001:db8::1");
    struct udp_socket *socket;

    (void)state;
    net6_start(&net);
    net6_router(&net, 1800, 3600, 1800);
    net_run(&net, 3 * NET_S);
    net_forget(&net);
    send_to(&net, &far);
    assert_true(net6_take(&net, &packet));
    assert_int_equal(packet.next, 17);
    assert_memory_equal(packet.mac, NET_PEER_MAC, 6);
    struct address own = net6_own(&net, ADDRESS6_AUTOCONF).address;
    assert_true(address_equal(&packet.source, &own));
    net6_router(&net, 0, 3600, 1800);
    assert_int_equal(udp_open(net.stack, &socket, &NOBODY), 0);
    assert_int_equal(udp_send(socket, &(struct endpoint){far, 9}, "x", 1, net.now_ns),
                     -ENETUNREACH);
    udp_close(socket);
    net_stop(&net);
}

static void asks_for_a_neighbour_three_times_then_tells_who_sends(void **state)
{
    struct net net;
    struct net6_packet packet;
    int asked = 0;

    (void)state;
    net6_start(&net);
    net6_router(&net, 1800, 3600, 1800);
    net_run(&net, 3 * NET_S);
    net_forget(&net);
    send_to(&net, &NET6_PEER);
    net_run(&net, 10 * NET_S);
    while (net6_take(&net, &packet)) {
        assert_int_equal(packet.payload[0], NS);
        assert_memory_equal(packet.mac, ((uint8_t[]){0x33, 0x33, 0xff, 0, 0, 2}), 6);
        asked++;
    }
    assert_int_equal(asked, 3);
    assert_true(net_journal_has(&net, "nobody answers for fd00:1::2"));
    net_stop(&net);
}

static void sends_what_waited_once_the_neighbour_answers(void **state)
{
    struct net net;
    struct net6_packet packet;
    uint8_t body[28] = {0x60};

    (void)state;
    net6_start(&net);
    net6_router(&net, 1800, 3600, 1800);
    net_run(&net, 3 * NET_S);
    net_forget(&net);
    send_to(&net, &NET6_PEER);
    assert_true(net6_take(&net, &packet));
    struct address own = packet.source;
    memcpy(body + 4, NET6_PEER.bytes, 16);
    body[20] = 2, body[21] = 1;
    memcpy(body + 22, NET_PEER_MAC, 6);
    net6_discovery(&net, &NET6_PEER, &own, NA, body, sizeof body);
    assert_true(net6_take(&net, &packet));
    assert_int_equal(packet.next, 17);
    assert_memory_equal(packet.mac, NET_PEER_MAC, 6);
    net_stop(&net);
}

/* RFC 4861, 7.3.3: what was heard long ago is used, given five seconds to be heard again, then asked alone. */
static void asks_a_stale_neighbour_alone_after_five_seconds(void **state)
{
    struct net net;
    struct net6_packet packet;
    struct address neighbour = {{0xfe, 0x80, [15] = 9}};

    (void)state;
    net6_start(&net);
    net6_meet(&net, &neighbour);
    send_to(&net, &neighbour);
    uint64_t sent_ns = net.now_ns;
    assert_true(net6_take(&net, &packet));
    assert_int_equal(packet.next, 17);
    net_run(&net, 30 * NET_S);
    assert_true(net6_take(&net, &packet));
    assert_int_equal(packet.payload[0], NS);
    assert_memory_equal(packet.mac, NET_PEER_MAC, 6);
    assert_true(address_equal(&packet.destination, &neighbour));
    assert_int_equal(packet.time_ns - sent_ns, 5 * NET_S);
    net_stop(&net);
}

static void learns_mtu_and_name_servers_from_routers(void **state)
{
    struct net net;
    uint8_t message[12 + 8 + 8 + 24] = {64, [2] = 7, 8}, *options = message + 12;
    const uint8_t of_type_0[8] = {0, 1}, mtu[8] = {5, 1, [6] = 5, 0x14}; /* one that nobody knows */
    struct address servers[3], want = address_of("fd00:1::53");

    (void)state;
    net6_start(&net);
    memcpy(options, of_type_0, 8);
    memcpy(options + 8, mtu, 8);
    options[16] = 25, options[17] = 3, options[23] = 100;
    memcpy(options + 24, want.bytes, 16);
    net6_discovery(&net, &NET6_ROUTER, &NET6_ALL_NODES, RA, message, sizeof message);
    assert_int_equal(stack_dns6(net.stack, servers, 3), 1);
    assert_true(address_equal(&servers[0], &want));
    struct address far = address_of("2001:db8::1");
    assert_int_equal(ip_payload_room(net.stack, &far), 1300 - 40);
    net_run(&net, 101 * NET_S);
    assert_int_equal(stack_dns6(net.stack, servers, 3), 0);
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_who_asks_for_its_address),
        cmocka_unit_test(holds_its_address_against_who_asks_whether_it_is_free),
        cmocka_unit_test(believes_nothing_from_beyond_the_link),
        cmocka_unit_test(sends_by_the_router_until_it_says_good_bye),
        cmocka_unit_test(asks_for_a_neighbour_three_times_then_tells_who_sends),
        cmocka_unit_test(sends_what_waited_once_the_neighbour_answers),
        cmocka_unit_test(asks_a_stale_neighbour_alone_after_five_seconds),
        cmocka_unit_test(learns_mtu_and_name_servers_from_routers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
