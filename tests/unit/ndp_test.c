/* Neighbour discovery and autoconfiguration: RFC 4861, RFC 4862, RFC 7217, RFC 8106.
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

enum { NS = 135, NA = 136, RS = 133, RA = 134, ICMPV6 = 58 };

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

static void start_before_questions(struct net *net)
{
    struct stack_config config = net_config(net);

    config.ipv6 = true;
    net_start_with(net, &config);
}

static void asks_for_its_address_before_it_takes_it(void **state)
{
    struct net net;
    struct net6_packet probe, request;
    static const struct address nowhere, routers = {{0xff, 2, [15] = 2}};

    (void)state;
    start_before_questions(&net);
    struct stack_address6 own = net6_own(&net, ADDRESS6_LINK_LOCAL);
    assert_int_equal(own.state, ADDRESS6_TENTATIVE);
    assert_int_equal(get16(own.address.bytes), 0xfe80);
    net_run(&net, 5 * NET_S);
    assert_true(net6_find(&net, ICMPV6, NS, &probe));
    assert_true(address_equal(&probe.source, &nowhere));
    assert_int_equal(probe.hop_limit, 255);
    assert_int_equal(probe.length, 24);
    assert_memory_equal(probe.payload + 8, own.address.bytes, 16);
    assert_memory_equal(probe.mac, ((uint8_t[]){0x33, 0x33, 0xff}), 3);
    assert_memory_equal(probe.mac + 3, own.address.bytes + 13, 3);
    assert_true(net6_find(&net, ICMPV6, RS, &request));
    assert_true(request.time_ns >= probe.time_ns + NET_S);
    assert_true(address_equal(&request.source, &own.address));
    assert_true(address_equal(&request.destination, &routers));
    assert_int_equal(net6_own(&net, ADDRESS6_LINK_LOCAL).state, ADDRESS6_PREFERRED);
    net_stop(&net);
}

static void tries_another_address_when_somebody_has_it(void **state)
{
    struct net net;
    uint8_t body[28] = {0x20, 0, 0, 0};
    struct address own;

    (void)state;
    start_before_questions(&net);
    own = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    net_run(&net, NET_S);
    memcpy(body + 4, own.bytes, 16);
    body[20] = 2, body[21] = 1;
    memcpy(body + 22, NET_PEER_MAC, 6);
    net6_discovery(&net, &own, &NET6_ALL_NODES, NA, body, sizeof body);
    net_run(&net, 5 * NET_S);
    assert_int_equal(stack_counters(net.stack)->ndp_duplicates, 1);
    assert_int_equal(net6_own(&net, ADDRESS6_LINK_LOCAL).state, ADDRESS6_PREFERRED);
    struct address other = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    assert_false(address_equal(&other, &own));
    net_stop(&net);
}

static void takes_the_same_address_at_every_start_and_another_in_every_network(void **state)
{
    struct net net;
    struct address first, made;

    (void)state;
    net6_start(&net);
    first = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    net_stop(&net);
    net6_start(&net);
    struct address again = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    assert_true(address_equal(&first, &again));
    net6_router(&net, 1800, 3600, 1800);
    net_run(&net, 5 * NET_S);
    made = net6_own(&net, ADDRESS6_AUTOCONF).address;
    assert_memory_equal(made.bytes, NET6_PREFIX.bytes, 8);
    assert_memory_not_equal(made.bytes + 8, first.bytes + 8, 8);
    assert_int_not_equal(get16(made.bytes + 11), 0xfffe); /* nor is it the MAC address */
    net_stop(&net);
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

static void takes_addresses_of_a_routers_prefix_while_they_last(void **state)
{
    struct net net;

    (void)state;
    net6_start(&net);
    net6_router(&net, 1800, 3600, 1800);
    net_run(&net, 3 * NET_S);
    assert_int_equal(net6_own(&net, ADDRESS6_AUTOCONF).state, ADDRESS6_PREFERRED);
    net_run(&net, 1800 * NET_S);
    assert_int_equal(net6_own(&net, ADDRESS6_AUTOCONF).state, ADDRESS6_DEPRECATED);
    net6_router(&net, 1800, 7300, 1800);
    net_run(&net, NET_S);
    assert_int_equal(net6_own(&net, ADDRESS6_AUTOCONF).state, ADDRESS6_PREFERRED);
    net_run(&net, 7400 * NET_S);
    assert_false(net6_has(&net, ADDRESS6_AUTOCONF));
    net_stop(&net);
}

static void lets_nobody_end_its_addresses_at_once(void **state)
{
    struct net net;

    (void)state;
    net6_start(&net);
    net6_router(&net, 1800, 86400, 3600);
    net_run(&net, 3 * NET_S);
    net6_router(&net, 1800, 0, 0); /* RFC 4862, 5.5.3 (e): two hours are left */
    net_run(&net, 7000 * NET_S);
    assert_int_equal(net6_own(&net, ADDRESS6_AUTOCONF).state, ADDRESS6_DEPRECATED);
    net_run(&net, 400 * NET_S);
    assert_false(net6_has(&net, ADDRESS6_AUTOCONF));
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
    uint8_t body[12 + 8 + 24] = {64, [2] = 7, 8, [12] = 5, 1, [18] = 5, 0x14};
    struct address servers[3], want = address_of("fd00:1::53");

    (void)state;
    net6_start(&net);
    body[20] = 25, body[21] = 3, body[27] = 100;
    memcpy(body + 28, want.bytes, 16);
    net6_discovery(&net, &NET6_ROUTER, &NET6_ALL_NODES, RA, body, sizeof body);
    assert_int_equal(stack_dns6(net.stack, servers, 3), 1);
    assert_true(address_equal(&servers[0], &want));
    struct address far = address_of("2001:db8::1");
    assert_int_equal(ip_payload_room(net.stack, &far), 1300 - 40);
    net_run(&net, 101 * NET_S);
    assert_int_equal(stack_dns6(net.stack, servers, 3), 0);
    net_stop(&net);
}

static void says_nothing_of_ipv6_unless_told_to(void **state)
{
    struct net net;

    (void)state;
    net_start(&net);
    net_run(&net, 60 * NET_S);
    net6_router(&net, 1800, 3600, 1800);
    assert_null(net_take(&net));
    assert_false(net6_has(&net, ADDRESS6_LINK_LOCAL));
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_its_address_before_it_takes_it),
        cmocka_unit_test(tries_another_address_when_somebody_has_it),
        cmocka_unit_test(takes_the_same_address_at_every_start_and_another_in_every_network),
        cmocka_unit_test(answers_who_asks_for_its_address),
        cmocka_unit_test(holds_its_address_against_who_asks_whether_it_is_free),
        cmocka_unit_test(believes_nothing_from_beyond_the_link),
        cmocka_unit_test(takes_addresses_of_a_routers_prefix_while_they_last),
        cmocka_unit_test(lets_nobody_end_its_addresses_at_once),
        cmocka_unit_test(sends_by_the_router_until_it_says_good_bye),
        cmocka_unit_test(asks_for_a_neighbour_three_times_then_tells_who_sends),
        cmocka_unit_test(sends_what_waited_once_the_neighbour_answers),
        cmocka_unit_test(asks_a_stale_neighbour_alone_after_five_seconds),
        cmocka_unit_test(learns_mtu_and_name_servers_from_routers),
        cmocka_unit_test(says_nothing_of_ipv6_unless_told_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
